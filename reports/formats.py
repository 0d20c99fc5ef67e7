"""The formats of reviews: one table, from which options, configuration, help and pages derive."""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sensa.reviewing.review import Review


class Format(NamedTuple):
    """A format; `sensa.reports.review` has a module of its name with `render`, imported when it is used."""

    name: str
    meant_for: str
    green: str  # what is there when all is well
    kind: str | None = None  # as `--output KIND=PATH` names it, where it goes to a file too
    endings: bool = False  # whether it shows how the story ends


TABLE = (
    Format("text", "people at a terminal", "exit code 0"),
    Format("json", "programs; nothing is left out", "`exit_code` 0", kind="json", endings=True),
    Format("markdown", "one comment on a pull request", "`✓ passes` in its heading", kind="md", endings=True),
    Format(
        "sarif",
        "code scanning: findings at their lines, followed over time",
        "no result that is not suppressed",
        kind="sarif",
    ),
    Format("junit", "test reports of a pipeline", "no `failure`, no `error`", kind="junit"),
    Format("github", "annotations in a GitHub job", "no `::error`"),
)
NAMES = tuple(row.name for row in TABLE)
KINDS = tuple(row.kind for row in TABLE if row.kind is not None)


def found(format: str) -> Format:
    """A format by its name or its kind of output."""
    return next(row for row in TABLE if format in (row.name, row.kind))


def render(reviews: "Sequence[Review]", format: str) -> str:
    """Reviews in a format; nothing is computed anew."""
    module = import_module(f"sensa.reports.review.{found(format).name}")
    text: str = module.render(reviews)
    return text
