"""What numbers too rare for the sample add to means, against closed forms; and verdicts on such stories."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

import sensa
from sensa.engines.choice import Choice
from sensa.kernels.program import Floats
from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.reports.layout import Paper
from sensa.reports.page.document import page
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import StoryResult
from sensa.reports.result.text import render
from sensa.sampling.parameters import RunError, Sampler
from sensa.sampling.rare_numbers import levels, unsampled
from sensa.sampling.settings import Settings
from sensa.stories.numbers.distribution import Distribution
from tests.sampling.bare_circuits import UNIT, circuit
from tests.short_stories import ASSUMPTION, story

POINTS = 2048
SEEDS = range(6)


def both(number: Distribution, function: Callable[[Floats], Floats]) -> Floats:
    sampler = Sampler(circuit([number, UNIT]))
    return unsampled(sampler, [0, 1], POINTS, lambda theta: function(theta)[:, None])


def test_levels_go_from_the_last_that_is_sampled_to_the_last_that_is_a_number() -> None:
    found = levels(POINTS)
    assert found[0] == 1 / POINTS
    assert 2.0**-53 <= found[-1] <= 2.0**-49
    np.testing.assert_allclose(found[1:] / found[:-1], 0.25, rtol=1e-12)


@pytest.mark.parametrize("rare", [1e-4, 1e-5, 1e-9, 1e-13])
@pytest.mark.parametrize("upper", [False, True])
def test_a_step_beyond_the_sample_lies_between_both_ends(rare: float, upper: bool) -> None:
    """The result is 1 with the chance `rare`, all beyond the levels that a replicate has."""
    found = both(UNIT, lambda theta: ((1 - theta[:, 0] if upper else theta[:, 0]) < rare).astype(float))
    near, far = found[:, 0, 0]
    assert near <= rare <= far
    assert far <= 4.01 * rare
    assert not found[:, 1].any()  # the other number adds nothing


def test_a_power_of_the_tail_lies_between_both_ends() -> None:
    """Beyond u = 1/n, u^-1/2 - n^1/2 has the integral 2 n^-1/2 - n^-1/2 = n^-1/2."""
    near, far = both(UNIT, lambda theta: theta[:, 0] ** -0.5)[:, 0, 0]
    assert near <= POINTS**-0.5 <= far


def test_what_is_linear_moves_next_to_nothing() -> None:
    found = both(UNIT, lambda theta: theta[:, 0])
    assert np.abs(found).max() < 1 / POINTS**2


def test_values_that_break_a_rule_count_as_the_last_that_breaks_none() -> None:
    """Beyond 1e-9 nothing is valid: 2e-10 of the levels more or less are left open."""

    def results(theta: Floats) -> Floats:
        if (theta[:, 0] < 1e-9).any():
            raise RunError("is not a probability", "q", "")
        return (theta < 1e-5).astype(float)

    found = unsampled(Sampler(circuit([UNIT, UNIT])), [0, 1], POINTS, results)
    for parameter in (0, 1):
        near, far = found[:, parameter, parameter]
        assert near <= 1e-5 <= far <= 4.01e-5
        assert not found[:, parameter, 1 - parameter].any()


@pytest.mark.parametrize("last", [0.0, 1 / POINTS])
def test_a_number_without_a_valid_value_beyond_the_sample_adds_nothing(last: float) -> None:
    """Neither where the last level that is sampled is valid nor where it is not."""

    def results(theta: Floats) -> Floats:
        if ((theta[:, 0] < 1 / POINTS - last / 2) | (theta[:, 0] > 1 - 1 / POINTS + last / 2)).any():
            raise RunError("is not a probability", "q", "")
        return theta[:, :1] ** 2

    assert not unsampled(Sampler(circuit([UNIT])), [0], POINTS, results).any()


def test_a_run_does_not_fail_at_a_value_that_no_sample_has() -> None:
    """q is below 0 at 7.7 standard deviations, with a chance of 7e-15: P(bad) = E[1 - q] = 0.5."""
    body = "[quantities.q]\nvalue = { normal = [0.5, 0.065] }\n" + ASSUMPTION.format(
        name="a", credence='"q * 1"'
    )
    found = sensa.run(sensa.loads(story(body, "not a")), analyses=["outcomes"])["outcomes"]
    assert float(found["mean"].sel(outcome="bad")) == pytest.approx(0.5, abs=1e-4)


def test_noise_of_sampled_worlds_is_nothing() -> None:
    """20 times at 256 worlds: 4 standard errors are exceeded by a level in 1 of 16,000; wrong in 2 of 100."""
    rng = np.random.default_rng(0)
    sampler = Sampler(circuit([UNIT]))
    found = [
        unsampled(sampler, [0], POINTS, lambda theta: rng.binomial(256, 0.3, (len(theta), 1)) / 256, 256)
        for _ in range(20)
    ]
    assert np.count_nonzero(found) <= 2


STORY = """
format = "training-story/1"
[story]
title = "Rare numbers"
[goal]
class = ["narrow-agent"]
specification = "A"
desirability = "B"
[rationale]
class = ["automated-oversight"]
constraints = ["C"]
nudges = ["D"]
[quantities.q]
claim = "A doubtful voice is certain"
value.experts = [{ name = "A", weight = 1e-5, credence = 1 }, { name = "B", weight = 1, credence = 1e-9 }]
[quantities.width]
claim = "A width"
value = { lognormal = [-60, 14] }
[events.x]
claim = "x"
chance = "clip(q * q, 0, 1)"
mode = "unmodelled"
[events.z]
claim = "z"
chance = "clip(width, 0, 1)"
mode = "other"
[outcomes.harm]
kind = "catastrophic"
when = "x"
[outcomes.loss]
kind = "catastrophic"
when = "z"
[outcomes.ok]
kind = "success"
otherwise = true
[properties.harm]
require = "P(harm) <= 1e-6"
[properties.given]
require = "P(harm | harm or loss) <= 0.1"
[properties.z]
require = "P(loss) <= 3e-7"
[properties.never]
require = "P(harm) <= 0.01"
"""


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_no_requirement_passes_because_the_sample_lacks_what_breaks_it(engine: Choice) -> None:
    """By hand P(harm) is 1e-5 / (1 + 1e-5), P(loss) about 1.3e-5 and P(harm | either) about 0.4."""
    rare = sensa.loads(STORY)
    for seed in SEEDS:
        session = prepare(rare, Settings(engine=engine, seed=seed))
        found = {verdict.name: verdict.status for verdict in judge(session, today=date(2026, 1, 1)).verdicts}
        assert "pass" not in {found[name] for name in ("harm", "given", "z")}
        assert found["never"] == "pass"


@pytest.mark.parametrize("cost", ["1e6", '"1e6 + 0 * q"'])
def test_the_error_of_the_loss_is_as_large_as_what_the_sample_lacks(cost: str) -> None:
    """10 is lost on average: 1e6 with 1e-5, which no sampled value of q shows."""
    text = STORY.replace('when = "x"', f'when = "x"\nloss = {cost}')
    found = sensa.run(sensa.loads(text))["outcomes"]
    assert abs(float(found["loss"]) - 10) <= 2 * float(found["loss_error"])


def test_the_error_of_an_outcome_is_as_large_as_what_the_sample_lacks() -> None:
    tree = sensa.run(sensa.loads(STORY))
    found, risk = tree["outcomes"], tree["kinds"].sel(kind="catastrophic")
    assert float(risk["low"]) <= 2.3e-5 <= float(risk["high"])
    assert abs(float(risk["mean"]) - 2.3e-5) <= 2 * float(risk["error"])
    harm = found.sel(outcome="harm")
    assert float(harm["low"]) <= 1e-5 <= float(harm["high"])
    assert abs(float(harm["mean"]) - 1e-5) <= 2 * float(harm["error"])
    assert "harm: values of `quantities.q.value` too rare for the sample may matter" in found.attrs["note"]
    found_again = answers(tree)
    assert "too rare for the sample" in " ".join(render(found_again, Paper(80)).split())
    assert "too rare for the sample" in page([StoryResult("story.toml", 0, found_again)])


UNCOUNTED = "too rare for the sample may matter, which these errors do not count"
BOTH = "`quantities.q.value`, `quantities.width.value`"
CLAIM = ASSUMPTION.format(name="a", credence=0.5)
XS = ("clip(q * q, 0, 1)", "clip(q * q * q, 0, 1)")
GROUPS = ["violations", "importance", "tipping_points", "criteria", "distributions", "pairs"]


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_groups_whose_errors_do_not_count_rare_numbers_say_so(engine: Choice) -> None:
    named = [*GROUPS, "outcomes", "numbers"]
    tree = sensa.run(sensa.loads(STORY + CLAIM), engine=engine, samples=1 << 18, analyses=named)
    for name in GROUPS:
        note = tree[name].attrs["note"]
        assert "values of `quantities.q.value`" in note, name
        assert UNCOUNTED in note, name
    for name in ("outcomes", "numbers"):
        assert UNCOUNTED not in tree[name].attrs.get("note", "")


def test_groups_of_a_story_without_rare_numbers_say_nothing() -> None:
    usual = STORY.replace("weight = 1e-5", "weight = 1").replace("[-60, 14]", "[-3, 0.5]")
    tree = sensa.run(sensa.loads(usual + CLAIM), analyses=GROUPS)
    assert not any(UNCOUNTED in tree[name].attrs.get("note", "") for name in GROUPS)


def test_a_difference_says_which_numbers_its_errors_do_not_count() -> None:
    before, after = (
        sensa.loads(STORY.replace('chance = "clip(q * q, 0, 1)"', f'chance = "{x}"')) for x in XS
    )
    assert f"{BOTH} {UNCOUNTED}" in sensa.compare(before, after).note
    assert f"{BOTH} {UNCOUNTED}" in sensa.compare(None, after).note
