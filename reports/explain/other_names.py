"""Explanations of names other than nodes, numbers and outcomes: kinds, options, phases, tags, codes."""

import re
from collections.abc import Callable, Iterator, Mapping

from sensa.reports.explain.names import SAFELY
from sensa.reports.explain.subject import About, labels, sets
from sensa.reports.layout import listed
from sensa.reports.number_format import compact, defined, interval, percent
from sensa.reports.result import ranking
from sensa.reports.result.answers import Expectation, Measure
from sensa.reports.result.carried_by import share
from sensa.reports.result.from_tree import number
from sensa.stories import traversal
from sensa.stories.checking.all_checks import check
from sensa.stories.codes import CODES
from sensa.stories.dependencies import reads
from sensa.stories.numbers.pooled_experts import weights_of

MAX_NAMES = 8
MEANING = {
    "success": "the plan works",
    "fail_safe": "the plan fails without a catastrophe",
    "catastrophic": "the plan fails in a way that must not happen",
    "failure": "any outcome but a success: the kinds fail_safe and catastrophic together",
    SAFELY: "the chance that the story ends in an outcome of the kind fail_safe, given that it fails",
    "expected loss": "the sum over outcomes of probability times stated loss",
}
Facts = Iterator[tuple[str, str]]


def facts(about: About) -> Facts:
    """Pairs of a label and a text."""
    explain = _FACTS.get(about.kind)
    if explain is not None:
        yield from explain(about)


def _kind(about: About) -> Facts:
    yield "means", MEANING[about.name]
    failing = about.name == "failure"
    ends = about.found.outcomes.items()
    of = [n for n, end in ends if end.kind == about.name or (failing and end.kind != "success")]
    yield "outcomes", ", ".join(of) or "none"
    if failing:
        yield "likely", percent(ranking.total(ranking.means(about.found), of))
        safely = about.found.failing_safely
        if safely is not None and defined(safely.mean):
            yield "safe", f"{percent(safely.mean)} of failures"
    elif about.name in about.found.kinds:
        yield "likely", _spread(about.found.kinds[about.name])
    carried = about.found.carried
    if about.name == "catastrophic" and carried is not None:
        ranked = ranking.largest_first(
            list(carried.modes.items()), lambda row: (abs(row[1] or 0.0),), lambda row: row[0]
        )
        modes = [f"{share(part)} {mode}" for mode, part in ranked if part]
        if modes:
            yield "carried by", f"{', '.join(modes)} (the share of the risk that would disappear without it)"
    yield from sets(about, (about.name,), lambda members: True)


def _measure(about: About) -> Facts:
    yield "means", MEANING[about.name]
    if about.name == SAFELY:
        safely = about.found.failing_safely
        if safely is not None:
            note = about.found.notes.get("failing_safely", "the story never fails")
            yield "value", _spread(safely) if defined(safely.mean) else f"not defined: {note}"
        return
    loss = about.found.loss
    if loss is None:
        yield "value", "no outcome has a stated `loss`"
        return
    low, high = loss.between()
    ends = f" (90 % interval {compact(low)} to {compact(high)})" if defined(low) and defined(high) else ""
    yield "value", f"{compact(loss.mean)}{ends}"
    stated = [(n, o.loss) for n, o in about.story.document.outcomes.items() if o.loss is not None]
    yield "stated for", ", ".join(n for n, _ in stated)


def _option(about: About) -> Facts:
    choice, option = about.name.split(": ")
    of = about.story.document.choices[choice]
    yield "of", f"{choice}, a choice of {', '.join(of.options)}"
    if of.claim:
        yield "claim", of.claim
    if of.options[option].tags:
        yield "tags", ", ".join(of.options[option].tags)
    for rule in of.constraints:
        if option in rule.excludes:
            yield "excluded", f"where {rule.condition or 'true'}" + (f" ({rule.part})" if rule.part else "")
    for nudge in of.nudges:
        if option in nudge.odds:
            yield "nudged", f"where {nudge.condition or 'true'}" + (f" ({nudge.part})" if nudge.part else "")
    for row in of.rows:
        if option in row.chances:
            case = " and ".join(traversal.row_tests(row).values())
            yield (
                "chance",
                f"{_written(row.chances[option])} {f'where {case}' if case else 'in all other cases'}",
            )
    data = about.dataset("nodes")
    if data is not None and about.name in labels(data, "node"):
        yield "likely", f"picked with probability {percent(number(data['chance'].sel(node=about.name)))}"
    readers = [t.owner for t in traversal.texts(about.story.document) if _names(t.text, choice, option)]
    if readers:
        yield "read by", ", ".join(dict.fromkeys(readers))


def _names(text: str, choice: str, option: str) -> bool:
    """Whether an expression names an option, alone or in a comparison."""
    choice, option = re.escape(choice), re.escape(option)
    compared = rf'\b{choice}\s*[!=]=\s*"{option}"'
    return re.search(rf"\b{choice}\.{option}\b|{compared}", text) is not None


def _phase(about: About) -> Facts:
    document, first = about.story.document, 1
    for phase in document.phases:
        if phase.name == about.name:
            last = first + phase.repeat - 1
            yield "steps", f"step {first}" if last == first else f"steps {first} to {last}"
            for axis, form in phase.axes.items():
                yield "axis", f"{axis} = {_written(form)}"
        first += phase.repeat
    quoted = re.compile(rf'\bphase\s*[!=]=\s*"{re.escape(about.name)}"')
    readers = [text.owner for text in traversal.texts(document) if quoted.search(text.text)]
    yield "read by", ", ".join(dict.fromkeys(readers)) or "nothing names it"
    here = [i for i, phase in enumerate(about.found.phases) if phase == about.name]
    risk = about.found.cumulative.get("catastrophic", ())
    if here and risk:
        risk_by_end = f"of a catastrophe by its end: {percent(risk[here[-1]])}"
        before = risk[here[0] - 1] if here[0] else 0.0
        yield "chance", f"{risk_by_end}; before it: {percent(before)}"


