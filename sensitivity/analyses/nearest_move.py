"""The nearest joint move: the smallest change of all credences at which the risk reaches a limit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sensa.analyses.tipping_points import LIMITS
from sensa.kernels.program import Floats
from sensa.kernels.ties import largest
from sensa.methods.log_odds_shift import Moving, held_after, moving
from sensa.results import UNDEFINED, described
from sensa.session import Session

MAX_LOG_ODDS_MOVE = 60.0  # log-odds: twice the way from 1e-13 to 1 - 1e-13
MIN_SHORTENING = 1e-6  # share of the distance: a turn that shortens it by less is ignored
MAX_ROUNDS = 100
TURN_SHARES = (1.0, 0.5, 0.2, 0.05, 0.01)  # of the way to the steepest direction, tried in this order
LINE_POINTS, NARROWED = 24, 6  # points on a line at once, and rounds of narrowing it to a piece between two
MAX_LENGTH_RATIO = 1.1  # times the shortest: longer moves are not refined
MAX_DIRECTIONS = 6  # of the directions that meet the limit, the nearest
MAX_AXIS_STARTS = 6  # assumptions that are tried as starts, each moved alone
MAX_CURVED_ASSUMPTIONS = 200  # assumptions of which second derivatives are computed
MAX_NEWTON_STEPS, MAX_STEP_LENGTH = 30, 1.0  # Newton's steps, and the longest one
LIMIT_TOLERANCE = 1e-9  # of the limit: within it, the risk is at the limit


@dataclass(frozen=True)
class Place:
    """A move and its certificate."""

    move: Floats
    residual: float  # risk - limit, of the limit
    turned: float  # sine of the angle between the move and the gradient: 0 if stationary
    curvature: (
        float  # smallest over the tangent directions: > 0 if every small step along the limit is farther
    )


def nearest_move(session: Session, limits: tuple[float, ...] = LIMITS) -> xr.Dataset:
    """The smallest joint change of the assumptions' credences at which P(catastrophic) reaches a limit.

    The size of a change is its Euclidean norm in log-odds, as a reliability index measures the distance to
    the design point (Hasofer and Lind 1974). `move` (limit, assumption): the change of log-odds, positive if
    the credence rises, the same for all draws of an assumption; `credence` (limit, assumption): the
    probability that it holds (at all steps reached) there, and `now`; `distance` (limit): the norm.

    Found along rays from several starts, refined by Newton's method on the conditions of a minimum. The
    certificate: `residual` (limit), the relative distance of the risk from the limit; `stationarity` (limit),
    the sine of the angle between the move and the gradient; `curvature` (limit), positive if the point is a
    strict local minimum. It is not proven that no other point is nearer. NaN if no move was found that
    reaches the limit, as the note says. If the risk does not depend on the parameters' means only, draws move
    at every parameter value, and `how` is `parameters-sampled`; `risk` is the risk without a move. Misleads
    if credences cannot move independently, or if challenges rather than credences could change.
    """
    names = list(session.circuit.assumption_coins)
    coarse, fine = moving(session), moving(session, over=True)
    places: list[Place | None] = [None] * len(limits)
    if coarse is not None and fine is not None:
        places = nearest_places(coarse, fine, limits)
    shape = (len(limits), len(names))
    move, credence, now = np.full(shape, UNDEFINED), np.full(shape, UNDEFINED), np.full(len(names), UNDEFINED)
    certificate = np.full((3, len(limits)), UNDEFINED)
    if fine is not None:
        now = held_after(session, fine, np.zeros(len(names)))
    for row, place in enumerate(places):
        if place is not None and fine is not None:
            move[row], credence[row] = place.move, held_after(session, fine, place.move)
            certificate[:, row] = place.residual, place.turned, place.curvature
    data = xr.Dataset(
        {
            "move": (("limit", "assumption"), move),
            "credence": (("limit", "assumption"), credence),
            "now": ("assumption", now),
            "distance": (
                "limit",
                np.sqrt((move**2).sum(axis=1)) if names else np.full(len(limits), UNDEFINED),
            ),
            "residual": ("limit", certificate[0]),
            "stationarity": ("limit", certificate[1]),
            "curvature": ("limit", certificate[2]),
            "risk": ((), UNDEFINED if fine is None else fine.here),
        },
        coords={"limit": list(limits), "assumption": names},
    )
    exact = fine is not None and session.mean_p is not None
    return described(data, exact=exact, note=_note(fine, limits, places, now))


def _note(fine: Moving | None, limits: Sequence[float], places: Sequence[Place | None], now: Floats) -> str:
    if fine is None:
        return "no catastrophic outcome, no assumption, or no diagram within the budget"
    notes = []
    never = [f"{limit:g}" for limit, place in zip(limits, places, strict=True) if place is None]
    if never:
        notes.append(f"no move was found that reaches {', '.join(never)}")
    if any(place is not None for place in places):
        notes.append("the nearest of several local minima, not proven to be the nearest of all")
    if len(now) > MAX_CURVED_ASSUMPTIONS:
        notes.append(f"more than {MAX_CURVED_ASSUMPTIONS} assumptions: found without second derivatives")
    if np.isnan(now).any():
        notes.append("no diagram within the budget for the probabilities of assumptions of several draws")
    return "; ".join(notes)


def nearest_places(coarse: Moving, fine: Moving, limits: Sequence[float]) -> list[Place | None]:
    """The nearest place found for each limit; the move for one limit often leads on to the next."""
    starts = _starts(coarse)
    found: list[Place | None] = []
    known: list[Floats] = []
    for limit in limits:
        directions = [*starts, *known]
        met = [(_meets(coarse, direction, limit), i) for i, direction in enumerate(directions)]
        first = sorted((at, i) for at, i in met if at is not None)[:MAX_DIRECTIONS]
        rays = [_shortest(coarse, directions[i], at, limit) for at, i in first]
        rays.sort(key=lambda move: float(move @ move))
        rays = [ray for ray in rays if ray @ ray <= MAX_LENGTH_RATIO * MAX_LENGTH_RATIO * (rays[0] @ rays[0])]
        places = [place for ray in _distinct(rays) if (place := _finished(fine, ray, limit)) is not None]
        best = min(places, key=lambda place: float(place.move @ place.move), default=None)
        known = [] if best is None else [_unit(best.move)]
        found.append(best)
    return found


def _distinct(moves: Sequence[Floats]) -> list[Floats]:
    """Moves without near-duplicates."""
    kept: list[Floats] = []
    for move in moves:
        if all(np.abs(move - other).max() > 0.01 * max(np.abs(move).max(), 1e-3) for other in kept):
            kept.append(move)
    return kept


def _starts(way: Moving) -> list[Floats]:
    """Starting directions, both ways: the steepest, all equal, the most curved, and the strongest alone."""
    here = np.zeros(len(way.coins))
    _, slopes = way.slopes(here[None])
    slope = slopes[0]
    starts = [slope, np.sign(slope)]
    if len(here) <= MAX_CURVED_ASSUMPTIONS:  # if the gradient is 0, use the curvature
        values, vectors = np.linalg.eigh(way.curved(here, of_log=False))
        starts += [vectors[:, np.argmax(values)], vectors[:, np.argmin(values)]]
    strongest = largest(np.abs(slope).tolist(), MAX_AXIS_STARTS)
    starts += list(np.eye(len(here))[strongest])
    units = [_unit(start) for start in starts if start.any()]
    return [sign * unit for unit in units for sign in (1.0, -1.0)]


def _shortest(way: Moving, direction: Floats, at: float, limit: float) -> Floats:
    """Start where a direction meets the limit, and move along the limit until no turn comes nearer."""
    sign = _sign(way, limit)
    for _ in range(MAX_ROUNDS):
        steepest = sign * _unit(way.slopes((at * direction)[None])[1][0])
        for turn in TURN_SHARES:
            turned = _unit((1.0 - turn) * direction + turn * steepest)
            nearer = _meets(way, turned, limit)
            if nearer is not None and nearer < at * (1.0 - MIN_SHORTENING):
                direction, at = turned, nearer
                break
        else:
            break
    return at * direction


def _sign(way: Moving, limit: float) -> float:
    """The sign of the change of the risk: 1 to rise, -1 to fall."""
    return 1.0 if way.here < limit else -1.0


def _meets(way: Moving, direction: Floats, limit: float) -> float | None:
    """The distance of the limit in a direction, or None."""
    sign = _sign(way, limit)
    low, high = 0.0, MAX_LOG_ODDS_MOVE
    for spread in (np.geomspace(1e-4, 1.0, LINE_POINTS), *[np.linspace(0.0, 1.0, LINE_POINTS)] * NARROWED):
        far = low + (high - low) * spread
        beyond = sign * (way.risks(far[:, None] * direction) - limit) >= 0
        if not beyond.any():
            return None
        at = int(np.argmax(beyond))
        low, high = (float(far[at - 1]) if at else low), float(far[at])
    return high


def _finished(way: Moving, move: Floats, limit: float) -> Place | None:
    """Newton's method on x = lambda grad log q, q = limit; None if it does not end on the limit."""
    if len(move) > MAX_CURVED_ASSUMPTIONS:
        return _certified(way, move, limit, UNDEFINED)
    x = move
    for _ in range(MAX_NEWTON_STEPS):
        (risk,), (slope,) = way.slopes(x[None])
        if risk <= 0.0 or not slope.any():
            return None
        slope = slope / risk
        scale = float(x @ slope / (slope @ slope))
        wanted = np.append(x - scale * slope, np.log(risk / limit))
        if np.abs(wanted).max() < LIMIT_TOLERANCE:
            break
        bent = np.eye(len(x)) - scale * way.curved(x)
        system = np.block([[bent, -slope[:, None]], [slope[None], np.zeros((1, 1))]])
        try:
            step = np.linalg.solve(system, -wanted)[:-1]
        except np.linalg.LinAlgError:
            return None
        x = x + step * min(1.0, MAX_STEP_LENGTH / max(float(np.sqrt(step @ step)), 1e-300))
    return _certified(way, x, limit, _curvature(way, x))


def _certified(way: Moving, move: Floats, limit: float, curvature: float) -> Place | None:
    (risk,), (slope,) = way.slopes(move[None])
    residual = float(risk / limit - 1.0)
    if abs(residual) > 1e-6:
        return None
    steepest = _unit(slope)
    across, length = move - (move @ steepest) * steepest, float(np.sqrt(move @ move))
    turned = float(np.sqrt(across @ across)) / length if length else 0.0
    return Place(move, residual, turned, curvature)


def _curvature(way: Moving, move: Floats) -> float:
    """The smallest curvature of the distance along the limit, relative to the distance's own (1)."""
    (risk,), (slope,) = way.slopes(move[None])
    slope = slope / risk
    if not slope.any():
        return UNDEFINED
    bent = np.eye(len(move)) - float(move @ slope / (slope @ slope)) * way.curved(move)
    _, _, turn = np.linalg.svd(slope[None])
    along = turn[1:]
    return float(np.linalg.eigvalsh(along @ bent @ along.T).min()) if len(along) else 1.0


def _unit(direction: Floats) -> Floats:
    length = float(np.sqrt(direction @ direction))
    return direction / length if length else direction
