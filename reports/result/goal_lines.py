"""The goal in a few lines: whether its specification is safe, and which models training may give."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.reports.layout import Paper, labelled, listed, named
from sensa.reports.number_format import compact, defined, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.ranking import short

MAX_OPTIONS, MAX_RULES, MAX_ASSUMPTIONS, MAX_NUMBERS = 4, 3, 3, 3
MIN_CHANGE = 0.0005  # of the expected miss; less is not mentioned
MIN_SHARE = 0.01  # of the variance of the expected miss; likewise
_NAME_COLUMNS = 40

Plain = Mapping[str, Any]


def audited(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `specification_audit`, a line or two; with `everything` also its table."""
    text = audit(answers, data)
    if not text:
        return
    yield from labelled("Specified", text, paper)
    if everything:
        yield from tables("specification_audit", data, paper, everything=True)


def audit(answers: Answers, data: Plain) -> str:
    """Whether a model that meets the specification can end in catastrophe; empty if that was not asked."""
    variables = data["variables"]
    if "fails" not in variables:
        return ""
    options = _options(data, "of")
    failing = [i for i, fails in enumerate(variables["fails"]["values"]) if fails]
    sampled = answers.how["specification_audit"] == "worlds-sampled"
    if not failing and sampled:
        return "undecided: no sampled world in which a model that conforms ends in catastrophe"
    if not failing:
        return "met: no model that conforms can end in catastrophe, unmodelled events aside"
    parts = [
        _bad(options[i], variables, i, first=i == failing[0], sampled=sampled) for i in failing[:MAX_OPTIONS]
    ]
    more = [f"{len(failing) - MAX_OPTIONS} more"] if len(failing) > MAX_OPTIONS else []
    return f"fails goal alignment: {'; '.join([*parts, *more])}"


def _bad(option: str, variables: Plain, i: int, *, first: bool, sampled: bool) -> str:
    """That an option conforms and may be bad, how likely that is, and what has to be false for it."""
    chance, shortest = variables["modelled"]["values"][i], variables["shortest"]["values"][i]
    error = variables["modelled_error"]["values"][i]
    off = f" ± {percent(error)}" if error > 0 and sampled else ""
    name = named(option, _NAME_COLUMNS)
    said = f"likewise {name} with {percent(chance)}{off}"
    if first:
        said = f"{name} meets the specification, and with probability {percent(chance)}{off} it is picked"
        said += " and the story ends in catastrophe"
    if shortest == "nothing":
        return f"{said}, even if every assumption holds"
    return f"{said}, as where {named(shortest, 60)} fails" if shortest else said


