"""The scope of a property's `forall`, by name."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from sensa.stories import traversal
from sensa.stories.model import Frozen
from sensa.stories.numbers.pooled_experts import drawn_together
from sensa.stories.problems import path_text
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Violate


def violable(document: Document, violate: Violate) -> tuple[str, ...]:
    """The nodes that a property violates, in the order written."""
    return tuple(_violable(document, violate))


def _violable(document: Document, violate: Violate) -> Iterator[str]:
    for kind in dict.fromkeys(violate.kinds):
        for name, node in getattr(document, f"{kind}s").items():
            if violate.among and name not in violate.among:
                continue
            if violate.tags and not set(violate.tags) & set(node.tags):
                continue
            if violate.parts and getattr(node, "part", None) not in violate.parts:
                continue
            yield name


def movable(document: Document) -> tuple[str, ...]:
    """The paths of the numbers that can be raised and lowered: uncertain ones and probabilities.

    Not those of experts who are drawn for all numbers together, which have several values.
    """
    return tuple(
        path_text(number.path)
        for number in traversal.numbers(document)
        if (isinstance(number.form, Frozen) and not drawn_together(document, number.form))
        or (number.scale == "probability" and isinstance(number.form, int | float))
    )


def matching(names: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names that match a pattern, each once, in their original order; `*` and `?` are wildcards.

    Brackets are literal, as in paths: `phases[0].*`.
    """
    literal = [pattern.replace("[", "[[]") for pattern in patterns]
    return tuple(name for name in names if any(fnmatchcase(name, pattern) for pattern in literal))
