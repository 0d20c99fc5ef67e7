"""Build stories in Python, with the keys of the TOML format as keyword arguments.

Each function returns one table of the format (`docs/story-format.md` explains the keys). `story` combines the
tables, reads them like a file, and checks them. Numbers are written as in TOML: `0.9`, `{"beta": [9, 1]}`, or
an expression as text. Arguments left out are left out of the story. Keys that clash with Python have other
names: `if` is `condition`, `class` is `classes`, `raise` and `lower` are `raising` and `lowering`, `date` is
`day`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeVar

from sensa.stories.checking.all_checks import check
from sensa.stories.model import Frozen
from sensa.stories.positions import scan
from sensa.stories.problems import StoryError
from sensa.stories.schema.bookkeeping import Evidence, Signature
from sensa.stories.schema.choices import Choice, ChoiceOption, Constraint, Nudge, Row
from sensa.stories.schema.ends import Outcome, Phase
from sensa.stories.schema.nodes import Assumption, Challenge, Event, GivenChance, GivenCredence, Safeguard
from sensa.stories.schema.numbers import Dependence, Experts, Quantity, RedTeam
from sensa.stories.schema.plan import Goal, Header, Rationale
from sensa.stories.schema.properties import (
    Allowance,
    Expectation,
    ForAll,
    Property,
    StatedResult,
    Violate,
    Waiver,
)
from sensa.stories.schema.vocabulary import FORMAT, Criterion, Kind, Mode, Part, PhaseKind, Violable
from sensa.stories.story import Story, story_of
from sensa.stories.toml_values import toml_value

FILE = "<built>"  # the file name of a story without a file
Number = float | str | Mapping[str, Any] | Frozen
Table = TypeVar("Table", bound=Frozen)
Words = Sequence[str]


def story(
    *,
    title: str,
    goal: Goal,
    rationale: Rationale,
    outcomes: Mapping[str, Outcome],
    summary: str | None = None,
    sources: Words | None = None,
    version: str | None = None,
    quantities: Mapping[str, Quantity] | None = None,
    assumptions: Mapping[str, Assumption] | None = None,
    challenges: Mapping[str, Challenge] | None = None,
    choices: Mapping[str, Choice] | None = None,
    events: Mapping[str, Event] | None = None,
    safeguards: Mapping[str, Safeguard] | None = None,
    phases: Sequence[Phase] | None = None,
    dependence: Sequence[Dependence] | None = None,
    criteria: Mapping[Criterion, str] | None = None,
    experts: Experts | None = None,
    expect: Mapping[str, Expectation] | None = None,
    stated: Mapping[str, StatedResult] | None = None,
    red_team: RedTeam | None = None,
    properties: Mapping[str, Property] | None = None,
    waivers: Sequence[Waiver] | None = None,
    allow: Sequence[Allowance] | None = None,
    file: str = FILE,
) -> Story:
    """A story, read and checked like a file; `file` is the file name in problems.

    Raises `StoryError` with every problem at its path, as there are no lines.
    """
    tables = {name: table for name, table in locals().items() if name not in _HEADER and table is not None}
    tables["story"] = _made(Header, title=title, summary=summary, sources=sources, version=version)
    return from_tables({"format": FORMAT, **tables}, file)


_HEADER = ("title", "summary", "sources", "version", "file")


def from_tables(tables: Mapping[str, Any], file: str = FILE) -> Story:
    """A story from tables, as parsed from TOML, JSON or YAML, or from models of the format, or both.

    Read and checked like a file. Raises `StoryError`, and `TypeError` for values that TOML cannot hold.
    """
    if not isinstance(tables, Mapping):
        raise TypeError(f"expected the tables of a story, not `{type(tables).__name__}`")
    built = story_of(toml_value(tables), file, "", scan(""))
    problems = check(built)
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problem for problem in problems if problem.severity == "error")
    return built


def goal(*, classes: Words, specification: str, desirability: str) -> Goal:
    """`[goal]`: the model that training should produce."""
    return _made(Goal, **locals())


def rationale(*, classes: Words, constraints: Words, nudges: Words) -> Rationale:
    """`[rationale]`: why training is expected to produce it."""
    return _made(Rationale, **locals())


def quantity(
    *,
    value: Number,
    claim: str | None = None,
    unit: str | None = None,
    signed: Signature | None = None,
) -> Quantity:
    """`[quantities.NAME]`: an uncertain number."""
    return _made(Quantity, **locals())


def assumption(
    *,
    claim: str,
    part: Part,
    credence: Number | None = None,
    criterion: Criterion | None = None,
    given: Sequence[GivenCredence] | None = None,
    because: str | None = None,
    falsified_by: str | None = None,
    evidence: Sequence[Evidence] | None = None,
    owner: str | None = None,
    expires: date | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: Signature | None = None,
) -> Assumption:
    """`[assumptions.NAME]`: a claim that holds or is violated."""
    return _made(Assumption, **locals())


def given_credence(*, credence: Number, condition: str | None = None) -> GivenCredence:
    """One case of an assumption's `given`."""
    return _made(GivenCredence, **locals())


