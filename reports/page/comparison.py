"""Several stories side by side: how each ends, and what is worst for it."""

from collections.abc import Sequence

from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.ladder import scale_of
from sensa.reports.page.markup import EMPTY, Html, authored, tag
from sensa.reports.page.report import Report
from sensa.reports.page.split import stacked
from sensa.reports.page.words import KINDS, identifier, mean_of, percent, with_interval


def comparison(reports: Sequence[Report]) -> Html:
    """A row for each story, the first as the base of the changes; nothing for fewer than two."""
    measured = [report for report in reports if report.catastrophic and defined(report.catastrophic.mean)]
    if len(measured) < 2:
        return EMPTY
    lows = [value for report in measured for value in _ends(report)]
    first = measured[0].catastrophic
    assert first is not None
    scale = scale_of(first, lows)
    head = tag(
        "tr",
        tag("th", "Story"),
        tag("th", "How it ends"),
        tag("th", "Catastrophe", class_="n t-bad"),
        tag("th", "on a logarithmic axis"),
        tag("th", "if the worst one is violated"),
    )
    rows = [_row(report, scale) for report in measured]
    axis = tag(
        "tr",
        *[tag("td")] * 3,
        tag("td", marks.chart(18, marks.across(0), scale.ticks(14)), class_="strip"),
        tag("td"),
    )
    return tag(
        "section",
        tag("h1", f"{len(reports)} training stories", class_="lede"),
        tag("table", tag("thead", head), tag("tbody", *rows, axis), class_="comparison"),
        class_="first wrap",
        id="comparison",
    )


def _ends(report: Report) -> list[float]:
    measure = report.catastrophic
    return [] if measure is None else [x for x in (*measure.between(), measure.mean) if defined(x)]


def _row(report: Report, scale: marks.LogScale) -> Html:
    measure = report.catastrophic
    assert measure is not None
    mean = measure.mean or 0.0
    low, high = (x if defined(x) else mean for x in measure.between())
    kinds = {kind: report.of_kind(kind) for kind in KINDS}
    means = {kind: one.mean for kind, one in kinds.items() if one and defined(one.mean)}
    said = ", ".join(f"{kind.replace('_', ' ')} {percent(value)}" for kind, value in means.items())
    worst = max(report.effects, key=lambda one: one.catastrophic or 0.0, default=None)
    return tag(
        "tr",
        tag("td", tag("a", authored(report.title), href=f"#{report.id('story-start')}")),
        tag("td", marks.chart(22, *stacked(means, 22), label=said), class_="strip"),
        tag("td", mean_of(measure), class_="n big t-bad"),
        tag(
            "td",
            marks.chart(
                22, scale.grid(-4, 26), marks.interval(scale, low, mean, high, 11, "bad"),
                label=with_interval(measure),
            ),
            class_="strip",
        ),
        tag("td", f"{percent(worst.catastrophic)} ", identifier(worst.assumption)) if worst else tag("td"),
    )  # fmt: skip
