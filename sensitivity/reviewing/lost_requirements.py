"""Requirements on a story at its base that no longer apply, so that a change cannot hide a failure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from sensa.comparing.renames import renamed
from sensa.properties.judge import judge
from sensa.properties.verdicts import Judgement, Verdict
from sensa.reviewing.review import CODES, FailOn, Review, state_of
from sensa.reviewing.strictness import Moved, as_it_was, as_strict, uncovered
from sensa.session import Session
from sensa.stories.checking import properties
from sensa.stories.checking.view import view_of
from sensa.stories.problems import Place, Problem, listed, path_of, quoted
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Property
from sensa.stories.story import Story


def without_base(file: str, said: str, judgement: Judgement) -> Iterator[Problem]:
    """A warning if properties are inactive because there is no base; `said` is the reason."""
    names = [verdict.name for verdict in judgement.verdicts if verdict.status == "inactive"]
    if names:
        many = f"{len(names)} properties are" if len(names) > 1 else "one property is"
        message = f"{said}; {many} inactive: {listed(names, 'and')}"
        yield Problem("no-base", "warning", Place(file, 1, 1), "", message)


def removed(file: str, base: Story, name: str, now: str | None, fail_on: FailOn) -> Review:
    """The review of a story of the base that is no longer checked; `now` is its new name, if any."""
    said = "is gone" if now is None else f"is {quoted(now)} now, which is not checked"
    message = f"{quoted(file)} {said}: it was a story at {name}"
    problems = (Problem("story-removed", "warning", Place(file, 1, 1), "", message),)
    state = state_of(Judgement(), problems, fail_on)
    return Review(file, base.document.story.title, base.digest, state, CODES[state], problems=problems)


def inactive(judgement: Judgement) -> Iterator[Problem]:
    """A warning for each property that could not be judged against the base."""
    for verdict in judgement.verdicts:
        if verdict.status == "inactive":
            message = f"{quoted(verdict.name)} is inactive: {verdict.reason}"
            yield Problem("inactive-property", "warning", verdict.place, _path(verdict.name), message)


def stated_by(story: Story, rules: Story | None) -> dict[str, Property]:
    """All properties that apply to a story: its own and those of the rules, by name."""
    return {**story.document.properties, **({} if rules is None else rules.document.properties)}


def lost(
    session: Session,
    base: Session,
    name: str,
    former: Mapping[str, Property],
    kept: Mapping[str, Property],
    now: Judgement,
    *,
    today: date,
    seconds: float,
) -> Iterator[Problem]:
    """A warning for each property of the base that is gone, was loosened or requires something else.

    `former` are the properties that applied to the base, `kept` those that apply to the story; those that are
    not provably as strict are judged as they were, on the story as it is.
    """
    moved = renamed(base.story.values, session.story.values)
    versions = session.story.document, base.story.document, moved
    verdicts = {verdict.name: verdict for verdict in now.verdicts}
    doubtful = {
        key: as_it_was(one, *versions)
        for key, one in former.items()
        if key not in verdicts or key not in kept or not as_strict(kept[key], one, *versions)
    }
    judged = _judged(session, base, doubtful, today, seconds, now.alpha)
    for key in doubtful:
        one, verdict, was = former[key], verdicts.get(key), judged.get(key)
        status = "cannot be judged" if was is None else _status(was)
        required = f"it required {quoted(one.require)} at {name}, which {status} now"
        if verdict is None:
            place, message = Place(session.story.file, 1, 1), f"{quoted(key)} is gone: {required}"
            yield Problem("property-removed", "warning", place, _path(key), message)
        elif _counts(verdict):
            continue  # it fails in any case
        elif was is None or _counts(was):
            message = f"{quoted(key)} {_less(key, kept, one, versions) or 'was loosened'}: {required}"
            yield Problem("property-loosened", "warning", verdict.place, _path(key), message)
        elif one.severity == "error":
            how = _less(key, kept, one, versions) or "requires something else"
            message = f"{quoted(key)} {how}: {required}"
            yield Problem("property-changed", "warning", verdict.place, _path(key), message)


def failing_by(
    former: Session,
    base: Session,
    name: str,
    stated: Mapping[str, Property],
    now: Judgement,
    *,
    today: date,
    seconds: float,
) -> Iterator[Problem]:
    """A warning for each property of the base that holds, and would not by the outcomes of the base.

    `former` is the story as it is, but for its outcomes, which are those of the base.
    """
    passing = {one.name: one for one in now.verdicts if one.severity == "error" and one.status == "pass"}
    moved = renamed(base.story.values, former.story.values)
    versions = former.story.document, base.story.document, moved
    kept = {key: as_it_was(one, *versions) for key, one in stated.items() if key in passing}
    for key, verdict in _judged(former, base, kept, today, seconds, now.alpha).items():
        if _counts(verdict) and verdict.status == "fail":
            message = f"{quoted(key)} fails by the outcomes of {name}, and holds by those of now"
            yield Problem("property-loosened", "warning", passing[key].place, _path(key), message)


def _less(
    key: str,
    kept: Mapping[str, Property],
    then: Property,
    versions: tuple[Document, Document, Moved],
) -> str:
    """What a property does not let fail any more, in words; "" if nothing."""
    if key not in kept:
        return ""
    names = uncovered(kept[key], then, *versions)
    if names:
        return f"does not cover {listed(names, 'or')} any more"
    return "is only a warning now" if _softened(kept[key], then) else ""


def _softened(now: Property, then: Property) -> bool:
    """Whether failing a property fails a review no more, though it requires what it did."""
    same = now.model_copy(update={"severity": then.severity, "claim": then.claim})
    return now.severity == "warning" and then.severity == "error" and same == then


def _judged(
    session: Session, base: Session, former: Mapping[str, Property], today: date, seconds: float, alpha: float
) -> dict[str, Verdict]:
    """Verdicts on former properties, as far as they fit the story, with its waivers."""
    wrong = {
        str(path_of(problem.path)[1])
        for problem in properties.problems(view_of(_with(session.story, former)))
        if problem.severity == "error"
    }
    kept = {key: one for key, one in former.items() if key not in wrong}
    if not kept:
        return {}
    held = replace(session, source=_with(session.story, kept))
    found = judge(held, today=today, base=base, seconds=seconds, alpha=alpha)
    return {verdict.name: verdict for verdict in found.verdicts}


def _with(story: Story, stated: Mapping[str, Property]) -> Story:
    document = story.document.model_copy(update={"properties": dict(stated)})
    return replace(story, document=document)


def _counts(verdict: Verdict) -> bool:
    """Whether a verdict keeps a story from passing."""
    return verdict.severity == "error" and verdict.status in ("fail", "undecided", "vacuous")


def _status(verdict: Verdict) -> str:
    words = {"pass": "holds", "fail": "fails"}
    return words.get(verdict.status, f"is {verdict.status}")


def _path(name: str) -> str:
    return f"properties.{name}"
