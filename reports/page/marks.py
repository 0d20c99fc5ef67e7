"""Marks of the charts: SVG in positions of percent, so that a chart stretches and its text does not."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sensa.reports.page.markup import Html, join, tag
from sensa.reports.page.words import decade, limit

Scale = Callable[[float], float]  # from a value to a share of the width, in [0, 1]


def place(x: float) -> str:
    """A horizontal position."""
    return f"{100 * min(max(x, -1.0), 2.0):.2f}%"


def chart(height: int, *marks: Html | None, label: str = "") -> Html:
    """A drawing as wide as its place; hidden from screen readers without a label."""
    said = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *marks, width="100%", height=height, **said)


def bar(
    start: float, end: float, y: float, height: float, style: str, *, round_: float | None = None
) -> Html:
    """A horizontal bar."""
    left, right = min(start, end), max(start, end)
    return tag("rect", x=place(left), width=place(right - left), y=y, height=height, class_=style, rx=round_)


def dot(x: float, y: float, radius: float, style: str) -> Html:
    """A circle."""
    return tag("circle", cx=place(x), cy=y, r=radius, class_=style)


def across(y: float, style: str = "axis", start: float = 0.0, end: float = 1.0) -> Html:
    """A horizontal line."""
    return tag("line", x1=place(start), x2=place(end), y1=y, y2=y, class_=style)


def upright(x: float, top: float, bottom: float, style: str) -> Html:
    """A vertical line."""
    return tag("line", x1=place(x), x2=place(x), y1=top, y2=bottom, class_=style)


def label(x: float, y: float, text: str, style: str = "", anchor: str | None = None, dx: float = 0.0) -> Html:
    """A text; without an anchor it stays within the chart."""
    anchor = anchor or ("start" if x < 0.12 else "end" if x > 0.9 else "middle")
    return tag("text", text, x=place(x), y=y, dx=dx or None, text_anchor=anchor, class_=style or None)


def interval(scale: Scale, low: float, mean: float, high: float, y: float, tone: str) -> Html:
    """A bar from one end of an interval to the other, and a dot at the mean."""
    return join(
        [
            bar(scale(low), scale(high), y - 4, 8, f"fill-{tone}-soft", round_=2),
            dot(scale(mean), y, 4.5, f"fill-{tone}"),
        ]
    )


def plain(x: float) -> float:
    """The scale of a probability from 0 to 1."""
    return min(max(x, 0.0), 1.0)


@dataclass(frozen=True)
class LogScale:
    """A logarithmic scale from a power of ten to 1; 0 is at its left end."""

    lowest: int

    MIN_LOWEST, MAX_LOWEST = -8, -2

    @classmethod
    def down_to(cls, values: list[float]) -> "LogScale":
        """The scale that has all these values on it, but no more than eight decades."""
        least = min((value for value in values if value > 0), default=1e-2)
        return cls(max(min(decade(least), cls.MAX_LOWEST), cls.MIN_LOWEST))

    def __call__(self, p: float) -> float:
        """The position of a probability."""
        return min(1.0, max(0.0, 1.0 - math.log10(p) / self.lowest)) if p > 0 else 0.0

    def grid(self, top: float, bottom: float) -> Html:
        """A line at every power of ten."""
        return join(upright(self(10.0**i), top, bottom, "grid") for i in range(self.lowest, 1))

    def ticks(self, y: float) -> Html:
        """The labels of the powers of ten, fewer of them if they are many."""
        step = -4 if self.lowest <= -8 else -2 if self.lowest <= -4 else -1
        anchors = {self.lowest: "start", 0: "end"}
        return join(
            label(self(10.0**i), y, limit(10.0**i), "tick", anchors.get(i, "middle"))
            for i in range(0, self.lowest - 1, step)
        )