def model_space(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `model_space`; all its tables with `everything`."""
    if everything or "posterior" not in data["variables"]:
        yield from tables("model_space", data, paper, everything=everything)
        return
    yield paper.paint("Models that training may give", "head")
    for label, text in [("Likeliest", _likeliest(data)), *sentences(answers, data)]:
        yield from labelled(label, text, paper)


def sentences(answers: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    """What is said of the model space beside the likeliest models, with a word on each."""
    if "posterior" not in data["variables"]:
        return
    said = (
        ("Space", _sizes(data)),
        ("Alike", _alike(data)),
        ("Bits", _bits(data)),
        ("If false", _worst(answers, data)),
        ("Miss", _miss(data)),
        ("Unsure", _miss_numbers(data)),
        ("Note", data["note"]),
    )
    yield from ((label, text) for label, text in said if text)


def models(data: Plain) -> list[tuple[str, float, bool]]:
    """Each option, the likeliest first: its probability, and whether it conforms."""
    found = zip(_options(data), _column(data, "posterior"), _column(data, "conforms"), strict=True)
    return sorted(found, key=lambda row: -row[1])


def _column(data: Plain, name: str) -> list[Any]:
    return list(data["variables"][name]["values"]) if name in data["variables"] else []


def _names(data: Plain, dimension: str) -> list[str]:
    return list(data["coordinates"][dimension]["values"]) if dimension in data["coordinates"] else []


def _options(data: Plain, choices: str = "choice") -> list[str]:
    """The options, with the name of their choice where there are several: `choices` has their names."""
    names = _names(data, "option")
    return names if len(set(_names(data, choices))) > 1 else [name.split(": ")[1] for name in names]


def _likeliest(data: Plain) -> str:
    rows = models(data)
    parts = [
        f"{named(name, _NAME_COLUMNS)} {percent(p)}{' (conforms)' if conforms else ''}"
        for name, p, conforms in rows[:MAX_OPTIONS]
    ]
    return listed([*parts, *([f"{len(rows) - MAX_OPTIONS} more"] if len(rows) > MAX_OPTIONS else [])])


def _sizes(data: Plain) -> str:
    parts = []
    for name, effective, goal in zip(
        _names(data, "choice"), _column(data, "effective"), _column(data, "on_goal"), strict=True
    ):
        on = f", {percent(goal)} on the goal" if defined(goal) else ""
        parts.append(f"{named(name, _NAME_COLUMNS)} has {compact(effective, 3)} effective models{on}")
    return "; ".join(parts)


def _alike(data: Plain) -> str:
    """The conforming options from which no constraint tells others apart."""
    names, alike = _names(data, "option"), _column(data, "alike")
    of = [name.split(": ")[0] for name in names]
    parts = []
    for i, conforms in enumerate(_column(data, "conforms")):
        group = [
            j
            for j, first in enumerate(alike)
            if first == alike[i] and of[j] == of[i] and not _column(data, "conforms")[j]
        ]
        if conforms and group:
            others = listed([named(names[j].split(": ")[1], _NAME_COLUMNS) for j in group[:3]])
            off = percent(_column(data, "alike_off_goal")[i])
            parts.append(f"no constraint tells {names[i].split(': ')[1]} from {others} ({off} off the goal)")
    return "; ".join(parts[:1])


def _bits(data: Plain) -> str:
    """Each rule's bits toward the goal in the order written, and alone where that differs."""
    rows = [
        (short(rule), alone, added)
        for rule, alone, added in zip(
            _names(data, "rule"), _column(data, "bits"), _column(data, "bits_in_order"), strict=True
        )
        if defined(alone) and defined(added)
    ]
    rows.sort(key=lambda row: -abs(row[1]) if isinstance(row[1], float) else 0.0)
    parts = [
        f"{rule} {_signed(alone)} ({_signed(added)} in order)" for rule, alone, added in rows[:MAX_RULES]
    ]
    return f"toward the goal, lost without it: {listed(parts)}" if parts else ""


def _signed(value: Any) -> str:
    if isinstance(value, str):  # infinite
        return value
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{compact(abs(value), 2)}"


def _worst(answers: Answers, data: Plain) -> str:
    """The rule without which the catastrophic risk is highest."""
    rules, ends = _names(data, "rule"), _column(data, "without")
    outcomes = _names(data, "outcome")
    bad = [i for i, name in enumerate(outcomes) if answers.outcomes[name].kind == "catastrophic"]
    risks = [(sum(row[i] for i in bad), short(rule)) for row, rule in zip(ends, rules, strict=True)]
    risks.sort(key=lambda row: (-row[0], row[1]))
    parts = [f"{percent(risk)} without {rule}" for risk, rule in risks[:MAX_RULES]]
    return f"the catastrophic risk is {listed(parts)}" if parts else ""


def _miss(data: Plain) -> str:
    parts = []
    changes = _column(data, "miss_change") or [[] for _ in _names(data, "choice")]
    for name, miss, row in zip(_names(data, "choice"), _column(data, "expected_miss"), changes, strict=False):
        if not defined(miss):
            continue
        moved = sorted(zip(_names(data, "assumption"), row, strict=False), key=lambda one: (-one[1], one[0]))
        worse = [f"{named(a, _NAME_COLUMNS)} +{compact(c, 2)}" for a, c in moved if c >= MIN_CHANGE]
        adds = f"; violating adds most: {listed(worse[:MAX_ASSUMPTIONS])}" if worse else ""
        parts.append(f"{named(name, _NAME_COLUMNS)} misses the goal by {compact(miss, 3)}{adds}")
    return "; ".join(parts)


def _miss_numbers(data: Plain) -> str:
    """The uncertain numbers that most of the variance of each expected miss is due to, by total index."""
    parts = []
    by_choice = zip(*_column(data, "miss_total"), strict=True)
    for name, row in zip(_names(data, "choice"), by_choice, strict=False):
        known = [
            (share, short(n)) for n, share in zip(_names(data, "factor"), row, strict=True) if defined(share)
        ]
        known.sort(key=lambda one: (-one[0], one[1]))
        most = [f"{number} ({percent(share)})" for share, number in known if share >= MIN_SHARE]
        if most:
            parts.append(f"the miss of {named(name, _NAME_COLUMNS)} varies with {listed(most[:MAX_NUMBERS])}")
    return "; ".join(parts)
