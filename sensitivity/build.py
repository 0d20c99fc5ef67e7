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

from sensa.stories import schema
from sensa.stories.checking.all_checks import check
from sensa.stories.model import Frozen
from sensa.stories.positions import scan
from sensa.stories.problems import StoryError
from sensa.stories.schema import Criterion, Kind, Mode, Part, PhaseKind, Violable
from sensa.stories.story import Story, story_of
from sensa.stories.toml_values import toml_value

FILE = "<built>"  # the file name of a story without a file
Number = float | str | Mapping[str, Any] | Frozen
Table = TypeVar("Table", bound=Frozen)
Words = Sequence[str]


def story(
    *,
    title: str,
    goal: schema.Goal,
    rationale: schema.Rationale,
    outcomes: Mapping[str, schema.Outcome],
    summary: str | None = None,
    sources: Words | None = None,
    version: str | None = None,
    quantities: Mapping[str, schema.Quantity] | None = None,
    assumptions: Mapping[str, schema.Assumption] | None = None,
    challenges: Mapping[str, schema.Challenge] | None = None,
    choices: Mapping[str, schema.Choice] | None = None,
    events: Mapping[str, schema.Event] | None = None,
    safeguards: Mapping[str, schema.Safeguard] | None = None,
    phases: Sequence[schema.Phase] | None = None,
    dependence: Sequence[schema.Dependence] | None = None,
    criteria: Mapping[Criterion, str] | None = None,
    experts: schema.Experts | None = None,
    expect: Mapping[str, schema.Expectation] | None = None,
    stated: Mapping[str, schema.StatedResult] | None = None,
    red_team: schema.RedTeam | None = None,
    properties: Mapping[str, schema.Property] | None = None,
    waivers: Sequence[schema.Waiver] | None = None,
    allow: Sequence[schema.Allowance] | None = None,
    file: str = FILE,
) -> Story:
    """A story, read and checked like a file; `file` is the file name in problems.

    Raises `StoryError` with every problem at its path, as there are no lines.
    """
    tables = {name: table for name, table in locals().items() if name not in _HEADER and table is not None}
    tables["story"] = _made(schema.Header, title=title, summary=summary, sources=sources, version=version)
    return from_tables({"format": schema.FORMAT, **tables}, file)


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


def goal(*, classes: Words, specification: str, desirability: str) -> schema.Goal:
    """`[goal]`: the model that training should produce."""
    return _made(schema.Goal, **locals())


def rationale(*, classes: Words, constraints: Words, nudges: Words) -> schema.Rationale:
    """`[rationale]`: why training is expected to produce it."""
    return _made(schema.Rationale, **locals())


def quantity(
    *,
    value: Number,
    claim: str | None = None,
    unit: str | None = None,
    signed: schema.Signature | None = None,
) -> schema.Quantity:
    """`[quantities.NAME]`: an uncertain number."""
    return _made(schema.Quantity, **locals())


def assumption(
    *,
    claim: str,
    part: Part,
    credence: Number | None = None,
    criterion: Criterion | None = None,
    given: Sequence[schema.GivenCredence] | None = None,
    because: str | None = None,
    falsified_by: str | None = None,
    evidence: Sequence[schema.Evidence] | None = None,
    owner: str | None = None,
    expires: date | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: schema.Signature | None = None,
) -> schema.Assumption:
    """`[assumptions.NAME]`: a claim that holds or is violated."""
    return _made(schema.Assumption, **locals())


def given_credence(*, credence: Number, condition: str | None = None) -> schema.GivenCredence:
    """One case of an assumption's `given`."""
    return _made(schema.GivenCredence, **locals())


def signature(*, by: str, day: date, digest: str) -> schema.Signature:
    """That somebody stands by an entry as it was; `sensa sign` writes one."""
    return _made(schema.Signature, **locals())


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
) -> schema.Evidence:
    """Evidence for a credence, which may be counted: `held` of `trials`, also in an evaluation log."""
    return _made(schema.Evidence, **locals())


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
    evidence: Sequence[schema.Evidence] | None = None,
    owner: str | None = None,
    expires: date | None = None,
    tags: Words | None = None,
    signed: schema.Signature | None = None,
) -> schema.Challenge:
    """`[challenges.NAME]`: an objection to an assumption or another challenge."""
    return _made(schema.Challenge, **locals())


def event(
    *,
    claim: str | None = None,
    mode: Mode | None = None,
    when: str | None = None,
    requires: Words | None = None,
    chance: Number | None = None,
    leak: Number | None = None,
    causes: Mapping[str, Number] | None = None,
    given: Sequence[schema.GivenChance] | None = None,
    evidence: Sequence[schema.Evidence] | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: schema.Signature | None = None,
) -> schema.Event:
    """`[events.NAME]`: something that may happen."""
    return _made(schema.Event, **locals())


def given_chance(*, chance: Number, condition: str | None = None) -> schema.GivenChance:
    """One case of an event's `given`."""
    return _made(schema.GivenChance, **locals())


