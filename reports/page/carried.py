"""Which failure modes carry the risk, and which events within them."""

from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import identifier, share
from sensa.reports.result.answers import Carrying
from sensa.reports.result.carried_by import MIN_SHARE, MODE_NAMES

MAX_EVENTS = 4
MIN_OVERLAP_SUM = 1.005


def carried(report: Report) -> Html:
    """A bar for each mode, the largest first; nothing if no mode carries any of the risk."""
    found = report.answers.carried
    if found is None:
        return EMPTY
    modes = {mode: part for mode, part in found.modes.items() if defined(part) and abs(part) >= MIN_SHARE}
    if not modes:
        return EMPTY
    rows = [
        _row(mode, part, found) for mode, part in sorted(modes.items(), key=lambda row: (-row[1], row[0]))
    ]
    if defined(found.rest) and found.rest >= MIN_SHARE:
        rows.append(_bar("events without a stated mode", found.rest, EMPTY))
    overlap = sum(modes.values()) + (found.rest or 0.0) > MIN_OVERLAP_SUM
    note = "Share of the risk that would go if the mode never occurred."
    note += " Shares overlap where a catastrophe needs several." if overlap else ""
    return join(
        [
            tag("h2", "What carries the risk", class_="h3"),
            tag("ul", *rows, class_="plain"),
            tag("p", note, class_="sub"),
        ]
    )


def _row(mode: str, part: float, found: Carrying) -> Html:
    own = found.events
    events = sorted(found.members[mode], key=lambda name: (-(own.get(name) or 0.0), name))
    several = len(events) > 1
    named: list[Html] = []
    for name in events[:MAX_EVENTS]:
        said = f" {share(own[name])}" if several and name in own else ""
        named.append(join([identifier(name), said]))
    more = [join([f"{len(events) - MAX_EVENTS} more"])] if len(events) > MAX_EVENTS else []
    return _bar(MODE_NAMES.get(mode, mode), part, join([*named, *more], between=", "))


def _bar(said: str, part: float, members: Html) -> Html:
    head = share(part) if part >= 0 else f"prevents {share(-part)}"
    tone = "fill-bad" if part >= 0 else "fill-good"
    drawn = [marks.bar(0, 1, 2, 6, "fill-faint"), marks.bar(0, min(abs(part), 1.0), 2, 6, tone)]
    return tag(
        "li",
        tag("div", tag("span", said), tag("b", head), class_="row"),
        marks.chart(11, *drawn),
        tag("span", members, class_="members") if members else None,
    )
