"""Intervals of what properties compare contain no value that probabilities cannot have."""

import pytest

from tests.properties.verdicts import EVENT, point, verdict
from tests.short_stories import losing, story

# A heavy tail: a few of the sampled values carry the mean, and Student's interval reaches far beyond 0.
HEAVY = story(
    point("a", 0.5)
    + '[quantities.q]\nclaim = "c"\nvalue = { gamma = [0.001, 1] }\n'
    + EVENT.format(name="e", chance='"clip(q, 0, 1)"', when=""),
    "not a and e",
)


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
@pytest.mark.parametrize("replicates", [2, 8])
@pytest.mark.parametrize(
    ("side", "least", "most"),
    [
        ("P(bad)", 0.0, 1.0),
        ("P(bad | not a)", 0.0, 1.0),
        ("1 - P(bad)", 0.0, 1.0),
        ("P(bad) - P(good)", -1.0, 1.0),
        ("2 * P(bad) + 1", 1.0, 3.0),
    ],
)
def test_a_side_is_within_what_its_probabilities_allow(
    side: str, least: float, most: float, replicates: int, engine: str
) -> None:
    """On the left or on the right, whatever the sample is."""
    sampled = {"engine": engine, "replicates": replicates, "points": 256, "samples": 1 << 12}
    left = verdict(HEAVY, f'require = "{side} <= 0.0001"', **sampled).left
    right = verdict(HEAVY, f'require = "0.0001 >= {side}"', **sampled).right
    for found in (left, right):
        assert found is not None
        assert least <= found.low <= found.high <= most


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
@pytest.mark.parametrize(
    ("losses", "least", "most"),
    [
        ({"bad": "2"}, 0.0, 2.0),
        ({"bad": "{ uniform = [1, 3] }"}, 0.0, 2.0),  # on average
        ({"bad": "-2"}, -2.0, 0.0),
        ({"bad": "2", "good": "-1"}, -1.0, 2.0),
        ({"bad": "5", "poor": "3", "good": "1"}, 1.0, 5.0),
        ({"bad": '"2 * clip(q, 0, 1)"'}, 0.0, 2.0),  # as the numbers of its probability decide
    ],
)
def test_a_side_of_a_loss_is_within_what_worlds_lose(
    losses: dict[str, str], least: float, most: float, engine: str
) -> None:
    """Student's interval of two replicates reaches beyond, and the margin is as wide as that."""
    sampled = {"engine": engine, "replicates": 2, "points": 256, "samples": 1 << 12}
    found = verdict(losing(HEAVY, **losses), 'require = "loss <= 0.0001"', **sampled)
    assert found.left is not None
    assert least <= found.left.low <= found.left.high <= most
