"""Read, check, analyse and judge one story, for `sensa run`."""

import time
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sensa.cli.exit_codes import Code, worst
from sensa.cli.options import MAX_DIAGRAM_SECONDS, rules_from
from sensa.cli.progress import ShownProgress
from sensa.cli.scheduling import workers_of
from sensa.cli.standard_input import written
from sensa.cli.storing import kept_in, of_story
from sensa.cli.terminal import note
from sensa.interrupts import TimeUp, limited
from sensa.properties.verdicts import Judgement
from sensa.reviewing.review import FailOn
from sensa.stories.days import today as day_now
from sensa.stories.problems import Problem

if TYPE_CHECKING:
    import xarray as xr

    from sensa.engines.choice import Choice
    from sensa.sampling.estimates import Precision
    from sensa.sampling.settings import Settings
    from sensa.session import Session
    from sensa.stories.story import Story

CUT_SHORT = ("seconds", "interrupted")


@dataclass(frozen=True)
class Wanted:
    """The options of a run."""

    seed: int
    points: int
    engine: "Choice"
    precision: "Precision | None"
    samples: int | None
    analyses: tuple[str, ...] | None
    methods: tuple[str, ...] = ()
    given: str | None = None
    properties: str | None = None
    fail_on: FailOn = "error"
    today: date | None = None
    seconds: float | None = None  # None: no limit
    config_from: str | None = None
    store: str | None = None  # the directory that keeps blocks
    resume: bool = False
    scheduler: str = "local"
    workers: int | None = None

    @property
    def most_seconds(self) -> float:
        """The time limit; infinite without one."""
        return float("inf") if self.seconds is None else self.seconds

    def settings(self) -> "Settings":
        """The settings of a session."""
        from sensa.sampling.settings import Settings

        return Settings(
            seed=self.seed,
            points=self.points,
            engine=self.engine,
            precision=self.precision,
            samples=self.samples,
            seconds=min(MAX_DIAGRAM_SECONDS, self.most_seconds / 2),
        )


@dataclass(frozen=True)
class Answered:
    """A story's result, and everything reported with it."""

    file: str
    tree: "xr.DataTree"
    problems: tuple[Problem, ...]
    allowed: int  # warnings that the story turns off
    unclaimed: tuple[str, ...]
    judgement: Judgement
    code: Code
    seconds: float
    session: "Session"


def answer(file: str, wanted: Wanted, *, shown: bool) -> Answered:
    """Read, check and analyse a story; raises as `sensa.pipeline` does, run errors with their place."""
    start = time.monotonic()
    with limited(wanted.seconds):
        story, ruled, warnings = _examined(file, wanted)
        read = time.monotonic() - start
        from sensa import pipeline  # the numeric stack, which a wrong story does not need

        with pipeline.located(story):
            return _analysed(story, ruled, warnings, wanted, time.monotonic() - read, shown=shown)


def _analysed(
    story: "Story",
    ruled: "Story | None",
    warnings: tuple[Problem, ...],
    wanted: Wanted,
    start: float,
    *,
    shown: bool,
) -> Answered:
    from sensa import pipeline
    from sensa.stories.checking import allowances
    from sensa.stories.checking.all_checks import turned_off

    most, settings = wanted.most_seconds, wanted.settings()
    with (
        of_story(wanted.store, story, settings, resume=wanted.resume, quiet=not shown) as store,
        workers_of(wanted.scheduler, wanted.workers) as workers,
        ShownProgress(wanted=shown, logged=store is not None) as progress,
    ):
        session = pipeline.prepare(story, settings, progress)
        if store is not None or workers is not None:
            session = replace(session, journal=store, workers=workers)
        tree = pipeline.analyse(session, wanted.analyses, wanted.methods, given=wanted.given)
        judgement = _judged(session, ruled, wanted, tree, start + most - time.monotonic())
        cut = tree.attrs["stopped"] in CUT_SHORT
        if cut and store is not None:
            note(kept_in(store))
        late, off = allowances.split(story.document, () if cut else _late(session))
    unclaimed = tuple(p.path for p in session.circuit.parameters if p.distribution.family == "interval")
    seconds = time.monotonic() - start
    code = _code(tree, warnings, judgement, wanted.fail_on)
    allowed = len(turned_off(story, wanted.today)) + len(off)
    return Answered(
        story.file, tree, (*warnings, *late), allowed, unclaimed, judgement, code, seconds, session
    )


def _examined(file: str, wanted: Wanted) -> "tuple[Story, Story | None, tuple[Problem, ...]]":
    """The story, the rules that apply besides its own properties, and its warnings."""
    rules = rules_from(wanted.properties, wanted.config_from)
    if rules is None:
        from sensa.stories.loading import examine

        story, problems = examine(written(file))
        return story, None, problems
    from sensa.stories.policies import examined

    return examined(written(file), wanted.today or day_now(), rules)


def _late(session: "Session") -> tuple[Problem, ...]:
    """The warnings that need the circuit, if there is time for them."""
    from sensa import pipeline

    try:
        return pipeline.late_warnings(session)
    except TimeUp:
        return ()


def _judged(
    session: "Session", ruled: "Story | None", wanted: Wanted, tree: "xr.DataTree", left: float
) -> Judgement:
    """The verdicts on the properties of the story and the rules, in the time left; none if interrupted."""
    document = session.story.document
    if not (document.properties or document.waivers or ruled) or tree.attrs["stopped"] == "interrupted":
        return Judgement()
    from sensa.properties.declared import declared
    from sensa.properties.judge import judge

    further = () if ruled is None else declared(ruled)
    return judge(session, today=wanted.today or day_now(), properties=further, seconds=left)


def _code(tree: "xr.DataTree", problems: tuple[Problem, ...], judgement: Judgement, fail_on: FailOn) -> Code:
    if tree.attrs["stopped"] == "interrupted":
        return Code.INTERRUPTED
    from sensa.reviewing.review import CODES, state_of
    from sensa.stories.codes import SIGN_OFFS

    late = Code.UNDECIDED if tree.attrs["stopped"] == "seconds" else Code.WELL
    suspect = [problem for problem in problems if problem.code in SIGN_OFFS]
    return worst([Code(CODES[state_of(judgement, suspect, fail_on)]), late])
