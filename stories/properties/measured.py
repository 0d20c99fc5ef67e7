"""The measures that a story names: in `[expect]`, in `[stated]`, and in its properties."""

from collections.abc import Iterator
from contextlib import suppress

from sensa.stories.expressions import ExpressionError
from sensa.stories.properties.measures import Measure, parse_measure
from sensa.stories.properties.requirements import SobolTotal, parse_requirement
from sensa.stories.schema.document import Document


def measures_of(document: Document) -> Iterator[Measure]:
    """All of them, without those that cannot be read."""
    for text in (*document.expect, *document.stated):
        with suppress(ExpressionError):
            yield parse_measure(text)
    for stated in document.properties.values():
        with suppress(ExpressionError):
            for one in parse_requirement(stated.require).measured:
                if not isinstance(one.measure, SobolTotal):
                    yield one.measure
