"""The limits that a story sets itself: its properties that hold P(catastrophic) against a number."""

from sensa.stories.properties.requirements import Constant, Measured, parse_requirement
from sensa.stories.schema import Document, Property


def limits(document: Document) -> dict[float, tuple[str, ...]]:
    """The limits and which properties set each, in the order written.

    Of the story as it is and at the mean only: `require = "P(catastrophic) <= 0.01"`, or the same from the
    other side.
    """
    found: dict[float, tuple[str, ...]] = {}
    for name, stated in document.properties.items():
        limit = _limit(stated)
        if limit is not None:
            found[limit] = (*found.get(limit, ()), name)
    return found


def _limit(stated: Property) -> float | None:
    """The most that a property lets P(catastrophic) be; none where it says something else."""
    if stated.forall is not None or stated.quantile is not None or stated.at == "worst":
        return None
    required = parse_requirement(stated.require)
    sides = (required.left, required.right) if required.sign[0] == "<" else (required.right, required.left)
    match sides:
        case Measured(_, "", "P(catastrophic)"), Constant(value) if 0.0 < value < 1.0:
            return value
    return None
