"""Two stories side by side, with differences and shares that are known by hand."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sensa import pipeline
from sensa.comparing import shapley_attribution
from sensa.comparing.changes import Comparison
from sensa.comparing.comparison import compare
from sensa.comparing.differences import aligned
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from sensa.stories.story import Story
from sensa.testing.strategies.toml_text import blocks_of
from tests.comparing.stories import PLAIN, changed, story
from tests.strategies import SMALL, stories

FEW = Settings(points=512)


def shares(comparison: Comparison, outcome: str) -> dict[str, float]:
    return {
        change.path: effect.share
        for change in comparison.changes
        for effect in change.effects
        if effect.outcome == outcome
    }


def moved(comparison: Comparison, outcome: str) -> float:
    (one,) = [one for one in comparison.outcomes if one.outcome == outcome]
    return (one.after or 0.0) - (one.before or 0.0)


def added_up(comparison: Comparison) -> None:
    """What each change moves is the whole difference, for every outcome; two changes may be at one path."""
    effects = [effect for change in comparison.changes for effect in change.effects]
    for one in comparison.outcomes:
        total = sum(effect.share for effect in effects if effect.outcome == one.outcome)
        assert total == pytest.approx(moved(comparison, one.outcome), abs=1e-12)


def test_one_credence() -> None:
    """P(harm) = (1 - narrow) / 2: .1 before, .2 after; P(works) = narrow."""
    found = compare(story(), changed(("credence = 0.8", "credence = 0.6")))
    harm, stopped, works = found.outcomes
    assert (harm.outcome, harm.kind) == ("harm", "catastrophic")
    assert (harm.before, harm.after) == (pytest.approx(0.1, abs=1e-12), pytest.approx(0.2, abs=1e-12))
    assert (stopped.before, stopped.after) == (pytest.approx(0.1), pytest.approx(0.2))
    assert (works.before, works.after) == (pytest.approx(0.8), pytest.approx(0.6))
    assert [one.error for one in found.outcomes] == [0.0, 0.0, 0.0]
    assert found.attribution == "exact"
    assert found.note == ""
    assert found.base == "story.toml"
    assert shares(found, "harm") == {"assumptions.narrow.credence": pytest.approx(0.1, abs=1e-12)}


def test_two_changes_that_interact() -> None:
    """harm = (1-a)(1-b): .2 x .5 before, .4 x .7 after; a alone .2, b alone .14.

    Shapley: a moves (.1 + .14) / 2 = .12, b moves (.04 + .08) / 2 = .06.
    """
    head = changed(("credence = 0.8", "credence = 0.6"), ("{ beta = [5, 5] }", "{ beta = [3, 7] }"))
    found = compare(story(), head)
    assert shares(found, "harm") == {
        "assumptions.narrow.credence": pytest.approx(0.12, abs=1e-12),
        "assumptions.seen.credence": pytest.approx(0.06, abs=1e-12),
    }
    added_up(found)


def test_changes_that_undo_one_another() -> None:
    """(1-a)(1-b) = .2 x .5 = .1 x 1: the whole does not move, and each change does."""
    head = changed(("credence = 0.8", "credence = 0.9"), ("{ beta = [5, 5] }", "0"))
    found = compare(story(), head)
    assert moved(found, "harm") == pytest.approx(0, abs=1e-12)
    assert shares(found, "harm")["assumptions.narrow.credence"] == pytest.approx(-0.075, abs=1e-12)
    added_up(found)


def test_words_move_nothing() -> None:
    found = compare(story(), changed(("It stays narrow", "It remains narrow"), ("Two ways", "Two")))
    assert [change.silent for change in found.changes] == [True, True]
    assert all(change.effects == () for change in found.changes)
    assert moved(found, "harm") == 0.0


def test_a_story_and_itself() -> None:
    found = compare(story(), story())
    assert found.changes == ()
    assert all(one.before == one.after and one.error == 0.0 for one in found.outcomes)


EVENT = '[events.slip]\nclaim = "It slips"\nchance = 0.5\n[outcomes.harm]'


def test_a_node_and_what_reads_it_are_one() -> None:
    """harm = .2 x .5 x .5 after: the event and its reader together halve it; a third change stands alone."""
    head = changed(
        ("[outcomes.harm]", EVENT),
        ("and not seen", "and not seen and slip"),
        ("beta = [5, 5]", "beta = [6, 4]"),
    )
    found = compare(story(), head)
    by = {change.path: change for change in found.changes}
    assert by["outcomes.harm.when"].told_with == "events.slip"
    assert by["outcomes.harm.when"].effects == ()
    assert by["events.slip"].told_with is None
    # (.1 -> .05 and .08 -> .04), (.1 -> .08 and .05 -> .04)
    assert shares(found, "harm") == {
        "events.slip": pytest.approx(-0.045, abs=1e-12),
        "assumptions.seen.credence": pytest.approx(-0.015, abs=1e-12),
    }
    added_up(found)


def test_each_node_goes_with_its_own_reader() -> None:
    """Two new events, each read by a new safeguard: two players, whatever the order of the changes."""
    new = "".join(
        f"[events.e{i}]\nchance = 0.5\n[safeguards.s{i}]\nagainst = ['e{i}']\npower = 0.{i}\n" for i in (1, 2)
    )
    head = changed(("[outcomes.harm]", new + "[outcomes.harm]"), ('"not narrow"', '"not narrow or halted"'))
    found = compare(story(), head)
    by = {change.path: change.told_with for change in found.changes}
    assert by == {
        "events.e1": None,
        "events.e2": None,
        "safeguards.s1": "events.e1",
        "safeguards.s2": "events.e2",
        "outcomes.stopped.when": None,
    }
    # works = 0.8 before, and 0.8 x 0.95 x 0.9 after: a safeguard counts once the rule reads `halted`.
    moved_by = shares(found, "works")
    assert sum(moved_by.values()) == pytest.approx(0.8 * (0.95 * 0.9 - 1), abs=1e-12)
    one, two, both = 0.8 * -0.05, 0.8 * -0.1, 0.8 * (0.95 * 0.9 - 1)
    # An event adds something only behind the rule: alone with it in 1 of 6 orders, behind the other too in 2.
    assert moved_by["events.e1"] == pytest.approx(one / 6 + (both - two) / 3, abs=1e-12)
    assert moved_by["events.e2"] == pytest.approx(two / 6 + (both - one) / 3, abs=1e-12)


def test_a_renamed_node_moves_nothing() -> None:
    head = changed(("[assumptions.seen]", "[assumptions.noticed]"), ("and not seen", "and not noticed"))
    found = compare(story(), head)
    assert sum(change.told_with is None for change in found.changes) == 1
    assert shares(found, "harm") == {"assumptions.noticed": pytest.approx(0, abs=1e-12)}


def test_a_number_that_is_wrong_without_another_change() -> None:
    """A rate of 2 is a probability only once it is divided by 4: no problem of the story, but of a run."""
    rate = "[quantities.rate]\nvalue = { uniform = [0, 1] }\n[quantities.half]\nvalue = 0.5\n"
    text = PLAIN.replace("[assumptions.narrow]", rate + "[assumptions.narrow]").replace(
        "credence = 0.8", 'credence = "rate if rate < 9 else half"'
    )
    head = changed(("[0, 1]", "[0, 2]"), ('"rate if', '"rate / 4 if'), text=text)
    found = compare(parse(text), head, "", FEW)
    assert [change.told_with for change in found.changes] == [None, "quantities.rate.value"]
    assert found.attribution == "exact"
    added_up(found)


def test_an_outcome_that_one_side_lacks() -> None:
    new = '[outcomes.annoyed]\nkind = "fail_safe"\nwhen = "not seen"\n[outcomes.works]'
    found = compare(story(), changed(("[outcomes.works]", new)))
    assert [one.outcome for one in found.outcomes] == ["harm", "stopped", "annoyed", "works"]
    (annoyed,) = [one for one in found.outcomes if one.outcome == "annoyed"]
    assert annoyed.before is None
    assert annoyed.after == pytest.approx(0.4, abs=1e-12)  # narrow, not seen
    assert "counts as 0" in found.note
    added_up(found)
    gone = compare(changed(("[outcomes.works]", new)), story())
    (annoyed,) = [one for one in gone.outcomes if one.outcome == "annoyed"]
    assert annoyed.after is None
    added_up(gone)


def test_the_order_of_outcomes_moves_them() -> None:
    """Read first, `stopped` takes what was `harm`."""
    harm = '[outcomes.harm]\nkind = "catastrophic"\nwhen = "not narrow and not seen"\n'
    stopped = '[outcomes.stopped]\nkind = "fail_safe"\nwhen = "not narrow"\n'
    found = compare(story(), changed((harm + stopped, stopped + harm)))
    assert shares(found, "harm") == {"outcomes": pytest.approx(-0.1, abs=1e-12)}


def test_an_outcome_of_another_kind_is_told() -> None:
    """No outcome's probability moves; P(catastrophic) goes from .1 to .2, which the note must say."""
    found = compare(story(), changed(("[outcomes.stopped]", "[outcomes.halted_it]")))
    assert found.note == "an outcome that only one side has counts as 0 on the other"
    text = PLAIN.replace(
        "[outcomes.works]", '[outcomes.odd]\nkind = "fail_safe"\nwhen = "false"\n[outcomes.works]'
    )
    head = changed(
        ('[outcomes.stopped]\nkind = "fail_safe"', '[outcomes.stopped]\nkind = "catastrophic"'), text=text
    )
    found = compare(parse(text), head)
    assert found.note == "`stopped` counts as catastrophic now, and as fail_safe before"
    assert moved(found, "stopped") == 0.0


