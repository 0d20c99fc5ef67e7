"""What breaks it: the catastrophic risk, and how far violations take it, on one logarithmic axis."""

from collections.abc import Iterator
from dataclasses import dataclass

from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import identifier, limit, mean_of, percent, with_interval
from sensa.reports.result.answers import Measure, Number

MIN_WORSE_RATIO = 1.01  # times a risk: what counts as worse than it
TIED_RATIO = 0.99
GRID_REACH = 20  # how far the grid goes beyond a row, to meet that of the next where rows are tall


@dataclass(frozen=True)
class Rung:
    """A set of assumptions and the catastrophic risk that it gives."""

    said: str
    members: Html
    risk: float


def ladder(report: Report) -> Html:
    """A row for the risk as stated, and one for each rung."""
    title = tag("h2", "What breaks it: the risk of catastrophe, logarithmic", class_="h3")
    measure = report.catastrophic
    if measure is None or not defined(measure.mean):
        return EMPTY
    found = list(rungs(report))
    scale = stated_scale(report, measure)
    rows = [
        tag("tr", tag("td"), tag("td", _limit(report, scale), class_="strip"), tag("td")),
        _stated(report, measure, scale, last=not found),
        *(_rung(report, rung, measure.mean, scale, last=i == len(found) - 1) for i, rung in enumerate(found)),
        tag("tr", tag("td"), tag("td", _axis(scale), class_="strip"), tag("td")),
    ]
    return join([title, tag("table", tag("tbody", *rows), class_="ends log"), _why(found)])


def scale_of(measure: Measure, risks: list[float]) -> marks.LogScale:
    """The axis that holds the risk, its interval and these risks."""
    low, _ = measure.between()
    third = (measure.mean or 0.0) / 3
    return marks.LogScale.down_to([value for value in (low, third, *risks) if value is not None])


def stated_scale(report: Report, measure: Measure) -> marks.LogScale:
    """The axis that holds the risk as stated and with violations."""
    return scale_of(measure, [rung.risk for rung in rungs(report)])


def rungs(report: Report) -> Iterator[Rung]:
    """Nothing violated, the worst one, the worst two, all."""
    risks = {one.assumption: one.catastrophic for one in report.effects if defined(one.catastrophic)}
    if not risks or report.violations is None:
        return
    floor = report.risks(report.violations.all_hold)[0] if report.violations.all_hold else None
    if defined(floor):
        yield Rung("if all hold", EMPTY, floor)
    worst = max(risks.values())
    ones = [name for name, risk in risks.items() if risk >= TIED_RATIO * worst]
    yield Rung("worst one violated", identifier(ones[0]) if len(ones) == 1 else _any(len(ones)), worst)
    two, risk = _worst_pair(report)
    if len(two) == 2 and risk > worst * MIN_WORSE_RATIO:
        yield Rung("worst two violated", _both(two, ones), risk)
    ceiling = report.risks(report.violations.all_violated)[0] if report.violations.all_violated else None
    if defined(ceiling) and len(risks) > 1:
        yield Rung("all violated", EMPTY, ceiling)


def _any(n: int) -> Html:
    return join([f"any of {n}"])


def _both(two: tuple[str, ...], ones: list[str]) -> Html:
    others = [name for name in two if name not in ones[:1]]
    return join([join(["and "]) if len(others) == 1 else None, *_listed(others)])


def _listed(names: list[str]) -> Iterator[Html]:
    for i, name in enumerate(names):
        if i:
            yield join([" and ", tag("br")])
        yield identifier(name)


def _worst_pair(report: Report) -> tuple[tuple[str, ...], float]:
    pairs: dict[tuple[str, ...], Number] = {
        (one, other): report.risks(row)[0]
        for one, others in report.answers.both_violated.items()
        for other, row in others.items()
        if one < other
    }
    known = {two: risk for two, risk in pairs.items() if defined(risk)}
    best = max(known, key=lambda two: known[two], default=())
    return best, known.get(best, 0.0)


