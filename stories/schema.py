"""The story format as frozen models, one for each table; the JSON Schema is generated from them.

The models hold the shape only: which keys, of which types. Two keys that Python reserves have other
names here: `if` is `condition`, `class` is `classes`. Expressions stay text. What a story must
satisfy beyond its shape is in `checking`.
"""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.forms import UNCLAIMED, Probability, RealNumber

FORMAT = "training-story/1"
NAME_PATTERN = "^[a-z][a-z0-9_]*$"
MAX_NAME_LENGTH = 100

GoalClass = Literal[
    "loss-minimizing-model", "fully-aligned-agent", "corrigible-agent", "myopic-agent",
    "simulator", "narrow-agent", "truthful-question-answerer", "other",
]  # fmt: skip
RationaleClass = Literal[
    "capability-limitation", "inductive-bias-analysis", "transparency-and-interpretability",
    "automated-oversight", "ai-cognitive-science", "precursor-checking", "loss-landscape-analysis",
    "game-theoretic-analysis", "other",
]  # fmt: skip
Part = Literal["goal.specification", "goal.desirability", "rationale.constraints", "rationale.nudges"]
Criterion = Literal[
    "goal_alignment", "goal_competitiveness", "rationale_alignment", "rationale_competitiveness"
]
Mode = Literal[
    "objective-misgeneralization", "mesa-optimization", "outer-misalignment", "inner-misalignment",
    "deceptive-alignment", "unmodelled", "other",
]  # fmt: skip
Violable = Literal["assumption", "challenge", "event", "safeguard"]
Kind = Literal["success", "fail_safe", "catastrophic"]
PhaseKind = Literal["training", "deployment"]

_NAMES: dict[str, Any] = {"propertyNames": {"pattern": NAME_PATTERN, "maxLength": MAX_NAME_LENGTH}}
NAMED: Any = Field(
    default_factory=dict, description="By name, in the order written.", json_schema_extra=_NAMES
)
EVERY_STEP = Field(False, description="Drawn afresh at every step.")
INITIAL = Field(None, description="What `prev` reads at the first step; false if left out.")
CLAIM = Field("", description="What it says, in a sentence.")
TAGS = Field((), description="Words by which properties choose what is violated.")


def _classes(known: Any) -> dict[str, Any]:
    """JSON Schema: known classes only, or free text beside `other`."""
    return {"anyOf": [{"items": {"enum": list(get_args(known))}}, {"contains": {"const": "other"}}]}


class Header(Frozen):
    """The `[story]` table."""

    title: str = Field(description="The story's title.")
    summary: str = Field("", description="What the story is about, in a sentence or two.")
    sources: tuple[str, ...] = Field((), description="Where it comes from.")
    version: str = Field("", description="The version of the story.")


class Goal(Frozen):
    """What model is meant to come out of training."""

    classes: tuple[str, ...] = Field(
        alias="class",
        min_length=1,
        description="Classes of the goal; free text beside `other`.",
        json_schema_extra=_classes(GoalClass),
    )
    specification: str = Field(description="A mechanistic description of the model that is wanted.")
    desirability: str = Field(description="Why that model is wanted.")


class Rationale(Frozen):
    """Why training is expected to give that model."""

    classes: tuple[str, ...] = Field(
        alias="class",
        min_length=1,
        description="Classes of the rationale; free text beside `other`.",
        json_schema_extra=_classes(RationaleClass),
    )
    constraints: tuple[str, ...] = Field(min_length=1, description="What rules models out.")
    nudges: tuple[str, ...] = Field(min_length=1, description="What makes one model likelier than another.")


class Signature(Frozen):
    """That somebody looked at an entry and stands by it, as it was."""

    by: str = Field(description="Who signed it.")
    day: date = Field(alias="date", description="When it was signed.")
    digest: str = Field(description="The SHA-256 of what the entry said then; `sensa sign` writes it.")


SIGNED: Any = Field(None, description="Who stands by it as it is; `sensa sign` writes it.")


class Quantity(Frozen):
    """An uncertain number."""

    claim: str = CLAIM
    unit: str = Field("", description="The unit of the value.")
    value: RealNumber = Field(
        description="The number, a distribution, or an expression over other quantities."
    )
    signed: Signature | None = SIGNED


