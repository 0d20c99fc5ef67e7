"""Minimal violation sets of stories whose sets can be read off, and what reports make of them."""

import sys

import numpy as np
import pytest

from sensa.analyses.minimal_sets import cut_sets, minimal_sets
from sensa.pipeline import analyse
from sensa.reports.result.from_tree import answers
from sensa.reports.result.vulnerabilities import breaking
from sensa.session import Session
from tests.short_stories import ASSUMPTION, beta, model, story

ABC = beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1)


def single_points(found, output: str, way: str = "possible") -> tuple[str, ...]:
    """The assumptions whose violation alone lets the story end so; `certain`: makes it."""
    data = minimal_sets(found) if isinstance(found, Session) else found
    alone = data["single"].sel(output=output, way=way).values
    return tuple(str(name) for name in data["assumption"].values[alone])


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


def test_all_single_points_are_told_however_many() -> None:
    """Thirty that each suffice, one of them held for certain and so last; and a pair, the likeliest."""
    names = [f"a{i}" for i in range(30)]
    credences = [1.0] + [0.9] * 29
    text = "".join(ASSUMPTION.format(name=n, credence=c) for n, c in zip(names, credences, strict=True))
    text += beta("b", 1, 9) + beta("c", 1, 9)
    data = minimal_sets(model(story(text, f"(not b and not c) or not ({' and '.join(names)})")))
    assert told(data, "bad", "certain")[0] == ("b", "c")
    assert data["count"].sel(output="bad", way="certain") == 31
    assert single_points(data, "bad", "certain") == tuple(names)
    assert single_points(data, "bad") == tuple(names)
    of_model = single_points(model(story(beta("a", 8, 2) + beta("b", 8, 2), "not a")), "failure")
    assert of_model == ("a",)


def test_what_is_held_for_certain_has_sets_with_no_chance() -> None:
    data = minimal_sets(model(story(ASSUMPTION.format(name="a", credence=1), "not a")))
    assert told(data, "bad", "certain") == [("a",)]
    assert data["chance"].sel(output="bad", way="certain").values[0] == 0.0


def test_chances_are_of_violation_at_a_step_that_is_reached() -> None:
    """Two steps, a violated with .2 at each, and bad at once: .2 + .8 x .2 = .36."""
    phases = '[[phases]]\nname = "p"\nrepeat = 2\n'
    body = ASSUMPTION.format(name="a", credence=0.8) + "every_step = true\n"
    data = minimal_sets(model(story(phases + body, "not a")))
    assert told(data, "bad", "certain") == [("a",)]
    assert data["chance"].sel(output="bad", way="certain").values[0] == pytest.approx(0.36, abs=1e-12)


