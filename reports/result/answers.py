"""A result as plain values, with None for undefined ones: the input of every report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

Number = float | None
Table = Mapping[str, Mapping[str, Number]]


@dataclass(frozen=True)
class Measure:
    """The distribution of one number over the uncertain numbers: mean, spread and quantiles."""

    mean: Number
    error: Number
    sd: Number
    quantiles: Mapping[float, Number]
    quantiles_error: Mapping[float, Number] = field(default_factory=dict)
    bounds: tuple[Number, Number] | None = None  # 95 % interval of the mean
    sd_error: Number = None

    @property
    def unseen(self) -> bool:
        """Whether no sampled world met what may be possible: `bounds` has its upper limit."""
        return self.mean == 0 and self.bounds is not None and bool(self.bounds[1])

    def between(self, low: float = 0.05, high: float = 0.95) -> tuple[Number, Number]:
        """A central interval."""
        return self.quantiles.get(low), self.quantiles.get(high)

    @property
    def blurred(self) -> bool:
        """Whether an end of the central interval has a standard error of more than half of it."""
        low, high = self.between()
        errors = [error for level in (0.05, 0.95) if (error := self.quantiles_error.get(level)) is not None]
        if low is None or high is None or not errors or self.unseen:
            return False
        return max(errors) > (high - low) / 2


@dataclass(frozen=True)
class Outcome:
    """The probability that the story ends this way, in total and by step."""

    kind: str
    probability: Measure
    by_step: Sequence[Number]


@dataclass(frozen=True)
class Violations:
    """Outcome distributions by assumption: set to violated, set to hold, seen violated."""

    violated: Table
    violated_error: Table
    holds: Table
    holds_error: Table
    observed_violated: Table
    violated_given: Table
    probability: Mapping[str, Number]
    change: Table = field(default_factory=dict)  # what violating it adds, in the same worlds
    change_error: Table = field(default_factory=dict)
    observed_violated_error: Table = field(default_factory=dict)
    violated_given_error: Table = field(default_factory=dict)
    risk_change: Mapping[str, Number] = field(default_factory=dict)  # of any catastrophe
    risk_change_error: Mapping[str, Number] = field(default_factory=dict)
    failing_change: Mapping[str, Number] = field(default_factory=dict)
    failing_change_error: Mapping[str, Number] = field(default_factory=dict)
    all_violated: Mapping[str, Number] = field(default_factory=dict)  # by outcome: all assumptions together
    all_hold: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True)
class Factor:
    """What one uncertain number contributes to the variance of each outcome's probability."""

    members: Sequence[str]
    first: Mapping[str, Number]
    total: Mapping[str, Number]
    first_error: Mapping[str, Number]
    total_error: Mapping[str, Number]
    kind_first: Mapping[str, Number] = field(default_factory=dict)  # by kind of outcome
    kind_total: Mapping[str, Number] = field(default_factory=dict)
    kind_first_error: Mapping[str, Number] = field(default_factory=dict)
    kind_total_error: Mapping[str, Number] = field(default_factory=dict)
    placeholder: bool = False  # it moves only unmodelled events


@dataclass(frozen=True)
class Pair:
    """Two uncertain numbers that may matter only together: shares of the variance of P(catastrophic)."""

    numbers: tuple[str, str]
    both: Number  # what knowing both removes
    together: Number  # the part of it that neither removes alone


@dataclass(frozen=True)
class Carrying:
    """Shares of P(catastrophic) that would disappear without failure modes, and without their events."""

    modes: Mapping[str, Number]
    members: Mapping[str, Sequence[str]]  # the events of each mode
    events: Mapping[str, Number]
    rest: Number  # the share that none of them explains
    modes_error: Mapping[str, Number]
    events_error: Mapping[str, Number]
    rest_error: Number


@dataclass(frozen=True)
class Expectation:
    """The value of a measure that the author states, and the computed one."""

    value: Number
    error: Number
    stated: float
    within: float
    met: bool
    decided: bool = True  # whether the sampling error leaves `met` as it is


@dataclass(frozen=True)
class ViolationSets:
    """Minimal sets of violated assumptions: their number (None: beyond the budget) and the likeliest."""

    count: Number
    sets: Sequence[tuple[str, ...]]
    chance: Sequence[Number]
    single: Sequence[str] = ()  # all sets of one member, also those not in `sets`


@dataclass(frozen=True)
class Crossing:
    """The credence of an assumption at which the catastrophic risk reaches a limit."""

    assumption: str
    limit: float
    credence: float
    now: Number
    own: bool = False  # whether a property of the story sets the limit
    credence_error: Number = None  # None where it is searched for
    move: Number = None  # change in log-odds; None if infinite
    move_error: Number = None


@dataclass(frozen=True)
class JointMove:
    """The nearest joint move of credences to a limit that the story sets and does not meet."""

    limit: float
    properties: Sequence[str]
    distance: Number  # in log-odds; None where no move was found
    credences: Mapping[str, tuple[Number, Number]]  # (now, after the move), the largest move first
    all_hold: Number  # P(catastrophic) with every assumption set to hold


@dataclass(frozen=True)
class Asked:
    """What was asked for of a run, as by its options."""

    analyses: tuple[str, ...] = ()  # by name; empty for the usual ones
    engine: str = "auto"
    points: int = 16384
    precision: str = ""
    samples: int = 0  # at most; 0 for no limit


@dataclass(frozen=True)
class Provenance:
    """How the numbers were computed."""

    story: str
    file: str
    digest: str
    engine: str
    engine_reason: str
    diagram_nodes: int
    circuit_products: int
    sampled_gates: int
    worlds: int
    stopped: str
    left_out: str
    further: tuple[str, ...]  # analyses by name that suit the story and were not run
    order: str
    seed: int
    replicates: int
    points: int
    spread_points: int
    parameters: int
    intervals: int
    versions: Mapping[str, str]
    experts: str = ""  # together, separately; empty if no two numbers share one
    asked: Asked | None = None  # None in results of before it was stored


@dataclass(frozen=True)
class Answers:
    """One result; an analysis that was not run is None or empty."""

    provenance: Provenance
    how: Mapping[str, str]  # by analysis: exact, parameters-sampled or worlds-sampled
    notes: Mapping[str, str]  # by analysis
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    kinds: Mapping[str, Measure] = field(default_factory=dict)
    phases: Sequence[str] = ()  # by step
    loss: Measure | None = None
    failing_safely: Measure | None = None
    cumulative: Mapping[str, Sequence[Number]] = field(
        default_factory=dict
    )  # by kind: probability of having ended so by each step
    carried: Carrying | None = None
    violations: Violations | None = None
    both_violated: Mapping[str, Table] = field(default_factory=dict)
    criteria: Mapping[str, Measure] = field(default_factory=dict)
    sobol_credence: Mapping[str, Factor] = field(default_factory=dict)
    pairs_of_numbers: Sequence[Pair] = ()
    minimal: Mapping[str, Mapping[str, ViolationSets]] = field(default_factory=dict)  # by output and way
    tipping: Sequence[Crossing] = ()
    risk: Number = None  # P(catastrophic), with the tipping points
    meeting: Sequence[JointMove] = ()
    importance: Mapping[str, Mapping[str, Mapping[str, Number]]] = field(
        default_factory=dict
    )  # by measure, node, and outcome, kind or `failure`
    expectations: Mapping[str, Expectation] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # analyses, as `tables.plain`
