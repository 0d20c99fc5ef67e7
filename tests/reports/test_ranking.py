"""What is ranked first, and what is kept of a long list."""

import numpy as np
import pytest

from sensa.reports import ranking
from sensa.reports.answers import answers
from sensa.reports.layout import Paper
from sensa.reports.ranking import Driver, Effect
from sensa.reports.text import render
from tests.reports.trees import hand_made


def effect(name: str, catastrophic: float, failing: float) -> Effect:
    return Effect(name, catastrophic, failing)


def test_of_a_long_list_the_two_that_matter_most_for_failing_are_kept_in_their_order() -> None:
    rows = [effect(name, 0.9 - i / 10, 0.0) for i, name in enumerate("abcdef")]
    rows += [effect("g", 0.0, 0.5), effect("h", 0.0, 0.7)]
    assert [row.assumption for row in ranking.told(rows, 5)] == ["a", "b", "c", "g", "h"]
    assert ranking.told(rows, 8) == rows


def test_those_that_lead_both_lists_leave_room_for_the_next() -> None:
    rows = [effect(name, 0.9 - i / 10, 0.9 - i / 10) for i, name in enumerate("abcdef")]
    assert [row.assumption for row in ranking.told(rows, 5)] == ["a", "b", "c", "d", "e"]


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
