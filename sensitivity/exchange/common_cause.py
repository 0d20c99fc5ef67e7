"""Common-cause groups: events that fail together more often than by chance, as independent events.

With total chance q of each of n members, every subset of k members gets an event of its own with chance
Q_k = c_k q (the basic parameter model), and a member fails if an event of a subset with it happens. Models
say c_k (NUREG/CR-5485, Mosleh et al. 1998):

- beta factor: c_1 = 1 - beta, c_n = beta, no others;
- multiple Greek letters, rho_2 = beta, rho_3 = gamma, …: c_k = rho_1 … rho_k (1 - rho_(k+1)) / C(n-1, k-1),
  with rho_1 = 1 and rho_(n+1) = 0;
- alpha factors, tested together: c_k = k alpha_k / (sum of i alpha_i) / C(n-1, k-1).

Each has sum_k C(n-1, k-1) c_k = 1: a member's total is q, but for the chance that two of its events happen
at once, of the order of q^2.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

from sensa.exchange.errors import ExchangeError

MODELS = ("beta-factor", "MGL", "alpha-factor")
MOST_MEMBERS = 8


def multipliers(model: str, members: int, factors: Sequence[float]) -> tuple[float, ...]:
    """c_1 … c_n; `factors` is beta; or rho_2 … rho_n; or alpha_1 … alpha_n. Raises `ExchangeError`."""
    if not 2 <= members <= MOST_MEMBERS:
        raise ExchangeError(f"a common-cause group has 2 to {MOST_MEMBERS} members, not {members}")
    wanted = {"beta-factor": 1, "MGL": members - 1, "alpha-factor": members}
    if model not in wanted:
        raise ExchangeError(f"the common-cause model `{model}` is not known; those are {', '.join(MODELS)}")
    if len(factors) != wanted[model]:
        raise ExchangeError(f"`{model}` of {members} members has {wanted[model]} factors, not {len(factors)}")
    if not all(0 <= factor <= 1 for factor in factors):
        raise ExchangeError(f"the factors of `{model}` must be within 0 and 1")
    ways = [math.comb(members - 1, k - 1) for k in range(1, members + 1)]
    if model == "alpha-factor":
        total = math.fsum(k * alpha for k, alpha in enumerate(factors, 1))
        if total == 0:
            raise ExchangeError("one of the alpha factors must be above 0")
        shares = [k * alpha / total for k, alpha in enumerate(factors, 1)]
        return tuple(share / n for share, n in zip(shares, ways, strict=True))
    if model == "beta-factor":
        return (1.0 - factors[0], *[0.0] * (members - 2), factors[0])
    rho = [1.0, *factors, 0.0]
    return tuple(math.prod(rho[:k]) * (1.0 - rho[k]) / ways[k - 1] for k in range(1, members + 1))


def subsets(members: Sequence[str], of: Sequence[float]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Each subset of members that has an event, with its multiplier of the total chance."""
    for size, multiplier in enumerate(of, 1):
        if multiplier > 0:
            for subset in itertools.combinations(members, size):
                yield subset, multiplier
