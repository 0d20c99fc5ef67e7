"""How a review comes about: read, check, judge, and put what was found into words and a code."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from time import monotonic

from sensa import running
from sensa.comparing.comparison import compare
from sensa.engines import EngineRefusal
from sensa.model import Model, Progress, Settings, no_progress
from sensa.parameters import RunError
from sensa.properties.judging import judge, stated
from sensa.reviewing import CODES, Ending, FailOn, Review, state_of
from sensa.stories import days
from sensa.stories.checking import check
from sensa.stories.problems import Problem, StoryError, in_order
from sensa.stories.reading import Story, Written, read
from sensa.stories.rules import rules, waives


def reviewed(
    source: Written | Story,
    *,
    today: date | None,
    settings: Settings | None,
    properties: Written | None,
    seconds: float,
    alpha: float,
    fail_on: FailOn,
    endings: bool,
    base: Story | None,
    base_name: str,
    attribution: float,
    progress: Progress | None,
) -> Review:
    """See `sensa.reviewing.review`."""
    start = monotonic()
    day = today or days.today()
    file = source.file if isinstance(source, Story) else str(source)
    empty = Review(file, "", "", "wrong", CODES["wrong"])
    try:
        story = source if isinstance(source, Story) else read(source)
    except StoryError as error:
        return replace(empty, problems=error.problems)
    empty = replace(empty, title=story.document.story.title, digest=story.digest)
    try:
        _, ruled, problems = examined(story, day, properties)
        model = running.prepare(story, settings, progress or no_progress)
        before = None if base is None else running.prepare(running.load(base), settings)
        judgement = judge(
            model,
            today=day,
            base=before,
            properties=() if ruled is None else stated(ruled),
            seconds=seconds,
            alpha=alpha,
        )
        found = replace(
            empty,
            problems=in_order((*problems, *running.said_of(model))),
            judgement=judgement,
            endings=tuple(_endings(model)) if endings else (),
            comparison=None
            if base is None
            else compare(
                base, story, base_name, settings, seconds=attribution, progress=progress or no_progress
            ),
            before=None if before is None else judge(before, today=day, seconds=seconds, alpha=alpha),
            engine=model.ends.way if endings or "ends" in vars(model) else "",
            seed=model.settings.seed,
        )
    except StoryError as error:
        return replace(empty, problems=error.problems)
    except RunError as error:
        return replace(empty, problems=in_order((*problems, running.broken(story, error))))
    except EngineRefusal as refusal:
        return replace(empty, state="undecided", exit_code=CODES["undecided"], message=str(refusal))
    state = state_of(found.judgement, found.problems, fail_on)
    return replace(found, state=state, exit_code=CODES[state], seconds=monotonic() - start)


def examined(
    source: Written | Story, today: date, properties: Written | None
) -> tuple[Story, Story | None, tuple[Problem, ...]]:
    """A story, the rules it is held to (as a story), and its warnings. Raises `StoryError`."""
    story = source if isinstance(source, Story) else read(source)
    ruled = None if properties is None else rules(properties, story)
    problems = check(story, today)
    if ruled is not None:
        problems = tuple(problem for problem in problems if not waives(problem, story, ruled))
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problems)
    return story, ruled, problems


def _endings(model: Model) -> Iterable[Ending]:
    from sensa.analyses.outcomes import outcomes

    data = outcomes(model)
    for i, name in enumerate(data["outcome"].values):
        low, high = (float(data["quantiles"].sel(quantile=level)[i]) for level in (0.05, 0.95))
        yield Ending(str(name), str(data["kind"].values[i]), float(data["mean"][i]), low, high)
