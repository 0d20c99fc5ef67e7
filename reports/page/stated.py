"""Results that a source states, beside what the parts give, and how the story ends given an observation."""

from collections.abc import Iterator

from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import kind_mark, percent, spaced
from sensa.reports.result.stated_lines import comparisons


def stated(report: Report) -> Html:
    """A row for each stated result; nothing without any."""
    data = report.answers.others.get("stated")
    found = [] if data is None else list(comparisons(data))
    rows = [
        tag(
            "tr",
            tag("td", tag("code", authored(one.measure))),
            tag("td", authored(one.gap), tag("div", authored(one.closing)) if one.closing else None),
            tag("td", authored(one.source), class_="soft"),
        )
        for one in found
    ]
    if not rows:
        return EMPTY
    head = tag("h2", "What sources state, and what the parts give", class_="h3")
    return tag("div", head, tag("table", tag("tbody", *rows), class_="way"), class_="block")


def given(report: Report) -> Html:
    """How it ends under an observation, beside how it ends without it; nothing without one."""
    data = report.answers.others.get("given")
    if data is None:
        return EMPTY
    values = {name: one["values"] for name, one in data["variables"].items()}
    names, of = (data["coordinates"][key]["values"] for key in ("output", "of"))
    head = tag(
        "tr", tag("th", "How it ends"), tag("th", "given it", class_="n"), tag("th", "in all", class_="n")
    )
    rows = [
        tag("tr", tag("td", *_named(report, name, kind)), *(tag("td", percent(p), class_="n") for p in pair))
        for name, kind, *pair in zip(names, of, values["mean"], values["before"], strict=True)
    ]
    return tag(
        "div",
        tag("h2", "Given ", authored(str(data["coordinates"]["given"]["values"])), class_="h3"),
        tag(
            "p",
            f"An observation, not an intervention; its probability is {percent(values['probability'])}.",
            class_="sub",
        ),
        tag("table", tag("thead", head), tag("tbody", *rows), class_="since"),
        class_="block",
    )


def _named(report: Report, name: str, kind: str) -> Iterator[Html]:
    known = report.answers.outcomes.get(name) if kind == "outcome" else None
    yield join([kind_mark(known.kind) if known else None, " ", authored(spaced(name))])
