"""Tables of text: a name in each row, and columns beside it, or below it where the paper is narrow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sensa.reports.layout import (
    NARROW,
    Paper,
    aligned,
    bar,
    broken,
    columns,
    left,
    named,
    named_apart,
    right,
)

MIN_NAME_COLUMNS = 22  # for which it is worth putting columns beside long names
MIN_BAR_COLUMNS = 8
INDENT = "  "  # of what stands below a name, and between its cells


@dataclass(frozen=True)
class Column:
    """Cells below a head: numbers, their decimal points in one place, or with `words` text."""

    head: str
    cells: Sequence[str]
    width: int = 0  # columns at least
    words: bool = False

    def lines(self, *, spaced: bool = True) -> list[str]:
        """The head and all cells, of one width: `self.width` at least, or no more than they need."""
        cells = self.cells if self.words else aligned(self.cells)
        if max(map(columns, cells), default=0) > max(self.width, columns(self.head)):
            cells = self.cells  # wide numbers: alignment would need room of its own
        width = max([self.width if spaced else 0, *map(columns, (self.head, *cells))])
        return [(left if self.words else right)(text, width) for text in (self.head, *cells)]


@dataclass(frozen=True)
class Table:
    """Rows of a name and cells, with a bar for each row if there is room for bars."""

    title: str
    names: Sequence[str]
    columns: Sequence[Column]
    styles: Sequence[str] = ()  # of each name and bar
    bars: Sequence[tuple[float, float, float]] = ()  # of shares: low, mean, high
    least: int = 0  # columns of names, if there is room
    most: int = 30
    whole: bool = False  # whether columns are rather put below the names than split
    gap: str = "  "
    indent: str = ""
    style: str = "head"  # of the heads
    cut: Callable[[str, int], str] = named  # a name that is too long

    def lines(self, paper: Paper) -> Iterator[str]:
        """The table; columns that do not fit come below, with the names repeated, or all below each name."""
        written = [column.lines() for column in self.columns]
        used = [len(self.gap) + columns(column[0]) for column in written]
        width = paper.width - len(self.indent)
        needed = min(self.most, max(self.least, *map(columns, (self.title, *self.names))))
        squeezed = min(needed, MIN_NAME_COLUMNS)
        if self.whole or max(used) > width - needed:
            needed = max(squeezed, min(needed, width - sum(used)))
        groups = list(_groups(used, width - needed))
        room = min(needed, width - max(sum(used[group]) for group in groups))
        names = named_apart(self.names, max(room, 1), self.cut)
        split = len(groups) > 1 and (self.whole or paper.width < NARROW)
        if split or room < squeezed or max(map(columns, names), default=0) > room:
            yield from self._stacked(paper)
            return
        for group in groups:
            yield from self._beside(written[group], names, room, paper, last=group is groups[-1])

    def _beside(
        self, written: Sequence[Sequence[str]], names: Sequence[str], room: int, paper: Paper, *, last: bool
    ) -> Iterator[str]:
        """The names and some columns."""
        rows = [self.gap.join(cells) for cells in zip(*written, strict=True)]
        head = f"{self.indent}{left(named(self.title, room), room)}{self.gap}{rows[0]}"
        yield paper.paint(head.rstrip(), self.style)
        bars = self._bars(paper, paper.width - columns(head) - 2) if last else []
        for i, (name, cells) in enumerate(zip(names, rows[1:], strict=True)):
            line = f"{self.indent}{self._painted(i, left(name, room), paper)}{self.gap}{cells}"
            yield f"{line}  {bars[i]}".rstrip() if i < len(bars) else line.rstrip()

    def _stacked(self, paper: Paper) -> Iterator[str]:
        """Each name on lines of its own, its cells below it."""
        indent = self.indent + INDENT
        written = [column.lines(spaced=False) for column in self.columns]
        used = [len(INDENT) + columns(column[0]) for column in written]
        groups = list(_groups(used, paper.width - len(indent) + len(INDENT)))
        rows = [[INDENT.join(row[g]).rstrip() for g in groups] for row in zip(*written, strict=True)]
        room = paper.width - len(self.indent)
        names = [self.cut(name, room) for name in self.names]
        alike = len(set(names)) < len(set(self.names))
        yield from (paper.paint(f"{self.indent}{line}", self.style) for line in broken(self.title, room))
        yield from (paper.paint(f"{indent}{cells}", self.style) for cells in rows[0] if cells.strip())
        width = sum(used[groups[-1]]) - len(INDENT) if groups else 0
        bars = self._bars(paper, paper.width - len(indent) - width - 2)
        for i, cells_of in enumerate(rows[1:]):
            for line in broken(self.names[i], room) if alike else [names[i]]:
                yield self.indent + self._painted(i, line, paper)
            *most, last = (f"{indent}{cells}" for cells in cells_of)
            yield from most
            yield f"{left(last, len(indent) + width)}  {bars[i]}".rstrip() if i < len(bars) else last

    def _bars(self, paper: Paper, room: int) -> list[str]:
        """A bar for each row, all of one scale; none where there is no room for them."""
        if room < MIN_BAR_COLUMNS:
            return []
        return [self._painted(i, bar(*ends, room), paper) for i, ends in enumerate(self.bars)]

    def _painted(self, row: int, text: str, paper: Paper) -> str:
        return paper.paint(text, self.styles[row]) if row < len(self.styles) and self.styles[row] else text


def _groups(used: Sequence[int], room: int) -> Iterator[slice]:
    """Runs of columns that fit into so much room, at least one in each."""
    start = 0
    while start < len(used):
        end = start + 1
        while end < len(used) and sum(used[start : end + 1]) <= room:
            end += 1
        yield slice(start, end)
        start = end
