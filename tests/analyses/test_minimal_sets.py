"""Minimal violation sets of stories whose sets can be read off, and what reports make of them."""

import numpy as np
import pytest

from sensa.analyses.minimal_sets import cut_sets, minimal_sets, single_points
from sensa.reports.answers import answers
from sensa.reports.breaking import breaking
from sensa.running import analyse
from tests.analyses.test_analyses import beta, model
from tests.compiling.test_graph import ASSUMPTION, story

ABC = beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1)


def told(data, output, way):
    here = data.sel(output=output, way=way)
    names = data["assumption"].values
    return [
        tuple(str(name) for name in names[row])
        for row, chance in zip(here["members"].values, here["chance"].values, strict=True)
        if not np.isnan(chance)
    ]


def test_sets_are_those_of_the_rule() -> None:
    """Bad where a fails, or b and c both: sets of one and of two, certain as well as possible, with
    chances .2 and .4 x .1."""
    data = minimal_sets(model(story(ABC, "not a or (not b and not c)")))
    for way in ("possible", "certain"):
        assert told(data, "catastrophic", way) == [("a",), ("b", "c")]
        assert data["count"].sel(output="catastrophic", way=way) == 2
        assert data["by_size"].sel(output="bad", way=way).values.tolist() == [0, 1, 1] + [0] * 10
        assert data["chance"].sel(output="bad", way=way).values[:2] == pytest.approx([0.2, 0.04], abs=1e-12)
        assert single_points(data, "catastrophic", way) == ("a",)


EVENT = '[events.{name}]\nchance = 0.3\nmode = "{mode}"\n'


def test_draws_decide_what_is_certain_and_unmodelled_events_are_aside() -> None:
    """With a violated it hangs on e, so nothing is certain; what nobody thought of could do it alone, and
    is left aside."""
    events = EVENT.format(name="e", mode="other") + EVENT.format(name="u", mode="unmodelled")
    data = minimal_sets(model(story(ABC + events, "(not a and e) or u")))
    assert told(data, "bad", "possible") == [("a",)]
    assert told(data, "bad", "certain") == []
    assert data["count"].sel(output="bad", way="certain") == 0


def test_nothing_need_be_violated() -> None:
    data = minimal_sets(model(story(ABC + EVENT.format(name="e", mode="other"), "e")))
    assert told(data, "bad", "possible") == [()]
    assert single_points(data, "bad") == ()


def test_a_story_without_credences_has_its_sets() -> None:
    text = "".join(ASSUMPTION.format(name=n, credence="{ interval = [0, 1] }") for n in "ab")
    tree = analyse(model(story(text, "not a and not b")))
    found = answers(tree)
    assert found.minimal["catastrophic"]["certain"].sets == (("a", "b"),)
    labels = dict(breaking(found))
    assert labels["Breaks"] == "a catastrophe takes 2 violated: a and b"


def test_cut_sets_over_all_draws() -> None:
    """Not monotone where an outcome before it must not happen: b's failing ends the story safely first."""
    data = cut_sets(model(story(ABC, "not a", "not a and not b")))
    assert data["sets"].sel(output="bad").values[0] == "not assumptions.a.credence"
    assert bool(data["coherent"].sel(output="bad"))
    tree = cut_sets(model(story(ABC, "(a and not b) or (not a and b)")))
    assert not bool(tree["coherent"].sel(output="bad"))
    assert tree["count"].sel(output="bad") == 2
    assert tree["chance"].sel(output="bad").values[0] == pytest.approx(0.8 * 0.4, abs=1e-12)


def test_tipping_is_told_from_where_the_risk_is() -> None:
    """P(bad) = 1 - P(a) = .2 reaches .5 where a falls to .5."""
    found = answers(analyse(model(story(beta("a", 8, 2), "not a"))))
    assert (
        dict(breaking(found))["Tips"]
        == "the catastrophic risk (20 %) reaches 50 % where a falls from 80 % to 50 %"
    )
