"""Whether the analyses under `others` of a document are as they are written: of one shape, of known kinds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sensa.reports.result.document_shape import LARGEST
from sensa.reports.result.group_shapes import Shape, shapes

ROUNDING: Final = 1e-9  # of probabilities
PARTS: Final = ("coordinates", "variables")
INFINITE: Final = ("inf", "-inf")


def misfit(others: Mapping[str, Any], path: str) -> str | None:
    """The path of the first thing that is not as it is written; None if all is."""
    for name, data in others.items():
        found = _misfit(name, data)
        if found is not None:
            return ".".join(filter(None, (path, "others", name, found)))
    return None


def _misfit(group: str, data: Any) -> str | None:
    """The path, within the group, of what is not as it is written."""
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in ("how", "note")):
        return ""
    sizes: dict[str, int] = {}
    known = shapes(group)
    for part in PARTS:
        if not isinstance(data.get(part), dict):
            return part
        for name, one in data[part].items():
            if not _is_variable(one) or not _along(
                one["values"], one["dims"], sizes, _fitting(known.get(name))
            ):
                return f"{part}.{name}"
            if name in known and tuple(one["dims"]) != known[name].dims:
                return f"{part}.{name}.dims"
    there = data["coordinates"].keys() | data["variables"].keys()
    needed = (name for name, one in known.items() if one.required and sizes.keys() >= set(one.dims))
    return next((f"variables.{name}" for name in needed if data["variables"] and name not in there), None)


def _is_variable(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("dims"), list)
        and all(isinstance(dim, str) for dim in one["dims"])
        and "values" in one
    )


def _along(values: Any, dims: Sequence[str], sizes: dict[str, int], fits: Callable[[Any], bool]) -> bool:
    """Whether values are nested along their dimensions, each of one size in the whole group."""
    if not dims:
        return fits(values)
    if not isinstance(values, list) or sizes.setdefault(dims[0], len(values)) != len(values):
        return False
    return bool(values) and all(_along(one, dims[1:], sizes, fits) for one in values)


def _fitting(shape: Shape | None) -> Callable[[Any], bool]:
    """Whether a value is of the kind that a shape says; without one, whether it is a plain value."""
    kind = "" if shape is None else shape.kind
    if kind in ("text", "kind"):
        return lambda value: isinstance(value, str)
    if kind == "truth":
        return lambda value: isinstance(value, bool)
    low, high = {"known": (-ROUNDING, 1 + ROUNDING), "chance": (-ROUNDING, 1 + ROUNDING)}.get(
        kind, (0.0 if kind == "spread" else -LARGEST, LARGEST)
    )

    def fits(value: Any) -> bool:
        if value is None:
            return kind != "known"
        if isinstance(value, bool | str):
            return not kind or (kind == "any" and value in INFINITE)
        return isinstance(value, int | float) and low <= value <= high

    return fits
