"""Attribute a difference to its causes: Shapley values of a game, exact or from random orders.

Shapley 1953, "A value for n-person games"; Castro, Gomez and Tejada 2009 (10.1016/j.cor.2008.04.004) for
sampling. Each player's share is its marginal contribution, averaged over all orders of the players; the
shares sum to the difference between all and none. A share depends on the other players: two changes that undo
each other both get little, though either alone would move much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from time import monotonic

import numpy as np

from sensa.kernels.program import Floats

Coalition = frozenset[int]
Value = Callable[[Coalition], Floats]  # (replicates, outcomes); one replicate if exact

MAX_EXACT_PLAYERS = 12  # players; with at most so many, all coalitions are evaluated
MAX_PAIRS = 256  # pairs of an order and its reverse
MIN_PAIRS = 16  # pairs before a small error ends the sampling,
MAX_RELATIVE_ERROR = 0.01  # if it is this share of the difference,
MIN_PAIRS_IF_CLOSE = 6  # or this many pairs if it is a tenth of that
PILOT_COALITIONS = 16  # coalitions from which the total time is estimated,
MIN_COALITIONS = 64  # once this many are done, or a quarter of the time has passed


@dataclass(frozen=True)
class Shares:
    """The share of each player, of shape (players, outcomes), with standard errors."""

    share: Floats
    error: Floats
    orders: int  # random orders; 0: all coalitions


def exact(players: int, value: Value, deadline: float = float("inf")) -> Shares | None:
    """Shares from all coalitions; None if these would take beyond the deadline."""
    values, pace = dict[Coalition, Floats](), _Pace(2**players, deadline)
    everyone = range(players)
    for size in range(players + 1):
        for chosen in combinations(everyone, size):
            values[frozenset(chosen)] = value(frozenset(chosen))
            if pace.late(len(values)):
                return None
    shares = []
    for player in everyone:
        share = np.zeros(())
        for coalition in values:
            if player not in coalition:
                weight = 1 / (players * comb(players - 1, len(coalition)))
                share = share + weight * (values[coalition | {player}] - values[coalition])
        shares.append(share)
    found = np.stack(np.broadcast_arrays(*shares))  # (players, replicates, outcomes)
    return Shares(found.mean(axis=1), _error(found), 0)


class _Pace:
    """Estimates whether there is time for the rest from the last few, as the first ones take longest."""

    def __init__(self, of: int, deadline: float) -> None:
        self._of, self._deadline = of, deadline
        self._start = self._last = monotonic()

    def late(self, done: int) -> bool:
        if done % PILOT_COALITIONS:
            return False
        now = monotonic()
        rest = (now - self._last) / PILOT_COALITIONS * (self._of - done)
        self._last = now
        estimated = done >= MIN_COALITIONS or now - self._start > (self._deadline - self._start) / 4
        return estimated and now + rest > self._deadline


def sampled(players: int, value: Value, seed: int, deadline: float = float("inf")) -> Shares | None:
    """Shares from random orders, each with its reverse; None if there was no time for two such pairs.

    Ends at the deadline, or once the errors are small relative to the difference.
    """
    random = np.random.Generator(np.random.Philox(key=seed))
    nothing, everyone = value(frozenset()), value(frozenset(range(players)))
    scale = float(np.abs((everyone - nothing).mean(axis=0)).max())
    pairs: list[Floats] = []  # each (players, replicates, outcomes)
    while len(pairs) < MAX_PAIRS and (len(pairs) < 2 or monotonic() < deadline):
        order = random.permutation(players).tolist()
        there, back = (_contributions(one, value, deadline) for one in (order, order[::-1]))
        if there is None or back is None:
            break
        pairs.append((there + back) / 2)
        close = MAX_RELATIVE_ERROR if len(pairs) >= MIN_PAIRS else MAX_RELATIVE_ERROR / 10
        if len(pairs) >= MIN_PAIRS_IF_CLOSE and float(_spread(pairs).max()) <= close * scale:
            break
    if len(pairs) < 2:
        return None
    mean = np.mean(np.broadcast_arrays(*pairs), axis=0)
    error = np.sqrt(_spread(pairs) ** 2 + _error(mean) ** 2)
    return Shares(mean.mean(axis=1), error, 2 * len(pairs))


def _contributions(order: list[int], value: Value, deadline: float) -> Floats | None:
    """What each player adds in this order; None if time runs out."""
    taken: Coalition = frozenset()
    before = value(taken)
    found: dict[int, Floats] = {}
    for player in order:
        if monotonic() > deadline:
            return None
        taken |= {player}
        after = value(taken)
        found[player] = after - before
        before = after
    return np.stack(np.broadcast_arrays(*(found[player] for player in range(len(order)))))


def _spread(pairs: list[Floats]) -> Floats:
    """The standard error of the mean over pairs of orders (players, outcomes)."""
    means = np.stack([pair.mean(axis=1) for pair in pairs])
    error: Floats = means.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return error


def _error(shares: Floats) -> Floats:
    """The standard error over replicates (second axis) of shares; one replicate is exact."""
    count = shares.shape[1]
    if count == 1:
        return np.zeros((shares.shape[0], shares.shape[2]))
    error: Floats = shares.std(axis=1, ddof=1) / np.sqrt(count)
    return error
