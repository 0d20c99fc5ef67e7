"""Make a review: read, check and judge a story, and determine the state and exit code."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from time import monotonic
from typing import get_args

from sensa import pipeline
from sensa.comparing.changes import Comparison
from sensa.comparing.comparison import compare
from sensa.engines.protocol import EngineRefusal
from sensa.evidence.agreement import NO_LOGS, agreement
from sensa.interrupts import TimeUp
from sensa.methods.broken_values import require_values
from sensa.properties.declared import declared
from sensa.properties.judge import judge
from sensa.properties.verdicts import Judgement
from sensa.reviewing.added_waivers import newly_waived
from sensa.reviewing.first_look import Readable, first_look, out_of_time
from sensa.reviewing.later import Later
from sensa.reviewing.lost_logs import uncounted
from sensa.reviewing.lost_requirements import failing_by, inactive, lost, stated_by, without_base
from sensa.reviewing.lost_signatures import newly_allowed, signed_again, unsigned
from sensa.reviewing.narrowed import narrowed
from sensa.reviewing.review import CODES, COUNTED, Ending, FailOn, Result, Review, Violated, state_of
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.session import Session
from sensa.stories import days
from sensa.stories.arguments import require_day, require_number
from sensa.stories.checking import allowances
from sensa.stories.checking.all_checks import turned_off
from sensa.stories.loading import require_story
from sensa.stories.policies import rules, without_rules
from sensa.stories.problems import Problem, StoryError, in_order, unknown
from sensa.stories.reading import Written
from sensa.stories.story import Story

HEAD_SHARE = 0.6  # of the time for the story's properties, if there is a base to judge too
NO_PROBLEMS: tuple[Problem, ...] = ()
NO_ENDINGS: tuple[Ending, ...] = ()
NO_VIOLATIONS: tuple[Violated, ...] = ()


def review(
    source: Written | Story | Readable,
    *,
    today: date | None = None,
    settings: Settings | None = None,
    properties: Written | None = None,
    seconds: float = 60.0,
    alpha: float = 1e-3,
    fail_on: FailOn = "error",
    endings: bool = False,
    result: bool = False,
    base: Story | None = None,
    base_name: str = "",
    base_said: str = "",
    base_rules: Written | None = None,
    attribution: float = 30.0,
    progress: Progress | None = None,
) -> Review:
    """Read, check and judge a story, against a base if given; does not raise for a wrong story.

    A source that was read already has its rules too. `properties` is a file of further properties,
    `base_rules` that file as it was at the base; `base_said` is why there is no base although one was
    requested. Requirements of the base that no longer apply to the story are warnings. The evaluation logs
    beside a story in a file are compared with its counts, as far as they are there. `attribution` is the time
    limit in seconds for attributing changes since the base; `endings` includes how the story ends, `result`
    all that a run computes. The states are those of `Review`; the exit code is 1 if a property fails (with
    `fail_on="warning"` also one of that severity, or a warning), 2 for a wrong story, 3 if something is
    undecided or vacuous, else 0.
    """
    start = source.start if isinstance(source, Readable) else monotonic()
    if today is not None:
        require_day("today", today)
    options = _Options(
        today=today or days.today(),
        settings=settings,
        seconds=seconds,
        start=start,
        alpha=alpha,
        fail_on=fail_on,
        endings=endings,
        result=result,
        base=base,
        base_name=base_name,
        base_said=base_said,
        base_rules=base_rules,
        attribution=attribution,
        progress=progress or no_progress,
    )
    looked = source if isinstance(source, Readable) else first_look(source, options.today, properties)
    return looked if isinstance(looked, Review) else _finished(looked, options)


def _finished(looked: Readable, options: "_Options") -> Review:
    """The review of a story without errors in its text; failures become its state."""
    empty = replace(looked.review, problems=())
    try:
        found = _reviewed(looked, options)
    except StoryError as error:
        return replace(empty, problems=error.problems)
    except EngineRefusal as refusal:
        return replace(empty, state="undecided", exit_code=CODES["undecided"], message=str(refusal))
    except TimeUp as up:
        return out_of_time(empty, up)
    state = state_of(found.judgement, found.problems, options.fail_on)
    if state == "passed" and found.message:
        state = "undecided"
    return replace(found, state=state, exit_code=CODES[state], seconds=monotonic() - options.start)


@dataclass(frozen=True)
class _Options:
    """The options of a review, besides the story and its rules."""

    today: date
    settings: Settings | None
    seconds: float
    start: float  # of `time.monotonic`
    alpha: float
    fail_on: FailOn
    endings: bool
    result: bool
    base: Story | None
    base_name: str
    base_said: str
    base_rules: Written | None
    attribution: float  # seconds
    progress: Progress

    def __post_init__(self) -> None:
        """Raise `ValueError` or `TypeError` for values of the wrong kind."""
        if self.base is not None:
            require_story(self.base)
        if self.fail_on not in get_args(FailOn):
            raise ValueError(unknown("fail_on", self.fail_on, get_args(FailOn)))
        for name in ("seconds", "alpha", "attribution"):
            require_number(name, getattr(self, name))

    def left(self, share: float = 1.0) -> float:
        """The seconds left of the time limit, or of a share of it."""
        return self.start + share * self.seconds - monotonic()


@dataclass(frozen=True)
class _Base:
    """The version that a story is compared with."""

    story: Story
    session: Session
    ruled: Story | None


def _reviewed(looked: Readable, options: _Options) -> Review:
    """The complete review. Raises `StoryError` if a parameter value breaks the story."""
    base = None
    try:
        session = pipeline.prepare(looked.story, options.settings, options.progress)
        require_values(session)
        base = _base(options)
        return _judged(session, base, options, looked)
    except RunError as error:
        raise StoryError((*looked.review.problems, _broken(error, looked.story, base))) from None


def _base(options: _Options) -> _Base | None:
    """The prepared base, and its rules if they fit it; errors there may be fixed by now."""
    if options.base is None:
        return None
    session = pipeline.prepare(without_rules(options.base), options.settings)
    ruled = None
    if options.base_rules is not None:
        with suppress(StoryError):
            ruled = rules(options.base_rules, options.base)
    return _Base(options.base, session, ruled)


def _broken(error: RunError, story: Story, base: _Base | None) -> Problem:
    """The problem for what a parameter value breaks, in the base if that breaks on its own."""
    if base is not None:
        try:
            base.session.samples  # noqa: B018
        except RunError as earlier:
            return pipeline.broken(base.session.story, earlier)
    return pipeline.broken(story, error)


def _judged(session: Session, base: _Base | None, options: _Options, looked: Readable) -> Review:
    """The verdicts, and then the other parts of a review while there is time."""
    ruled, review = looked.ruled, looked.review
    judgement = judge(
        session,
        today=options.today,
        base=None if base is None else base.session,
        properties=() if ruled is None else declared(ruled),
        seconds=options.left(1.0 if base is None else HEAD_SHARE),
        alpha=options.alpha,
    )
    later = Later(options.start + options.seconds)
    said = later("warnings that need compiling", lambda: pipeline.said_of(session), NO_PROBLEMS)
    ends, violated = NO_ENDINGS, NO_VIOLATIONS
    if options.endings:
        ends = later("how the story ends", lambda: tuple(_endings(session)), NO_ENDINGS)
        violated = later("what violations do", lambda: tuple(_violated(session)), NO_VIOLATIONS)
    before, comparison = (None, None) if base is None else _against(session, base, options, later)
    engine = session.ends.way if "ends" in vars(session) else ""
    logs = NO_LOGS
    if looked.logs:
        logs = later("the evaluation logs", lambda: agreement(session.story), NO_LOGS)
    said, off = allowances.split(session.story.document, (*said, *logs.problems))
    result = (
        later("the whole result", lambda: _result(session, options.today), None) if options.result else None
    )
    missing = _missing(session, ruled, base, judgement, options, later, review.file)
    again = "" if base is None else signed_again(session.story, base.story, options.base_name)
    return replace(
        review,
        problems=in_order((*review.problems, *said, *missing)),
        turned_off=len(turned_off(session.story, options.today)) + len(off),
        judgement=judgement,
        endings=ends,
        violated=violated,
        comparison=comparison,
        before=before,
        engine=engine,
        seed=session.settings.seed,
        notes=tuple(filter(None, ("" if missing else options.base_said, logs.note, again))),
        message=later.message,
        result=result,
    )


def _result(session: Session, today: date) -> Result:
    from sensa.reviewing.shown import shown

    return Result(pipeline.analyse(session), shown(session, today))


def _against(
    session: Session, base: _Base, options: _Options, later: Later
) -> tuple[Judgement | None, Comparison | None]:
    """The verdicts on the base, and the changes since, each only if there is time."""
    before = later(
        "the properties of the base",
        lambda: judge(
            base.session,
            today=options.today,
            properties=() if base.ruled is None else declared(base.ruled),
            seconds=options.left() / 2,
            alpha=options.alpha,
        ),
        None,
    )
    comparison = later(
        "the comparison",
        lambda: compare(
            base.story,
            session.story,
            options.base_name,
            options.settings,
            seconds=min(options.attribution, options.left() / 2),
            progress=options.progress,
            prepared=(base.session, session),
        ),
        None,
    )
    return before, comparison


def _missing(
    session: Session,
    ruled: Story | None,
    base: _Base | None,
    judgement: Judgement,
    options: _Options,
    later: Later,
    file: str,
) -> tuple[Problem, ...]:
    """Warnings about requirements of the base that no longer apply, or could not be judged."""
    if base is None:
        if options.base_said:
            return tuple(without_base(file, options.base_said, judgement))
        return tuple(inactive(judgement)) if options.fail_on in COUNTED else ()
    requirements = stated_by(base.session.story, base.ruled), stated_by(session.story, ruled)
    found = later(
        "requirements of the base",
        lambda: tuple(
            lost(
                session,
                base.session,
                options.base_name,
                *requirements,
                judgement,
                today=options.today,
                seconds=options.left(),
            )
        ),
        NO_PROBLEMS,
    )
    failing = partial(
        failing_by,
        base=base.session,
        name=options.base_name,
        stated=requirements[0],
        now=judgement,
        today=options.today,
        seconds=options.left(),
    )
    ends = later(
        "what counts as a catastrophe",
        lambda: tuple(narrowed(session, base.session, options.base_name, requirements[0], failing)),
        NO_PROBLEMS,
    )
    versions = session.story, base.session.story, options.base_name
    marks = (*unsigned(*versions), *uncounted(*versions), *newly_allowed(*versions))
    return (*found, *ends, *newly_waived(*versions, options.today), *marks, *inactive(judgement))


def _endings(session: Session) -> Iterable[Ending]:
    from sensa.analyses.outcomes import outcomes

    data = outcomes(session)
    seen = data["mean"].where((data["mean"] > 0) | (data["high"] == 0))
    for i, name in enumerate(data["outcome"].values):
        low, high = (float(data["quantiles"].sel(quantile=level)[i]) for level in (0.05, 0.95))
        yield Ending(str(name), str(data["kind"].values[i]), float(seen[i]), low, high)


def _violated(session: Session) -> Iterable[Violated]:
    from sensa.methods.interventions import CHANGE, VIOLATED
    from sensa.methods.unmet_outcomes import paired_as_met

    names = list(session.circuit.assumption_coins)
    of_catastrophe = paired_as_met(session, names).mean[:, :, len(session.outcomes)]
    risk, change = of_catastrophe[VIOLATED], of_catastrophe[CHANGE]
    return map(Violated, names, risk.tolist(), change.tolist())