def test_properties_are_no_words_and_move_nothing() -> None:
    rule = "[properties.budget]\nrequire = 'P(harm) <= 0.2'\n[outcomes.harm]"
    text = PLAIN.replace("[outcomes.harm]", rule)
    found = compare(parse(text), changed(("<= 0.2", "<= 0.3"), text=text))
    (change,) = found.changes
    assert (change.path, change.silent, change.effects) == ("properties.budget.require", False, ())


def test_no_base() -> None:
    found = compare(None, story(), "v1")
    assert {change.what for change in found.changes} == {"added"}
    assert [one.before for one in found.outcomes] == [None] * 3
    assert found.outcomes[0].after == pytest.approx(0.1)
    assert found.attribution == "none"
    assert "everything is new" in found.note


SHARED = PLAIN.replace(
    "[assumptions.narrow]", "[quantities.q]\nvalue = { uniform = [0, 1] }\n[assumptions.narrow]"
)
SQUARE = SHARED.replace("credence = 0.8", 'credence = "q"').replace("{ beta = [5, 5] }", '"q"')


def test_sampled_numbers_and_their_common_randomness() -> None:
    """harm = E(1-q)^2 = 1/3 before, E(1-q)/2 = 1/4 after: sampled, within 6 standard errors, and exact
    halves of the way: with the halves' parameters equal, the difference is much better known than either.
    """
    head = changed(("[assumptions.seen]", "[assumptions.seen]\ntags = ['x']"), text=SQUARE)
    assert compare(parse(SQUARE), head).outcomes[0].error == 0.0
    head = parse(SQUARE.replace('"q"', "0.5", 2).replace("0.5", '"q"', 1))
    found = compare(parse(SQUARE), head, "", FEW)
    harm = found.outcomes[0]
    assert harm.error > 0
    assert abs(moved(found, "harm") + 1 / 12) < 6 * harm.error + 1e-9
    added_up(found)
    (share,) = [effect for change in found.changes for effect in change.effects if effect.outcome == "harm"]
    assert share.error == pytest.approx(harm.error)


