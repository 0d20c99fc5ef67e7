"""The probabilistic assumption graph: a story with names resolved and steps unrolled.

Every node has a law over earlier nodes. `Bool` and `Real` are the two expression types; they refer to nodes
and parameters by index, so nothing is looked up by name after this stage.

Stories compile to it; a fault tree, a Bayesian network or another format can be written as one in Python,
and `sensa.prepare` accepts it like a story.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from sensa.stories.numbers.distribution import Distribution

RealOperator = Literal[
    "+", "-", "*", "/", "**", "neg", "min", "max", "exp", "expm1", "log", "sqrt", "logistic", "logit",
    "unavailability",
]  # fmt: skip
Comparison = Literal["<", "<=", "==", "!="]
NodeKind = Literal["assumption", "challenge", "choice", "event", "safeguard", "expert"]
OutcomeKind = Literal["success", "fail_safe", "catastrophic"]
Grouping = Literal["part", "criterion", "phase", "tag", "owner"]
Scale = Literal["probability", "real"]
# `alone`: a leak or a false alarm, which needs no cause; `rebutted`: the claim is false, whatever else holds
CaseKind = Literal["caused", "alone", "rebutted"]
UNMODELLED = "unmodelled"  # the mode of an event for what nobody thought of


@dataclass(frozen=True, slots=True)
class Truth:
    """A constant."""

    value: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """The truth of a bool node."""

    node: int


@dataclass(frozen=True, slots=True)
class Picks:
    """Whether a choice node took one of these options (by index)."""

    node: int
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    arg: "Bool"


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    args: tuple["Bool", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    args: tuple["Bool", ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `k` of these."""

    k: int
    args: tuple["Bool", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two reals."""

    operator: Comparison
    left: "Real"
    right: "Real"


@dataclass(frozen=True, slots=True)
class Ends:
    """Whether the story ends in one of these outcomes (by index); only in what is measured."""

    outcomes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Whether the story reaches this step; only in what is measured."""

    step: int


Bool = Truth | Holds | Picks | Not | And | Or | AtLeast | Compare | Ends | Reached


@dataclass(frozen=True, slots=True)
class Constant:
    """A real constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The value of a parameter."""

    parameter: int


@dataclass(frozen=True, slots=True)
class Derived:
    """The value of a derived quantity; kept by reference, so that chains of them stay small."""

    quantity: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function applied to reals."""

    operator: RealOperator
    args: tuple["Real", ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """One of two reals, selected by a condition."""

    condition: Bool
    then: "Real"
    otherwise: "Real"


Real = Constant | Uncertain | Derived | Apply | Choose

TRUE = Truth(True)
FALSE = Truth(False)
ZERO = Constant(0.0)
ONE = Constant(1.0)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An uncertain number of the story: one credence, however many draws use it."""

    path: str  # of its declaration, such as `assumptions.a.given[0].credence`
    distribution: Distribution
    owner: str  # path of the declaring table, such as `assumptions.a`
    scale: Scale = "real"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A derived quantity: an expression over parameters, earlier quantities and the first `after` nodes."""

    name: str
    path: str
    value: Real
    after: int


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the properties by which phases differ.

    `values`: the derived quantity with its value at each step, in a graph compiled with its axes apart.
    """

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One draw: if `when` is the first true condition, the node is true with probability `chance`."""

    when: Bool
    chance: Real
    path: str  # of the chance's declaration
    draw: str  # the draw's address within its step, stable between versions of a story
    kind: CaseKind = "caused"


@dataclass(frozen=True, slots=True)
class FirstCase:
    """True with the chance of the first case whose condition holds; false if none does."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class AnyCause:
    """Noisy-or: true if, for some case, the condition holds and its own draw succeeds."""

    causes: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The effect of a constraint or nudge if `when` holds: excluded options, factors on the odds."""

    when: Bool
    path: str
    excludes: frozenset[int] = frozenset()
    factors: tuple[tuple[int, Real, str], ...] = ()  # option, factor, path of its declaration


@dataclass(frozen=True, slots=True)
class Row:
    """The chances of the options where all `tests` hold; without tests, where those of no other row do.

    Rows exclude each other. `chances` and `paths`, of their declarations, are by option.
    """

    tests: tuple[Bool, ...]
    chances: tuple[Real, ...]
    paths: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Pick one option, with weights times the factors of the rules that apply, or by the rows of a table.

    With `rows`, which cover every case, there are neither weights nor rules; each option's chance is its
    share of the sum of its row.

    `conforms` and `misses` affect no probability: which options meet the specification of the goal, and how
    far from it each is (0 to 1). Both are empty for a choice that is not about the goal.
    """

    options: tuple[str, ...]
    weights: tuple[Real, ...]
    weight_paths: tuple[str, ...]
    rules: tuple[Rule, ...]
    draw: str
    conforms: frozenset[int] = frozenset()
    misses: tuple[Real, ...] = ()
    rows: tuple[Row, ...] = ()


Law = FirstCase | AnyCause | Pick


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the unrolled graph; its index in `Graph.nodes` is its identity."""

    name: str
    kind: NodeKind
    path: str  # `assumptions.a`
    law: Law
    step: int | None = None  # None: drawn once, holds for all steps

    @property
    def label(self) -> str:
        """The name, with the step (from 1) if the node is drawn at every step."""
        return self.name if self.step is None else f"{self.name}@{self.step + 1}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way the story can end: `when` has its condition at each step, and is empty for `otherwise`.

    `loss` is its cost at each step; empty if none is stated.
    """

    name: str
    kind: OutcomeKind
    path: str
    when: tuple[Bool, ...]
    loss: tuple[Real, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependence:
    """A rank correlation between two parameters."""

    first: int
    second: int
    rank_correlation: float
    path: str


@dataclass(frozen=True, slots=True)
class Measured:
    """P(`of` | `given`); the expected loss without `of`."""

    of: Bool | None
    given: Bool | None = None


@dataclass(frozen=True, slots=True)
class ExpertDraw:
    """Whether `first` is drawn from among it and the `others`, by weight: a parameter of value 1 or 0."""

    parameter: int
    first: str
    others: tuple[str, ...]
    weights: tuple[float, ...]  # of the first and the others


@dataclass(frozen=True, slots=True)
class Expectation:
    """The value that a measure must have."""

    measure: str
    value: float
    within: float


@dataclass(frozen=True, slots=True)
class StatedResult:
    """The value of a measure that a source states."""

    measure: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class NecessaryCondition:
    """A condition without which an event happens by its leak alone, in the author's words."""

    event: str
    text: str
    when: tuple[Bool, ...]  # at each step; once, if the event is drawn once
    required: bool  # stated in `requires`, not in `when`


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A group that something belongs to, such as the tag `perception`."""

    by: Grouping
    name: str


@dataclass(frozen=True, slots=True)
class RedTeam:
    """What was found by red-teaming: trials, and in how many each failure mode was seen."""

    trials: float
    findings: dict[str, int]


@dataclass(frozen=True, slots=True)
class CountedEvidence:
    """Trials that a number may rest on, and where they were counted; affects no probability."""

    path: str  # of the entry, such as `assumptions.a.evidence[0]`
    node: str
    number: str  # the path of the node's number
    used: bool  # whether the number comes from its evidence
    source: str  # or the log
    scorer: str
    held: float
    trials: float
    unscored: int = 0
    subset: str = ""
    task: str = ""
    model: str = ""
    revision: str = ""
    day: str = ""
    sha256: str = ""


SignedState = Literal["signed", "edited", "resting"]  # edited since; resting on entries that were
SIGNED: Final = "signed"
EDITED: Final = "edited"
RESTING: Final = "resting"


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry of a story that somebody signed, or that rests on a suspect one; affects no probability."""

    path: str  # such as `assumptions.a`
    by: str  # empty if nobody signed it
    day: str
    state: SignedState
    rests_on: tuple[str, ...] = ()  # edited entries


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a graph, for readers of results."""

    title: str = ""
    file: str = ""
    digest: str = ""  # sha256 of the source as hex digits; without a source, of the circuit


@dataclass(frozen=True, slots=True)
class Graph:
    """A compiled story; nodes come after what they depend on.

    Fields after `expectations` affect no probability: they are what analyses need of the author's words.
    """

    parameters: tuple[Parameter, ...]
    quantities: tuple[Quantity, ...]
    nodes: tuple[Node, ...]
    steps: tuple[str, ...]  # the phase of each step, at least one; "" without phases
    outcomes: tuple[Outcome, ...]  # in the order written
    dependence: tuple[Dependence, ...] = ()
    criteria: dict[str, Bool] = field(default_factory=dict)
    draws: tuple[ExpertDraw, ...] = ()  # of experts who are drawn for all numbers together
    measures: dict[str, Measured] = field(default_factory=dict)  # by their text
    expectations: tuple[Expectation, ...] = ()
    stated: tuple[StatedResult, ...] = ()
    modes: dict[str, str] = field(default_factory=dict)  # failure modes by event, in the order written
    limits: dict[float, tuple[str, ...]] = field(
        default_factory=dict
    )  # limits of P(catastrophic), with the properties that set them
    memberships: dict[str, tuple[Label, ...]] = field(default_factory=dict)  # by path of a table
    necessary: tuple[NecessaryCondition, ...] = ()  # of events
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)  # sources, by name of a node
    counted: tuple[CountedEvidence, ...] = ()  # in the order written
    signed: tuple[SignedEntry, ...] = ()  # in the order of the tables
    numbers: tuple[str, ...] = ()  # paths of all stated numbers, uncertain or not
    axes: tuple[Axis, ...] = ()  # in the order of first occurrence
    training: tuple[bool, ...] = ()  # whether each step is one of training; empty without phases
    red_team: RedTeam | None = None
    origin: Origin = Origin()

    def is_unmodelled(self, node: str) -> bool:
        """Whether a node represents what nobody thought of."""
        return self.modes.get(node) == UNMODELLED
