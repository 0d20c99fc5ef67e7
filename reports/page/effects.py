"""What matters most: each assumption's violation, for catastrophe and for failing at all."""

import math
from dataclasses import dataclass

from sensa.reports.number_format import UNSEEN, compact, defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import authored_claim, identifier, limit, mean_of, percent
from sensa.reports.result.answers import Number

MAX_ROWS = 5
AXIS_SHARE = 0.79  # share of a panel that its axis takes; the rest is for the label right of the last dot
NO_CHANGE = 1e-9  # of what is printed alike
ROUND = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
KEY = "○ if it holds  ● if violated"


@dataclass(frozen=True)
class Axis:
    """The axis of a column: from `low` to `high`, with the value as stated, and as it is written."""

    low: float
    high: float
    now: float
    text: str

    def __call__(self, value: float) -> float:
        """The position of a value."""
        return AXIS_SHARE * (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Row:
    """An assumption: the catastrophic risk and failing at all, where it is violated and where it holds."""

    name: str
    violated: tuple[float, float]
    holds: tuple[Number, Number]  # undefined where no sampled world met it
    errors: tuple[Number, Number]  # of the changes of both, if worlds are sampled


def matters(report: Report) -> Html:
    """A row for each assumption; beyond five, the others are folded."""
    now, failing = report.base.catastrophic, report.base.failing
    rows = rows_of(report)
    if not rows or not defined(now) or not defined(failing):
        return EMPTY
    risks, fails = (
        [value for row in rows for value in (row.violated[i], row.holds[i]) if defined(value)] for i in (0, 1)
    )
    stated = report.catastrophic
    said = percent(now) if stated is None else mean_of(stated)
    risk = Axis(0.0, _round_up(max(now, *risks) * 1.02), now, said)
    fail = _failing_axis(failing, fails)
    parts = [_table(report, rows[:MAX_ROWS], risk, fail, head=True)]
    if len(rows) > MAX_ROWS:
        more = len(rows) - MAX_ROWS
        summary = tag("summary", f"{more} more assumption{'s' if more > 1 else ''}")
        parts.append(tag("details", summary, _table(report, rows[MAX_ROWS:], risk, fail, head=False)))
    narrow = tag("h2", "What matters most ", tag("span", KEY, class_="key"), class_="h3 only-narrow")
    return join([narrow, *parts])


def rows_of(report: Report) -> list[Row]:
    """The assumptions whose violation has defined effects, the one that matters most first."""
    found = []
    for one in report.effects:
        bad, fails = one.catastrophic, one.failing
        if one.assumption in report.holding and defined(bad) and defined(fails):
            errors = (one.change_error, one.failing_change_error)
            found.append(Row(one.assumption, (bad, fails), report.holding[one.assumption], errors))
    return found


def _failing_axis(now: float, values: list[float]) -> Axis:
    """The axis for failing at all, cut where all values are large: positions are read, not lengths."""
    every = [*values, now]
    low = math.floor(10 * (min(every) - 0.04)) / 10 if min(every) > 0.3 else 0.0
    if max(every) < 0.2:
        return Axis(0.0, _round_up(max(every) * 1.02), now, percent(now))
    return Axis(low, min(1.0, math.ceil(10 * (max(every) + 0.02)) / 10), now, percent(now))


def _round_up(x: float) -> float:
    """The next round number; below 0.001 a power of ten."""
    if x <= 0:
        return 1.0
    if x < ROUND[0]:
        return float(10.0 ** math.ceil(math.log10(x)))
    return next((value for value in ROUND if x <= value), 1.0)


def _table(report: Report, rows: list[Row], risk: Axis, fail: Axis, *, head: bool) -> Html:
    body = tag("tbody", *(_row(report, row, risk, fail, first=i == 0) for i, row in enumerate(rows)))
    if not head:
        return tag("table", body, class_="matters")
    heads = tag(
        "tr",
        tag("th", tag("span", "What matters most", class_="lead"), tag("span", KEY, class_="key")),
        tag("th", tag("span", "Catastrophe", class_="t-bad"), _axis(risk), class_="c"),
        tag("th", "Failing at all", _axis(fail), class_="c"),
    )
    return tag("table", tag("thead", heads), body, class_="matters")


def _row(report: Report, row: Row, risk: Axis, fail: Axis, *, first: bool) -> Html:
    believed = report.believed(row.name)
    named = zip(("risk", "failing"), row.errors, strict=True)
    known = [f"{what} ±{compact(100 * error, 1)}" for what, error in named if defined(error) and error]
    off = f"; {', '.join(known)} points" if known else ""
    claim = authored_claim(report.document, row.name)
    about = [claim, tag("br")] if claim else []
    return tag(
        "tr",
        tag(
            "td",
            *about,
            identifier(row.name),
            " ",
            tag("span", f"believed {percent(believed)}{off}", class_="tick t-safe"),
        ),
        _cell(row.violated[0], row.holds[0], risk, "bad", "catastrophe", first=first),
        _cell(row.violated[1], row.holds[1], fail, "safe", "failing at all", first=first),
    )


def _cell(violated: float, holds: Number, axis: Axis, tone: str, said: str, *, first: bool) -> Html:
    drawn = _dumbbell(violated, holds, axis, tone, top=1 if first else 12)
    return tag("td", drawn, tag("span", said, class_="only-narrow id"), class_="c")


def _dumbbell(violated: float, holds: Number, axis: Axis, tone: str, *, top: int) -> Html:
    """A hollow dot where it holds, a filled one where it is violated, a dotted line as stated."""
    at, now = axis(violated), marks.upright(axis(axis.now), -top, 44, "now")
    known = [violated, holds] if defined(holds) else [violated]
    alike = {percent(value) for value in known} == {axis.text}
    if alike and max(abs(value - axis.now) for value in known) <= NO_CHANGE:
        x = axis(axis.now)
        side, dx = ("start", 8) if x < 0.6 else ("end", -8)
        return marks.chart(42, now, marks.label(x, 26, "no change", "soft", side, dx), label="no change")
    colour = tone if violated > axis.now else "good"
    other = holds if defined(holds) else axis.now
    side, dx = ("start", 10) if violated >= other else ("end", -10)
    if side == "end" and at < 0.2:
        side, dx, at_label = "start", 10, max(at, axis(other))
    else:
        at_label = at
    held = percent(holds) if defined(holds) else UNSEEN
    said = f"{held} if it holds, {percent(violated)} if violated, {axis.text} as stated"
    return marks.chart(
        42,
        now,
        marks.across(21, f"stem {colour}", axis(other), at),
        marks.dot(axis(holds), 21, 4.5, "hollow") if defined(holds) else None,
        marks.dot(at, 21, 5.5, f"fill-{colour}"),
        marks.label(at_label, 25.5, percent(violated), "bold", side, dx),
        label=said,
    )


def _axis(axis: Axis) -> Html:
    """The value as stated, and the ends of the axis where they do not touch it."""
    near = axis(axis.now)
    said = [marks.label(near, 14, f"now {axis.text}", "soft", "start" if near < 0.12 else "middle")]
    for value, x in ((axis.low, 0.0), (axis.high, AXIS_SHARE)):
        if abs(x - near) > 0.26:
            said.append(
                marks.label(x, 14, limit(value) if value else "0", "tick", "middle" if x else "start")
            )
    return marks.chart(18, *said, label=f"axis from {limit(axis.low)} to {limit(axis.high)}")
