"""Options of `sensa run` for portfolios: many stories, or many values of their numbers."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.patterns import matches
from sensa.stories.problems import quoted

if TYPE_CHECKING:
    from sensa.portfolios.dimensions import Dimension

Portfolio = Annotated[
    bool,
    typer.Option(
        "--portfolio",
        help="One table of all stories in place of a report for each; a pattern in quotes, --sweep and"
        " --variants imply it.",
    ),
]
Sweep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH=LOW:HIGH:COUNT",
        help="Run at these values of a number, such as `assumptions.a.credence=0.1:0.9:9` or `…=0.1,0.5`;"
        " or a TOML file with such values by path. Repeatable: each is a dimension.",
    ),
]
VariantsFile = Annotated[
    str | None,
    typer.Option(
        "--variants",
        metavar="FILE",
        help="Run at the values in a CSV file: paths of numbers in its first line, a variant in each other.",
    ),
]
MeansOnly = Annotated[
    bool,
    typer.Option(
        "--means-only", help="Of a portfolio: means with errors, but no intervals; quick for large sweeps."
    ),
]


@dataclass(frozen=True)
class PortfolioWanted:
    """The options of a portfolio."""

    portfolio: bool = False
    sweeps: Sequence[str] = ()
    variants: str | None = None
    means_only: bool = False

    def of(self, stories: Sequence[str]) -> bool:
        """Whether a run of these stories is a portfolio; raises `typer.BadParameter` for options of one."""
        found = self.portfolio or self.sweeps or self.variants or any(map(is_pattern, stories))
        if not found and self.means_only:
            wanted = "a portfolio, as by a pattern in quotes, --sweep or --variants"
            raise typer.BadParameter(f"this is an option of {wanted}", param_hint="--means-only")
        return bool(found)


Store = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Keep every block of the run in this directory as it is done, so that it can go on after any"
        " interruption. Of one story, or of a portfolio.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the run in --store, if there is one; its result is the same."),
]
_PATTERN = re.compile(r"[*?]|\[[^\]]+\]")


def is_pattern(text: str) -> bool:
    """Whether an argument is a pattern, and not the name of a file."""
    return _PATTERN.search(text) is not None and not os.path.lexists(text)


def expanded(stories: Sequence[str]) -> list[str]:
    """The files that are named or match, each once; raises `typer.BadParameter` where there is none."""
    found: dict[str, str] = {}  # as they are named, by their path without `./`
    for text in stories:
        if not text:
            raise typer.BadParameter("the name of a story is empty")
        files = matches(text, Path()) if is_pattern(text) else [text]
        if not files:
            raise typer.BadParameter(f"{quoted(text)} matches no file")
        for file in files:
            found.setdefault(os.path.normpath(file), file)
    return list(found.values())


def dimensions_of(sweeps: Sequence[str], variants: str | None) -> "tuple[Dimension, ...]":
    """The dimensions of the sweep; raises `typer.BadParameter`."""
    from sensa.portfolios import dimensions

    found: list[Dimension] = []
    for text in sweeps:
        with _saying("--sweep", dimensions.SweepError):
            if "=" not in text and not os.path.lexists(text):
                raise dimensions.SweepError(f"{quoted(text)} is no file; expected one, or `PATH=VALUES`")
            found += [dimensions.parsed(text)] if "=" in text else dimensions.from_file(text)
    if variants is not None:
        with _saying("--variants", dimensions.SweepError):
            found.append(dimensions.variants(variants))
    with _saying("--sweep", dimensions.SweepError):
        return dimensions.require_apart(found)


@contextmanager
def _saying(option: str, kind: type[ValueError]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
