"""The four ways to look further, each in a section where the result has it, and whatever else was asked for.

The sentences are those of the terminal's report.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.ladder import scale_of
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.plain_tables import folded
from sensa.reports.page.report import Report
from sensa.reports.page.words import NAMES, SPACE, TONES, identifier, kind_mark, percent, spaced
from sensa.reports.result import (
    axis_lines,
    capability_lines,
    extrapolation_lines,
    goal_lines,
    mode_lines,
    path_lines,
)
from sensa.reports.result.answers import Answers

MAX_MODELS = 12
ELSEWHERE = {"distributions", "specification_audit", "stated", "given"}  # of the page, in places of their own

Plain = Mapping[str, Any]
Sentences = Callable[[Answers, Plain], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Way:
    """A section: its title, what it says, its drawing and sentences."""

    title: str
    explained: str
    drawn: Callable[[Report, Plain], Html]
    sentences: Sentences


def ways(report: Report) -> Html:
    """A section for each way that the result has, in the order of the table."""
    others = report.answers.others
    own = [_way(report, name, way, others[name]) for name, way in WAYS.items() if name in others]
    return join([*own, _others(report)])


def _way(report: Report, name: str, way: Way, data: Plain) -> Html:
    drawn = way.drawn(report, data) if data["variables"] else EMPTY
    note = data["note"] if not data["variables"] else ""
    return tag(
        "section",
        tag("h2", way.title),
        tag("p", way.explained, class_="sub"),
        drawn,
        said(way.sentences(report.answers, data)) if data["variables"] else None,
        tag("p", f"There is nothing: {note}.", class_="sub") if note else None,
        folded(report, name, data),
        id=report.id(name),
    )


def said(sentences: Iterator[tuple[str, str]]) -> Html:
    """Sentences, each with a word on it."""
    rows = [
        tag("div", tag("dt", label), tag("dd", authored(text.replace(" %", f"{SPACE}%"))))
        for label, text in sentences
    ]
    return tag("dl", *rows, class_="facts") if rows else EMPTY


def _others(report: Report) -> Html:
    """The tables of every other analysis that was asked for."""
    found = {
        name: data
        for name, data in report.answers.others.items()
        if name not in WAYS and name not in ELSEWHERE
    }
    parts = [folded(report, name, data, spaced(name).capitalize()) for name, data in found.items()]
    if not any(parts):
        return EMPTY
    return tag("section", tag("h2", "Further analyses"), *parts, id=report.id("others"))


def _capabilities(report: Report, data: Plain) -> Html:
    """A row for each capability: how likely, what it gates, and the risk as it is set, on a log axis."""
    if "gated" not in data["variables"] or report.catastrophic is None:
        return EMPTY
    rows = list(capability_lines.rows(data))
    risks = [value for _, values in rows for value in values[2:] if defined(value)]
    scale, now = scale_of(report.catastrophic, risks), report.catastrophic.mean or 0.0
    heads = ["requires", "is there", "gates", "risk without it (○), with it (●), if missed (◆)"]
    head = tag("tr", *(tag("th", text, class_="n" if 0 < i < 3 else None) for i, text in enumerate(heads)))
    axis = tag(
        "tr", *[tag("td")] * 3, tag("td", marks.chart(18, marks.across(0), scale.ticks(14)), class_="strip3")
    )
    body = [_capability(name, values, scale, now) for name, values in rows]
    table = tag("table", tag("thead", head), tag("tbody", *body, axis), class_="way")
    return report.region("Capabilities", table)


def _capability(name: str, values: list[float], scale: marks.LogScale, now: float) -> Html:
    chance, gates, absent, present, missed = values
    label = f"without it {percent(absent)}, with it {percent(present)}, if missed {percent(missed)}"
    drawn = [
        scale.grid(-4, 30),
        marks.upright(scale(now), -4, 30, "now"),
        marks.across(13, "stem bad", scale(absent or 0.0), scale(present or 0.0))
        if defined(present)
        else None,
        marks.dot(scale(absent or 0.0), 13, 5, "hollow") if defined(absent) else None,
        marks.dot(scale(present), 13, 5, "fill-bad") if defined(present) else None,
        marks.label(scale(missed), 18, "◆", "ink", "middle") if defined(missed) else None,
    ]
    return tag(
        "tr",
        tag("td", identifier(name)),
        tag("td", percent(chance), class_="n"),
        tag("td", percent(gates), class_="n big"),
        tag("td", marks.chart(26, *drawn, label=label), class_="strip3"),
    )


def _extrapolation(report: Report, data: Plain) -> Html:
    """A row for each number: predicted, with its interval, how far beyond, and what the doubt is from."""
    rows = [
        tag(
            "tr",
            tag("td", identifier(one.name)),
            tag("td", percent(one.mean), class_="n big"),
            tag("td", _interval(one), class_="strip3"),
            tag("td", f"{percent(one.low)} to {percent(one.high)}", class_="n"),
            tag("td", f"{one.decades:.1f}", class_="n"),
            tag("td", ", ".join(one.doubt) or extrapolation_lines.UNBOUNDED),
        )
        for one in extrapolation_lines.predictions(data)
    ]
    heads = [
        ("from smaller models", ""),
        ("predicted", "n"),
        ("", ""),
        ("90 % interval", "n"),
        ("decades on", "n"),
        ("doubt from", ""),
    ]
    head = tag(
        "tr",
        *(
            tag("th" if text else "td", text.replace(" %", f"{SPACE}%"), class_=style or None)
            for text, style in heads
        ),
    )
    return (
        report.region("Predictions", tag("table", tag("thead", head), tag("tbody", *rows), class_="way"))
        if rows
        else EMPTY
    )


def _interval(one: extrapolation_lines.Prediction) -> Html:
    drawn = marks.across(10), marks.interval(marks.plain, one.low, one.mean, one.high, 10, "safe")
    return marks.chart(20, *drawn, label=f"{percent(one.mean)} ({percent(one.low)} to {percent(one.high)})")


def _model_space(report: Report, data: Plain) -> Html:
    """A bar for each option; those that conform have a sign."""
    if "posterior" not in data["variables"]:
        return EMPTY
    found = goal_lines.models(data)
    rows = [
        tag(
            "tr",
            tag(
                "td",
                authored(spaced(name)),
                tag("span", " ✓ conforms", class_="t-good") if conforms else None,
            ),
            tag("td", percent(p), class_="n big"),
            tag(
                "td",
                marks.chart(
                    18,
                    marks.bar(0, 1, 5, 8, "fill-faint"),
                    marks.bar(0, p, 5, 8, f"fill-{'good' if conforms else 'safe'}"),
                ),
                class_="strip3",
            ),
        )
        for name, p, conforms in found[:MAX_MODELS]
    ]
    if len(found) > MAX_MODELS:
        rows.append(tag("tr", tag("td", f"and {len(found) - MAX_MODELS} more", class_="soft")))
    return tag("table", tag("tbody", *rows), class_="way")


def _paths(report: Report, data: Plain) -> Html:
    """The likeliest way to each outcome."""
    if "path" not in data["variables"]:
        return EMPTY
    rows = []
    for outcome, part, way in path_lines.likeliest(data):
        known = report.answers.outcomes.get(outcome)
        rows.append(
            tag(
                "tr",
                tag("td", kind_mark(known.kind) if known else None, " ", authored(spaced(outcome))),
                tag("td", percent(part), class_="n big"),
                tag("td", authored(way)),
            )
        )
    heads = tag(
        "tr", tag("th", "to"), tag("th", "share of it", class_="n"), tag("th", "by way of, at which step")
    )
    return tag("table", tag("thead", heads), tag("tbody", *rows), class_="way")


def _axes(report: Report, data: Plain) -> Html:
    """What each axis adds to the risk as deployment leaves training's value of it."""
    effect = data["variables"].get("risk_effect")
    if effect is None:
        return EMPTY
    names, values = data["coordinates"]["axis"]["values"], effect["values"]
    most = max((abs(value) for value in values if defined(value)), default=0.0)
    if not most:
        return EMPTY
    rows = [
        tag(
            "tr",
            tag("td", identifier(str(name))),
            tag("td", f"{100 * value:+.2g} pts", class_="n big"),
            tag(
                "td",
                marks.chart(
                    18,
                    marks.upright(0.5, 0, 18, "base"),
                    marks.bar(0.5, 0.5 + value / most / 2, 5, 8, f"fill-{'bad' if value > 0 else 'good'}"),
                ),
                class_="strip3",
            ),
        )
        for value, name in sorted(zip(values, names, strict=True), key=lambda one: -abs(one[0] or 0.0))
        if defined(value)
    ]
    return tag("table", tag("tbody", *rows), class_="way")


