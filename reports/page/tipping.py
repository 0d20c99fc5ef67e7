"""Where it tips: the credences at which the risk reaches a limit."""

from sensa.reports.number_format import UNSEEN, defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import USUAL_LIMITS, Report
from sensa.reports.page.words import SPACE, identifier, limit, percent
from sensa.reports.result.answers import Crossing, JointMove

MAX_CROSSINGS = 5
MAX_MOVES = 4
SMALL_MOVE = 5e-4


def tipping(report: Report) -> Html:
    """The story's own limits; without any, the usual ones next to the risk."""
    risk = report.base.catastrophic
    if not defined(risk) or "tipping_points" not in report.answers.how:
        return EMPTY
    if report.own_limits:
        limits, note = list(report.own_limits), None
    else:
        above = [value for value in USUAL_LIMITS if value > risk][:1]
        limits = [*above, *[value for value in USUAL_LIMITS if value < risk][-1:]]
        said = "No limit is stated for the risk as it is; these are round numbers next to it."
        note = tag("p", said, class_="sub")
    rows = [row for value in limits for row in _limit(report, value, risk)]
    return join([tag("h2", "Where it tips", class_="h3"), tag("ul", *rows, class_="plain"), note])


def _limit(report: Report, value: float, risk: float) -> list[Html]:
    """What one credence alone does to reach a limit, and the nearest joint move if that is known."""
    worse = value > risk
    of = ", ".join(report.own_limits.get(value, ()))
    side = f"{'Above' if worse else 'Below'} {limit(value)}{f' ({of})' if of else ''}"
    head = f"{side} if a credence moves to{SPACE}…"
    crossings = report.crossings(value)
    rows = [_crossing(crossing, worse=worse) for crossing in crossings[:MAX_CROSSINGS]]
    if len(crossings) > MAX_CROSSINGS:
        rows.append(tag("li", f"and {len(crossings) - MAX_CROSSINGS} more", class_="soft"))
    if not rows:
        rows.append(tag("li", "no single credence does that"))
    joint = [_joint(move) for move in report.answers.meeting if move.limit == value]
    return [tag("li", head, class_="soft"), *rows, *joint]


def _crossing(crossing: Crossing, *, worse: bool) -> Html:
    now, there = crossing.now, crossing.credence
    tone = "fill-bad" if worse else "fill-good"
    drawn = [marks.bar(0, 1, 7, 3, "fill-line")]
    if defined(now):
        drawn += [marks.bar(now, there, 7, 3, tone), marks.dot(now, 8.5, 4, "hollow")]
    drawn.append(marks.dot(there, 8.5, 4.5, tone))
    said = percent(now) if defined(now) else UNSEEN
    moved = tag("span", f"{said} → ", tag("b", percent(there)))
    return tag(
        "li", tag("div", identifier(crossing.assumption), moved, class_="row"), marks.chart(16, *drawn)
    )


def _joint(move: JointMove) -> Html:
    """All credences moved together by the least change of log-odds."""
    if not defined(move.distance):
        left = f" With every assumption holding it is still {percent(move.all_hold)}."
        return tag("li", f"No joint move of the credences that meets it was found.{left}")
    moved = [
        (name, now, there)
        for name, (now, there) in move.credences.items()
        if defined(now) and defined(there) and abs(there - now) >= SMALL_MOVE
    ]
    parts = [
        join([identifier(name), f" {percent(now)} → {percent(there)}"])
        for name, now, there in moved[:MAX_MOVES]
    ]
    more = [join([f"{len(moved) - MAX_MOVES} more"])] if len(moved) > MAX_MOVES else []
    return tag("li", "Together, by the nearest joint move: ", join([*parts, *more], between=", "))
