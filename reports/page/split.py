"""How it ends: the kinds of outcomes in one bar, and each outcome with its interval."""

from collections.abc import Iterator

from sensa.reports.number_format import compact, defined
from sensa.reports.page import marks
from sensa.reports.page.markup import Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import (
    KINDS,
    NAMES,
    TONES,
    between,
    kind_mark,
    mean_of,
    percent,
    spaced,
    with_interval,
)
from sensa.reports.result.answers import Measure, Outcome


def ends(report: Report) -> Html:
    """The split by kind, and a row for each outcome."""
    rows = [_row(name, outcome) for name, outcome in report.answers.outcomes.items()]
    return join(
        [
            tag("h2", "How it ends", class_="h3"),
            _split(report),
            tag("table", tag("tbody", *rows), class_="ends"),
            _note(report),
        ]
    )


def _split(report: Report) -> Html | None:
    """One bar for all kinds, with their names above it as text that may wrap."""
    found = {kind: report.of_kind(kind) for kind in KINDS}
    means = {kind: measure.mean for kind, measure in found.items() if measure and defined(measure.mean)}
    if not means:
        return None
    texts = {kind: mean_of(measure) for kind, measure in found.items() if measure and kind in means}
    heads = [
        tag("span", kind_mark(kind), f" {NAMES[kind]} {text}", class_=f"t-{TONES[kind]}")
        for kind, text in texts.items()
    ]
    said = ", ".join(f"{NAMES[kind]} {text}" for kind, text in texts.items())
    bars = marks.chart(30, *stacked(means, 30), label=f"How it ends: {said}")
    return join([tag("p", *heads, class_="heads"), bars])


def stacked(means: dict[str, float], height: float) -> Iterator[Html]:
    """The kinds side by side, in shares of the width."""
    x = 0.0
    for kind, mean in means.items():
        yield marks.bar(x, x + mean, 0, height, f"fill-{TONES[kind]}")
        if x:
            yield marks.upright(x, 0, height, "seam")
        x += mean


def _row(name: str, outcome: Outcome) -> Html:
    tone, measure = TONES[outcome.kind], outcome.probability
    return tag(
        "tr",
        tag("td", kind_mark(outcome.kind), f" {spaced(name)}"),
        tag("td", mean_of(measure), class_="n big"),
        tag("td", strip(spaced(name), measure, tone), class_="strip"),
        tag("td", between(measure), class_="n t-safe q90"),
    )


def strip(name: str, measure: Measure, tone: str) -> Html:
    """A mean and its interval on the line from 0 to 1."""
    low, high = measure.between()
    if not defined(measure.mean):
        return marks.chart(20, marks.across(10), label=f"{name}: not defined")
    low, high = (low, high) if defined(low) and defined(high) else (measure.mean, measure.mean)
    return marks.chart(
        20,
        marks.across(10),
        marks.interval(marks.plain, low, measure.mean, high, 10, tone),
        label=f"{name}: {with_interval(measure)}",
    )


def _note(report: Report) -> Html:
    safely = report.answers.failing_safely
    said = ""
    if safely is not None and defined(safely.mean):
        said = f" Of its failures, {percent(safely.mean)} are safe"
        said += f" ({between(safely)})." if between(safely) else "."
    loss = report.answers.loss
    if loss is not None and defined(loss.mean):
        said += f" Expected loss: {compact(loss.mean)}."
    about = report.answers.notes.get("outcomes", "")
    doubt = join([" Note: ", authored(about), "."]) if about else None
    bars = f"Dot: mean. Bar: 90 % interval.{said}".replace(" %", "\N{NO-BREAK SPACE}%")
    return tag("p", bars, doubt, class_="sub note")
