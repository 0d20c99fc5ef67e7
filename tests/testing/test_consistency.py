"""Counts against what a story states: beta-binomial and mixed distributions, enumerated."""

from fractions import Fraction
from math import comb, factorial

import pytest

import sensa
from sensa.stories.numbers.distribution import Distribution
from sensa.testing import assert_consistent
from sensa.testing.consistency import predictive
from tests.testing.suites import STORY


def with_chance(number: str) -> sensa.stories.story.Story:
    return sensa.loads(STORY.replace("chance = 0.5", f"chance = {number}"), "plans/a.toml")


def beta(a: int, b: int) -> Fraction:
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))


def beta_binomial(k: int, n: int, a: int, b: int) -> Fraction:
    return comb(n, k) * beta(k + a, n - k + b) / beta(a, b)


@pytest.mark.parametrize(
    ("a", "b", "k", "n"), [(1, 99, 37, 400), (2, 3, 0, 50), (2, 3, 50, 50), (50, 50, 3, 40), (30, 2, 5, 200)]
)
def test_tails_of_a_beta_credence_are_beta_binomial(a: int, b: int, k: int, n: int) -> None:
    """In rational arithmetic; relative, far into the tails too."""
    lower, upper = predictive(Distribution("beta", (a, b)), k, n)
    assert lower == pytest.approx(float(sum(beta_binomial(j, n, a, b) for j in range(k + 1))), rel=1e-9)
    assert upper == pytest.approx(float(sum(beta_binomial(j, n, a, b) for j in range(k, n + 1))), rel=1e-9)


def test_tails_of_other_credences() -> None:
    """Uniform: every count alike. A pool of points: a mixture of binomials. An interval: its nearer end."""
    assert predictive(Distribution("uniform", (0, 1)), 3, 19) == pytest.approx((4 / 20, 17 / 20), rel=1e-10)
    points = Distribution(
        "linear_pool", (0.25, 0.75), (Distribution("point", (0.1,)), Distribution("point", (0.6,)))
    )

    def binomial(p: float, counts: range, n: int) -> float:
        return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in counts)

    mixed = [
        0.25 * binomial(0.1, counts, 12) + 0.75 * binomial(0.6, counts, 12)
        for counts in (range(6), range(5, 13))
    ]
    assert predictive(points, 5, 12) == pytest.approx(tuple(mixed), rel=1e-9)
    ends = binomial(0.2, range(6), 12), binomial(0.4, range(5, 13), 12)
    assert predictive(Distribution("interval", (0.2, 0.4)), 5, 12) == pytest.approx(ends, rel=1e-12)
    assert predictive(0.2, 5, 12)[0] == pytest.approx(ends[0], rel=1e-12)


def test_false_alarms_are_as_rare_as_is_said() -> None:
    """Summed over all counts under the predictive distribution, exactly."""
    story, n, alpha = with_chance("{ beta = [2, 8] }"), 60, 0.05
    rate = Fraction(0)
    for k in range(n + 1):
        try:
            assert_consistent(story, "events.slip.chance", k, n, alpha=alpha)
        except AssertionError:
            rate += beta_binomial(k, n, 2, 8)
    assert Fraction(1, 100) < rate <= Fraction(1, 20)


def test_what_is_said() -> None:
    story = with_chance("{ beta = [1, 99] }")
    place = story.place("events.slip.chance")
    with pytest.raises(AssertionError) as caught:
        assert_consistent(story, "events.slip.chance", 120, 400)
    tail = float(sum(beta_binomial(j, 400, 1, 99) for j in range(120, 401)))
    assert str(caught.value).startswith(
        f"{place}: events.slip.chance: 120 of 400 trials succeeded (30 %), which contradicts"
        f" `{{ beta = [1, 99] }}` (mean 1.0 %, 90 % interval 0.052 % to 3.0 %): by it so many have"
        f" probability {tail:.2g} (two-sided {2 * tail:.2g}, alpha 1e-06); by themselves the trials say "
    )
    assert_consistent(story, "events.slip.chance", 4, 400)
    with pytest.raises(AssertionError, match=r"which contradicts `0\.9`: by it so few have probability"):
        assert_consistent(story, "assumptions.narrow.credence", 0, 100)


@pytest.mark.parametrize(
    ("number", "path", "said"),
    [
        (
            "0.5",
            "events.slip.chanse",
            "unknown number `events.slip.chanse` (did you mean `events.slip.chance`?)",
        ),
        ('"1 / 3"', "events.slip.chance", "`events.slip.chance` is computed from other numbers"),
        (
            "{ interval = [0, 1] }",
            "events.slip.chance",
            "anything from 0 to 1: no counts could contradict it",
        ),
        (
            "0.5",
            "quantities.size.value",
            "`quantities.size.value` is not a probability: it lies between 2 and 2",
        ),
    ],
)
def test_what_states_no_probability(number: str, path: str, said: str) -> None:
    story = with_chance(number)
    if path.startswith("quantities"):
        story = sensa.loads(story.text + "\n[quantities.size]\nvalue = 2\n")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        assert_consistent(story, path, 1, 2)
    assert said in str(caught.value)
