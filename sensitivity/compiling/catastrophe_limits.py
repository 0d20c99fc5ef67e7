"""The story's own limits: its properties that compare P(catastrophic) with a number."""

from sensa.stories.properties.requirements import Constant, Measured, parse_requirement
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Property


def limits(document: Document) -> dict[float, tuple[str, ...]]:
    """The limits and the properties that set each, in the order written.

    Only for the unchanged story and at the mean: `require = "P(catastrophic) <= 0.01"`, or the same with the
    sides exchanged.
    """
    found: dict[float, tuple[str, ...]] = {}
    for name, stated in document.properties.items():
        limit = _limit(stated)
        if limit is not None:
            found[limit] = (*found.get(limit, ()), name)
    return found


def _limit(stated: Property) -> float | None:
    """The largest P(catastrophic) that a property allows; None if it is about something else."""
    if stated.forall is not None or stated.quantile is not None or stated.at == "worst":
        return None
    required = parse_requirement(stated.require)
    sides = (required.left, required.right) if required.sign[0] == "<" else (required.right, required.left)
    match sides:
        case Measured(_, "", "P(catastrophic)"), Constant(value) if 0.0 < value < 1.0:
            return value
    return None