def test_equal_parts_see_equal_randomness() -> None:
    """A new parameter before all others, which nothing reads in force, leaves every point where it was."""
    new = "[quantities.early]\nvalue = { uniform = [0, 1] }\n[quantities.q]"
    head = parse(
        SQUARE.replace("[quantities.q]", new).replace('credence = "q"', 'credence = "q + 0 * early"', 1)
    )
    found = compare(parse(SQUARE), head, "", FEW)
    assert moved(found, "harm") == pytest.approx(0.0, abs=1e-15)
    assert found.outcomes[0].error == pytest.approx(0.0, abs=1e-15)


def test_worlds_are_common_too() -> None:
    """By worlds alone: .1 to .12, within 6 standard errors, and a share that has one."""
    sampled = Settings(engine="montecarlo", samples=1 << 18)
    head = changed(("credence = 0.8", "credence = 0.76"))
    found = compare(story(), head, "", sampled)
    harm = found.outcomes[0]
    assert 0 < harm.error < 1e-3
    assert abs(moved(found, "harm") - 0.02) < 6 * harm.error
    assert "cannot be seen" in found.note
    added_up(found)
    untouched = compare(story(), changed(("[outcomes.harm]", EVENT)), "", sampled)
    assert moved(untouched, "harm") == 0.0
    assert all(one.error > 0 for one in untouched.outcomes)  # worlds that did not differ prove nothing


