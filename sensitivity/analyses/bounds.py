"""Bounds: how far `interval` parameters, which claim only bounds, can move each outcome."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.engines.capabilities import SupportsRanges
from sensa.kernels.program import Floats
from sensa.kernels.programs import bernstein
from sensa.kernels.programs.bernstein import MAX_DEGREE, Minimum
from sensa.methods.boxes import BOXES_WORK, GRID_WORK, MAX_BOXES, MAX_GRID, degrees_of
from sensa.methods.branch_and_bound import Box
from sensa.methods.conditional_means import Holding, interesting
from sensa.methods.enclosed_means import Enclosed
from sensa.methods.outputs import outputs
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import spread
from sensa.session import NO_DIAGRAM, Session

TOLERANCE = 1e-9  # of the largest value: bounds this close to a found value are proven


def bounds(session: Session) -> xr.Dataset:
    """The smallest and largest mean of each outcome, kind and the loss over all `interval` parameters.

    Each interval parameter takes any value between its bounds; the mean is over all other parameters. `lower`
    and `upper` are certified: no choice of values exceeds them. `lower_found` and `upper_found` are reached
    at `lower_at` and `upper_at`; if the two agree (to 1e-9), the bound is `proven`, else the true bound lies
    between. `how` is `parameters-sampled` if the others' means are not sufficient: the bounds are then of the
    mean over the points used, with `error` as its standard error. An interval that `[[dependence]]` ties to
    others moves alone.

    Misleads if read as likely: the ends take every interval at its worst at once. Without an interval
    both bounds are the mean.

    If parameters are coin probabilities themselves, a mean is a polynomial, bounded by its Bernstein
    coefficients (Garloff 1986, 10.1007/3-540-16437-5_5); a multilinear one has its extremes at corners.
    Else boxes are halved, bounded by interval arithmetic over programs and diagrams, until value and bound
    meet or the budget ends.
    """
    names, of, matrix = outputs(session.circuit)
    held = tuple(interesting(session, "interval"))
    engine = session.exact_ends
    if engine is None:
        return _dataset(session, names, of, held, None, exact=False, note=NO_DIAGRAM)
    found = _find(session, engine, held, matrix) if held else _mean(session, engine, matrix)
    notes = [] if held else ["the story reads no interval: both bounds are the mean"]
    if set(held) & set(session.circuit.correlated.tolist()):
        notes.append("intervals with `[[dependence]]` move alone")
    if not all(found.proven.ravel()):
        notes.append("some bounds are not proven to be reached")
    return _dataset(session, names, of, held, found, exact=found.exact, note="; ".join(notes))


@dataclass(frozen=True)
class Found:
    """Both ends (2, outputs) of each output, and where they are reached (2, outputs, held)."""

    certified: Floats
    value: Floats
    error: Floats
    point: Floats
    scale: Floats  # (outputs,): the largest value of each
    exact: bool

    @property
    def proven(self) -> npt.NDArray[np.bool_]:
        """Whether certified bounds and found values agree."""
        proven: npt.NDArray[np.bool_] = np.abs(self.value - self.certified) <= TOLERANCE * self.scale
        return proven


def _find(session: Session, engine: SupportsRanges, held: tuple[int, ...], matrix: Floats) -> Found:
    """Both ends of each output: by its polynomial if that is small, else box by box."""
    ends = [session.points.sampler.marginals[i].support for i in held]
    low, high = np.array([a for a, _ in ends]), np.array([b for _, b in ends])
    degree = degrees_of(session, engine, held)
    size = float(np.prod(degree + 1))
    small = size <= min(MAX_GRID, GRID_WORK / (engine.size + 3 * session.points.width))
    if small and (degree <= MAX_DEGREE).all():
        holding = Holding(session, engine, held, int(size))
        minima, scale = _of_polynomials(holding, degree.astype(int).tolist(), matrix)
        minima = [m._replace(point=low + m.point * (high - low)) for m in minima]
    else:
        holding = Holding(session, engine, held, MAX_BOXES)
        minima, scale = _of_boxes(holding, low, high, degree, matrix)
    shape = (matrix.shape[1], 2)
    sign = np.array([[1.0], [-1.0]])  # and + 0.0 below, to avoid -0.0
    points = np.stack([m.point for m in minima])
    means = spread(holding(points) @ matrix)
    own = (np.arange(len(minima)), np.repeat(np.arange(shape[0]), 2))
    return Found(
        certified=sign * np.array([m.bound for m in minima]).reshape(shape).T + 0.0,
        value=sign * np.array([m.value for m in minima]).reshape(shape).T + 0.0,
        error=means.error[own].reshape(shape).T,
        point=points.reshape(*shape, len(held)).swapaxes(0, 1),
        scale=scale,
        exact=holding.exact,
    )


def _mean(session: Session, engine: SupportsRanges, matrix: Floats) -> Found:
    """Without an interval: both ends are the mean."""
    holding = Holding(session, engine, ())
    if holding.exact:
        replicates = holding(np.empty((1, 0)))[:, 0]
    else:
        samples = session.samples
        q = samples.by_root @ session.by_outcome[: len(session.circuit.roots)]
        loss = np.zeros(len(q)) if samples.mean_loss is None else samples.mean_loss
        replicates = np.column_stack([q, loss])
    estimate = spread(replicates @ matrix)
    mean, error = (np.stack([value, value]) for value in (estimate.mean, estimate.error))
    return Found(mean, mean, error, np.empty((*mean.shape, 0)), np.abs(mean[0]), holding.exact)


def _of_polynomials(holding: Holding, degree: list[int], matrix: Floats) -> tuple[list[Minimum], Floats]:
    """Minimum and (negated) maximum of each output over the unit box."""
    ends = [holding.session.points.sampler.marginals[i].support for i in holding.held]
    low, high = np.array([a for a, _ in ends]), np.array([b for _, b in ends])
    values = holding(low + bernstein.grid(degree) * (high - low) if degree else np.empty((1, 0)))
    outputs_at = values.mean(axis=0) @ matrix
    scale = np.abs(outputs_at).max(axis=0)
    forms = [bernstein.coefficients(column, degree) for column in outputs_at.T]
    minima = [
        bernstein.minimum(sign * c, tolerance=TOLERANCE * float(size), boxes=MAX_BOXES)
        for c, size in zip(forms, scale, strict=True)
        for sign in (1.0, -1.0)
    ]
    return minima, scale


def _of_boxes(
    holding: Holding, low: Floats, high: Floats, degree: Floats, matrix: Floats
) -> tuple[list[Minimum], Floats]:
    """Minimum and maximum box by box, in the parameters themselves."""
    others = holding.others
    cost = 4 * len(low) * len(others) * (holding.engine.size + 1) * matrix.shape[1]
    boxes = int(min(MAX_BOXES, max(BOXES_WORK / cost, 4)))
    enclosed, linear = Enclosed(holding, others), tuple((degree <= 1).tolist())

    def minimum(column: Floats, tolerance: float) -> Minimum:
        def means(values: Floats) -> Floats:
            found: Floats = holding(values).mean(axis=0) @ column
            return found

        box = Box(low, high, linear, means, lambda low, high: enclosed.below(low, high, column))
        return box.minimum(tolerance=tolerance, boxes=boxes)

    middle = np.abs(holding(np.stack([low, high, (low + high) / 2])).mean(axis=0) @ matrix)
    scale = middle.max(axis=0)
    done: dict[bytes, list[Minimum]] = {}  # a kind of one outcome is that outcome
    for column, size in zip(matrix.T, scale, strict=True):
        if column.tobytes() not in done:
            done[column.tobytes()] = [minimum(sign * column, TOLERANCE * float(size)) for sign in (1.0, -1.0)]
    return [found for column in matrix.T for found in done[column.tobytes()]], scale


def _dataset(
    session: Session,
    names: list[str],
    of: list[str],
    held: tuple[int, ...],
    found: Found | None,
    *,
    exact: bool,
    note: str,
) -> xr.Dataset:
    if found is None:
        nothing = np.full((2, len(names)), UNDEFINED)
        at = np.full((2, len(names), len(held)), UNDEFINED)
        found = Found(nothing, nothing, nothing, at, nothing[0], exact=False)
    both = ("output", "parameter")
    is_probability = np.array([kind != "loss" for kind in of])
    certified = np.where(is_probability, np.clip(found.certified, 0.0, 1.0), found.certified)
    data = xr.Dataset(
        {
            name: value
            for i, end in enumerate(("lower", "upper"))
            for name, value in (
                (end, ("output", certified[i])),
                (f"{end}_found", ("output", found.value[i])),
                (f"{end}_error", ("output", found.error[i])),
                (f"{end}_proven", ("output", found.proven[i])),
                (f"{end}_at", (both, found.point[i])),
            )
        },
        coords={
            "output": names,
            "of": ("output", of),
            "parameter": [session.circuit.parameters[i].path for i in held],
        },
    )
    return described(data, exact=exact, note=note)
