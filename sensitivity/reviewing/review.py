"""A story as a reviewer meets it: one value that every format renders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sensa.comparing.changes import Comparison
from sensa.properties.verdicts import Judgement
from sensa.stories.problems import Problem

if TYPE_CHECKING:
    from datetime import date

    from sensa.session import Progress, Settings
    from sensa.stories.reading import Story, Written

FailOn = Literal["error", "inactive", "warning", "never"]
LOST = ("no-base", "inactive-property", "property-removed", "property-loosened", "story-removed")
State = Literal["passed", "failed", "undecided", "wrong", "error", "interrupted"]
CODES: dict[State, int] = {
    "passed": 0,
    "failed": 1,
    "wrong": 2,
    "undecided": 3,
    "error": 4,
    "interrupted": 130,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How likely an outcome is."""

    outcome: str
    kind: str
    mean: float
    low: float  # of the 90 % interval over what is not known
    high: float


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is said of one story in review."""

    file: str
    title: str  # "" where the story could not be read
    digest: str  # sha256 of the text
    state: State
    exit_code: int
    message: str = ""  # why there is no answer, or what was left undone
    problems: tuple[Problem, ...] = ()  # errors and warnings, stale credences and open challenges among them
    turned_off: int = 0  # warnings that the story turns off
    judgement: Judgement = field(default_factory=Judgement)
    endings: tuple[Ending, ...] = ()
    comparison: Comparison | None = None
    before: Judgement | None = None  # the verdicts on the base
    engine: str = ""
    seed: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()  # what a reader must know of how it was judged, as settings that loosen it


def state_of(judgement: Judgement, problems: Iterable[Problem], fail_on: FailOn) -> State:
    """What a review comes to; what is undecided or vacuous is no pass.

    From one level to the next more counts: `error`; `inactive`, properties that are inactive or were lost
    since the base too; `warning`, every warning too, those about what was lost among them.
    """
    if fail_on == "never":
        return "passed"
    counted = [v for v in judgement.verdicts if fail_on == "warning" or v.severity == "error"]
    if any(verdict.status == "fail" for verdict in counted):
        return "failed"
    if fail_on == "warning" and any(True for _ in problems):
        return "failed"
    if fail_on == "inactive" and (
        any(verdict.status == "inactive" for verdict in counted)
        or any(problem.code in LOST for problem in problems)
    ):
        return "failed"
    if any(verdict.status in ("undecided", "vacuous") for verdict in counted):
        return "undecided"
    return "passed"


def review(
    source: "Written | Story",
    *,
    today: "date | None" = None,
    settings: "Settings | None" = None,
    properties: "Written | None" = None,
    seconds: float = 60.0,
    alpha: float = 1e-3,
    fail_on: FailOn = "error",
    endings: bool = False,
    base: "Story | None" = None,
    base_name: str = "",
    base_said: str = "",
    base_rules: "Written | None" = None,
    attribution: float = 30.0,
    progress: "Progress | None" = None,
) -> Review:
    """A story read, checked and judged, against a base where one is given; never raises for a wrong story.

    `properties` is a file of further properties, `base_rules` that file as it was at the base; `base_said`
    is why there is no base where one was asked for. What held the base and does not hold the story now is
    a warning. `attribution` is how many seconds telling the changes
    since the base apart may take; `endings` asks how the story ends too. The states are
    those of `Review`; the exit code is 1 where a property fails (with `fail_on="warning"` also one of that
    severity, or a warning), 2 for a wrong story, 3 where something is undecided or vacuous, else 0.
    """
    from sensa.reviewing.pipeline import reviewed

    return reviewed(
        source,
        today=today,
        settings=settings,
        properties=properties,
        seconds=seconds,
        alpha=alpha,
        fail_on=fail_on,
        endings=endings,
        base=base,
        base_name=base_name,
        base_said=base_said,
        base_rules=base_rules,
        attribution=attribution,
        progress=progress,
    )
