"""The nearest joint move: how little all credences together have to move for the risk to reach a limit."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from scipy.special import expit, logit

from sensa.analyses.tipping_points import LIMITS
from sensa.engines.exact import ExactEngine
from sensa.kernels.program import Floats
from sensa.model import Model
from sensa.parameters import at_means
from sensa.results import UNDEFINED, described

FARTHEST = 14.0  # log-odds, a chance of one in a million: no credence moves farther
REACHED = 1e-9  # a turn that shortens the way by less is none
ROUNDS = 200
TURNS = (1.0, 0.5, 0.2, 0.05, 0.01)  # towards the steepest way, tried in this order
AT_ONCE, NARROWED = 24, 7  # points on a line at once, and how often it is narrowed to a piece between two


def nearest_move(model: Model, limits: tuple[float, ...] = LIMITS) -> xr.Dataset:
    """The smallest joint change of the assumptions' credences at which P(catastrophic) reaches a limit.

    The size of a change is its Euclidean norm in log-odds, as a reliability index measures the way to the
    design point (Hasofer and Lind 1974). `move` (limit, assumption): the change of log-odds, positive
    where the credence rises; `credence` (limit, assumption): where that takes it, and `now`; NaN for an
    assumption of several draws, all of which move together; `distance` (limit): the norm. NaN where no
    change reaches the limit. Of several starts the best; a local minimum, for all
    that is proven. Misleads where credences cannot move freely of each other, and where challenges, not
    credences, are what could change.
    """
    way = _way(model)
    names = list(model.circuit.assumption_coins)
    shape = (len(limits), len(names))
    move, credence, now = np.full(shape, UNDEFINED), np.full(shape, UNDEFINED), np.full(len(names), UNDEFINED)
    if way is not None:
        starts: list[Floats] = []
        for row, limit in enumerate(limits):
            found = way.nearest(limit, starts)
            if found is not None:
                move[row] = found
                starts = [found]  # the way to one limit often goes on to the next
        for i, coins in enumerate(model.circuit.assumption_coins.values()):
            if len(coins) == 1:
                now[i] = way.p[0, coins[0]]
                credence[:, i] = expit(logit(now[i]) + move[:, i])
    data = xr.Dataset(
        {
            "move": (("limit", "assumption"), move),
            "credence": (("limit", "assumption"), credence),
            "now": ("assumption", now),
            "distance": ("limit", np.sqrt((move**2).sum(axis=1))),
        },
        coords={"limit": list(limits), "assumption": names},
    )
    exact = way is not None and model.mean_p is not None
    return described(data, exact=exact, note=_note(model, way))


def _note(model: Model, way: "_Way | None") -> str:
    if way is None:
        return "no catastrophic outcome, no assumption, or no diagram within the budget"
    return "" if model.mean_p is not None else "of the risk with all uncertain numbers at their means"


def _way(model: Model) -> "_Way | None":
    engine = model.exact_ends
    combine = model.by_outcome @ [float(end.kind == "catastrophic") for end in model.circuit.ends]
    if engine is None or not combine.any() or not model.circuit.assumption_coins:
        return None
    p = model.mean_p if model.mean_p is not None else at_means(model.circuit).p
    return _Way(engine, np.array(p), combine[None], tuple(model.circuit.assumption_coins.values()))


@dataclass(frozen=True, eq=False)
class _Way:
    """The risk as a function of moves (assumptions,) in log-odds."""

    engine: ExactEngine
    p: Floats
    combine: Floats
    coins: tuple[tuple[int, ...], ...]

    @cached_property
    def _owner(self) -> tuple[np.ndarray, np.ndarray]:
        """The draws that move, and whose each is."""
        pairs = [(coin, i) for i, coins in enumerate(self.coins) for coin in coins]
        return np.array([c for c, _ in pairs], np.int64), np.array([i for _, i in pairs], np.int64)

    def _moved(self, moves: Floats) -> Floats:
        """The draws' probabilities (moves, coins)."""
        coins, owner = self._owner
        p = np.repeat(self.p, len(moves), axis=0)
        with np.errstate(divide="ignore"):
            p[:, coins] = expit(logit(p[:, coins]) + moves[:, owner])
        return p

    def risks(self, moves: Floats) -> Floats:
        """P(catastrophic) after each of several moves."""
        found: Floats = self.engine.probabilities(self._moved(moves)) @ self.combine[0]
        return found

    def uphill(self, move: Floats) -> Floats:
        """The direction in which the risk grows most."""
        coins, owner = self._owner
        p = self._moved(move[None])
        slope = self.engine.gradients(p, self.combine)[1][0, 0, coins] * p[0, coins] * (1.0 - p[0, coins])
        return _unit(np.bincount(owner, slope, len(self.coins)).astype(np.float64))

    def nearest(self, limit: float, starts: list[Floats]) -> Floats | None:
        """The shortest move to the limit that was found."""
        here = float(self.risks(np.zeros((1, len(self.coins))))[0])
        if here == limit:
            return np.zeros(len(self.coins))
        sign = 1.0 if here < limit else -1.0
        first = sign * self.uphill(np.zeros(len(self.coins)))
        every = [first, _unit(np.sign(first)), *map(_unit, starts)]
        found = [way for start in every if (way := self._shortest(start, limit, sign)) is not None]
        return min(found, key=lambda move: float(move @ move), default=None)

    def _shortest(self, direction: Floats, limit: float, sign: float) -> Floats | None:
        """From where a direction meets the limit, along the limit to where no turn comes nearer."""
        at = self._meets(direction, limit, sign)
        if at is None:
            return None
        for _ in range(ROUNDS):
            steepest = sign * self.uphill(at * direction)
            for turn in TURNS:
                turned = _unit((1.0 - turn) * direction + turn * steepest)
                nearer = self._meets(turned, limit, sign)
                if nearer is not None and nearer < at * (1.0 - REACHED):
                    direction, at = turned, nearer
                    break
            else:
                break
        return at * direction

    def _meets(self, direction: Floats, limit: float, sign: float) -> float | None:
        """How far the limit is in a direction; none where it is not met."""
        if not direction.any():
            return None
        low, high = 0.0, FARTHEST
        for spread in (np.geomspace(1e-3, 1.0, AT_ONCE), *[np.linspace(0.0, 1.0, AT_ONCE)] * NARROWED):
            far = low + (high - low) * spread
            beyond = sign * (self.risks(far[:, None] * direction) - limit) >= 0
            if not beyond.any():
                return None
            at = int(np.argmax(beyond))
            low, high = (float(far[at - 1]) if at else low), float(far[at])
        return high


def _unit(direction: Floats) -> Floats:
    length = float(np.sqrt(direction @ direction))
    return direction / length if length else direction