def test_a_rare_outcome_that_no_world_met_is_estimated() -> None:
    """harm = 1e-12 to 1.96e-12, of which the changes have (.4 + .4 x 1.4) / 2 each: within 10 errors.

    No world of some 100,000 meets it. P(|t| > 10) = 2e-5 of 7 degrees of freedom.
    """
    base, head = (
        parse(PLAIN.replace("credence = 0.8", f"credence = {p}").replace("{ beta = [5, 5] }", f"{p}"))
        for p in ("0.999999", "0.9999986")
    )
    found = compare(base, head, "", Settings(engine="montecarlo", samples=1 << 17))
    harm = found.outcomes[0]
    assert (harm.before, harm.after) == (pytest.approx(1e-12, abs=10 * harm.before_error), harm.after)
    assert harm.after == pytest.approx(1.96e-12, abs=10 * harm.after_error)
    assert 0 < harm.before_error < 5e-14
    assert harm.after - (harm.before or 0.0) == pytest.approx(0.96e-12, abs=10 * harm.error)
    assert 0 < harm.error < 5e-14
    effects = [change.effects[0] for change in found.changes]
    assert [one.share for one in effects] == [pytest.approx(0.48e-12, abs=10 * one.error) for one in effects]
    assert all(0 < one.error < 5e-14 for one in effects)


def many(count: int, credence: float) -> Story:
    """Harm where one of many goes wrong."""
    names = [f"a{i}" for i in range(count)]
    nodes = "".join(
        f'[assumptions.{name}]\nclaim = "x"\npart = "rationale.nudges"\ncredence = {credence}\n'
        for name in names
    )
    text = PLAIN.replace("[assumptions.narrow]", nodes + "[assumptions.narrow]")
    return parse(text.replace("not narrow and not seen", "not (" + " and ".join(names) + ")"))


def test_many_changes_are_sampled() -> None:
    """All play the same part: .9^14 - .8^14 is shared out equally. 14 shares within 6 standard errors."""
    found = compare(many(14, 0.9), many(14, 0.8), "", FEW)
    assert found.attribution == "sampled"
    assert "random orders (14 changes)" in found.note
    wanted = (0.9**14 - 0.8**14) / 14
    effects = [effect for change in found.changes for effect in change.effects if effect.outcome == "harm"]
    assert len(effects) == 14
    assert all(abs(effect.share - wanted) <= 6 * effect.error for effect in effects)
    added_up(found)


