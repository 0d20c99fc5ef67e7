"""The formats of results and of reviews: one table that options, configuration, help and docs derive from.

A format that is text has a module of its name in `sensa.reports.result`, `sensa.reports.portfolio`,
`sensa.reports.review` or `sensa.reports.explain`, or in several, imported when it is used. In `review` it has
`render(reviews) -> str`, in `portfolio` `render(dataset, paper, exit_code, everything=...)`, which yields
pieces of text, so that a large one is never in memory as a whole. In `result` it has `part(result, paper,
everything=...)`, which renders one story of a run, and `whole(parts, exit_code) -> str`, which joins them. In
`explain` it has `of_name`, `of_verdict` and `of_case`.
Binary formats are rows of `sensa.file_kinds`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from sensa.file_kinds import FILE_KINDS

if TYPE_CHECKING:
    from sensa.reports.layout import Paper
    from sensa.reviewing.review import Review

# printed by `sensa run`, of stories and of a portfolio; by `check` and `diff`; by `explain`
Of = Literal["result", "portfolio", "review", "explain"]
ALL: tuple[Of, ...] = ("result", "portfolio", "review", "explain")
RUN: tuple[Of, ...] = ("result", "portfolio")


@dataclass(frozen=True)
class Format:
    """An output format."""

    name: str
    meant_for: str
    of: tuple[Of, ...]
    kind: str | None = None  # KIND in `--output KIND=PATH`, if it can go to a file
    green: str = ""  # what a review shows when all is well
    endings: bool = False  # whether a review in it shows how the story ends
    wrapped: bool = False  # whether it keeps to the width of the terminal
    streamed: bool = False  # whether each story is printed as soon as it is done
    binary: bool = False  # stored by `sensa.store`, one for each story, and never printed
    directory: bool = False
    source: bool = False  # whether it shows the story and its argument; of a review, the whole result too


TABLE = (
    Format("text", "people at a terminal", ALL, green="exit code 0", wrapped=True, streamed=True),
    *(
        Format(row.name, row.meant_for, RUN, kind=row.kind, binary=True, directory=row.directory)
        for row in FILE_KINDS
    ),
    Format("json", "programs; nothing is left out", ALL, kind="json", green="`exit_code` 0", endings=True),
    Format("csv", "spreadsheets: a line for each cell", ("portfolio",), kind="csv"),
    Format(
        "html",
        "readers: a page to open, print or send",
        (*RUN, "review"),
        kind="html",
        green="`✓ passes` beside the title",
        source=True,
    ),
    Format(
        "markdown",
        "one comment on a pull request",
        ("review",),
        kind="md",
        green="`✓ passes` in its heading",
        endings=True,
    ),
    Format(
        "sarif",
        "code scanning: findings at their lines, followed over time",
        ("review",),
        kind="sarif",
        green="no result that is not suppressed",
    ),
    Format(
        "junit",
        "test reports of a pipeline",
        ("review",),
        kind="junit",
        green="no `failure`, no `error`",
    ),
    Format("github", "annotations in a GitHub job", ("review",), green="no `::error`"),
)


def names(of: Of) -> tuple[str, ...]:
    """The values of `--format`."""
    return tuple(row.name for row in TABLE if of in row.of and not row.binary)


def kinds(of: Of) -> tuple[str, ...]:
    """The values of KIND in `--output KIND=PATH`."""
    return tuple(row.kind for row in TABLE if of in row.of and row.kind is not None)


def found(of: Of, name: str) -> Format:
    """Look up a format by its name or its kind of output."""
    return next(row for row in TABLE if of in row.of and name in (row.name, row.kind))


def module(of: Of, format: Format) -> Any:
    """The module that renders results, reviews or explanations in a format."""
    return import_module(f"sensa.reports.{of}.{format.name}")


def render(reviews: "Sequence[Review]", format: str, paper: "Paper | None" = None) -> str:
    """Render reviews in a format, without computing anything; on paper of this width, if it is wrapped."""
    row = found("review", format)
    laid = [paper] if paper is not None and row.wrapped else []
    text: str = module("review", row).render(reviews, *laid)
    return text
