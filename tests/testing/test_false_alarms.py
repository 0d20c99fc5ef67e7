"""Counts against limits: by enumeration of the binomial, and of every look at a sequence."""

from fractions import Fraction
from itertools import pairwise, product
from math import comb

import numpy as np
import pytest

from sensa.testing import assert_probability, confidence_sequence, exact_interval
from sensa.testing.false_alarms import Interval


def chance(k: int, n: int, p: Fraction) -> Fraction:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def fails(successes: int, trials: int, **limits: float | bool) -> bool:
    try:
        assert_probability(successes, trials, **limits)  # type: ignore[arg-type]
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("alpha", [Fraction(1, 1000), Fraction(1, 20), Fraction(31, 100)])
def test_the_test_is_the_exact_binomial_one(alpha: Fraction) -> None:
    """Tails in rational arithmetic; no grid point has a tail within 1e-9 of alpha."""
    for n, tenths in product((1, 2, 7, 12), range(1, 10)):
        p = Fraction(tenths, 10)
        for k in range(n + 1):
            upper = sum((chance(j, n, p) for j in range(k, n + 1)), Fraction(0))
            lower = sum((chance(j, n, p) for j in range(k + 1)), Fraction(0))
            assert min(abs(upper - alpha), abs(lower - alpha)) > 1e-9
            assert fails(k, n, at_most=float(p), alpha=float(alpha)) == (upper <= alpha)
            assert fails(k, n, at_least=float(p), alpha=float(alpha)) == (lower <= alpha)


@pytest.mark.parametrize("n", [20, 150])
def test_false_alarms_are_as_rare_as_is_said(n: int) -> None:
    """Summed over all counts, exactly; with two limits together too, at either end of what is allowed."""
    alpha, low, high = 0.01, Fraction(1, 5), Fraction(3, 10)
    for p in (low, high):
        rate = sum(
            chance(k, n, p) for k in range(n + 1) if fails(k, n, at_least=0.2, at_most=0.3, alpha=alpha)
        )
        assert 0 < rate <= Fraction(1, 100)


def test_ends_that_are_known_in_closed_form() -> None:
    """No success in n trials: 1 - (alpha/2)^(1/n), and for a sequence 1 - (alpha/(n + 1))^(1/n)."""
    for n, alpha in product((1, 10, 100_000), (0.05, 1e-6, 1e-30)):
        fixed, running = exact_interval(0, n, alpha=alpha), confidence_sequence(0, n, alpha=alpha)
        assert (fixed.low, running.low) == (0.0, 0.0)
        assert fixed.high == pytest.approx(-np.expm1(np.log(alpha / 2) / n), rel=1e-9)
        assert running.high == pytest.approx(-np.expm1(np.log(alpha / (n + 1)) / n), rel=1e-9)
        for found in (exact_interval, confidence_sequence):
            none, all_ = found(0, n, alpha=alpha), found(n, n, alpha=alpha)
            assert all_ == pytest.approx(Interval(1 - none.high, 1.0), rel=1e-9, abs=1e-12)
    assert confidence_sequence(0, 0) == (0.0, 1.0)
    assert confidence_sequence(1, 1, alpha=0.05).low == pytest.approx(0.025, rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1, 7), (3, 40), (35, 40), (250, 1000)])
def test_ends_of_a_sequence_are_those_of_robbins(k: int, n: int) -> None:
    """(n + 1) times the binomial probability is alpha at both ends (Robbins 1970)."""
    for end in confidence_sequence(k, n, alpha=1e-4):
        value = (n + 1) * chance(k, n, Fraction(end))
        assert float(value) == pytest.approx(1e-4, rel=1e-9)


def ever(kept: list[tuple[int, int]], p: float) -> float:
    """The probability that a walk of successes leaves the range of counts that are kept, at any time."""
    alive, left = np.array([1.0]), 0.0
    for low, high in kept:
        alive = np.concatenate([alive * (1 - p), [0.0]]) + np.concatenate([[0.0], alive * p])
        out = np.ones(len(alive), bool)
        out[low : high + 1] = False
        left += float(alive[out].sum())
        alive[out] = 0.0
    return left


@pytest.mark.parametrize(
    "p", [0.3, pytest.param(0.02, marks=pytest.mark.slow), pytest.param(0.5, marks=pytest.mark.slow)]
)
def test_looking_after_every_trial_keeps_the_false_alarm_rate(p: float) -> None:
    """The probability of ever ruling out the truth within 120 looks, exactly; and that of looking naively."""
    alpha, looks = 0.05, 120

    def kept(sequential: bool) -> list[tuple[int, int]]:
        ranges = []
        for n in range(1, looks + 1):
            found = [
                k for k in range(n + 1)
                if not fails(k, n, at_least=p, at_most=p, alpha=alpha, sequential=sequential)
            ]  # fmt: skip
            assert all(b == a + 1 for a, b in pairwise(found))
            ranges.append((found[0], found[-1]))
        return ranges

    assert 0 < ever(kept(True), p) <= alpha
    if p == 0.3:
        assert ever(kept(False), p) > 2 * alpha, "a fixed test at every look raises false alarms"


def test_what_is_said() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_probability(37, 400, at_most=0.01)
    # Clopper and Pearson at 1e-6: see the closed forms above; here only the words are at stake.
    low, high = exact_interval(37, 400, alpha=2e-6)
    assert str(caught.value) == (
        "37 of 400 trials succeeded (9.2 %), which rules out `at_most = 0.01`: the probability is"
        f" {100 * low:.1f} % to {100 * high:.0f} % (exact, false-alarm rate 1e-06)"
    )
    with pytest.raises(
        AssertionError, match=r"rules out `at_least = 0\.5`.*\(whenever one looks, false-alarm"
    ):
        assert_probability(37, 400, at_least=0.5, sequential=True)
    assert_probability(37, 400, at_least=0.05, at_most=0.1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"successes": 3, "trials": 2, "at_most": 0.1}, "0 <= successes <= trials and trials >= 1 must hold"),
        ({"successes": -1, "trials": 2, "at_most": 0.1}, "not -1 of 2"),
        ({"successes": 0, "trials": 0, "at_most": 0.1}, "trials >= 1"),
        ({"successes": 0.5, "trials": 2, "at_most": 0.1}, "`successes` is a count, not 0.5"),
        ({"successes": 1, "trials": 2}, "expected a limit: `at_most`, `at_least`, or both"),
        ({"successes": 1, "trials": 2, "at_most": 10}, "0 <= at_least <= at_most <= 1 must hold"),
        ({"successes": 1, "trials": 2, "at_most": 0.1, "at_least": 0.2}, "must hold, not"),
        ({"successes": 1, "trials": 2, "at_most": 0.1, "alpha": 0}, "`alpha` lies between 0 and 1, not at 0"),
    ],
)
def test_what_is_no_count_or_limit(given: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        assert_probability(**given)  # type: ignore[arg-type]
    assert said in str(caught.value)
