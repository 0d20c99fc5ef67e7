"""Tipping points: the probability of an assumption at which the risk reaches a limit."""

import itertools
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import logit

from sensa.circuit import Circuit, read_by
from sensa.kernels.program import Floats
from sensa.methods.crossings import between, first_interval
from sensa.methods.interventions import HOLDS, JOINT, VIOLATED, in_replicates
from sensa.methods.log_odds_shift import Moving, held_after, moving
from sensa.methods.statistics_of_means import of_means
from sensa.methods.unmet_outcomes import paired_as_met
from sensa.methods.violation_chances import violation_chances
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate
from sensa.session import Session
from sensa.variance.datasets import with_errors

Bools = npt.NDArray[np.bool_]
LIMITS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)
TRIED_SHIFTS = np.geomspace(
    0.05, 40.0, 12
)  # changes of log-odds, in both directions, between which crossings are searched
SHARED = "not computed where a number of the credence is also read elsewhere"
NO_DIAGRAM = "not computed for assumptions of several draws: no diagram within the budget"
CLEAR_ERRORS = 3.0  # standard errors by which a sampled effect must differ from 0


def tipping_points(session: Session, limits: tuple[float, ...] | None = None) -> xr.Dataset:
    """The probability of each assumption at which P(catastrophic) reaches a limit, starting from today's.

    The belief in the claim moves: the probabilities of all its draws (its cases, with and without
    challenges, its steps) change equally in log-odds, at every value of the parameters; everything else
    is unchanged. `credence` (assumption, limit): the probability that it holds where E q first reaches the
    limit, NaN if it never does; `now`: the same in the story; for an assumption of several steps, the
    probability that it holds at all steps that the story reaches. `move`: the change in log-odds; for an
    uncertain credence drawn once, of its mean. `risk`: P(catastrophic) now; `risk_violated`, `risk_holds`:
    the same if the assumption is set by intervention, as in `violations`; the risk passes from one to the
    other through `risk` only if the assumption depends on nothing.

    `credence_error` and `move_error` are 0 where the crossing is exact, else from the replicates; NaN where
    it is searched for. `now` and both risks have errors too. `risk_violated` and `risk_holds` are NaN if a
    catastrophe is too rare for the sampled worlds, and none of them meets one.

    For an assumption that draws once, with its own numbers, E q is linear, so that the crossing is
    exact if the risk is. Else it is searched for by diagrams. Not computed (NaN, with a note) if a number of
    its credence is also read elsewhere: moving the number would be another question. Misleads if several
    assumptions are in doubt together: each is moved alone. By default, `limits` are those of the story's own
    properties, which the coordinate `own` marks, and some usual ones.
    """
    names = list(session.circuit.assumption_coins)
    catastrophic = session.circuit.of_kind("catastrophic")
    outcomes = len(session.outcomes)
    found = paired_as_met(session, names)
    each = in_replicates(session, names)
    violated, holds = found[VIOLATED, :, outcomes], found[HOLDS, :, outcomes]
    chances = violation_chances(session, names)
    now = _stated(session, Estimate(1.0 - chances.mean, chances.error))
    risk = float(session.ended.mean @ catastrophic)
    own = session.graph.limits
    wanted = np.array(sorted({*own, *LIMITS}) if limits is None else limits)
    alone, shared = draws_of(session.circuit)
    several = ~alone & ~shared
    gap = violated.mean - holds.mean
    clear = np.abs(gap) > CLEAR_ERRORS * np.hypot(violated.error, holds.error)
    crossed = _on_lines(np.where(alone & clear, violated.mean, UNDEFINED), holds.mean, wanted)
    credence, move = _with_moves(crossed, now.mean, catastrophic, wanted, each)
    way = moving(session, over=True) if several.any() and catastrophic.any() else None
    if way is not None:
        for i in np.flatnonzero(several):
            move.mean[i], credence.mean[i] = crossing(session, way, int(i), wanted)
            credence.error[i] = move.error[i] = UNDEFINED
    tips = {"credence": credence, "move": move, "now": now, "risk_violated": violated, "risk_holds": holds}
    data = xr.Dataset(
        with_errors(("assumption", "limit"), **tips) | {"risk": ((), np.array(risk))},
        coords={
            "assumption": names,
            "limit": wanted,
            "own": ("limit", [limit in own for limit in wanted.tolist()]),
        },
    )
    notes = [] if catastrophic.any() else ["no outcome is catastrophic"]
    if shared.any():
        notes.append(f"{SHARED}: {', '.join(itertools.compress(names, shared))}")
    if several.any() and way is None and catastrophic.any():
        notes.append(NO_DIAGRAM)
    return described(data, how=session.how(session.ends), note="; ".join(notes))


