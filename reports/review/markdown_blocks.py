"""Tables, lists and folded lists of a Markdown comment, which are written only if there is room."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import TypeVar

from sensa.reports.layout import bar
from sensa.reports.markdown_escape import Block
from sensa.reports.number_format import UNSEEN, defined, settled

BAR_COLUMNS = 20
FOLDED = "\n</details>\n"
T = TypeVar("T")


def as_table(rank: int, header: Sequence[str], items: Sequence[T], write: Callable[[T], str]) -> Block:
    """A table with a row for each item, as `write` gives it."""
    head = f"\n| {' | '.join(header)} |\n|{'---|' * len(header)}\n"
    more = "| and % more " + "| " * (len(header) - 1) + "|"
    return Block(rank, head, lambda: map(write, items), len(items), "", more)


def as_list(rank: int, title: str, items: Sequence[T], write: Callable[[T], str], tail: str = "") -> Block:
    """A bulleted list under a title."""

    def lines() -> Iterator[str]:
        return (f"- {write(item)}" for item in items)

    return Block(rank, f"\n**{title}**\n\n", lines, len(items), tail, "- and % more")


def as_folded_list(rank: int, title: str, items: Sequence[T], write: Callable[[T], str]) -> Block:
    """The same, shown only to those who open it."""
    listed = as_list(rank, "", items, write, FOLDED)
    return replace(listed, head=f"{summary(title)}\n")


def summary(title: str) -> str:
    """The head of what is folded; `FOLDED` ends it."""
    return f"\n<details><summary>{title}</summary>\n"


def counted(n: int, one: str, many: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{n} {one if n == 1 else many}"


def percent(value: float) -> str:
    """A probability to three digits."""
    return f"{settled(100 * value):.3g} %" if defined(value) else UNSEEN


def chart(low: float, mean: float, high: float) -> str:
    """A small chart in text; nothing where a number is not finite."""
    return bar(low, mean, high, BAR_COLUMNS) if all(map(isfinite, (low, mean, high))) else ""