class Evidence(Frozen):
    """What a credence rests on."""

    source: str = Field("", description="Where it can be found; needed where there is no `log`.")
    kind: str = Field("", description="What kind of evidence it is: paper, experiment, …")
    day: date | None = Field(None, alias="date", description="When it is from.")
    note: str = Field("", description="What it shows.")
    log: str = Field(
        "", description="An evaluation log (.eval, .json, .csv, .jsonl), as a path within the story's folder."
    )
    scorer: str = Field("", description="The scorer of the log, or the column of a table, that counts.")
    key: str = Field("", description="The value that counts, where a score is a table of values.")
    success: str | Finite | bool | None = Field(
        None, description='Which scores held: one of them, or a limit such as ">= 0.5"; 1 if left out.'
    )
    sample: str = Field("", description="The column that names the sample of a row, in a table.")
    where: dict[str, str] = Field(
        default_factory=dict, description="Only the rows of a table with these values, by column."
    )
    held: Finite | None = Field(None, description="In how many trials it held.")
    trials: Finite | None = Field(None, description="How many trials there were.")
    unscored: int | None = Field(None, ge=1, description="Samples without a score, which are left out.")
    subset: str = Field("", description="Which part of its dataset the log is limited to.")
    task: str = Field("", description="The task of the log.")
    model: str = Field("", description="The model of the log.")
    revision: str = Field("", description="The commit that the log was made at.")
    sha256: str = Field("", description="The SHA-256 of the log that was counted.")


class Bookkeeping(Frozen):
    """What is kept beside a claim so that a reviewer can judge it."""

    because: str = Field("", description="Why this credence.")
    falsified_by: str = Field("", description="What would show the claim to be false.")
    evidence: tuple[Evidence, ...] = Field((), description="What the credence rests on.")
    owner: str = Field("", description="Who answers for it.")
    expires: date | None = Field(None, description="Past this date the credence is stale.")
    signed: Signature | None = SIGNED


class GivenCredence(Frozen):
    """The credence of an assumption where a condition is true."""

    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    credence: Probability = Field(description="The credence where it is true.")


class GivenChance(Frozen):
    """The chance of an event where a condition is true."""

    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    chance: Probability = Field(description="The chance where it is true.")


