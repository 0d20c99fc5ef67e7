"""The result of a portfolio as one labelled dataset."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.kernels.program import Floats
from sensa.portfolios.plan import NOT_RUN, OUTPUTS, STATES, STATUSES, VERDICTS, Plan
from sensa.portfolios.rows import WAYS
from sensa.results import QUANTILES, UNDEFINED
from sensa.version import __version__

FORMAT = "sensa-portfolio/1"


def dataset(
    plan: Plan,
    values: Floats,
    messages: Mapping[int, str],
    reasons: Mapping[int, Mapping[str, str]] = MappingProxyType({}),
    *,
    stopped: str = "",
) -> xr.Dataset:
    """The cells' numbers (cells, width), in row-major order, by story and swept number.

    `mean` and `error` (…, output) are of the probability of each kind, of failure, and of the loss (undefined
    where none is stated); `outcome_mean` and `outcome_error` (…, outcome) of outcomes by name (undefined for
    those of other stories); `quantiles` (…, output, quantile) are over the uncertain numbers. `verdict` and
    `margin` (…, property) are of properties, empty for those of other stories; `reason` (…, property) says
    why one neither passes nor fails, and `state` (passed, failed, undecided) is what they come to. `status`
    and `message` say why a cell has no numbers. Stories are labelled by file.
    """
    dims = ("story", *(dimension.name for dimension in plan.dimensions))
    place = plan.options.places

    def part(name: str, *sizes: int) -> Floats:
        return values[:, place[name]].reshape(*plan.shape, *sizes)

    said = np.full(plan.cells, "", object)
    for cell, message in messages.items():
        said[cell] = message
    variables: dict[str, tuple[tuple[str, ...], object]] = {
        "status": (dims, _named(part("status"), STATUSES, NOT_RUN)),
        "message": (dims, said.reshape(plan.shape)),
        "how": (dims, _named(part("how"), WAYS, "")),
        "mean": ((*dims, "output"), part("mean", len(OUTPUTS))),
        "error": ((*dims, "output"), part("error", len(OUTPUTS))),
        "fail_safe_given_failure": (dims, part("share")),
        "digest": (("story",), np.array([entry.digest for entry in plan.entries], object)),
    }
    if not plan.options.means_only:
        shape = (len(OUTPUTS), len(QUANTILES))
        variables["quantiles"] = ((*dims, "output", "quantile"), part("quantiles", *shape))
    outcomes = plan.options.outcomes
    if outcomes:
        for name in ("outcome_mean", "outcome_error"):
            variables[name] = ((*dims, "outcome"), part(name, len(outcomes)))
    if plan.options.judging is not None:
        variables["state"] = (dims, _named(part("state"), STATES, ""))
    properties = plan.options.properties
    if properties:
        judged = (*dims, "property")
        variables["verdict"] = (judged, _named(part("verdict", len(properties)), VERDICTS, ""))
        variables["margin"] = (judged, part("margin", len(properties)))
        variables["reason"] = (judged, _reasons(plan, reasons))
    return xr.Dataset(variables, coords=_coordinates(plan), attrs=_attributes(plan, stopped))


def _reasons(plan: Plan, reasons: Mapping[int, Mapping[str, str]]) -> npt.NDArray[np.object_]:
    """Why properties neither pass nor fail (…, property)."""
    column = {name: i for i, name in enumerate(plan.options.properties)}
    said = np.full((plan.cells, len(column)), "", object)
    for cell, names in reasons.items():
        for name, text in names.items():
            said[cell, column[name]] = text
    return said.reshape(*plan.shape, len(column))


def unanswered(plan: Plan) -> Floats:
    """The numbers of cells that were not run."""
    return np.full((plan.cells, plan.options.width), UNDEFINED)


def _named(codes: Floats, names: tuple[str, ...], otherwise: str) -> npt.NDArray[np.object_]:
    """Names by their place; `otherwise` where it is undefined."""
    table = np.array([*names, otherwise], object)
    return table[np.where(np.isnan(codes), len(names), codes).astype(np.int64)]


def _coordinates(plan: Plan) -> dict[str, object]:
    coordinates: dict[str, object] = {
        "story": ("story", np.array([entry.file for entry in plan.entries], object)),
        "output": ("output", np.array(OUTPUTS, object)),
    }
    for dimension in plan.dimensions:
        if dimension.name not in dimension.values:
            coordinates[dimension.name] = (dimension.name, np.array(dimension.labels, object))
        for path, numbers in dimension.values.items():
            coordinates[path] = (dimension.name, np.array(numbers))
    if not plan.options.means_only:
        coordinates["quantile"] = ("quantile", list(QUANTILES))
    if plan.options.properties:
        coordinates["property"] = ("property", np.array(plan.options.properties, object))
    if plan.options.outcomes:
        coordinates["outcome"] = ("outcome", np.array(plan.options.outcomes, object))
    return coordinates


def _attributes(plan: Plan, stopped: str) -> dict[str, str | int]:
    settings = plan.options.settings
    return {
        "format": FORMAT,
        "engine": settings.engine,
        "seed": settings.seed,
        "points": settings.points,
        "replicates": settings.replicates,
        "precision": "" if settings.precision is None else str(settings.precision),
        "samples": settings.samples or 0,
        "stopped": stopped,
        "sensa": __version__,
        "numpy": np.__version__,
    }
