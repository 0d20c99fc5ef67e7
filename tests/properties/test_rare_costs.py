"""What no sampled world has met is not taken for nothing: costs, and quotients of what may be 0."""

import pytest

from tests.properties.verdicts import EVENT, point, verdict
from tests.short_stories import losing, story

RARE_AND_COSTLY = losing(
    story(point("a", 0.5) + point("b", 0.9999) + point("c", 0.999), "not b and not c", "not a"),
    bad="1e7",
    poor="0.1",
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