def signature(*, by: str, day: date, digest: str) -> Signature:
    """That somebody stands by an entry as it was; `sensa sign` writes one."""
    return _made(Signature, **locals())


def evidence(
    *,
    source: str | None = None,
    kind: str | None = None,
    day: date | None = None,
    note: str | None = None,
    log: str | None = None,
    scorer: str | None = None,
    key: str | None = None,
    success: str | float | bool | None = None,
    sample: str | None = None,
    where: Mapping[str, str] | None = None,
    held: float | None = None,
    trials: float | None = None,
    unscored: int | None = None,
    subset: str | None = None,
    task: str | None = None,
    model: str | None = None,
    revision: str | None = None,
    sha256: str | None = None,
) -> Evidence:
    """Evidence for a credence, which may be counted: `held` of `trials`, also in an evaluation log."""
    return _made(Evidence, **locals())


def challenge(
    *,
    against: str,
    kind: str,
    claim: str,
    stands: Number | None = None,
    leaves: Number | None = None,
    status: str | None = None,
    answer: str | None = None,
    because: str | None = None,
    falsified_by: str | None = None,
    evidence: Sequence[Evidence] | None = None,
    owner: str | None = None,
    expires: date | None = None,
    tags: Words | None = None,
    signed: Signature | None = None,
) -> Challenge:
    """`[challenges.NAME]`: an objection to an assumption or another challenge."""
    return _made(Challenge, **locals())


def event(
    *,
    claim: str | None = None,
    mode: Mode | None = None,
    when: str | None = None,
    requires: Words | None = None,
    chance: Number | None = None,
    leak: Number | None = None,
    causes: Mapping[str, Number] | None = None,
    given: Sequence[GivenChance] | None = None,
    evidence: Sequence[Evidence] | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: Signature | None = None,
) -> Event:
    """`[events.NAME]`: something that may happen."""
    return _made(Event, **locals())


def given_chance(*, chance: Number, condition: str | None = None) -> GivenChance:
    """One case of an event's `given`."""
    return _made(GivenChance, **locals())


def choice(
    *,
    options: Mapping[str, ChoiceOption],
    claim: str | None = None,
    constraints: Sequence[Constraint] | None = None,
    nudges: Sequence[Nudge] | None = None,
    rows: Sequence[Row] | None = None,
    every_step: bool | None = None,
    initial: str | None = None,
    signed: Signature | None = None,
) -> Choice:
    """`[choices.NAME]`: one of several options."""
    return _made(Choice, **locals())


def option(
    *,
    weight: Number | None = None,
    bits: Number | None = None,
    tags: Words | None = None,
    miss: Number | None = None,
) -> ChoiceOption:
    """One option of a choice."""
    return _made(ChoiceOption, **locals())


def constraint(*, excludes: Words, part: Part | None = None, condition: str | None = None) -> Constraint:
    """A rule that excludes options of a choice."""
    return _made(Constraint, **locals())


