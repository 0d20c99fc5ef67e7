"""Stated results, beside what the story's parts give, and what would close the gap."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from sensa.analyses.nearest_move import nearest_places
from sensa.analyses.tipping_points import crossing, draws_of
from sensa.graph import StatedResult
from sensa.kernels.program import Floats
from sensa.methods.log_odds_shift import held_after, moving_measure
from sensa.methods.measures import averages
from sensa.results import UNDEFINED, described
from sensa.session import Session

AGREES = 1e-9  # of the stated value: no gap


def stated(session: Session) -> xr.Dataset:
    """Each measure of `[stated]`: the stated value, what the parts give, and what would close the gap.

    `value`, `error` (measure): what the parts give; `stated`, `source`; `difference`: value - stated;
    `ratio`: value / stated. What would close the gap, in credences of assumptions: `single_credence`,
    `single_move` (measure, assumption): where the measure first equals the stated value if this belief alone
    moves, as in `tipping_points` (not computed for a credence whose number is also read elsewhere);
    `joint_credence`, `joint_move`: the nearest move of all, as in `nearest_move`, at `distance` (measure);
    `now` (assumption). Moves are in log-odds. NaN where no move found closes it, for the loss, where the
    two agree, and beyond the budget of diagrams.

    It is no test: a gap says that the parts or the statement are to be changed, not which. Misleads where
    the source speaks of another story, another time or another outcome than the measure does.
    """
    asked = session.graph.stated
    names = list(session.circuit.assumption_coins)
    found = averages(session, [one.measure for one in asked])
    values = np.array([one.value for one in asked])
    closing = [_closing(session, one, float(value)) for one, value in zip(asked, found.value, strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = found.value / values
    rows = ("measure", "assumption")
    data = xr.Dataset(
        {
            "value": ("measure", found.value),
            "error": ("measure", found.error),
            "stated": ("measure", values),
            "difference": ("measure", found.value - values),
            "ratio": ("measure", np.where(np.isfinite(ratio), ratio, UNDEFINED)),
            "single_move": (rows, _table([one.single_move for one in closing], names)),
            "single_credence": (rows, _table([one.single_credence for one in closing], names)),
            "joint_move": (rows, _table([one.joint_move for one in closing], names)),
            "joint_credence": (rows, _table([one.joint_credence for one in closing], names)),
            "now": (rows, _table([one.now for one in closing], names)),
            "distance": ("measure", np.array([float(np.sqrt(one.joint_move @ one.joint_move))
                                              for one in closing])),
        },
        coords={
            "measure": [one.measure for one in asked],
            "source": ("measure", [one.source for one in asked]),
            "assumption": names,
        },
    )  # fmt: skip
    return described(data, how=found.how, note=found.note)


class _Closing(NamedTuple):
    """Moves of each assumption (assumptions,), alone and together."""

    single_move: Floats
    single_credence: Floats
    joint_move: Floats
    joint_credence: Floats
    now: Floats


def _closing(session: Session, one: StatedResult, value: float) -> _Closing:
    count = len(session.circuit.assumption_coins)
    nothing = np.full(count, UNDEFINED)
    far = abs(value - one.value) > AGREES * max(abs(one.value), AGREES)
    open_gap = np.isfinite(value) and far and 0.0 < one.value < 1.0
    coarse = moving_measure(session, one.measure) if open_gap else None
    fine = moving_measure(session, one.measure, over=True) if open_gap else None
    if coarse is None or fine is None:
        return _Closing(nothing, nothing, nothing, nothing, nothing)
    limit, (_, shared) = np.array([one.value]), draws_of(session.circuit)
    alone = [
        (nothing[:1], nothing[:1]) if shared[i] else crossing(session, fine, i, limit) for i in range(count)
    ]
    (place,) = nearest_places(coarse, fine, (one.value,))
    return _Closing(
        np.concatenate([move for move, _ in alone]),
        np.concatenate([credence for _, credence in alone]),
        nothing if place is None else place.move,
        nothing if place is None else held_after(session, fine, place.move),
        held_after(session, fine, np.zeros(count)),
    )


def _table(rows: Sequence[Floats], names: Sequence[str]) -> Floats:
    return np.array(rows).reshape(len(rows), len(names))
