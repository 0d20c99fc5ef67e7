"""Whether a stored result is as results are written, so that reports and pictures can rely on it.

Checked are the groups that `group_shapes` has, and of all groups that their names and numbers are such. What
an older result lacks, or a newer one has more, is left to what reads it.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np
import numpy.typing as npt

from sensa.reports.result.document_shape import LARGEST
from sensa.reports.result.group_shapes import NEEDED, Shape, shapes
from sensa.results import QUANTILES, How
from sensa.stories.problems import listed, quoted

if TYPE_CHECKING:
    import xarray as xr

ROUNDING: Final = 1e-9  # of probabilities
SUM_ROUNDING: Final = 0.01  # of their sum: a rare outcome has an estimate from worlds of its own
KINDS: Final = ("success", "fail_safe", "catastrophic")
INCREASING: Final = ("quantile", "level", "step", "count")
UNLABELLED: Final = ("set", "case", "test", "experiment", "pair")
NUMBERED: Final = (*INCREASING, "size", "limit", "rank_correlation")
# The names of these dimensions; and dimensions with the names of another one of the same group.
FIXED: Final = {"way": {"possible", "certain"}, "question": {"catastrophic", "failure"}}
PARTNERS: Final = {
    "other": ("assumption", "capability", "parameter"), "other_node": ("node",), "next": ("state",),
}  # fmt: skip
LAST: Final = {("modes", "mode"): "none", ("modes", "criterion"): "none"}
TEXTS: Final = (
    "story",
    "file",
    "digest",
    "engine",
    "engine_reason",
    "stopped",
    "left_out",
    "order",
    "sensa",
    "numpy",
)
COUNTS: Final = (
    "diagram_nodes",
    "sampled_gates",
    "worlds",
    "seed",
    "replicates",
    "points",
    "spread_points",
    "parameters",
    "intervals",
)

LATER_TEXTS: Final = ("further", "experts")  # that older results lack
LATER_COUNTS: Final = ("circuit_products",)


def misfit(tree: "xr.DataTree") -> str | None:
    """The first thing in a result that is not as results are written; None if all is."""
    return next(_misfits(tree), None)


def in_order(tree: "xr.DataTree") -> "xr.DataTree":
    """The same result, each variable with its dimensions in the order in which it is written."""
    import xarray as xr

    groups = {"/": tree.to_dataset(), **{name: _turned(name, node) for name, node in tree.children.items()}}
    return xr.DataTree.from_dict(groups, name=tree.name)


def _turned(name: str, node: "xr.DataTree") -> "xr.Dataset":
    data, known = node.to_dataset(), shapes(name)
    turned = {
        variable: values.transpose(*known[variable].dims)
        for variable, values in data.variables.items()
        if variable in known and values.dims != known[variable].dims
    }
    return data.assign({name: turned[name] for name in turned if name in data.data_vars}).assign_coords(
        {name: turned[name] for name in turned if name in data.coords}
    )


def _misfits(tree: "xr.DataTree") -> Iterator[str]:
    yield from _attributes(tree.attrs)
    groups = {name: node.to_dataset() for name, node in tree.children.items()}
    for name, data in groups.items():
        where = quoted(name)
        if data.attrs.get("how") not in get_args(How):
            yield f"{where} does not say how it was computed ({quoted(data.attrs.get('how'))})"
        if not isinstance(data.attrs.get("note", ""), str):
            yield f"the note of {where} is no text"
        yield from (f"{where}: {said}" for said in _labels(name, data))
        yield from (f"{where}: {said}" for said in _variables(name, data))
    yield from _together(groups)


def _attributes(attributes: dict[Any, Any]) -> Iterator[str]:
    for name in (*TEXTS, *COUNTS):
        if name not in attributes:
            yield f"it has no attribute {quoted(name)}"
    for name in (*TEXTS, *LATER_TEXTS):
        if not isinstance(attributes.get(name, ""), str):
            yield f"the attribute {quoted(name)} is {quoted(attributes[name])}, not a text"
    for name in (*COUNTS, *LATER_COUNTS):
        value = attributes.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= 2**63:
            yield f"the attribute {quoted(name)} is {quoted(value)}, not a count"


def _labels(group: str, data: "xr.Dataset") -> Iterator[str]:
    """What is wrong with the names and numbers along the dimensions."""
    for dim in map(str, data.dims):
        if not data.sizes[dim]:
            yield f"its dimension {quoted(dim)} has no entries"
        elif dim in data.coords:
            said = _numbers(dim, data[dim].values) if dim in NUMBERED else _texts(group, dim, data)
            if said:
                yield said
            elif len(set(data[dim].values.tolist())) < data.sizes[dim]:
                yield f"a name of {quoted(dim)} is there twice"
        elif dim not in UNLABELLED:
            yield f"its dimension {quoted(dim)} has no names"


def _numbers(dim: str, labels: npt.NDArray[Any]) -> str:
    """What is wrong with numbers along a dimension; "" if nothing is."""
    if labels.dtype.kind not in "fiu" or not np.isfinite(labels).all():
        return f"{quoted(dim)} has other values than numbers"
    if dim in INCREASING and not (np.diff(labels) > 0).all():
        return f"the numbers of {quoted(dim)} do not increase"
    if dim in ("quantile", "level") and not ((labels > 0) & (labels < 1)).all():
        return f"a level of {quoted(dim)} is not within 0 and 1"
    missing = sorted(set(QUANTILES) - set(labels.tolist())) if dim == "quantile" else []
    return f"the level {missing[0]} of `quantile` is missing" if missing else ""


def _texts(group: str, dim: str, data: "xr.Dataset") -> str:
    """What is wrong with names along a dimension; "" if nothing is."""
    names = data[dim].values.tolist()
    if not all(isinstance(name, str) and name for name in names):
        return f"a name of {quoted(dim)} is empty, or no text"
    if dim in FIXED and set(names) != FIXED[dim]:
        return f"the names of {quoted(dim)} are not {listed(sorted(FIXED[dim]), 'and')}"
    if LAST.get((group, dim), names[-1]) != names[-1]:
        return f"the last name of {quoted(dim)} is not {quoted(LAST[group, dim])}"
    if dim == "option" and not all(": " in name for name in names):
        return "a name of `option` does not say of which choice"
    partner = next((one for one in PARTNERS.get(dim, ()) if one in data.coords), None)
    if partner is not None and set(names) != set(data[partner].values.tolist()):
        return f"the names of {quoted(dim)} are not those of {quoted(partner)}"
    return ""


def _variables(group: str, data: "xr.Dataset") -> Iterator[str]:
    known = shapes(group)
    dims = set(map(str, data.dims))
    missing = [dim for dim in NEEDED.get(group, ()) if dim not in dims]
    if missing:
        yield f"it has no dimension {quoted(missing[0])}"
    for name, wanted in known.items():
        if wanted.required and name not in data.variables and dims.issuperset(wanted.dims) and data.data_vars:
            yield f"it has no {quoted(name)}"
    for variable, values in data.variables.items():
        name = str(variable)
        shape = known.get(name)
        if shape is None:
            if values.dtype.kind in "fc" and not (np.isnan(values.values) | (abs(values.values) >= 0)).all():
                yield f"{quoted(name)} has values that are no numbers"
        elif set(values.dims) != set(shape.dims):
            along = listed(shape.dims, "and") or "no dimension"
            yield f"{quoted(name)} is not along {along}"
        else:
            said = _value(values.values, shape)
            if said:
                yield f"{quoted(name)} {said}"
            if shape.dims[-1:] in (("quantile",), ("level",)) and shape.kind in ("chance", "number"):
                yield from _rising(name, values.transpose(*shape.dims).values)


def _value(values: npt.NDArray[Any], shape: Shape) -> str:
    """What is wrong with the values of a variable; "" if nothing is."""
    if shape.kind in ("text", "kind"):
        flat = values.ravel().tolist()
        if not all(isinstance(value, str) for value in flat):
            return "has other values than texts"
        strange = [value for value in flat if shape.kind == "kind" and value not in KINDS]
        return f"is {quoted(strange[0])}, not one of {listed(KINDS)}" if strange else ""
    if shape.kind == "truth":
        return "" if values.dtype.kind == "b" else "has other values than true and false"
    if values.dtype.kind not in "fiu":
        return "has other values than numbers"
    numbers = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    if shape.kind == "known" and numbers.size < values.size:
        return "has undefined values"
    low, high = {
        "known": (-ROUNDING, 1.0 + ROUNDING),
        "chance": (-ROUNDING, 1.0 + ROUNDING),
        "spread": (0.0, LARGEST),
        "any": (-math.inf, math.inf),
    }.get(shape.kind, (-LARGEST, LARGEST))
    odd = numbers[(numbers < low) | (numbers > high)]
    if not odd.size:
        return ""
    wanted = {"known": "a probability", "chance": "a probability", "spread": "0 or more"}.get(shape.kind)
    return f"is {odd[0]:g}, not {wanted or 'a finite number'}"


def _rising(name: str, quantiles: npt.NDArray[Any]) -> Iterator[str]:
    steps = np.diff(quantiles, axis=-1)
    slack = ROUNDING * np.maximum(np.abs(quantiles[..., 1:]), np.abs(quantiles[..., :-1]))
    if (steps < -slack).any():
        yield f"{quoted(name)} do not rise with their level"


def _together(groups: dict[str, "xr.Dataset"]) -> Iterator[str]:
    """What is wrong between groups: names that there are not, and probabilities that do not add up to 1."""
    kinds, outcomes, assumptions = (
        _names(groups, group, dim)
        for group, dim in (("kinds", "kind"), ("outcomes", "outcome"), ("violations", "assumption"))
    )
    if outcomes is not None:
        total = float(groups["outcomes"]["mean"].sum())
        if abs(total - 1.0) > SUM_ROUNDING:
            yield f"the probabilities of the outcomes add up to {total:g}, not 1"
    for name in groups:
        for dim, known, whole in (
            ("kind", set(KINDS) if kinds is None or name == "kinds" else kinds, False),
            ("outcome", outcomes, True),
            ("assumption", assumptions, False),
        ):
            found = _names(groups, name, dim)
            if known is None or found is None:
                continue
            strangers, missing = sorted(found - known), sorted(known - found)
            if strangers:
                yield f"{quoted(name)}: there is no {dim} {quoted(strangers[0])}"
            if whole and missing:
                yield f"{quoted(name)}: the {dim} {quoted(missing[0])} is missing"


def _names(groups: dict[str, "xr.Dataset"], group: str, dim: str) -> set[str] | None:
    """The names along a dimension of a group; None without it."""
    data = groups.get(group)
    return None if data is None or dim not in data.dims else set(map(str, data[dim].values.tolist()))
