"""The catastrophic risk as a function of moves: changes of all assumptions' credences in log-odds."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from sensa.engines.capabilities import SupportsRanges
from sensa.engines.protocol import Engine
from sensa.kernels.program import Floats, Ints
from sensa.results import UNDEFINED
from sensa.sampling.parameters import at_means
from sensa.session import Session

MAX_POINTS = 2048  # at most, in total
PROBABILITIES_AT_ONCE = 1 << 21  # coins' probabilities computed at once
LOG_ODDS_STEP = 1e-4  # in log-odds, of differences of slopes


@dataclass(frozen=True, eq=False)
class Moving:
    """E q over parameter values after moves (moves, assumptions) of the log-odds of all draws."""

    engine: Engine
    p: Floats  # (values, coins)
    combine: Floats  # (1, roots)
    coins: tuple[tuple[int, ...], ...]  # of each assumption

    @cached_property
    def _owner(self) -> tuple[Ints, Ints]:
        """The draws that move, and the assumption of each."""
        pairs = [(coin, i) for i, coins in enumerate(self.coins) for coin in coins]
        return np.array([c for c, _ in pairs], np.int32), np.array([i for _, i in pairs], np.int32)

    @cached_property
    def here(self) -> float:
        """P(catastrophic) without a move."""
        return float(self.risks(np.zeros((1, len(self.coins))))[0])

    def moved(self, moves: Floats) -> Floats:
        """The draws' probabilities (moves x values, coins); certain draws stay certain."""
        coins, owner = self._owner
        moves_at_all = (moves != 0).any(axis=0)[owner]
        coins, owner = coins[moves_at_all], owner[moves_at_all]
        p = np.tile(self.p, (len(moves), 1))
        with np.errstate(divide="ignore"):
            p[:, coins] = expit(logit(p[:, coins]) + np.repeat(moves, len(self.p), axis=0)[:, owner])
        return p

    def risks(self, moves: Floats) -> Floats:
        """P(catastrophic) after each of several moves."""
        q = self.engine.probabilities(self.moved(moves)) @ self.combine[0]
        found: Floats = q.reshape(len(moves), -1).mean(axis=1)
        return found

    def slopes(self, moves: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives (moves, assumptions) by the moves."""
        coins, owner = self._owner
        p = self.moved(moves)
        q, by_coin = self.engine.gradients(p, self.combine)
        part = p[:, coins]
        by_draw = (
            (by_coin[:, 0, coins] * part * (1.0 - part)).reshape(len(moves), len(self.p), -1).mean(axis=1)
        )
        belongs = (owner[:, None] == np.arange(len(self.coins))).astype(np.float64)
        return q[:, 0].reshape(len(moves), -1).mean(axis=1), by_draw @ belongs

    def curved(self, move: Floats, *, of_log: bool = True) -> Floats:
        """Second derivatives (assumptions, assumptions) of the risk or its logarithm, by differences."""
        steps = LOG_ODDS_STEP * np.eye(len(move))
        places = np.concatenate([move + steps, move - steps])
        parts = max(len(places) * self.p.size // PROBABILITIES_AT_ONCE, 1)
        found = [self.slopes(part) for part in np.array_split(places, min(parts, len(places)))]
        rows = np.concatenate([slope / risk[:, None] if of_log else slope for risk, slope in found])
        bent = (rows[: len(move)] - rows[len(move) :]) / (2.0 * LOG_ODDS_STEP)
        symmetric: Floats = 0.5 * (bent + bent.T)
        return symmetric


@dataclass(frozen=True, eq=False)
class MovingMeasure(Moving):
    """P(X | Y) after moves: `combine` (2, roots) has P(X and Y) and P(Y). NaN where Y is impossible."""

    def risks(self, moves: Floats) -> Floats:
        """P(X | Y) after each of several moves."""
        q = (self.engine.probabilities(self.moved(moves)) @ self.combine.T).reshape(len(moves), -1, 2)
        joint, given = q.mean(axis=1).T
        with np.errstate(invalid="ignore"):
            found: Floats = joint / given
        return found

    def slopes(self, moves: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives (moves, assumptions) by the moves."""
        joint, of_joint = replace(_plain(self), combine=self.combine[:1]).slopes(moves)
        given, of_given = replace(_plain(self), combine=self.combine[1:]).slopes(moves)
        with np.errstate(invalid="ignore"):
            value = joint / given
            return value, (of_joint - value[:, None] * of_given) / given[:, None]


def _plain(way: Moving) -> Moving:
    return Moving(way.engine, way.p, way.combine, way.coins)


def moving(session: Session, *, over: bool = False) -> Moving | None:
    """The risk by a diagram, at the parameters' means or `over` their values; None if not available."""
    combine = session.by_outcome @ session.circuit.of_kind("catastrophic")
    coins = tuple(session.circuit.assumption_coins.values())
    engine = session.exact_ends if combine.any() and coins else None
    if engine is None:
        return None
    return Moving(engine, _values(session, engine, coins, over=over), combine[None], coins)


def moving_measure(session: Session, measure: str, *, over: bool = False) -> Moving | None:
    """The same for a measure of the circuit, by its text; None also for the loss."""
    gates = session.circuit.measures[measure]
    coins = tuple(session.circuit.assumption_coins.values())
    if gates.joint is None or gates.given is None or not coins:
        return None
    engine = session.exact([gates.joint, gates.given])
    if engine is None:
        return None
    return MovingMeasure(engine, _values(session, engine, coins, over=over), np.eye(2), coins)


def _values(
    session: Session, engine: SupportsRanges, coins: tuple[tuple[int, ...], ...], *, over: bool
) -> Floats:
    """The draws' probabilities (values, coins), at the parameters' means or `over` their values."""
    if session.mean_p is not None:
        p = session.mean_p
    elif over:
        passes = 8 * (2 * len(coins) + 1)
        most = max(MAX_POINTS // session.budget.replicates, 2)
        points = min(session.budget.points_for(passes, engine.size), most)
        p = np.concatenate([block.p for block in session.points.blocks(points)])
    else:
        p = at_means(session.circuit).p
    return np.array(p)


def held_after(session: Session, way: Moving, move: Floats) -> Floats:
    """The probability that each assumption holds after a move; NaN beyond the budget of diagrams."""
    p, circuit = way.moved(move[None]), session.circuit
    held = np.full(len(move), UNDEFINED)
    several = []
    for i, (name, coins) in enumerate(circuit.assumption_coins.items()):
        if len(coins) == 1 and circuit.coins[coins[0]].step is None:
            held[i] = p[:, coins[0]].mean()
        else:
            several.append((i, name))
    if several:
        gates = [circuit.violated_and[name][outcome] for _, name in several for outcome in session.outcomes]
        engine = session.exact(gates)
        if engine is not None:
            joint = engine.probabilities(p).mean(axis=0).reshape(len(several), -1)
            held[[i for i, _ in several]] = 1.0 - joint.sum(axis=1)
    return held
