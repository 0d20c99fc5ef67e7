"""What is said of a counterexample's parts and path, against closed forms."""

import pytest

from sensa.properties.verdicts import Counterexample, Part
from sensa.reports.review.verdict_lines import rest
from tests.properties.verdicts import EVENT, point, verdict
from tests.short_stories import story

BOTH = story(point("a", 0.5) + point("b", 0.8), "not a and not b")
NEVER = '[outcomes.never]\nkind = "catastrophic"\nwhen = "{}"\n'
FAR = point("a", 0.999) + EVENT.format(name="y", chance=0.5, when='when = "not a"\n')


def nearest(text: str, prop: str, **settings: object) -> Counterexample:
    found = verdict(text, prop, **settings).nearest
    assert found is not None
    return found


def test_a_part_that_worlds_cannot_decide_is_undecided() -> None:
    """Without a: P(not a) = 0.5, which is 1e-9 below the limit; without b: P(not b) = 0.2."""
    prop = 'require = "P(catastrophic) <= 0.500000001"\nforall = { violate = { max = 2 } }'
    exact = nearest(BOTH, prop, engine="exact")
    assert exact.violated == ("a", "b")
    assert [part.undecided for part in exact.parts] == [False, False]
    assert [part.without for part in exact.parts] == pytest.approx([1e-9, 0.3 + 1e-9], abs=1e-12)
    sampled = nearest(BOTH, prop, engine="montecarlo", seed=7, samples=1 << 16)
    assert {part.name: part.undecided for part in sampled.parts} == {"a": True, "b": False}
    assert rest(sampled.parts[0]) == "it is undecided"
    assert rest(sampled.parts[1]).startswith("it holds, by 0.")


def test_what_certainly_breaks_still_breaks() -> None:
    assert rest(Part("a", -0.25)) == "it still breaks, by 0.25"
    assert rest(Part("a", None)) == "its condition is impossible"


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
@pytest.mark.parametrize("never", ["not a and a", "y and a and not a"])
def test_a_path_passes_no_outcome_that_can_never_be(never: str, engine: str) -> None:
    """Violated, a makes y possible, and with it bad; the other outcome is a contradiction."""
    text = story(FAR + NEVER.format(never), "y")
    prop = 'require = "P(catastrophic) <= 0.1"\nforall = { violate = { max = 1 } }'
    assert nearest(text, prop, engine=engine).path == ("a", "y", "bad")


def test_a_path_may_pass_what_a_violation_prevents() -> None:
    """The alarm needs a, and its absence is what makes the outcome bad: its probability is 0 in the case."""
    alarm = EVENT.format(name="alarm", chance=1.0, when='when = "a"\n')
    text = story(point("a", 0.999) + alarm, "not alarm")
    prop = 'require = "P(catastrophic) <= 0.1"\nforall = { violate = { max = 1 } }'
    assert nearest(text, prop, engine="exact").path == ("a", "alarm", "bad")
