"""When it ends: each outcome by step, and the risk by the end of each phase."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import KINDS, NAMES, TONES, kind_mark, percent, spaced
from sensa.reports.result.answers import Number, Outcome

HEIGHT, BASE = 84, 106  # of the longest column, and of the line they stand on
MAX_LABELS = 8  # columns that have a number each
MAX_CHARACTERS = 40  # of the names of all steps side by side, on a phone


def steps(report: Report) -> Html:
    """A chart for each outcome but success; nothing for a story of one step."""
    phases = report.answers.phases
    if len(phases) < 2:
        return EMPTY
    names = step_names(phases)
    said = _numbered(names)
    charts = [
        _chart(name, outcome, names)
        for name, outcome in report.answers.outcomes.items()
        if outcome.kind != "success"
    ]
    return tag(
        "section",
        tag("h2", "When it ends"),
        tag("p", f"Probability of ending so at each step. Each chart has its own scale.{said}", class_="sub"),
        tag("div", *charts, class_="two"),
        _by_phase(report, phases),
        id=report.id("steps"),
    )


def step_names(phases: Sequence[str]) -> list[str]:
    """The phase of each step, numbered where it has several."""
    total, seen = Counter(phases), Counter[str]()
    names = []
    for phase in phases:
        seen[phase] += 1
        names.append(f"{spaced(phase)} {seen[phase]}" if total[phase] > 1 else spaced(phase))
    return names


def _fit(names: Sequence[str]) -> bool:
    """Whether the names of the steps fit below their columns; else the steps are numbered."""
    return len(names) * max(map(len, names)) <= MAX_CHARACTERS


def _numbered(names: Sequence[str]) -> str:
    """What the numbers of the steps stand for, phase by phase."""
    if _fit(names):
        return ""
    said, first = [], 1
    for phase, group in groupby(name.rstrip("0123456789 ") for name in names):
        last = first + len(list(group)) - 1
        said.append(f"{first}{f' to {last}' if last > first else ''} {phase}".rstrip())
        first = last + 1
    return f" Steps: {', '.join(said)}." if any(names) else ""


def _chart(name: str, outcome: Outcome, names: Sequence[str]) -> Html:
    values = [value if defined(value) else 0.0 for value in outcome.by_step]
    most, n = max(values, default=0.0) or 1.0, len(values)
    shown, labels = n <= MAX_LABELS, names if _fit(names) else [f"{i + 1}" for i in range(n)]
    drawn: list[Html] = []
    for i, value in enumerate(values):
        height = HEIGHT * value / most
        drawn.append(
            tag(
                "rect",
                tag("title", f"{names[i]}: {percent(value)}"),
                x=marks.place((i + 0.12) / n),
                width=marks.place(0.76 / n),
                y=BASE - height,
                height=height,
                class_=f"fill-{TONES[outcome.kind]}",
            )
        )
        if shown or value == most:
            drawn.append(marks.label((i + 0.5) / n, BASE - 6 - height, percent(value), "bold", "middle"))
        if shown or i in (0, n - 1):
            anchor = "middle" if shown else "start" if i == 0 else "end"
            x = (i + 0.5) / n if shown else float(i > 0)
            drawn.append(marks.label(x, BASE + 18, labels[i], "soft", anchor))
    said = "; ".join(f"{step} {percent(value)}" for step, value in zip(names, values, strict=True))
    total = percent(outcome.probability.mean)
    return tag(
        "div",
        tag("h3", kind_mark(outcome.kind), f" {spaced(name)}: {total} in all"),
        marks.chart(BASE + 26, *drawn, marks.across(BASE, "base"), label=said),
    )


def _by_phase(report: Report, phases: Sequence[str]) -> Html:
    """By the end of each phase: the probability of having ended in each kind."""
    cumulative = report.answers.cumulative
    if not cumulative:
        return EMPTY
    last = {phase: i for i, phase in enumerate(phases)}
    kinds = [kind for kind in KINDS if kind in cumulative]
    heads = [tag("th", NAMES[kind], class_=f"n t-{TONES[kind]}") for kind in kinds]
    rows = [
        tag(
            "tr",
            tag("td", spaced(phase)),
            *(tag("td", percent(_at(cumulative[kind], i)), class_="n") for kind in kinds),
        )
        for phase, i in last.items()
    ]
    head = tag("tr", tag("th", "By the end of"), *heads)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows), class_="phases"), class_="scroll")


def _at(row: Sequence[Number], i: int) -> Number:
    return row[i] if i < len(row) else None
