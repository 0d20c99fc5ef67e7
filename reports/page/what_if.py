"""What if: levers on credences, safeguards and events; scripts compute the answer."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sensa.reports.number_format import count, defined
from sensa.reports.page import marks
from sensa.reports.page.ladder import stated_scale
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.what_if_data import data, encoded, meeting, properties, stated
from sensa.reports.page.words import KINDS, NAMES, TONES, identifier, kind_mark, limit, spaced
from sensa.reports.result.answers import Measure
from sensa.reports.result.carried_by import MODE_NAMES

if TYPE_CHECKING:
    from sensa.methods.what_if import Lever, WhatIf
    from sensa.properties.recomputed import Recomputed

OFF = {"assumption": "Violated", "safeguard": "Off", "event": "Never"}
HEADS = {
    "assumption": "",
    "safeguard": "Safeguards: how often they work when needed",
    "event": "Events: how likely they are where they can happen",
}
FOLDED = "event"
EXPLAINED = (
    "Set how likely each claim is, or let it be violated; everything is computed again here, from the "
    "story’s decision diagram. A claim that is moved no longer depends on its cases and challenges. "
)


def shown(report: Report) -> bool:
    """Whether the page says anything of it."""
    return _found(report) is not None


def scripted(report: Report) -> bool:
    """Whether there is something to move, once scripts have made it work."""
    return not isinstance(_found(report), str)


def _found(report: Report) -> "WhatIf | str | None":
    found = None if report.result.source is None else report.result.source.what_if
    measure = report.catastrophic
    if (
        measure is None
        or not defined(measure.mean)
        or (not isinstance(found, str) and found and not found.levers)
    ):
        return None
    return found


def what_if(report: Report) -> Html:
    """The section, hidden until scripts have made it work; or why there is none."""
    found, measure = _found(report), report.catastrophic
    if found is None or measure is None:
        return EMPTY
    if isinstance(found, str):
        head = tag("h2", "What if?")
        return tag("section", head, tag("p", f"No what-if: {found}.", class_="sub"), id=report.id("what-if"))
    levers = _ordered(report, found.levers)
    line = (
        f"The red stroke is where the risk would be {limit(report.limit)}, everything else as it is set."
        if report.limit is not None
        else ""
    )
    return tag(
        "section",
        tag("h2", "What if?"),
        tag("p", EXPLAINED, line, class_="sub"),
        tag("div", tag("div", *_groups(report, levers)), _panel(report, found, measure), class_="what"),
        tag(
            "script",
            Html(encoded(data(report, found, levers))),
            type="application/json",
            class_="what-if-data",
        ),
        id=report.id("what-if"),
        class_="what-if",
        hidden=True,
    )


def _ordered(report: Report, levers: "Sequence[Lever]") -> "list[Lever]":
    """Assumptions by what they do to the risk, then safeguards, then events."""
    kinds = list(OFF)
    reach = {one.assumption: i for i, one in enumerate(report.effects)}
    return sorted(levers, key=lambda lever: (kinds.index(lever.kind), reach.get(lever.name, 0)))


def _groups(report: Report, levers: "Sequence[Lever]") -> Iterator[Html]:
    numbered = enumerate(levers)
    for kind, group in groupby(numbered, key=lambda one: one[1].kind):
        rows = [_lever(report, lever, i) for i, lever in group]
        if kind == FOLDED:
            yield tag("details", tag("summary", HEADS[kind]), *rows)
        else:
            yield join([tag("h3", HEADS[kind], class_="gap") if HEADS[kind] else None, *rows])


def _lever(report: Report, lever: "Lever", i: int) -> Html:
    """A slider with its marks and buttons."""
    name = report.id(f"lever-{i}")
    slider = tag("input", id=name, type="range", min="0", max="100", step="0.1", disabled=not lever.slides)
    stated = tag("span", tag("span", "stated"), class_="mark stated", aria_hidden="true")
    tip = tag("span", tag("span", ""), class_="mark tip", aria_hidden="true", hidden=True)
    off = tag(
        "button",
        OFF[lever.kind],
        type="button",
        class_="off",
        aria_pressed="false",
        aria_label=f"{OFF[lever.kind]}: {lever.name}",
    )
    back = tag(
        "button", "↺", type="button", class_="back", aria_label=f"As stated: {lever.name}", title="As stated"
    )
    return tag(
        "div",
        tag(
            "div",
            tag("label", authored(_claim(report, lever)), for_=name),
            tag("output", for_=name),
            class_="head",
        ),
        tag(
            "div",
            tag("div", slider, stated, tip, class_="range"),
            tag("div", off, " ", back),
            class_="track",
        ),
        class_="lever",
    )


def _claim(report: Report, lever: "Lever") -> str:
    document = report.document
    if document is None:
        return spaced(lever.name)
    tables: Mapping[str, Mapping[str, Any]] = {
        "assumption": document.assumptions,
        "safeguard": document.safeguards,
        "event": document.events,
    }
    return tables[lever.kind][lever.name].claim or spaced(lever.name)


def _panel(report: Report, found: "WhatIf", measure: Measure) -> Html:
    """What the story then ends in; the numbers are written by scripts."""
    numbers = [
        tag(
            "div",
            tag("b", class_=f"t-{TONES[kind]} now-{kind}"),
            tag("span", kind_mark(kind), f" {NAMES[kind]}"),
            tag("span", class_=f"was-{kind}"),
        )
        for kind in KINDS
    ]
    stack = [tag("rect", class_=f"move fill-{TONES[kind]} part-{kind}", y=0, height=22) for kind in KINDS]
    outcomes = [
        tag("tr", tag("td", kind_mark(one.kind), f" {spaced(name)}"), tag("td", class_="n outcome"))
        for name, one in report.answers.outcomes.items()
    ]
    modes = [
        tag("tr", tag("td", f"carried by {MODE_NAMES.get(mode, mode)}"), tag("td", class_="n mode"))
        for mode in found.modes
    ]
    judged = [
        tag("tr", tag("td", *_property(one)), tag("td", stated(report, one.property), class_="n met"))
        for one in properties(report)
    ]
    how = f"Computed here from a diagram of {count(found.nodes)} nodes: means exact."
    if not found.exact:
        how = (
            f"Computed here from a diagram of {count(found.nodes)} nodes, at {count(len(found.p))} of the "
            "run’s points, so the last digit may differ from a run."
        )
    return tag(
        "div",
        tag("div", *numbers, class_="nums"),
        tag("svg", *stack, width="100%", height=22, aria_hidden="true"),
        tag("p", class_="said", aria_live="polite"),
        tag(
            "div",
            _axis(report, measure),
            tag("table", tag("tbody", *outcomes, *modes, *judged), class_="outs"),
            class_="wide",
        ),
        tag("p", *_buttons(report)),
        tag("p", how, class_="sub wide"),
        class_="panel",
        role="group",
        aria_label="The plan then ends",
    )


def _property(one: "Recomputed") -> Iterator[Html]:
    yield identifier(one.property)
    if one.why_not:
        yield tag("span", f"as of the run: {one.why_not}", class_="members")


def _axis(report: Report, measure: Measure) -> Html:
    """The risk on a logarithmic axis: hollow as stated, filled as moved."""
    scale = stated_scale(report, measure)
    line = None if report.limit is None else marks.upright(scale(report.limit), 4, 40, "limit")
    return marks.chart(
        60,
        scale.grid(8, 40),
        line,
        marks.dot(scale(measure.mean or 0.0), 23, 6, "hollow"),
        tag("circle", class_="move fill-bad risk", cy=23, r=6),
        scale.ticks(55),
        label="Risk of catastrophe, logarithmic; hollow: as stated",
    )


def _buttons(report: Report) -> Iterator[Html]:
    yield tag("button", "All as stated", type="button", class_="reset")
    move = meeting(report)
    if move is not None:
        said = f"Nearest joint move to {limit(move['limit'])}"
        yield join([" ", tag("button", said, type="button", class_="meet")])