def test_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare(many(10, 0.9), many(10, 0.8), "", FEW, seconds=0.0)
    assert found.attribution == "none"
    assert "no time" in found.note
    assert moved(found, "harm") == pytest.approx(0.9**10 - 0.8**10)
    monkeypatch.setattr(shapley_attribution, "MAX_EXACT_PLAYERS", 3)
    few = compare(many(4, 0.9), many(4, 0.8), "", FEW)
    assert few.attribution == "sampled"
    assert shares(few, "harm")["assumptions.a0.credence"] == pytest.approx((0.9**4 - 0.8**4) / 4, rel=0.2)


def test_a_side_that_cannot_be_run_is_named() -> None:
    rate = "[quantities.rate]\nvalue = { lognormal = [0, 1] }\n[assumptions.narrow]"
    wild = changed(("credence = 0.8", 'credence = "rate"'), ("[assumptions.narrow]", rate))
    for base, head in ((wild, story()), (story(), wild)):
        with pytest.raises(StoryError) as told:
            compare(base, head, "", FEW)
        (problem,) = told.value.problems
        assert problem.place == wild.place("assumptions.narrow.credence")
        assert problem.path == "assumptions.narrow.credence"
        assert "is not a probability" in problem.message
        assert "quantities.rate" in problem.message


def test_experts_on_a_loss_alone_leave_with_the_loss() -> None:
    """E loss = P(harm) (2 x 10 + 1 x 4) / 3 = .8 before, .1 x 2 after; no outcome moves."""
    stated = 'loss = { experts = [{ name = "A", credence = 10 }, { name = "B", credence = 4 }] }'
    together = '[experts]\ndraw = "together"\nweights = { A = 2, B = 1 }\n'
    kind = 'kind = "catastrophic"\n'
    found = compare(
        parse(story().text.replace(kind, f"{kind}{stated}\n") + together),
        parse(story().text.replace(kind, f"{kind}loss = 2\n")),
    )
    assert [moved(found, one.outcome) for one in found.outcomes] == [0.0, 0.0, 0.0]
    assert found.loss is not None
    assert found.loss.before == pytest.approx(0.8, abs=1e-12)
    assert found.loss.after == pytest.approx(0.2, abs=1e-12)


def test_a_wrong_story_is_told_as_such() -> None:
    with pytest.raises(StoryError):
        compare(story(), changed(("and not seen", "and not sen")))


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(stories(SMALL), stories(SMALL))
def test_shares_add_up_between_any_two_stories(one: str, other: str) -> None:
    """And each side is what a run of it gives, where that is exact."""
    base, head = parse(one), parse(other)
    found = compare(base, head, "", Settings(points=64), seconds=1)
    if found.attribution != "none":
        added_up(found)
    for file, side in ((base, "before"), (head, "after")):
        model = pipeline.prepare(file)
        if model.mean_p is not None and all(moved.error == 0.0 for moved in found.outcomes):
            means = dict(
                zip(model.outcomes, model.totals.by_root.mean(axis=0) @ model.by_outcome, strict=True)
            )
            for outcome in found.outcomes:
                value = getattr(outcome, side)
                assert value == (
                    None if outcome.outcome not in means else pytest.approx(means[outcome.outcome])
                )


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(stories(SMALL), stories(SMALL), st.data())
def test_a_mixture_that_is_a_story_is_compared_as_any(one: str, other: str, data: st.DataObject) -> None:
    base = parse(one)
    alignment = aligned(base, parse(other))
    numbers = range(len(alignment.differences))
    assume(len(numbers))
    mixture = alignment.mixed(data.draw(st.frozensets(st.sampled_from(numbers), max_size=6)))
    text = "\n\n".join(['format = "training-story/1"', *blocks_of(mixture)])
    try:
        head = load(parse(text))
        pipeline.prepare(head)
    except StoryError:
        return
    found = compare(base, head, "", Settings(points=64), seconds=60)
    assert found.attribution in ("exact", "sampled")
    added_up(found)
    assert all(np.isfinite(effect.share) for change in found.changes for effect in change.effects)
