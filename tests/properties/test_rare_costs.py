"""What no sampled world has met is not taken for nothing: costs, and quotients of what may be 0."""

import math

import pytest

from tests.properties.verdicts import EVENT, point, verdict
from tests.short_stories import losing, story

RARE_AND_COSTLY = losing(
    story(point("a", 0.5) + point("b", 0.9999) + point("c", 0.999), "not b and not c", "not a"),
    bad="1e7",
    poor="0.1",
)

AMOUNTS = (  # x, a cost and its mean: exp(8^2 / 2), and a ratio of gamma functions
    ("{ lognormal = [0, 1] }", "x ** 8", math.exp(32)),
    ("{ beta = [0.02, 1.98] }", "1e10 * x ** 4", 1e10 * 0.02 * 1.02 * 2.02 * 3.02 / 120),
)


@pytest.mark.parametrize("seed", range(5))
def test_costs_that_few_worlds_meet_leave_the_loss_open(seed: int) -> None:
    """The mean loss is 1e-7 x 1e7 + .05 = 1.05; most samples have met only what costs .1."""
    worlds = {"engine": "montecarlo", "points": 64, "samples": 4096, "seed": seed}
    assert verdict(RARE_AND_COSTLY, 'require = "loss <= 0.08"').status == "fail"
    assert verdict(RARE_AND_COSTLY, 'require = "loss <= 0.08"', **worlds).status != "pass"
    assert verdict(RARE_AND_COSTLY, 'require = "loss <= 1e7"', **worlds).status == "pass"


def test_a_quotient_by_what_no_world_has_met_is_undecided() -> None:
    """It is 0.91e-7 over 1e-8, not undefined, though no world meets either."""
    events = EVENT.format(name="e", chance=0.1, when="") + EVENT.format(name="f", chance=0.9, when="")
    text = story(point("b", 0.9999999) + events, "not b and e")
    ratio = 'require = "P(not b and (e or f)) / P(bad) <= 2"'
    assert verdict(text, ratio).status == "fail"
    assert verdict(text, ratio, engine="montecarlo", points=64, samples=4096).status == "undecided"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("x", "cost", "mean"), AMOUNTS)
def test_amounts_far_above_that_of_the_mean_leave_the_loss_open(
    x: str, cost: str, mean: float, seed: int
) -> None:
    """Bad with 1e-5, which most samples never meet, and costs far more than at the mean of x."""
    body = f"[quantities.x]\nvalue = {x}\n" + point("a", 0.5) + point("b", 0.99) + point("c", 0.999)
    text = losing(story(body, "not b and not c", "not a"), bad=f'"{cost}"', poor="0.1")
    limit = f'require = "loss <= {1e-5 * mean / 2:g}"'
    worlds = {"engine": "montecarlo", "points": 64, "samples": 4096, "seed": seed}
    assert verdict(text, limit, **worlds).status != "pass"


def test_bounded_amounts_bound_the_loss() -> None:
    """At most 100 in all of the few worlds that may be bad."""
    body = (
        "[quantities.x]\nvalue = { beta = [1, 19] }\n"
        + point("a", 0.5)
        + point("b", 0.99)
        + point("c", 0.999)
    )
    text = losing(story(body, "not b and not c", "not a"), bad='"100 * x ** 4"', poor="0.1")
    worlds = {"engine": "montecarlo", "points": 64, "samples": 4096}
    assert verdict(text, 'require = "loss <= 100"', **worlds).status == "pass"
