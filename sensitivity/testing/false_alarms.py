"""Test counts of a stochastic test against a limit, with a stated false-alarm rate."""

from collections.abc import Callable
from math import inf, lgamma, log, log1p
from typing import NamedTuple

from scipy.optimize import bisect
from scipy.special import betainc, betaincinv

from sensa.reports.number_format import percent


class Interval(NamedTuple):
    """Both ends of an interval of probabilities."""

    low: float
    high: float


def assert_probability(
    successes: int,
    trials: int,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    alpha: float = 1e-6,
    sequential: bool = False,
) -> None:
    """Assert that counts of independent, equal trials are compatible with limits of the probability.

    If the probability is within the limits, the assertion fails with probability at most `alpha`. The test is
    the exact binomial one, comparing the limit with Clopper and Pearson's end (1934,
    10.1093/biomet/26.4.404); with both limits each has half of `alpha`. It holds for a number of trials fixed
    in advance. To look after every trial, and stop depending on the counts, use `sequential=True`: the limits
    are then compared with `confidence_sequence`, and the false-alarm rate is that of all looks together.

    Misleads as a proof: few trials rule out little, so passing only means that the counts do not contradict
    the limit. Raises ValueError for invalid counts and limits.
    """
    __tracebackhide__ = True
    require_counts(successes, trials, alpha)
    limits = [limit for limit in (at_least, at_most) if limit is not None]
    if not limits:
        raise ValueError("expected a limit: `at_most`, `at_least`, or both")
    if not all(0 <= limit <= 1 for limit in limits) or limits != sorted(limits):
        raise ValueError(f"0 <= at_least <= at_most <= 1 must hold, not {limits}")
    if sequential:
        found = confidence_sequence(successes, trials, alpha=alpha)
    else:
        found = _exact(successes, trials, alpha / len(limits))
    for name, limit, broken in (
        ("at_most", at_most, at_most is not None and found.low > at_most),
        ("at_least", at_least, at_least is not None and found.high < at_least),
    ):
        if broken:
            how = "whenever one looks" if sequential else "exact"
            raise AssertionError(
                f"{counted(successes, trials)}, which rules out `{name} = {limit:g}`: the probability is"
                f" {between(found)} ({how}, false-alarm rate {alpha:g})"
            )


def exact_interval(successes: int, trials: int, *, alpha: float = 1e-6) -> Interval:
    """The probabilities for which neither this few nor this many successes are rarer than `alpha / 2`.

    Clopper and Pearson 1934 (10.1093/biomet/26.4.404): it holds the true probability with 1 - `alpha` at
    least, for a number of trials that was fixed beforehand. Raises ValueError for counts that are none.
    """
    require_counts(successes, trials, alpha)
    return _exact(successes, trials, alpha / 2)


def _exact(successes: int, trials: int, tail: float) -> Interval:
    failures = trials - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = 1.0 - float(betaincinv(failures, successes + 1, tail)) if failures else 1.0
    return Interval(low, high)


def confidence_sequence(successes: int, trials: int, *, alpha: float = 1e-6) -> Interval:
    """A confidence interval that is valid at every moment at once.

    With probability 1 - `alpha` at least the true probability is in all of these intervals, however often
    one looks and whenever one stops. It has those p where  the mixture of likelihoods over a uniform prior,
    B(s + 1, n - s + 1) / (p^s (1 - p)^(n - s)), is below 1 / `alpha`; it is a martingale under p, and Ville's
    inequality bounds its maximum (Robbins 1970, 10.1214/aoms/1177696786; Howard, Ramdas, McAuliffe and Sekhon
    2021, 10.1214/20-AOS1991). It is wider than the interval for a fixed number of trials. Raises
    ValueError for invalid counts.
    """
    require_counts(successes, trials, alpha, fewest=0)
    failures = trials - successes
    mixture = lgamma(successes + 1) + lgamma(failures + 1) - lgamma(trials + 2)

    def against(p: float) -> float:
        """The log of the martingale over 1 / alpha: above 0 where p is ruled out."""
        likelihood = (successes * log(p) if p else -inf) if successes else 0.0
        likelihood += (failures * log1p(-p) if p < 1 else -inf) if failures else 0.0
        return mixture - likelihood + log(alpha)

    share = successes / trials if trials else 0.5
    low = _root(against, 0.0, share) if successes else 0.0
    high = _root(against, share, 1.0) if failures else 1.0
    return Interval(low, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    found: float = bisect(function, low, high, xtol=1e-300, rtol=1e-14, maxiter=2000)
    return found


def tails(successes: int, trials: int, p: float) -> tuple[float, float]:
    """P(X <= successes) and P(X >= successes) of a binomial count."""
    failures = trials - successes
    lower = float(betainc(failures, successes + 1, 1.0 - p)) if failures else 1.0
    upper = float(betainc(successes, failures + 1, p)) if successes else 1.0
    return lower, upper


def require_counts(successes: int, trials: int, alpha: float, fewest: int = 1) -> None:
    """Raise ValueError for invalid counts, or an invalid false-alarm rate."""
    for name, count in (("successes", successes), ("trials", trials)):
        if count != int(count):
            raise ValueError(f"`{name}` is a count, not {count!r}")
    if not 0 <= successes <= trials or trials < fewest:
        least = f" and trials >= {fewest}" if fewest else ""
        raise ValueError(f"0 <= successes <= trials{least} must hold, not {successes} of {trials}")
    if not 0 < alpha < 1:
        raise ValueError(f"`alpha` lies between 0 and 1, not at {alpha!r}")


def counted(successes: int, trials: int) -> str:
    """`37 of 400 trials succeeded (9.2 %)`."""
    return f"{successes:,} of {trials:,} trials succeeded ({percent(successes / trials)})"


def between(interval: Interval) -> str:
    """`4.1 % to 17 %`."""
    return f"{percent(interval.low)} to {percent(interval.high)}"
