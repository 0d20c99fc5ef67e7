"""Text in columns: terminal widths, cutting, wrapping, bars and colours."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sensa.reports.number_format import settled
from sensa.stories.problems import escaped

# Okabe and Ito's blue, orange and vermillion, as near as 256 colours allow.
_STYLES = {
    "success": "38;5;32",
    "fail_safe": "38;5;214",
    "catastrophic": "1;38;5;166",
    "head": "1",
    "dim": "2",
}
MARKS = {"success": "✓", "fail_safe": "○", "catastrophic": "▲"}
_PLAIN = str.maketrans(
    {
        "✓": "+", "○": "o", "▲": "!", "█": "#", "▓": "=", "░": "-", "▏": "|", "…": "~", "×": "x", "·": "-",
        "↓": "v", "→": ">", "✗": "x", "∅": "0", "–": "-", "±": "+-",
        **dict(zip("▁▂▃▄▅▆▇", "_.-~=*#", strict=True)),
    }
)  # fmt: skip
_UNIT = re.compile(r" (%|pts|s)(?!\w)")
_WHOLE = re.compile(r"\d[\d,]*")  # a number up to its decimal point
_SPARKS = "▁▂▃▄▅▆▇█"
_PAINT = re.compile(r"\x1b\[[0-9;]*m")
_JOINTS = "_.- "  # where a name is cut best
MIN_COLUMNS, MAX_COLUMNS = 40, 120  # of a report: narrower, its numbers do not fit; wider, it is hard to read
NARROW = 60  # columns below which labels stand above their text
LABEL_COLUMNS = 12


@dataclass(frozen=True)
class Paper:
    """What text is laid out for: its width, and whether it shows colour."""

    width: int = 100
    colour: bool = False

    def bounded(self) -> "Paper":
        """Paper as wide as a report is at least and at most."""
        return Paper(min(max(self.width, MIN_COLUMNS), MAX_COLUMNS), self.colour)

    def paint(self, text: str, style: str) -> str:
        """Text in a style, or unchanged without colour; the style never carries meaning of its own."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text


SCROLL = Paper(1_000_000)  # lines of any length, as for a pipe that is searched line by line


def plain(text: str, encoding: str) -> str:
    """Text that this encoding can represent: symbols replaced by ASCII ones, others escaped."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
    return text


def columns(text: str) -> int:
    """The number of terminal columns a text takes, colours aside."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(_PAINT.sub("", text))


