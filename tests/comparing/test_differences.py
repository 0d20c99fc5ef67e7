"""What differs between two stories, and that taking all of it gives the second."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.comparing.differences import aligned, changes, moves, silent, written
from sensa.comparing.tree_alignment import NOTHING, Difference, align, interleaved, matched
from sensa.stories.problems import path_of
from sensa.stories.reading import parse, read
from tests.comparing.stories import PLAIN, changed, story
from tests.strategies import NOTED, stories

LIBRARY = sorted((Path(__file__).parents[2] / "stories" / "library").glob("*.toml"))


def told(*pairs: tuple[str, str]) -> list[tuple[str, str, str | None, str | None]]:
    found = changes(story(), changed(*pairs))
    return [(one.path, one.what, one.before, one.after) for one in found]


def test_a_signature_says_who_signed_and_when() -> None:
    by = 'signed = {{ by = "{}", date = 2026-11-{}, digest = "{}" }}\n'
    text = PLAIN.replace("[assumptions.narrow]\n", "[assumptions.narrow]\n" + by.format("Ana", 20, "ab" * 32))
    other = text.replace("Ana", "Ben").replace("-20", "-28").replace("ab" * 32, "cd" * 32)
    (one,) = changes(story(text), story(other))
    assert (one.path, one.before, one.after) == (
        "assumptions.narrow.signed",
        "by Ana on 2026-11-20 (digest abababab)",
        "by Ben on 2026-11-28 (digest cdcdcdcd)",
    )
    assert one.silent
    assert one.signing
    (gone,) = changes(story(text), story())
    assert (gone.what, gone.before, gone.after) == ("removed", one.before, None)
    assert [change.signing for change in changes(story(), changed(("It stays", "It remains")))] == [False]


def test_a_number_is_one_change_however_it_is_written() -> None:
    assert told(("{ beta = [5, 5] }", "{ low = 0.2, high = 0.7 }")) == [
        ("assumptions.seen.credence", "changed", "{ beta = [5, 5] }", "{ low = 0.2, high = 0.7 }")
    ]
    assert told(("credence = 0.8\n", "")) == [("assumptions.narrow.credence", "removed", "0.8", None)]


def test_layout_is_no_change() -> None:
    assert told(("credence = 0.8", "credence    = 0.80 # as before")) == []


def test_true_is_not_one() -> None:
    (difference,) = align({"x": {"a": True}}, {"x": {"a": 1}}).differences
    assert difference.before is True


def test_a_new_node_is_one_change_at_its_line() -> None:
    new = "[events.slip]\nclaim = 'It slips'\nchance = 0.1\n[outcomes.harm]"
    (found,) = changes(story(), changed(("[outcomes.harm]", new)))
    assert (found.path, found.what, found.before) == ("events.slip", "added", None)
    assert found.after == '{ claim = "It slips", chance = 0.1 }'
    assert found.place is not None
    assert (found.place.file, found.place.line) == (
        "head.toml",
        1 + PLAIN[: PLAIN.index("[outcomes.harm]")].count("\n"),
    )
    (gone,) = changes(changed(("[outcomes.harm]", new)), story())
    assert (gone.path, gone.what, gone.after) == ("events.slip", "removed", None)
    assert gone.place is not None
    assert gone.place.file == "head.toml"


def test_a_renamed_node_is_gone_and_new() -> None:
    found = told(("[assumptions.seen]", "[assumptions.noticed]"), ("and not seen", "and not noticed"))
    assert [(path, what) for path, what, _, _ in found] == [
        ("assumptions.noticed", "added"),
        ("assumptions.seen", "removed"),
        ("outcomes.harm.when", "changed"),
    ]


def test_the_order_of_outcomes_is_a_change_and_that_of_assumptions_is_none() -> None:
    harm = '[outcomes.harm]\nkind = "catastrophic"\nwhen = "not narrow and not seen"\n'
    stopped = '[outcomes.stopped]\nkind = "fail_safe"\nwhen = "not narrow"\n'
    before, after = "in the order harm, stopped, works", "in the order stopped, harm, works"
    assert told((harm + stopped, stopped + harm)) == [("outcomes", "changed", before, after)]
    seen = PLAIN[PLAIN.index("[assumptions.seen]") : PLAIN.index("[outcomes.harm]")]
    assert told((seen, ""), ("[assumptions.narrow]", seen + "[assumptions.narrow]")) == []


CASES = """
[[assumptions.narrow.given]]
if = "seen"
credence = 0.1
[[assumptions.narrow.given]]
if = "not seen"
credence = 0.2
"""


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("credence = 0.2", "credence = 0.3", [("given[1].credence", "changed")]),
        (
            '[[assumptions.narrow.given]]\nif = "seen"',
            '[[assumptions.narrow.given]]\nif = "false"\ncredence = 0.5\n'
            '[[assumptions.narrow.given]]\nif = "seen"',
            [("given[0]", "added")],
        ),
        ('[[assumptions.narrow.given]]\nif = "seen"\ncredence = 0.1\n', "", [("given[0]", "removed")]),
        ('"not seen"', '"seen or not seen"', [("given[1].if", "changed")]),
        ('if = "seen"\ncredence = 0.1', 'if = "true"\ncredence = 0.4', [("given[0]", "changed")]),
    ],
)
def test_cases_are_matched_as_they_are_alike(old: str, new: str, wanted: list[tuple[str, str]]) -> None:
    text = PLAIN.replace("[outcomes.harm]", CASES + "[outcomes.harm]")
    found = changes(parse(text), changed((old, new), text=text))
    assert [(one.path.removeprefix("assumptions.narrow."), one.what) for one in found] == wanted


def test_phases_dependence_and_waivers_are_matched_by_what_they_are() -> None:
    before = {
        "phases": [{"name": "a", "axes": {"x": 1}}, {"name": "b"}],
        "dependence": [{"between": ["p", "q"], "rank_correlation": 0.1}],
        "waivers": [{"property": "r", "witness": ["a", "b"], "ceiling": 0.1}],
    }
    after = {
        "phases": [{"name": "new"}, {"name": "b", "axes": {"y": 2}}, {"name": "a", "axes": {"x": 1}}],
        "dependence": [{"between": ["q", "p"], "rank_correlation": 0.2}],
        "waivers": [{"property": "r", "witness": ["b", "a"], "ceiling": 0.2}],
    }
    alignment = align(before, after)
    found = [(one.before_path, one.after_path) for one in alignment.differences]
    assert (("phases", 1, "axes", "y"), ("phases", 1, "axes", "y")) in found
    assert (("dependence", 0, "rank_correlation"), ("dependence", 0, "rank_correlation")) in found
    assert (("waivers", 0, "ceiling"), ("waivers", 0, "ceiling")) in found
    assert sum(one.order for one in alignment.differences) == 1
    assert alignment.mixed(frozenset(range(len(found)))) == {
        **after,
        "dependence": [{"between": ["q", "p"], "rank_correlation": 0.2}],
        "waivers": [{"property": "r", "witness": ["b", "a"], "ceiling": 0.2}],
    }


@pytest.mark.parametrize(
    ("path", "words", "mover"),
    [
        ("assumptions.a.claim", True, False),
        ("assumptions.claim.credence", False, True),
        ("assumptions.a.evidence", True, False),
        ("assumptions.a.expires", True, False),
        ("assumptions.a.tags", False, False),
        ("assumptions.a.part", False, False),
        ("assumptions.a.given[0].credence", False, True),
        ("challenges.c.status", True, False),
        ("challenges.c.stands", False, True),
        ("challenges", False, True),
        ("choices.m.options.claim", False, True),
        ("choices.m.options.o.tags", False, True),
        ("choices.m.nudges[0].part", False, False),
        ("choices.m.nudges[0].odds.part", False, True),
        ("events.e.mode", True, False),
        ("quantities.q.unit", True, False),
        ("quantities.q.value", False, True),
        ("outcomes.o.loss", False, False),
        ("outcomes.o.kind", False, True),
        ("outcomes", False, True),
        ("phases[0].axes.claim", False, True),
        ("phases[0].name", False, True),
        ("dependence[0].rank_correlation", False, True),
        ("story.title", True, False),
        ("goal.specification", True, False),
        ("properties.p.require", False, False),
        ("properties.p.claim", True, False),
        ("waivers[0].ceiling", False, False),
        ("waivers[0].expires", False, False),
        ("waivers[0].reason", True, False),
        ("expect.loss", False, False),
        ("criteria.goal_alignment", False, False),
    ],
)
def test_what_is_words_alone_and_what_can_move_an_outcome(path: str, words: bool, mover: bool) -> None:
    one = Difference(1, 2, path_of(path), path_of(path))
    assert (silent(one), moves(one)) == (words, mover)


ENTRY = {"log": "runs/a.eval", "held": 9, "trials": 10, "sha256": "0"}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([{"source": "A"}], [{"source": "B"}], True),
        ([ENTRY], [ENTRY | {"sha256": "1"}], True),
        ([ENTRY], [ENTRY | {"held": 8}], False),
        (NOTHING, [ENTRY], False),
        ([ENTRY, {"source": "A"}], [ENTRY], True),
    ],
)
def test_evidence_is_words_alone_unless_its_counts_change(before: Any, after: Any, words: bool) -> None:
    path = ("assumptions", "a", "evidence")
    one = Difference(before, after, path, path)
    assert (silent(one), moves(one)) == (words, not words)


@pytest.mark.parametrize("value", [0.1, 3, True, 'a\n"b" \x7f\\', [1, "x", [True]], {"a b": {"c": []}}, {}])
def test_values_are_written_as_toml(value: Any) -> None:
    import tomllib

    assert tomllib.loads(f"k = {written(value)}") == {"k": value}


def test_keys_of_two_tables_in_one_order() -> None:
    assert interleaved("abc", "axbyc") == list("axbyc")
    assert interleaved("abc", "xab") == list("xabc")
    assert interleaved("", "ab") == list("ab")
    assert interleaved("ab", "") == list("ab")


def test_many_cases_are_matched_in_time() -> None:
    cases = [{"if": f"c{i}", "credence": i / 1000} for i in range(1000)]
    assert list(matched(cases, [*cases, {"if": "x"}]))[-1] == (None, 1000)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_library_stories_and_themselves(path: Path) -> None:
    assert changes(read(path), read(path)) == ()


@pytest.mark.parametrize("other", LIBRARY, ids=lambda path: path.stem)
def test_library_stories_and_one_another(other: Path) -> None:
    one = read(LIBRARY[0])
    alignment = aligned(one, read(other))
    everything = frozenset(range(len(alignment.differences)))
    assert plain(alignment.mixed(everything)) == plain(read(other).values)
    assert plain(alignment.mixed(frozenset())) == plain(one.values)


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """Without tables and arrays that hold nothing, and with the order that counts."""
    order = [list(document.get(table, {})) for table in ("outcomes", "challenges")]
    return {"order": order, **{key: value for key, value in document.items() if value not in ({}, [])}}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(NOTED), stories(NOTED))
def test_all_changes_make_the_second_story(one: str, other: str) -> None:
    before, after = parse(one), parse(other)
    alignment = aligned(before, after)
    everything = frozenset(range(len(alignment.differences)))
    assert plain(alignment.mixed(everything)) == plain(after.values)
    assert plain(alignment.mixed(frozenset())) == plain(before.values)
    assert changes(before, before) == ()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(NOTED), stories(NOTED), st.data())
def test_what_was_taken_is_no_difference_any_more(one: str, other: str, data: st.DataObject) -> None:
    """Between a mixture and the second story stand as many differences as were not taken."""
    alignment = aligned(parse(one), parse(other))
    numbers = range(len(alignment.differences))
    taken = data.draw(st.frozensets(st.sampled_from(numbers)) if numbers else st.just(frozenset()))
    mixture = alignment.mixed(taken)
    left = {
        d.after_path for d in align(mixture, parse(other).values).differences if "given" not in d.after_path
    }
    wanted = {alignment.differences[i].after_path for i in numbers if i not in taken}
    lists = ("given", "nudges", "constraints", "outcomes", "challenges", "phases", "dependence")
    assert {p for p in left if not set(p) & set(lists)} == {p for p in wanted if not set(p) & set(lists)}
