"""Estimates as variables of a dataset: of outcomes, kinds and the loss, and of what else there is."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from sensa.kernels.program import Floats
from sensa.results import UNDEFINED, How
from sensa.sampling.estimates import Estimate
from sensa.session import Session

Variables = dict[str, tuple[tuple[str, ...], Floats]]


def variables(
    session: Session,
    parts: Mapping[str, Estimate],
    dims: Sequence[str],
    kind_rows: Sequence[int],
    loss_row: int | None,
) -> Variables:
    """Each part (outputs, …) as `NAME` (…, outcome), `kind_NAME` (…, kind), `loss_NAME` (…), with errors."""
    found: Variables = {}
    ends = list(range(len(session.outcomes)))
    for name, estimate in parts.items():
        for suffix, values in (("", estimate.mean), ("_error", estimate.error)):
            label = f"{name}{suffix}"
            found[label] = ((*dims, "outcome"), np.moveaxis(values[ends], 0, -1))
            found[f"kind_{label}"] = ((*dims, "kind"), np.moveaxis(values[list(kind_rows)], 0, -1))
            if loss_row is not None:
                found[f"loss_{label}"] = (tuple(dims), values[loss_row])
    return found


def with_errors(dims: Sequence[str], **estimates: Estimate) -> Variables:
    """Each estimate as `NAME` and `NAME_error`, over as many of the dimensions as it has."""
    return {
        label: (tuple(dims[: values.ndim]), values)
        for name, estimate in estimates.items()
        for label, values in ((name, estimate.mean), (f"{name}_error", estimate.error))
    }


def certain(values: Floats) -> Estimate:
    """Values with an error of 0; NaN for unknown values."""
    return Estimate(values, np.where(np.isnan(values), UNDEFINED, 0.0))


def unknown(session: Session, names: Sequence[str], shape: Sequence[int], dims: Sequence[str]) -> Variables:
    """The same variables, all NaN."""
    outputs = len(session.outcomes) + len(session.circuit.kinds) + 1
    blank = certain(np.full((outputs, *shape), UNDEFINED))
    rows = range(len(session.outcomes), outputs - 1)
    loss = outputs - 1 if session.circuit.losses else None
    return variables(session, dict.fromkeys(names, blank), dims, list(rows), loss)


def constant(session: Session, values: Floats) -> list[str]:
    """A note on constant outcomes, rows of NaN, if others vary."""
    blank = np.isnan(values[: len(session.outcomes)]).reshape(len(session.outcomes), -1).all(axis=1)
    if not blank.any() or not values.size:
        return []
    return [f"constant: {', '.join(np.array(session.outcomes)[blank])}"]


def mark(data: xr.Dataset, word: str, how: How) -> None:
    """Mark the variables with this word in their names by how they were computed."""
    for name in data.data_vars:
        if word in str(name).split("_"):
            data[name].attrs["how"] = how
