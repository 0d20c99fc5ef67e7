"""Text in columns: terminal widths, cutting, wrapping, bars and colours."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
        "↓": "v",
        **dict(zip("▁▂▃▄▅▆▇", "_.-~=*#", strict=True)),
    }
)  # fmt: skip
_UNIT = re.compile(r" (%|pts|s)(?!\w)")
_SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Paper:
    """What text is laid out for: its width, and whether it shows colour."""

    width: int = 100
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """Text in a style, or unchanged without colour; the style never carries meaning of its own."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text


def plain(text: str, encoding: str) -> str:
    """Text that this encoding can represent: symbols replaced by ASCII ones, others escaped."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
    return text


def columns(text: str) -> int:
    """The number of terminal columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shown(text: str, most: int) -> str:
    """An author's text on one line of at most `most` columns: escaped, its end cut if too long."""
    text = escaped(" ".join(text.split()))
    if columns(text) <= most:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > most - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def ending(path: str, most: int) -> str:
    """A file name on one line, its beginning cut if too long: the end distinguishes files."""
    path = escaped(path)
    if columns(path) <= most:
        return path
    while columns(path) > most - 1:
        path = path[1:]
    return f"…{path}"


def left(text: str, width: int) -> str:
    """Left-align a text in a cell."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """Right-align a text in a cell."""
    return " " * (width - columns(text)) + text


def wrapped(text: str, width: int, indent: str = "", first: str = "") -> list[str]:
    """Wrap text at word boundaries, with `first` before the first line and `indent` before the others.

    A word that is too long gets a line of its own; a unit stays with its number.
    """
    lines: list[str] = []
    line, empty = first, True
    for word in _UNIT.sub("\xa0\\1", text).split(" "):
        word = word.replace("\xa0", " ")
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = indent, True
        line, empty = (line + word if empty else f"{line} {word}"), False
    return [*lines, line]


def beside(first: Sequence[tuple[str, int]], second: Sequence[str], width: int) -> list[str]:
    """Put two blocks side by side; the lines of the first come with their widths."""
    rows = max(len(first), len(second))
    lines = []
    for row in range(rows):
        text, used = first[row] if row < len(first) else ("", 0)
        other = second[row] if row < len(second) else ""
        lines.append((text + " " * (width - used) + other).rstrip() if other else text.rstrip())
    return lines


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