def _modes(report: Report, data: Plain) -> Html:
    """Through which mode, and after which failing criterion, each kind of end came about."""
    parts = [
        report.region(title, _flows(data, title, variable, dimension))
        for title, variable, dimension in (
            ("Ends through, first", "kind_flow", "mode"),
            ("Ends after failing, first", "kind_criterion_flow", "criterion"),
        )
        if variable in data["variables"]
    ]
    return tag("div", *parts, class_="two")


def _flows(data: Plain, title: str, variable: str, dimension: str) -> Html:
    kinds = [str(kind) for kind in data["coordinates"]["kind"]["values"]]
    heads = [tag("th", NAMES.get(kind, kind), class_=f"n t-{TONES.get(kind, 'safe')}") for kind in kinds]
    rows = [
        tag("tr", tag("td", label), *(tag("td", percent(flow), class_="n") for flow in row))
        for label, row in mode_lines.flows(data, variable, dimension)
    ]
    head = tag("tr", tag("th", title), *heads)
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="way")


def _tie(_: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    tied = mode_lines.largest_tie(data) if "tied" in data["variables"] else ""
    yield from ((label, text) for label, text in (("Split", tied), ("Note", data["note"])) if text)


WAYS = {
    "capabilities": Way(
        "What a model must be able to do",
        "What dangerous behaviour requires: how likely that is, the share of the risk that it gates, and the "
        "risk where it is absent, there after all, or missed by elicitation.",
        _capabilities,
        capability_lines.sentences,
    ),
    "extrapolation": Way(
        "What smaller models did",
        "Trials of smaller models, carried to the larger one by a law, with what the doubt is from.",
        _extrapolation,
        extrapolation_lines.sentences,
    ),
    "model_space": Way(
        "Which models training may give",
        "The options, as constraints and nudges leave them. Those that conform meet the specification.",
        _model_space,
        goal_lines.sentences,
    ),
    "paths": Way(
        "Where training may go",
        "The likeliest way to each outcome, and how much of the outcome goes that way.",
        _paths,
        path_lines.sentences,
    ),
    "axes": Way(
        "Which difference from training is the danger",
        "What each axis adds to the risk as deployment leaves training’s value of it (Shapley values).",
        _axes,
        axis_lines.sentences,
    ),
    "modes": Way(
        "Through which failure",
        "What came first on the way to each end. A column adds up to the probability of its kind.",
        _modes,
        _tie,
    ),
}