def choice(
    *,
    options: Mapping[str, schema.ChoiceOption],
    claim: str | None = None,
    constraints: Sequence[schema.Constraint] | None = None,
    nudges: Sequence[schema.Nudge] | None = None,
    rows: Sequence[schema.Row] | None = None,
    every_step: bool | None = None,
    initial: str | None = None,
    signed: schema.Signature | None = None,
) -> schema.Choice:
    """`[choices.NAME]`: one of several options."""
    return _made(schema.Choice, **locals())


def option(
    *,
    weight: Number | None = None,
    bits: Number | None = None,
    tags: Words | None = None,
    miss: Number | None = None,
) -> schema.ChoiceOption:
    """One option of a choice."""
    return _made(schema.ChoiceOption, **locals())


def constraint(
    *, excludes: Words, part: Part | None = None, condition: str | None = None
) -> schema.Constraint:
    """A rule that excludes options of a choice."""
    return _made(schema.Constraint, **locals())


def nudge(
    *, odds: Mapping[str, Number], part: Part | None = None, condition: str | None = None
) -> schema.Nudge:
    """A rule that shifts the odds among options of a choice."""
    return _made(schema.Nudge, **locals())


def row(
    *,
    chances: Mapping[str, Number],
    condition: Mapping[str, bool | str | Sequence[str]] | None = None,
) -> schema.Row:
    """A row of a choice's table of chances."""
    return _made(schema.Row, **locals())


def safeguard(
    *,
    against: Words,
    power: Number,
    claim: str | None = None,
    when: str | None = None,
    false_alarm: Number | None = None,
    action: str | None = None,
    evidence: Sequence[schema.Evidence] | None = None,
    tags: Words | None = None,
    every_step: bool | None = None,
    initial: bool | None = None,
    signed: schema.Signature | None = None,
) -> schema.Safeguard:
    """`[safeguards.NAME]`: a check that may catch something."""
    return _made(schema.Safeguard, **locals())


def outcome(
    *,
    kind: Kind,
    when: str | None = None,
    otherwise: bool | None = None,
    loss: Number | None = None,
    claim: str | None = None,
    signed: schema.Signature | None = None,
) -> schema.Outcome:
    """`[outcomes.NAME]`: one way the story can end."""
    return _made(schema.Outcome, **locals())


def phase(
    *,
    name: str,
    kind: PhaseKind | None = None,
    repeat: int | None = None,
    axes: Mapping[str, Number] | None = None,
) -> schema.Phase:
    """`[[phases]]`: a stretch of training or deployment."""
    return _made(schema.Phase, **locals())


def dependence(*, between: Words, rank_correlation: float) -> schema.Dependence:
    """`[[dependence]]`: a rank correlation between two uncertain numbers."""
    return _made(schema.Dependence, **locals())


def experts(
    *,
    draw: Literal["together", "separately"] = "separately",
    weights: Mapping[str, float] | None = None,
) -> schema.Experts:
    """`[experts]`: whether whoever is right is right about all numbers."""
    return _made(schema.Experts, **locals())


def expectation(*, value: float, within: float) -> schema.Expectation:
    """`[expect]`: the expected value of a measure of the story."""
    return _made(schema.Expectation, **locals())


def red_team(*, trials: int, findings: Mapping[str, int]) -> schema.RedTeam:
    """`[red_team]`: in how many trials of smaller models each failure mode was seen."""
    return _made(schema.RedTeam, **locals())


def stated_result(*, value: float, source: str) -> schema.StatedResult:
    """`[stated]`: what a source says that a measure is; shown beside what the parts give."""
    return _made(schema.StatedResult, **locals())


def requirement(
    *,
    require: str,
    claim: str | None = None,
    at: str | None = None,
    quantile: float | None = None,
    forall: schema.ForAll | None = None,
    severity: str | None = None,
) -> schema.Property:
    """`[properties.NAME]`: a requirement on the story's results."""
    return _made(schema.Property, **locals())


def forall(
    *,
    violate: schema.Violate | None = None,
    raising: Words | None = None,
    lowering: Words | None = None,
    omit: Words | None = None,
) -> schema.ForAll:
    """The cases that a property ranges over."""
    return _made(schema.ForAll, **locals())


def violate(
    *,
    max: int,
    min: int | None = None,
    kinds: Sequence[Violable] | None = None,
    among: Words | None = None,
    tags: Words | None = None,
    parts: Sequence[Part] | None = None,
) -> schema.Violate:
    """Which sets of violated assumptions, or other nodes, a property ranges over."""
    return _made(schema.Violate, **locals())


def waiver(
    *,
    property: str,
    reason: str,
    expires: date,
    witness: Words | None = None,
    ceiling: float | None = None,
    owner: str | None = None,
) -> schema.Waiver:
    """`[[waivers]]`: a failing property that is accepted for a time."""
    return _made(schema.Waiver, **locals())


def allowance(
    *, warning: str, item: str, reason: str, owner: str | None = None, expires: date | None = None
) -> schema.Allowance:
    """`[[allow]]`: a warning that is turned off for one item."""
    return _made(schema.Allowance, **locals())


def _made(model: type[Table], /, **given: Any) -> Table:
    """A table of the given keys, unchecked: `story` reports problems with their paths."""
    return model.model_construct(**{name: value for name, value in given.items() if value is not None})