@pytest.mark.parametrize("engine", ["auto", "montecarlo"])
def test_beyond_the_budget_sets_are_from_worlds_and_said_to_be(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad where a and e, or b and c; e may fail to happen, so only the pair is certain. Or u, left aside."""
    for limit in ("MAX_DIAGRAM_NODES", "MAX_CUT_SET_NODES"):
        monkeypatch.setattr(sys.modules["sensa.analyses.minimal_sets"], limit, 2)
    events = EVENT.format(name="e", mode="other") + EVENT.format(name="u", mode="unmodelled")
    text = story(ABC + events, "(not a and e) or (not b and not c) or u")
    data = minimal_sets(model(text, engine=engine))
    assert data.attrs["how"] == "worlds-sampled"
    assert "not counted" in data.attrs["note"]
    assert "failure (possible)" in data.attrs["note"]
    assert "there may be more" in data.attrs["note"]
    assert (data["count"].sel(output=["failure", "bad"]) == -1).all()
    assert (data["by_size"].sel(output=["failure", "bad"]) == -1).all()
    assert told(data, "bad", "possible") == [("a",), ("b", "c")]
    assert told(data, "bad", "certain") == [("b", "c")]
    assert single_points(data, "bad") == ("a",)
    assert data["chance"].sel(output="bad", way="possible").values[:2] == pytest.approx([0.2, 0.04])
    draws = cut_sets(model(text, engine=engine))
    assert draws.attrs["how"] == "worlds-sampled"
    assert draws["sets"].sel(output="bad").values[0] == "events.u.chance"
    assert draws["sets"].sel(output="bad").values[1] == "not assumptions.a.credence, events.e.chance"
    assert draws["chance"].sel(output="bad").values[:3] == pytest.approx([0.3, 0.06, 0.04])
    assert (draws["count"].sel(output=["failure", "bad"]) == -1).all()


def test_prime_implicants_beyond_the_budget_give_way_to_p_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad where one of e and a violation of a occurs: {not a, not e}, {a, e}; if nothing else does,
    {not a} and {e}."""
    text = story(ABC + EVENT.format(name="e", mode="other"), "(not a and not e) or (a and e)")
    data = cut_sets(model(text))
    assert set(data["sets"].sel(output="bad").values[:2]) == {
        "assumptions.a.credence, events.e.chance",
        "not assumptions.a.credence, not events.e.chance",
    }
    assert "note" not in data.attrs
    monkeypatch.setattr("sensa.engines.cut_sets.minimal_cut_sets.MAX_IMPLICANT_NODES", 2)
    data = cut_sets(model(text))
    assert data.attrs["how"] == "exact"
    assert data["sets"].sel(output="bad").values[:3].tolist() == [
        "events.e.chance",
        "not assumptions.a.credence",
        "",
    ]
    assert data["count"].sel(output=["failure", "bad"]).values.tolist() == [2.0, 2.0]
    assert not data["coherent"].sel(output="bad")
    assert data.attrs["note"].startswith(
        "failure, catastrophic, bad, good: what is enough if nothing else happens; no prime implicants ("
    )


def test_monte_carlo_by_wish_still_counts() -> None:
    """Sets need a diagram, not worlds, however the probabilities are computed."""
    data = minimal_sets(model(story(ABC, "not a or (not b and not c)"), engine="montecarlo"))
    assert data.attrs["how"] == "exact"
    assert data["count"].sel(output="bad", way="possible") == 2


def test_counts_beyond_floats_are_infinite(monkeypatch: pytest.MonkeyPatch) -> None:
    """10 of 20 in each of 60 groups: C(20, 10)^60 = 10^316 sets, of 600 each."""
    monkeypatch.setattr(sys.modules[minimal_sets.__module__], "MAX_SECONDS", 120.0)
    body = ""
    for group in range(60):
        names = [f"a{group}_{i}" for i in range(20)]
        body += "".join(ASSUMPTION.format(name=n, credence=0.9) for n in names)
        votes = ", ".join(f"not {n}" for n in names)
        body += f'[events.g{group}]\nwhen = "at_least(10, {votes})"\nchance = 1\n'
    data = minimal_sets(model(story(body, " and ".join(f"g{group}" for group in range(60)))))
    assert np.isinf(data["count"].sel(output="bad", way="certain"))
    sizes = data["by_size"].sel(output="bad", way="certain").values
    assert sizes.tolist() == [0.0] * 12 + [np.inf]
    assert [len(members) for members in told(data, "bad", "certain")] == [600] * 20


def test_a_story_without_credences_has_its_sets() -> None:
    text = "".join(ASSUMPTION.format(name=n, credence="{ interval = [0, 1] }") for n in "ab")
    tree = analyse(model(story(text, "not a and not b")))
    found = answers(tree)
    assert found.minimal["catastrophic"]["certain"].sets == (("a", "b"),)
    labels = dict(breaking(found))
    assert labels["Breaks"] == "a catastrophe needs 2 violations, unmodelled aside: a and b"


def test_cut_sets_over_all_draws() -> None:
    """Not monotone where an outcome before it must not happen: b's failing ends the story safely first."""
    data = cut_sets(model(story(ABC, "not a", "not a and not b")))
    assert data["sets"].sel(output="bad").values[0] == "not assumptions.a.credence"
    assert bool(data["coherent"].sel(output="bad"))
    tree = cut_sets(model(story(ABC, "(a and not b) or (not a and b)")))
    assert not bool(tree["coherent"].sel(output="bad"))
    assert tree["count"].sel(output="bad") == 2
    assert tree["chance"].sel(output="bad").values[0] == pytest.approx(0.8 * 0.4, abs=1e-12)


REBUTTED = (
    ASSUMPTION.format(name="a", credence=0.7)
    + '[challenges.h]\nagainst = "a"\nkind = "rebut"\nclaim = "c"\nstands = 0.3\n'
    + "[events.e]\nchance = 0.1\n"
)


def test_draws_that_are_decided_are_in_no_cut_set() -> None:
    """`not a` is `h or not x`, x the draw of the credence. So bad, `e and not a`, has {e, h} and {e, not x},
    .1 x .3 and .1 x .3 likely; poor, `e and a`, has {e, x, not h}, .1 x .7 x .7 likely."""
    data = cut_sets(model(story(REBUTTED, "not a and e", "a and e")))
    assert data["count"].sel(output=["bad", "poor"]).values.tolist() == [2, 1]
    assert data["chance"].sel(output="bad").values[:2] == pytest.approx([0.03, 0.03], abs=1e-15)
    assert data["chance"].sel(output="poor").values[:1] == pytest.approx([0.049], abs=1e-15)
    assert set(data["sets"].sel(output="bad").values[:2]) == {
        "challenges.h.stands, events.e.chance",
        "events.e.chance, not assumptions.a.credence",
    }
    certain = ASSUMPTION.format(name="a", credence=1) + ASSUMPTION.format(name="b", credence=0)
    held = cut_sets(model(story(certain + "[events.e]\nchance = 0.1\n", "not b and e or not a")))
    assert held["sets"].sel(output="bad").values.tolist()[:2] == ["events.e.chance", ""]


@pytest.mark.parametrize("chance", ["", "chance = 1\n", "chance = 0.999\n"])
def test_unmodelled_events_are_aside_whatever_their_chance(chance: str) -> None:
    """Without u, which nobody thought of, nothing leads to bad; and u need not happen for poor, `not a`."""
    event = f'[events.u]\nmode = "unmodelled"\nwhen = "a"\n{chance}'
    data = minimal_sets(model(story(ASSUMPTION.format(name="a", credence=0.7) + event, "u", "not a")))
    assert data["count"].sel(output="bad").values.tolist() == [0, 0]
    assert told(data, "poor", "possible") == told(data, "poor", "certain") == [("a",)]


def test_tipping_is_told_from_where_the_risk_is() -> None:
    """P(bad) = 1 - P(a) = .2 reaches .5 where a falls to .5."""
    found = answers(analyse(model(story(beta("a", 8, 2), "not a"))))
    assert (
        dict(breaking(found))["Tips"]
        == "the catastrophic risk (20 %) reaches 50 % where a falls from 80 % to 50 %"
    )


def test_single_points_are_told_however_many_sets_there_are() -> None:
    """Two of eight that are likely to fail make 28 sets; the unlikely one alone is told all the same."""
    many = "".join(beta(f"x{i}", 1, 1) for i in range(8)) + beta("rare", 999, 1)
    rule = f"not rare or at_least(2, {', '.join(f'not x{i}' for i in range(8))})"
    found = answers(analyse(model(story(many, rule), points=64), ["outcomes", "minimal_sets"]))
    sets = found.minimal["catastrophic"]["possible"]
    assert len(sets.sets) == 20
    assert all(len(members) == 2 for members in sets.sets)
    assert dict(breaking(found))["Breaks"].startswith("a catastrophe needs only rare violated, unmodelled")


def test_equally_likely_sets_come_in_the_order_written() -> None:
    """Each pair is violated with .1 x .6 or .2 x .3 = .06, whose last bits differ."""
    chances = {"a": 0.1, "b": 0.6, "c": 0.2, "d": 0.3}
    text = "".join(ASSUMPTION.format(name=n, credence=1 - q) for n, q in chances.items())
    for rule in ("not a and not b or not c and not d", "not c and not d or not a and not b"):
        data = minimal_sets(model(story(text, rule)))
        assert told(data, "bad", "certain") == [("a", "b"), ("c", "d")]
