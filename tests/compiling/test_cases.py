"""Which cases of conditions are possible: tables over choices and ranges against sums by hand and `eval`."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.compiling import compile_story
from sensa.defects import DefectiveStory
from sensa.lowering import lower
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError
from sensa.stories.reading import parse
from tests.compiling.endings import ends
from tests.short_stories import ASSUMPTION, story

CHILD = "[choices.c]\noptions = { x = { weight = 1 }, y = { weight = 1 }, z = { weight = 3 } }\n"


def parent(name: str, size: int) -> str:
    """A choice with the weights 1, 2, …"""
    options = ", ".join(f"v{i} = {{ weight = {i + 1} }}" for i in range(size))
    return f"[choices.{name}]\noptions = {{ {options} }}\n"


def nudge(condition: str, row: int) -> str:
    """x and y by factors that no other row has."""
    return f"[[choices.c.nudges]]\nif = '{condition}'\nodds = {{ x = {row + 1}, y = {2 * row + 1} }}\n"


def share(row: int) -> float:
    """P(x) in a row."""
    return (row + 1) / (row + 1 + 2 * row + 1 + 3)


def test_a_nudge_for_each_of_eleven_options() -> None:
    rows = "".join(nudge(f'p == "v{i}"', i) for i in range(11))
    want = sum((i + 1) / 66 * share(i) for i in range(11))
    assert want == pytest.approx(0.3014977, abs=5e-8)
    assert ends(story(parent("p", 11) + CHILD + rows, "c == 'x'"))["bad"] == pytest.approx(want, abs=1e-14)


@pytest.mark.parametrize("sizes", [(3, 3, 3), (6, 6), (2, 3, 2, 3), (4, 4, 4)])
def test_a_nudge_for_each_row_of_a_table(sizes: tuple[int, ...]) -> None:
    rows, want = "", 0.0
    for row, picks in enumerate(itertools.product(*map(range, sizes))):
        rows += nudge(" and ".join(f'p{k} == "v{i}"' for k, i in enumerate(picks)), row)
        weight = 1.0
        for i, size in zip(picks, sizes, strict=True):
            weight *= (i + 1) / (size * (size + 1) / 2)
        want += weight * share(row)
    body = "".join(parent(f"p{k}", size) for k, size in enumerate(sizes)) + CHILD + rows
    assert ends(story(body, "c == 'x'"))["bad"] == pytest.approx(want, abs=1e-13)


def test_a_number_with_a_term_for_each_option() -> None:
    terms = " + ".join(f"({i / 100} if p == 'v{i}' else 0)" for i in range(12))
    want = sum((i + 1) / 78 * i / 100 for i in range(12))
    body = parent("p", 12) + f'[events.e]\nchance = "{terms}"\n'
    assert ends(story(body, "e"))["bad"] == pytest.approx(want, abs=1e-14)


def test_events_that_only_name_an_option_exclude_each_other_too() -> None:
    events = "".join(f"[events.is_{i}]\nwhen = 'p == \"v{i}\"'\n" for i in range(12))
    rows = "".join(nudge(f"is_{i}", i) for i in range(12))
    want = sum((i + 1) / 78 * share(i) for i in range(12))
    assert ends(story(parent("p", 12) + events + CHILD + rows, "c == 'x'"))["bad"] == pytest.approx(
        want, abs=1e-14
    )


def test_ranges_of_a_number_exclude_each_other() -> None:
    """At most a dozen cases of twelve ranges, where 4096 combinations were."""
    quantity = "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
    rows = "".join(nudge(f"{i / 12} <= q and q < {(i + 1) / 12}", i) for i in range(11)) + nudge(
        f"q >= {11 / 12}", 11
    )
    assert len(cases(story(quantity + CHILD + rows, "c == 'x'"))) == 13  # below 0 is none of them


def test_where_there_are_too_many_the_message_has_count_and_rules() -> None:
    assumptions = "".join(ASSUMPTION.format(name=f"a{i}", credence=0.5) for i in range(12))
    rows = "".join(nudge(f"a{i}", i) for i in range(12))
    with pytest.raises(DefectiveStory) as error:
        lower(compile_story(parse(story(assumptions + CHILD + rows, "c == 'x'"))))
    (defect,) = error.value.defects
    assert (defect.code, defect.path) == ("too-many-cases", "choices.c")
    assert defect.message.startswith("the choice has 2,048 cases by `nudges[0]`, `nudges[1]`, ")
    assert defect.message.endswith("`nudges[10]`; at most 1,024 are followed")


def cases(text: str) -> set[str]:
    """The rules that apply, in each case in which the choice `c` draws."""
    draws = (coin.draw for coin in lower(compile_story(parse(text))).coins if coin.node == "c")
    return {re.match(r"choices\.c\((.*?)\)", draw)[1] for draw in draws}  # type: ignore[index]


ATOMS = st.sampled_from(
    """p == "v0"|p == "v1"|p != "v2"|p in ("v0", "v2")|q == "v1"|a|e
    x < 0|x <= 0|x > 1|0 <= x < 1|x == 1|x < y|y <= x|x == y""".replace("\n    ", "|").split("|")
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not ({c})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.lists(inner, min_size=3, max_size=4).map(lambda cs: f"at_least(2, {', '.join(cs)})"),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=6))
def test_just_the_cases_that_can_be_are_drawn(conditions: list[str]) -> None:
    """Conditions are Python: `eval` in every world tells which rules apply together."""
    body = parent("p", 3) + parent("q", 2) + ASSUMPTION.format(name="a", credence=0.5)
    body += "[events.e]\nwhen = 'p == \"v0\" and a'\n"
    body += "[quantities.x]\nvalue = { normal = [0, 1] }\n[quantities.y]\nvalue = { normal = [0, 1] }\n"
    rows = "".join(nudge(condition, row) for row, condition in enumerate(conditions))
    want = set()
    numbers = [-1.0, 0.0, 0.5, 1.0, 2.0]
    for p, q, a, x, y in itertools.product(
        ["v0", "v1", "v2"], ["v0", "v1"], [False, True], numbers, [*numbers, -3.0, 0.25, 7.0]
    ):
        world = {"p": p, "q": q, "a": a, "x": x, "y": y, "e": p == "v0" and a}
        world["at_least"] = lambda k, *args: sum(args) >= k  # type: ignore[assignment]
        true = [i for i, condition in enumerate(conditions) if eval(condition, {}, world)]
        want.add(", ".join(f"nudges[{i}]" for i in true))
    found = cases(story(body + CHILD + rows, "c == 'x'"))
    assert want <= found
    if not any("y" in condition for condition in conditions):
        assert want == found


def test_each_factor_of_a_nudge_is_held_to_be_a_weight() -> None:
    """Two factors below 0 have a product above it, which alone would tell nothing."""
    text = story(
        "[quantities.q]\nvalue = { uniform = [-2, -1] }\n"
        '[choices.c]\noptions = { x = { weight = 1 }, y = { weight = 1, tags = ["t"] } }\n'
        + '[[choices.c.nudges]]\nodds = { y = "q" }\n'
        * 2,
        "c.t",
        "false",
    )
    with pytest.raises(RunError, match=r"choices\.c\.nudges\[0\]\.odds\.y: .* is not a weight"):
        _ = prepare(parse(text)).samples