def draws_of(circuit: Circuit) -> tuple[Bools, Bools]:
    """Which assumptions draw once with numbers that nothing else reads or is tied to; which share numbers."""
    programs = {coin.program for coin in circuit.coins}
    read = {program: read_by(circuit, program) for program in programs}
    readers: dict[int, set[str]] = {}
    for coin in circuit.coins:
        for parameter in read[coin.program]:
            readers.setdefault(parameter, set()).add(coin.node)
    tied = set(circuit.correlated.tolist())
    alone, shared = [], []
    for coins in circuit.assumption_coins.values():
        own = set[int]().union(*(read[circuit.coins[coin].program] for coin in coins))
        once = len(coins) == 1 and circuit.coins[coins[0]].step is None
        shared.append(any(len(readers[parameter]) > 1 for parameter in own))
        alone.append(once and not shared[-1] and not own & tied)
    return np.array(alone, np.bool_), np.array(shared, np.bool_)


def _stated(session: Session, sampled: Estimate) -> Estimate:
    """The probability that each assumption holds: its mean where that of one draw decides it."""
    mean, error = np.array(sampled.mean), np.array(sampled.error)
    for i, coins in enumerate(session.circuit.assumption_coins.values()):
        if session.mean_p is not None and len(coins) == 1 and session.circuit.coins[coins[0]].step is None:
            mean[i], error[i] = session.mean_p[0, coins[0]], 0.0
    return Estimate(mean, error)


def _on_lines(violated: Floats, holds: Floats, limits: Floats) -> Floats:
    """Where the risk, a line from one of these (assumptions,) to the other, is at each limit.

    An assumption of one draw depends on nothing, so its line passes through the current risk.
    """
    slope = np.broadcast_to((holds - violated)[:, None], (len(holds), len(limits)))
    credence = np.full(slope.shape, UNDEFINED)
    np.divide(limits - violated[:, None], slope, out=credence, where=slope != 0)
    return credence


def _with_moves(
    credence: Floats, now: Floats, catastrophic: Floats, limits: Floats, each: Floats
) -> tuple[Estimate, Estimate]:
    """Where lines cross limits, and the change in log-odds from `now`, with errors from the replicates."""
    credence = np.where((credence >= 0) & (credence <= 1), credence, UNDEFINED)
    with np.errstate(divide="ignore", invalid="ignore"):
        move = logit(credence) - logit(now)[:, None]
        sampled = of_means(partial(_on_sampled_lines, catastrophic, limits), each)
    errors = np.where(np.isnan(credence), UNDEFINED, sampled.error)
    return Estimate(credence, errors[0]), Estimate(move, errors[1])


def _on_sampled_lines(catastrophic: Floats, limits: Floats, each: Floats) -> Floats:
    """The same, and the change in log-odds, from means (4, assumptions, outcomes) over some replicates."""
    risks, now = (
        each[..., : len(catastrophic)] @ catastrophic,
        1.0 - each[JOINT, :, : len(catastrophic)].sum(axis=1),
    )
    crossed = _on_lines(risks[VIOLATED], risks[HOLDS], limits)
    return np.stack([crossed, logit(crossed) - logit(now)[:, None]])


def crossing(session: Session, way: Moving, assumption: int, limits: Floats) -> tuple[Floats, Floats]:
    """The change in log-odds, and the probability of holding, where the risk first reaches limits."""
    direction = np.eye(len(way.coins))[assumption]

    def risks(moves: Floats) -> Floats:
        return way.risks(moves[:, None] * direction)

    sides = []
    for sign in (1.0, -1.0):
        moves = np.append(0.0, sign * TRIED_SHIFTS)
        sides.append(first_interval(moves, risks(moves), limits))
    low, high = np.where(np.abs(sides[0][1]) <= np.abs(sides[1][1]), *sides)
    move = np.full(len(limits), UNDEFINED)
    met = np.isfinite(high)
    if met.any():
        move[met] = between(risks, low[met], high[met], limits[met])
    credence = np.full(len(limits), UNDEFINED)
    for i in np.flatnonzero(met):
        credence[i] = held_after(session, way, move[i] * direction)[assumption]
    return move, credence
