"""Iterate over all numbers and expressions of a document, with their paths and roles.

Only this module knows which keys of the format hold numbers and which hold expressions; checks,
dependencies and parameter paths all use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sensa.stories.counts import from_evidence
from sensa.stories.numbers.form import Number
from sensa.stories.numbers.rules import Scale
from sensa.stories.problems import Path
from sensa.stories.schema.choices import Choice, Row
from sensa.stories.schema.document import Document
from sensa.stories.schema.nodes import Assumption, Challenge, Event, GivenChance, GivenCredence, Safeguard

Role = Literal["node", "quantity", "axis", "outcome", "loss", "criterion"]
NODE_TABLES = ("assumptions", "challenges", "choices", "events", "safeguards")
NodeModel = Assumption | Challenge | Choice | Event | Safeguard


@dataclass(frozen=True, slots=True)
class StatedNumber:
    """A number as written (or its default, or as counted from the evidence beside it), and where it is."""

    path: Path
    form: Number
    scale: Scale
    owner: str  # the node, quantity or outcome; the phase of an axis
    role: Role
    every_step: bool = False


@dataclass(frozen=True, slots=True)
class StatedText:
    """An expression as written, and where it is."""

    path: Path
    text: str
    want: Literal["bool", "real"]
    owner: str
    role: Role
    every_step: bool = False
    tabular: bool = False  # made of a row's value of a node, so that its characters have no place


def nodes(document: Document) -> Iterator[tuple[str, str, NodeModel]]:
    """(table, name, model) of every node, table by table in the order written."""
    for table in NODE_TABLES:
        for name, model in getattr(document, table).items():
            yield table, name, model


def criterion_of(assumption: Assumption) -> str:
    """The evaluation criterion of an assumption: stated, or by its part."""
    default = "goal_alignment" if assumption.part.startswith("goal.") else "rationale_alignment"
    return str(assumption.criterion or default)


def is_every_step(model: NodeModel) -> bool:
    """Whether a node is drawn afresh at every step; challenges never are."""
    return not isinstance(model, Challenge) and model.every_step


def numbers(document: Document) -> Iterator[StatedNumber]:
    """Every number, in the order of the tables."""
    for name, quantity in document.quantities.items():
        yield StatedNumber(("quantities", name, "value"), quantity.value, "real", name, "quantity")
    for table, name, model in nodes(document):
        each = is_every_step(model)
        for keys, form, scale in _node_numbers(model):
            if form is not None:
                yield StatedNumber((table, name, *keys), form, scale, name, "node", each)
    for name, outcome in document.outcomes.items():
        if outcome.loss is not None:
            yield StatedNumber(("outcomes", name, "loss"), outcome.loss, "real", name, "loss", True)
    for index, phase in enumerate(document.phases):
        for axis, form in phase.axes.items():
            yield StatedNumber(("phases", index, "axes", axis), form, "real", phase.name, "axis", True)


def _node_numbers(model: NodeModel) -> Iterator[tuple[Path, Number | None, Scale]]:
    match model:
        case Assumption():
            yield ("credence",), from_evidence(model.credence, model.evidence), "probability"
            for index, case in enumerate(model.given):
                yield ("given", index, "credence"), case.credence, "probability"
        case Challenge():
            yield ("stands",), from_evidence(model.stands, model.evidence), "probability"
            yield ("leaves",), model.leaves, "probability"
        case Event():
            yield ("chance",), from_evidence(model.chance, model.evidence), "probability"
            yield ("leak",), model.leak, "probability"
            for cause, chance in (model.causes or {}).items():
                yield ("causes", cause), chance, "probability"
            for index, possible in enumerate(model.given):
                yield ("given", index, "chance"), possible.chance, "probability"
        case Safeguard():
            yield ("power",), from_evidence(model.power, model.evidence), "probability"
            yield ("false_alarm",), model.false_alarm, "probability"
        case Choice():
            yield from _choice_numbers(model)


def _choice_numbers(model: Choice) -> Iterator[tuple[Path, Number | None, Scale]]:
    for name, option in model.options.items():
        yield ("options", name, "weight"), option.weight, "real"
        yield ("options", name, "bits"), option.bits, "real"
        yield ("options", name, "miss"), option.miss, "probability"
    for index, nudge in enumerate(model.nudges):
        for name, factor in nudge.odds.items():
            yield ("nudges", index, "odds", name), factor, "real"
    for index, row in enumerate(model.rows):
        for name, chance in row.chances.items():
            yield ("rows", index, "chances", name), chance, "probability"


def texts(document: Document) -> Iterator[StatedText]:
    """Every expression: conditions, targets, outcomes' rules, criteria, and numbers that are expressions."""
    for number in numbers(document):
        if isinstance(number.form, str):
            yield StatedText(number.path, number.form, "real", number.owner, number.role, number.every_step)
    for table, name, model in nodes(document):
        each = is_every_step(model)
        for keys, text in _node_conditions(model):
            if text is not None:
                yield StatedText((table, name, *keys), text, "bool", name, "node", each)
        for index, row in enumerate(model.rows if isinstance(model, Choice) else ()):
            for read, text in row_tests(row).items():
                path: Path = (table, name, "rows", index, "if", read)
                yield StatedText(path, text, "bool", name, "node", each, tabular=True)
    for name, outcome in document.outcomes.items():
        if outcome.when is not None:
            yield StatedText(("outcomes", name, "when"), outcome.when, "bool", name, "outcome", True)
    for criterion, text in document.criteria.items():
        yield StatedText(("criteria", criterion), text, "bool", criterion, "criterion", True)


def row_tests(row: Row) -> dict[str, str]:
    """What a row says of each node that it names, as an expression; empty for the row of all other cases."""
    return {name: _test(name, value) for name, value in (row.condition or {}).items()}


def _test(name: str, value: bool | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, str):
        return f'{name} == "{value}"'
    quoted = ", ".join(f'"{option}"' for option in value)
    return f"{name} in ({quoted})"


def _node_conditions(model: NodeModel) -> Iterator[tuple[Path, str | None]]:
    match model:
        case Assumption() | Event():
            if isinstance(model, Event):
                yield ("when",), model.when
                for index, text in enumerate(model.requires):
                    yield ("requires", index), text
            cases: tuple[GivenCredence | GivenChance, ...] = model.given
            for index, case in enumerate(cases):
                yield ("given", index, "if"), case.condition
        case Safeguard():
            yield ("when",), model.when
            for index, text in enumerate(model.against):
                yield ("against", index), text
        case Choice():
            for index, rule in enumerate(model.constraints):
                yield ("constraints", index, "if"), rule.condition
            for index, nudge in enumerate(model.nudges):
                yield ("nudges", index, "if"), nudge.condition