def _axis(about: About) -> Facts:
    document = about.story.document
    for phase in document.phases:
        if about.name in phase.axes:
            yield "value", f"{_written(phase.axes[about.name])} in {phase.name}"
    readers = [t.owner for t in traversal.texts(document) if any(about.name == n for n, _ in reads(t))]
    yield "read by", ", ".join(dict.fromkeys(readers)) or "nothing reads it"


def _criterion(about: About) -> Facts:
    document = about.story.document
    text = document.criteria.get(about.name)  # type: ignore[call-overload]
    mine = [name for name, one in document.assumptions.items() if traversal.criterion_of(one) == about.name]
    if text is not None:
        yield "means", f"that {text} (stated by the story)"
    elif mine:
        yield "means", f"that all of its assumptions hold: {', '.join(mine)}"
    else:
        yield "means", "nothing in this story: no assumption belongs to it"
    if about.name in about.found.criteria:
        yield "likely", _spread(about.found.criteria[about.name])


def _part(about: About) -> Facts:
    table, key = about.name.split(".")
    written = getattr(getattr(about.story.document, table), key)
    for text in (written,) if isinstance(written, str) else written:
        yield "says", text
    for name, one in about.story.document.assumptions.items():
        if one.part == about.name:
            yield "assumes", f"{name}: {one.claim}"
    for name, choice in about.story.document.choices.items():
        parts = [*(rule.part for rule in choice.constraints), *(nudge.part for nudge in choice.nudges)]
        if about.name in parts:
            yield "shapes", name


def _mode(about: About) -> Facts:
    yield "means", "a failure mode, which classifies events"
    if about.name == "unmodelled":
        yield "covers", "everything the author did not think of"
    events = [(name, e.claim) for name, e in about.story.document.events.items() if e.mode == about.name]
    for name, claim in events:
        yield "event", f"{name}: {claim}" if claim else name
    if not events:
        yield "event", "the story has none of this mode"
    carried = about.found.carried
    if carried is not None and defined(carried.modes.get(about.name)):
        part = share(carried.modes[about.name])
        yield "carries", f"{part} of the risk, which would disappear if none of these could happen"


def _expectation(about: About) -> Facts:
    yield "means", "the value of a measure that `[expect]` states"
    expected = about.found.expectations.get(about.name)
    if expected is not None:
        yield "stated", f"{expected.stated:g} within {expected.within:g}"
        error = f" (standard error {compact(expected.error)})" if expected.error else ""
        computed = "not defined" if not defined(expected.value) else f"{expected.value:.6g}{error}"
        yield "computed", f"{computed}:  {'met' if expected.met else 'not met'}{_up_to(expected)}"


def _up_to(expected: Expectation) -> str:
    return "" if expected.decided else ", up to the sampling error"


def _stated_result(about: About) -> Facts:
    yield "means", "what a source says that a measure is; no test"
    said = about.story.document.stated[about.name]
    yield "stated", f"{said.value:g} ({said.source})"
    found = about.found.others.get("stated", {})
    measures = found["coordinates"]["measure"]["values"] if found else []
    if about.name in measures:
        value = found["variables"]["value"]["values"][measures.index(about.name)]
        yield "computed", f"{value:.6g}" if defined(value) else "not defined"


def _experts(about: About) -> Facts:
    yield "means", "whether one expert comes before others in the order of trust, which holds for all numbers"
    for name, weight in weights_of(about.story.document).items():
        yield "expert", f"{name}, of weight {weight:g}"


def _tag(about: About) -> Facts:
    yield "means", "a label of the author's, by which properties and expressions select"
    document = about.story.document
    for table, name, node in traversal.nodes(document):
        if about.name in getattr(node, "tags", ()):
            yield table[:-1], f"{name}: {node.claim}" if node.claim else name
    for name, choice in document.choices.items():
        options = [option for option, one in choice.options.items() if about.name in one.tags]
        if options:
            yield "options", f"{name}: {listed(options)}"
    for name, one in document.properties.items():
        violate = one.forall.violate if one.forall else None
        if violate is not None and about.name in violate.tags:
            yield "property", f"{name}: {one.require}"


def _code(about: About) -> Facts:
    severity, meaning = CODES[about.name]
    yield "means", f"{meaning} ({'an error' if severity == 'error' else 'a warning'})"
    here = [problem for problem in check(about.story) if problem.code == about.name]
    for problem in here[:MAX_NAMES]:
        yield "here", str(problem)
    if len(here) > MAX_NAMES:
        yield "here", f"and {len(here) - MAX_NAMES} more"
    for allowed in about.story.document.allow:
        if allowed.warning == about.name:
            yield "turned off", f"for {allowed.item}: {allowed.reason}"


def _spread(measure: Measure) -> str:
    ends = interval(*measure.between())
    return percent(measure.mean) + (f" (90 % interval {ends})" if ends else "")


def _written(form: object) -> str:
    return f"{form:g}" if isinstance(form, int | float) else form if isinstance(form, str) else "uncertain"


_FACTS: Mapping[str, Callable[[About], Facts]] = {
    "kind": _kind,
    "measure": _measure,
    "option": _option,
    "phase": _phase,
    "axis": _axis,
    "criterion": _criterion,
    "part": _part,
    "mode": _mode,
    "expectation": _expectation,
    "experts": _experts,
    "stated result": _stated_result,
    "tag": _tag,
    "code": _code,
}