def _why(found: list[Rung]) -> Html | None:
    """Why all violated may be better than some violated."""
    risks = {rung.said: rung.risk for rung in found}
    most = max((risk for said, risk in risks.items() if said != "all violated"), default=0.0)
    if risks.get("all violated", most) * MIN_WORSE_RATIO >= most:
        return None
    return tag(
        "p", "All violated is not the worst: a plan that stops early can do less harm.", class_="sub note"
    )


def _marked(report: Report, scale: marks.LogScale, height: float, above: float, below: float) -> Html:
    """The grid, and the line of the limit."""
    line = (
        None if report.limit is None else marks.upright(scale(report.limit), -above, height + below, "limit")
    )
    return join([scale.grid(-above, height + below), line])


def _limit(report: Report, scale: marks.LogScale) -> Html:
    if report.limit is None:
        return marks.chart(18)
    said = f"its limit {limit(report.limit)}" if report.own_limits else f"{limit(report.limit)} mark"
    x = scale(report.limit)
    anchor = "start" if x < 0.3 else "end" if x > 0.8 else "middle"
    return marks.chart(18, marks.label(x, 14, said, "t-bad", anchor))


def _stated(report: Report, measure: Measure, scale: marks.LogScale, *, last: bool) -> Html:
    values = [measure.quantiles.get(level) for level in (0.05, 0.25, 0.75, 0.95)]
    low, quarter, three_quarters, high = (value or 0.0 for value in values)
    before = _before(report)
    drawn = [
        _marked(report, scale, 38, 0, 2 if last else GRID_REACH),
        *([marks.bar(scale(low), scale(high), 10, 18, "fill-bad-soft", round_=3)] if any(values) else []),
        *([marks.bar(scale(quarter), scale(three_quarters), 10, 18, "fill-bad-mid")] if any(values) else []),
        marks.dot(scale(measure.mean or 0.0), 19, 7, "fill-bad"),
        None if before is None else marks.dot(scale(before), 19, 4.5, "hollow"),
    ]
    said = "" if before is None else f"; before, hollow, {percent(before)}"
    return tag(
        "tr",
        tag("td", "as stated", *([tag("br"), tag("span", "○ before", class_="id")] if said else [])),
        tag(
            "td", marks.chart(38, *drawn, label=f"as stated: {with_interval(measure)}{said}"), class_="strip"
        ),
        tag("td", mean_of(measure), class_="n big t-bad"),
        class_="now-row",
    )


def _before(report: Report) -> float | None:
    """The risk of the base, if there is one that states the same outcomes and it prints otherwise."""
    since, now = report.result.since, report.base.catastrophic
    if since is None or since.comparison is None or not defined(now):
        return None
    bad = [one.before for one in since.comparison.outcomes if one.kind == "catastrophic"]
    known = [value for value in bad if defined(value)]
    total = sum(known)
    return total if known and len(known) == len(bad) and percent(total) != percent(now) else None


def _rung(report: Report, rung: Rung, now: float, scale: marks.LogScale, *, last: bool) -> Html:
    tone = "bad" if rung.risk > now else "good"
    drawn = [
        _marked(report, scale, 30, GRID_REACH, 2 if last else GRID_REACH),
        marks.across(15, f"stem {tone}", scale(now), scale(rung.risk)),
        marks.dot(scale(rung.risk), 15, 5.5, f"fill-{tone}"),
    ]
    return tag(
        "tr",
        tag("td", rung.said, *([tag("br"), rung.members] if rung.members else [])),
        tag("td", marks.chart(30, *drawn, label=f"{rung.said}: {percent(rung.risk)}"), class_="strip"),
        tag("td", percent(rung.risk), class_="n big"),
    )


def _axis(scale: marks.LogScale) -> Html:
    return marks.chart(18, scale.ticks(14), marks.across(0))
