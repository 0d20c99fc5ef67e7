"""What is ranked first, and what is kept of a long list."""

import numpy as np
import pytest

from sensa.reports.layout import Paper
from sensa.reports.result import ranking
from sensa.reports.result.from_tree import answers
from sensa.reports.result.ranking import Driver, Effect
from sensa.reports.result.text import render
from tests.reports.trees import hand_made
from tests.short_stories import ASSUMPTION, beta, result, story


def effect(name: str, catastrophic: float, failing: float) -> Effect:
    return Effect(name, catastrophic, failing, size=(catastrophic, failing))


def test_of_a_long_list_the_two_that_matter_most_for_failing_are_kept_in_their_order() -> None:
    rows = [effect(name, 0.9 - i / 10, 0.0) for i, name in enumerate("abcdef")]
    rows += [effect("g", 0.0, 0.5), effect("h", 0.0, 0.7)]
    assert [row.assumption for row in ranking.shortlist(rows, 5)] == ["a", "b", "c", "g", "h"]
    assert ranking.shortlist(rows, 8) == rows


def test_those_that_lead_both_lists_leave_room_for_the_next() -> None:
    rows = [effect(name, 0.9 - i / 10, 0.9 - i / 10) for i, name in enumerate("abcdef")]
    assert [row.assumption for row in ranking.shortlist(rows, 5)] == ["a", "b", "c", "d", "e"]


def test_what_takes_the_risk_to_nothing_leads_the_list_and_is_marked() -> None:
    """P(bad) = P(p q) = .64; violating either premise leaves 0, the five others change nothing."""
    idle = "".join(ASSUMPTION.format(name=name, credence=0.5) for name in ("a1", "a2", "a3", "a4", "a5"))
    premises = "".join(ASSUMPTION.format(name=name, credence=0.8) for name in ("p", "q"))
    text = render(answers(result(story(idle + premises, "p and q"), "outcomes", "violations")), Paper(100))
    lines = [line.split() for line in text.splitlines()]
    start = next(i for i, words in enumerate(lines) if words[:2] == ["If", "violated"])
    assert lines[start + 1] == ["p", "↓", "to", "0", "-64", "pts"]
    assert lines[start + 2] == ["q", "↓", "to", "0", "-64", "pts"]
    assert " ".join(lines[start + 6]) == "and 2 that change nothing (--verbose shows them)"


def test_a_list_goes_by_the_size_of_the_change_either_way() -> None:
    """P(bad) = P(a not b or c) = .5 x .5 + .1 - .025 = .325. Violating a leaves .1 (x 0.31),
    b makes .55 (x 1.7), c leaves .25 (x 0.77)."""
    body = beta("a", 5, 5) + beta("b", 5, 5) + beta("c", 1, 9)
    found = ranking.effects(answers(result(story(body, "a and not b or c"), "outcomes", "violations")))
    assert [row.assumption for row in found] == ["a", "b", "c"]
    assert [row.size[0] for row in found] == pytest.approx(
        [np.log(3.25), np.log(0.55 / 0.325), np.log(1.3)], abs=1e-9
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ([(0.0, 0.0), (0.0, 0.0)], "2 that do nothing"),
        ([(0.1, 0.0), (0.0, 0.1)], "2 that do less"),
        ([(0.2, 0.0), (0.0, 0.1)], "2 more"),
        ([(0.0, 0.9), (0.0, 0.1)], "2 more"),
    ],
)
def test_what_is_left_out_does_less_only_where_that_is_so(left: list[tuple[float, float]], said: str) -> None:
    kept = [Effect("a", 0.0, 0.0, size=(2.0, 0.3)), Effect("b", 0.0, 0.0, size=(0.2, 0.9))]
    rows = [*kept, *(Effect(f"c{i}", 0.0, 0.0, size=size) for i, size in enumerate(left))]
    assert ranking.rest(rows, kept, ("do nothing", "do less")) == said


def test_numbers_are_ranked_for_the_kind_and_not_for_one_outcome_of_it() -> None:
    """Where kinds are told they count; else the one outcome of a kind stands for it."""
    tree = hand_made()
    first, second = "events.harmful_plan.chance", "assumptions.not_dangerous.credence"
    assert ranking.drivers(answers(tree)) == [Driver(first, 0.74, 0.0), Driver(second, 0.5, 1.0)]
    data = tree["sobol_credence"].to_dataset()
    of_kind = np.array([[0.2, np.nan], [0.9, 0.3]])
    tree["sobol_credence"].dataset = data.assign(
        kind_first=(("factor", "kind"), of_kind), kind_total=(("factor", "kind"), of_kind)
    ).assign_coords(kind=["catastrophic", "success"])
    assert ranking.drivers(answers(tree)) == [Driver(second, 0.9, 0.3), Driver(first, 0.2, None)]
    rows = [line.split()[-4:] for line in render(answers(tree), Paper(100)).splitlines() if "harmful" in line]
    assert rows[0][-3:] == ["20", "%", "-"]


@pytest.mark.parametrize("variable", ["catastrophic", "success"])
def test_a_column_that_is_nowhere_defined_is_left_out(variable: str) -> None:
    tree = hand_made()
    data = tree["sobol_credence"].to_dataset()
    place = list(data["outcome"].values).index(variable)
    total = data["total"].values.copy()
    total[:, place] = np.nan
    tree["sobol_credence"].dataset = data.assign(total=(("factor", "outcome"), total))
    (head,) = [line for line in render(answers(tree), Paper(100)).splitlines() if "Which" in line]
    assert head.endswith("failing") == (variable == "catastrophic")
    assert ("the risk" in head) == (variable == "success")