def nudge(*, odds: Mapping[str, Number], part: Part | None = None, condition: str | None = None) -> Nudge:
    """A rule that shifts the odds among options of a choice."""
    return _made(Nudge, **locals())


def row(
    *,
    chances: Mapping[str, Number],
    condition: Mapping[str, bool | str | Sequence[str]] | None = None,
) -> Row:
    """A row of a choice's table of chances."""
    return _made(Row, **locals())


def safeguard(
    *,
    against: Words,
    power: Number,
    claim: str | None = None,
    when: str | None = None,
    false_alarm: Number | None = None,
    action: str | None = None,
    evidence: Sequence[Evidence] | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: Signature | None = None,
) -> Safeguard:
    """`[safeguards.NAME]`: a check that may catch something."""
    return _made(Safeguard, **locals())


def outcome(
    *,
    kind: Kind,
    when: str | None = None,
    otherwise: bool | None = None,
    loss: Number | None = None,
    claim: str | None = None,
    signed: Signature | None = None,
) -> Outcome:
    """`[outcomes.NAME]`: one way the story can end."""
    return _made(Outcome, **locals())


def phase(
    *,
    name: str,
    kind: PhaseKind | None = None,
    repeat: int | None = None,
    axes: Mapping[str, Number] | None = None,
) -> Phase:
    """`[[phases]]`: a stretch of training or deployment."""
    return _made(Phase, **locals())


def dependence(*, between: Words, rank_correlation: float) -> Dependence:
    """`[[dependence]]`: a rank correlation between two uncertain numbers."""
    return _made(Dependence, **locals())


def experts(
    *,
    draw: Literal["together", "separately"] = "separately",
    weights: Mapping[str, float] | None = None,
) -> Experts:
    """`[experts]`: whether whoever is right is right about all numbers."""
    return _made(Experts, **locals())


def expectation(*, value: float, within: float) -> Expectation:
    """`[expect]`: the expected value of a measure of the story."""
    return _made(Expectation, **locals())


def red_team(*, trials: int, findings: Mapping[str, int]) -> RedTeam:
    """`[red_team]`: in how many trials of smaller models each failure mode was seen."""
    return _made(RedTeam, **locals())


def stated_result(*, value: float, source: str) -> StatedResult:
    """`[stated]`: what a source says that a measure is; shown beside what the parts give."""
    return _made(StatedResult, **locals())


def requirement(
    *,
    require: str,
    claim: str | None = None,
    at: str | None = None,
    quantile: float | None = None,
    forall: ForAll | None = None,
    severity: str | None = None,
) -> Property:
    """`[properties.NAME]`: a requirement on the story's results."""
    return _made(Property, **locals())


def forall(
    *,
    violate: Violate | None = None,
    raising: Words | None = None,
    lowering: Words | None = None,
    omit: Words | None = None,
) -> ForAll:
    """The cases that a property ranges over."""
    return _made(ForAll, **locals())


def violate(
    *,
    max: int,
    min: int | None = None,
    kinds: Sequence[Violable] | None = None,
    among: Words | None = None,
    tags: Words | None = None,
    parts: Sequence[Part] | None = None,
) -> Violate:
    """Which sets of violated assumptions, or other nodes, a property ranges over."""
    return _made(Violate, **locals())


def waiver(
    *,
    property: str,
    reason: str,
    expires: date,
    witness: Words | None = None,
    ceiling: float | None = None,
    owner: str | None = None,
) -> Waiver:
    """`[[waivers]]`: a failing property that is accepted for a time."""
    return _made(Waiver, **locals())


def allowance(
    *, warning: str, item: str, reason: str, owner: str | None = None, expires: date | None = None
) -> Allowance:
    """`[[allow]]`: a warning that is turned off for one item."""
    return _made(Allowance, **locals())


def _made(model: type[Table], /, **given: Any) -> Table:
    """A table of the given keys, unchecked: `story` reports problems with their paths."""
    return model.model_construct(**{name: value for name, value in given.items() if value is not None})