def shown(text: str, most: int) -> str:
    """An author's words on one line of at most `most` columns: escaped, cut after a word if too long."""
    text = escaped(" ".join(text.split()))
    if columns(text) <= most:
        return text
    kept = _first(text, most - 1)
    words = kept.rpartition(" ")[0] if text[len(kept)] != " " else kept
    return (words if columns(words) > most // 2 else kept).rstrip(" ,;:") + "…"


def named(name: str, most: int) -> str:
    """A name on one line of at most `most` columns: escaped, its middle cut if too long.

    Both ends distinguish names. The cut is at a joint of the name if one is near.
    """
    name = escaped(" ".join(name.split()))
    if columns(name) <= most:
        return name
    room = max(most - 1, 0)
    tail = _last(name, room // 2)
    head = _first(name, room - columns(tail))
    end = 1 + max(head.rfind(joint) for joint in _JOINTS)
    start = min((at for at in map(tail.find, _JOINTS) if at >= 0), default=len(tail))
    head = head[:end] if 3 * end >= 2 * len(head) else head
    tail = tail[start:] if 3 * start <= len(tail) else tail
    return f"{head}…{tail}"


def broken(name: str, most: int) -> list[str]:
    """A name in lines of at most `most` columns, whole."""
    name = escaped(" ".join(name.split()))
    lines = []
    while columns(name) > most:
        lines.append(_first(name, most))
        name = name[len(lines[-1]) :]
    return [*lines, name]


def named_apart(names: Sequence[str], most: int, cut: Callable[[str, int], str] = named) -> list[str]:
    """Names that fit, their middles cut; longer where two different ones would read alike."""
    found = [cut(name, most) for name in names]
    apart = len(set(found)) == len({escaped(" ".join(name.split())) for name in names})
    return found if apart else named_apart(names, most + 8, cut)


def ending(path: str, most: int) -> str:
    """A file name on one line, its beginning cut if too long: the end distinguishes files."""
    path = escaped(" ".join(path.split()))
    return path if columns(path) <= most else f"…{_last(path, most - 1)}"


def _first(text: str, most: int) -> str:
    """The beginning of a text that fits; a mark stays with the character that it combines with."""
    if text.isascii():
        return text[:most]
    end = 0
    while end < len(text) and columns(text[: end + 1]) <= most:
        end += 1
    return text[:end]


def _last(text: str, most: int) -> str:
    """The end of a text that fits; it does not begin with a mark whose character is cut off."""
    if text.isascii():
        return text[max(len(text) - most, 0) :]
    start = len(text)
    while start and columns(text[start - 1 :]) <= most:
        start -= 1
    while start < len(text) and not columns(text[start]):
        start += 1
    return text[start:]


def left(text: str, width: int) -> str:
    """Left-align a text in a cell."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """Right-align a text in a cell."""
    return " " * (width - columns(text)) + text


def wrapped(text: str, width: int, indent: str = "", first: str = "") -> list[str]:
    """Wrap text at word boundaries, with `first` before the first line and `indent` before the others.

    A word that is too long for a line has its middle cut; a unit stays with its number, and what no-break
    spaces join stays together where a line has room for it.
    """
    words = _words(_UNIT.sub("\xa0\\1", text), width - columns(indent))
    return _filled(words, width, indent, first)


def _filled(words: Iterable[str], width: int, indent: str, first: str) -> list[str]:
    """Lines of as many words as fit."""
    lines: list[str] = []
    line, empty = first, True
    for word in words:
        full = columns(line) + (not empty) + columns(word) > width
        if full and (not empty or (line.strip() and columns(line) > columns(indent))):
            lines.append(line.rstrip() if empty else line)
            line, empty = indent, True
        line, empty = (line + word if empty else f"{line} {word}"), False
    return [*lines, line]


def _words(text: str, room: int) -> Iterator[str]:
    """What stays together on a line."""
    for word in text.split(" "):
        for part in [word] if columns(word) <= room else word.split("\xa0"):
            yield part.replace("\xa0", " ") if columns(part) <= room else named(part, max(room, 1))


def labelled(label: str, text: str, paper: Paper, columns: int = LABEL_COLUMNS) -> Iterator[str]:
    """A short paragraph after its label; below it where the paper is narrow."""
    if paper.width < NARROW:
        yield from [paper.paint(label, "head")] * bool(label)
        yield from wrapped(text, paper.width, "  ", "  ")
        return
    first, *more = wrapped(text, paper.width, " " * columns, left(label, columns))
    yield paper.paint(first[:columns], "head") + first[columns:]
    yield from more


def lines_of(lines: int, paper: Paper, columns: int = LABEL_COLUMNS) -> int:
    """The columns of text in so many lines after a label; on narrow paper as many as on 80 columns."""
    return lines * (max(paper.width, 80) - columns)


def command(words: str, width: int, indent: str, first: str) -> Iterator[str]:
    """A command for a shell, continued with backslashes where it is wider; no word of it is ever cut."""
    if columns(first + words) <= width:
        yield first + words
        return
    *most, last = _filled(map(shlex.quote, shlex.split(words)), width - 2, indent, first)
    yield from (f"{line} \\" for line in most)
    yield last


def beside(first: Sequence[str], second: Sequence[str], width: int) -> list[str]:
    """Put two blocks side by side."""
    lines = [left(one, width) + other for one, other in zip_longest(first, second, fillvalue="")]
    return [line.rstrip() for line in lines]


def aligned(cells: Sequence[str]) -> list[str]:
    """Cells of a column with the decimal points of their first numbers in one place; others are kept."""
    points = [columns(cell[: found.end()]) if (found := _WHOLE.search(cell)) else None for cell in cells]
    most = max((columns(c) - at for c, at in zip(cells, points, strict=True) if at is not None), default=0)
    return [
        cell if at is None else cell + " " * (most - columns(cell) + at)
        for cell, at in zip(cells, points, strict=True)
    ]


def bar(low: float, mean: float, high: float, width: int) -> str:
    """A bar of a share: full up to the lower quantile, dense to the mean, light to the upper quantile."""
    ends = [round(settled(max(0.0, min(1.0, x)) * width)) for x in (low, mean, high)]
    drawn = "█" * ends[0] + "▓" * max(0, ends[1] - ends[0])
    drawn += "░" * max(0, ends[2] - len(drawn))
    return drawn or ("▏" if high > 0.0 else "")


def sparkline(values: Sequence[float], most: int) -> str:
    """One character for each value, its height relative to the largest; neighbours are summed to fit."""
    bins = binned(values, most)
    top = max(bins, default=0.0)
    if top <= 0.0:
        return _SPARKS[0] * len(bins)
    return "".join(_SPARKS[min(7, int(settled(8 * value / top)))] for value in bins)


def binned(values: Sequence[float], most: int) -> list[float]:
    """Sum equal runs of neighbours, as short as possible, into at most `most` sums."""
    size = -(-len(values) // most) if values else 1
    return [sum(values[i : i + size]) for i in range(0, len(values), size)]


def listed(parts: Iterable[str]) -> str:
    """Join parts as a sentence does: a, b and c."""
    every = list(parts)
    return every[0] if len(every) == 1 else ", ".join(every[:-1]) + " and " + every[-1] if every else ""