class Assumption(Bookkeeping):
    """A claim that holds or is violated."""

    claim: str = Field(description="What is assumed, in a sentence.")
    part: Part = Field(description="The part of the story it belongs to.")
    criterion: Criterion | None = Field(
        None, description="The evaluation criterion it answers to; by `part` if left out."
    )
    credence: Probability = Field(
        UNCLAIMED, description="The probability that it holds; if left out nothing is claimed."
    )
    given: tuple[GivenCredence, ...] = Field((), description="Cases; the first whose `if` is true counts.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL


class Challenge(Bookkeeping):
    """What speaks against an assumption or another challenge."""

    against: str = Field(description="The assumption or challenge it speaks against.")
    kind: Literal["undercut", "rebut"] = Field(
        description="undercut: the credence falls to `leaves`; rebut: the claim is false."
    )
    claim: str = Field(description="What it says, in a sentence.")
    stands: Probability = Field(UNCLAIMED, description="The probability that the challenge is right.")
    leaves: Probability | None = Field(None, description="The credence that an undercut leaves.")
    status: Literal["open", "answered", "accepted"] = Field("open", description="The fate of the challenge.")
    answer: str = Field("", description="What was answered; needed where `status` is answered.")
    tags: tuple[str, ...] = TAGS


class Event(Frozen):
    """Something that may happen."""

    claim: str = CLAIM
    mode: Mode | None = Field(None, description="The failure mode it is an instance of.")
    when: str | None = Field(None, description="A bool expression; true if left out.")
    requires: tuple[str, ...] = Field((), description="All of these must be true as well.")
    chance: Probability | None = Field(
        None, description="Its probability where `when` and `requires` hold; 1 if left out."
    )
    leak: Probability | None = Field(None, description="Its probability elsewhere; 0 if left out.")
    causes: dict[str, Probability] | None = Field(
        None, description="Independent causes, each with its chance (noisy-or)."
    )
    given: tuple[GivenChance, ...] = Field(
        (), description="Cases; the first whose `if` is true replaces `chance`."
    )
    evidence: tuple[Evidence, ...] = Field((), description="What the chance rests on.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL
    signed: Signature | None = SIGNED


CONFORMS = "conforms"  # the tag of an option that meets the goal's specification


class ChoiceOption(Frozen):
    """One option of a choice."""

    weight: RealNumber | None = Field(None, description="Its weight among the options.")
    bits: RealNumber | None = Field(
        None, description="Its weight as a description length: 2 to the minus this."
    )
    tags: tuple[str, ...] = Field(
        (), description="Words that `choice.tag` tests; `conforms`: it meets the goal's specification."
    )
    miss: Probability | None = Field(
        None,
        description="How far it misses the goal, 0 to 1; if left out, 0 if it conforms, else 1.",
    )


class Constraint(Frozen):
    """Excludes options."""

    part: Part | None = Field(None, description="The part of the story it belongs to.")
    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    excludes: tuple[str, ...] = Field(min_length=1, description="The options it excludes.")


class Nudge(Frozen):
    """Shifts the odds among options."""

    part: Part | None = Field(None, description="The part of the story it belongs to.")
    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    odds: dict[str, RealNumber] = Field(
        min_length=1, description="A factor for the weight of each option named."
    )


class Row(Frozen):
    """The chances of the options in some cases of other nodes."""

    condition: dict[str, bool | str | Annotated[tuple[str, ...], Field(min_length=1)]] | None = Field(
        None,
        alias="if",
        min_length=1,
        description="Values of other nodes: true or false, an option, or some options; every case that no "
        "other row covers if left out.",
    )
    chances: dict[str, Probability] = Field(
        min_length=1, description="The chance of each option; 0 of those left out."
    )


class Choice(Frozen):
    """Which one of several."""

    claim: str = CLAIM
    options: dict[str, ChoiceOption] = Field(
        min_length=1, description="The options by name.", json_schema_extra=_NAMES
    )
    constraints: tuple[Constraint, ...] = Field((), description="What rules options out.")
    nudges: tuple[Nudge, ...] = Field((), description="What shifts the odds.")
    rows: tuple[Row, ...] = Field(
        (), description="A table of chances in place of weights, constraints and nudges."
    )
    every_step: bool = EVERY_STEP
    initial: str | None = Field(
        None, description="The option `prev` reads at the first step; none if left out."
    )
    signed: Signature | None = SIGNED


class Safeguard(Frozen):
    """A check that may catch something."""

    claim: str = CLAIM
    against: tuple[str, ...] = Field(
        min_length=1, description="What it is against: bool names or expressions."
    )
    when: str | None = Field(None, description="A bool expression; true if left out.")
    power: Probability = Field(description="The probability that it fires where a target is there.")
    false_alarm: Probability | None = Field(
        None, description="The probability that it fires by itself; 0 if left out."
    )
    action: Literal["halt", "warn"] = Field("halt", description="What it does when it fires.")
    evidence: tuple[Evidence, ...] = Field((), description="What the power rests on.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL
    signed: Signature | None = SIGNED


class Outcome(Frozen):
    """How the story ends."""

    claim: str = CLAIM
    kind: Kind = Field(description="What kind of end it is.")
    when: str | None = Field(None, description="A bool expression, read at every step.")
    otherwise: bool = Field(False, description="True for the one outcome that remains after the last step.")
    loss: RealNumber | None = Field(None, description="What it costs; 0 if left out.")
    signed: Signature | None = SIGNED


class Phase(Frozen):
    """A stretch of training or deployment: one step, or `repeat` of them."""

    name: str = Field(description='The name that `phase == "NAME"` tests.')
    kind: PhaseKind | None = Field(
        None,
        description="What it is; if left out, the first phase is training and the others are deployment.",
    )
    repeat: int = Field(1, ge=1, description="How many steps it has.")
    axes: dict[str, RealNumber] = NAMED


class Dependence(Frozen):
    """A rank correlation between two parameters."""

    between: tuple[str, str] = Field(description="Two parameters, by the path of their declaration.")
    rank_correlation: Finite = Field(description="Spearman's rank correlation, strictly between -1 and 1.")


class Expectation(Frozen):
    """What a measure of the story must give."""

    value: Finite = Field(description="The value.")
    within: Finite = Field(ge=0, description="How far off it may be.")


class StatedResult(Frozen):
    """What somebody says that a measure of the story is; shown beside what the parts give, and no test."""

    value: Finite = Field(description="The stated value.")
    source: str = Field(description="Who states it, and where.")


class Experts(Frozen):
    """Whether one expert is right about all numbers, or each number has its own."""

    draw: Literal["together", "separately"] = Field(
        "separately",
        description="together: whoever is right is right about all numbers; separately: each number draws "
        "its own expert.",
    )
    weights: dict[str, Finite] = Field(
        default_factory=dict,
        description="With `together`: the weight of each expert, by name, in place of those of the numbers.",
    )


class RedTeam(Frozen):
    """In how many trials of smaller models each failure mode was seen."""

    trials: int = Field(ge=1, description="How many trials there were.")
    findings: dict[str, Annotated[int, Field(ge=0)]] = Field(
        description="In how many each failure mode was seen, by name."
    )


class Violate(Frozen):
    """Which sets of violated assumptions, or other nodes, a property ranges over."""

    max: int = Field(ge=0, description="The most that are violated together.")
    min: int = Field(0, ge=0, description="The fewest that are violated together.")
    kinds: tuple[Violable, ...] = Field(
        ("assumption",),
        description="What is violated: assumptions fail, challenges stand, events happen where they can, "
        "safeguards never act.",
    )
    among: tuple[str, ...] = Field((), description="Only these.")
    tags: tuple[str, ...] = Field((), description="Only those with one of these tags.")
    parts: tuple[Part, ...] = Field((), description="Only assumptions of one of these parts of the story.")


class ForAll(Frozen):
    """What a property ranges over."""

    violate: Violate | None = Field(None, description="Sets of violated assumptions.")
    raising: tuple[str, ...] = Field(
        (), alias="raise", description="Numbers that are raised, each alone, by path or pattern."
    )
    lowering: tuple[str, ...] = Field(
        (), alias="lower", description="Numbers that are lowered, each alone, by path or pattern."
    )
    omit: tuple[str, ...] = Field(
        (), description="Safeguards that are left out, each alone, by name or pattern."
    )


class Property(Frozen):
    """What must be true of the story's answers."""

    claim: str = CLAIM
    require: str = Field(description="A comparison of measures, as `P(catastrophic) <= 0.01`.")
    at: Literal["mean", "worst"] | None = Field(
        None, description="Over the parameters: their mean (if left out) or the worst."
    )
    quantile: Finite | None = Field(
        None, gt=0, lt=1, description="The share of the parameter distribution it must hold for."
    )
    forall: ForAll | None = Field(None, description="What it ranges over.")
    severity: Literal["error", "warning"] = Field("error", description="Whether failing it fails the run.")


class Waiver(Frozen):
    """A failing property that is knowingly let pass, for a time."""

    property: str = Field(description="The property.")
    witness: tuple[str, ...] | None = Field(None, description="Only this minimal set.")
    ceiling: Finite | None = Field(None, description="Worse than this fails again.")
    reason: str = Field(description="Why.")
    owner: str = Field("", description="Who answers for it.")
    expires: date = Field(description="The last day it is valid.")


class Allowance(Frozen):
    """A warning that is turned off for one item."""

    warning: str = Field(description="The code of the warning.")
    item: str = Field(description="The path of what it is about, as `events.deceives`.")
    reason: str = Field(description="Why it is no matter here.")
    owner: str = Field("", description="Who answers for it.")
    expires: date | None = Field(None, description="The last day it is taken without a word.")


class Document(Frozen):
    """A whole story, as written."""

    format: Literal["training-story/1"] = Field(description="The format and its version.")
    story: Header = Field(description="Title and origin.")
    goal: Goal = Field(description="What model is meant to come out.")
    rationale: Rationale = Field(description="Why training is expected to give it.")
    quantities: dict[str, Quantity] = NAMED
    assumptions: dict[str, Assumption] = NAMED
    challenges: dict[str, Challenge] = NAMED
    choices: dict[str, Choice] = NAMED
    events: dict[str, Event] = NAMED
    safeguards: dict[str, Safeguard] = NAMED
    outcomes: dict[str, Outcome] = NAMED
    experts: Experts = Field(
        Experts(draw="separately"), description="Whether the experts of several numbers are drawn together."
    )
    phases: tuple[Phase, ...] = Field((), description="In order; one step where there are none.")
    dependence: tuple[Dependence, ...] = Field((), description="Rank correlations between parameters.")
    criteria: dict[Criterion, str] = Field(
        default_factory=dict, description="Expressions in place of conjunctions."
    )
    expect: dict[str, Expectation] = Field(default_factory=dict, description="What the story must give.")
    stated: dict[str, StatedResult] = Field(
        default_factory=dict, description="Stated measures, shown beside what the parts give."
    )
    red_team: RedTeam | None = Field(
        None, description="How often red-teaming of smaller models saw each failure mode."
    )
    properties: dict[str, Property] = NAMED
    waivers: tuple[Waiver, ...] = Field((), description="Failing properties that are let pass.")
    allow: tuple[Allowance, ...] = Field((), description="Warnings that are turned off, each for one item.")


class _TomlSchema(GenerateJsonSchema):
    """A JSON Schema without null, which TOML does not have: optional keys may be omitted, not null."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        generated = super().default_schema(schema)
        if generated.get("default", 0) is None:
            del generated["default"]
        return generated


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a story, for editors; generated from the models."""
    schema = Document.model_json_schema(by_alias=True, schema_generator=_TomlSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Training story",
    }
