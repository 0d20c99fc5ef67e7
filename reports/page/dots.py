"""Quantile dot plots: twenty dots, each one chance in 20 (Kay et al. 2016, 10.1145/2858036.2858558)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sensa.reports.number_format import compact, defined
from sensa.reports.page import marks
from sensa.reports.page.markup import Html, join
from sensa.reports.page.words import limit as stated
from sensa.reports.page.words import percent
from sensa.reports.result.answers import Number

DOTS = 20
COLUMNS = 40  # columns in a chart
RADIUS, TALLEST = 4.0, 88.0  # of a dot, and of the highest column
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Quantiles:
    """Quantiles at the levels 1/40, 2/40, …"""

    values: Sequence[Number]

    def at(self, level: float) -> Number:
        """The quantile at one of the levels."""
        return self.values[round(2 * DOTS * level) - 1]

    @property
    def dots(self) -> list[float]:
        """The middles of 20 equally likely parts."""
        return [value for value in self.values[::2] if defined(value)]

    def varies(self, text: Callable[[Number], str]) -> bool:
        """Whether it is uncertain, as printed."""
        return len(set(map(text, self.dots))) > 1

    def said(self, text: Callable[[Number], str]) -> str:
        """The median, and the interval with 90 %."""
        low, middle, high = (text(self.at(level)) for level in (0.05, 0.5, 0.95))
        return f"median {middle}; {low} to {high} with 90\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Axis:
    """Where a value is, the ticks below, and how values are written."""

    scale: marks.Scale
    ticks: Callable[[float], Html]
    text: Callable[[Number], str]


def _percents(y: float) -> Html:
    return join(
        marks.label(x, y, stated(x), "tick", {0.0: "start", 1.0: "end"}.get(x, "middle")) for x in TICKS
    )


PLAIN = Axis(marks.plain, _percents, percent)


def logarithmic(values: Sequence[float]) -> Axis:
    """The axis of small probabilities."""
    scale = marks.LogScale.down_to([value / 1.5 for value in values])
    return Axis(scale, scale.ticks, percent)


def linear(values: Sequence[float]) -> Axis:
    """The axis of numbers that are no probabilities."""
    low, high = min(values), max(values)
    wide = high - low or 1.0

    def ticks(y: float) -> Html:
        middle = marks.label(0.5, y, compact((low + high) / 2), "tick", "middle")
        ends = (
            marks.label(0.0, y, compact(low), "tick", "start"),
            marks.label(1.0, y, compact(high), "tick", "end"),
        )
        return join([ends[0], middle, ends[1]])

    return Axis(lambda x: (x - low) / wide, ticks, compact)


def dot_plot(
    quantiles: Quantiles, axis: Axis, tone: Callable[[float], str], limit: float | None = None
) -> Html:
    """The dots in columns, and a line at a limit; `tone` gives a dot's colour by its value."""
    at = [(min(int(axis.scale(value) * COLUMNS), COLUMNS - 1), value) for value in quantiles.dots]
    most = max(Counter(column for column, _ in at).values())
    step = min(2 * RADIUS + 1, TALLEST / most)
    height = step * most + RADIUS
    seen = Counter[int]()
    drawn: list[Html | None] = []
    for column, value in at:
        y = height - RADIUS - 1 - step * seen[column]
        drawn.append(marks.dot((column + 0.5) / COLUMNS, y, RADIUS, f"fill-{tone(value)}"))
        seen[column] += 1
    line = None if limit is None else marks.upright(axis.scale(limit), -4, height, "limit")
    base = marks.across(height, "base")
    label = quantiles.said(axis.text) + ("" if limit is None else f"; the limit is {axis.text(limit)}")
    return marks.chart(round(height + 18), line, *drawn, base, axis.ticks(height + 15), label=label)
