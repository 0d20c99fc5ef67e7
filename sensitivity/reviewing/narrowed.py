"""Whether a change makes less count as a catastrophe, or as what a property limits, than at the base."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sensa.reviewing.former_outcomes import Outcomes, SameNodes, as_named_now, on_same_nodes
from sensa.session import Session
from sensa.stories.expressions import parse, show
from sensa.stories.problems import Problem, listed, quoted
from sensa.stories.schema.properties import Property
from sensa.stories.story import Story

CODE = "catastrophe-narrowed"
CATASTROPHIC = "catastrophic"
_NAME = re.compile(r"[a-z]\w*")


def narrowed(
    session: Session,
    base: Session,
    name: str,
    former: Mapping[str, Property],
    failing: Callable[[Session], Iterable[Problem]] = lambda _: (),
) -> Iterator[Problem]:
    """Warnings if less counts as catastrophic than by the outcomes of the base, all else being equal.

    Both are asked of the nodes as they are now; if the outcomes of the base read what is gone, of the nodes
    of the base. Names that changed are followed. What worlds cannot show is said too. The same of outcomes
    that a property of the base (`former`) speaks of. `failing` are the warnings of properties that fail in
    the story with the outcomes of the base.
    """
    story, then = session.story, as_named_now(base.story, session.story)
    now: Outcomes = story.values["outcomes"]
    if _rules(now) == _rules(then):
        return
    both = on_same_nodes(session, base)
    found = tuple(_of_catastrophes(story, then, now, both, name))
    yield from found
    if both is not None and not found:
        yield from _of_outcomes(story, both, name, _spoken_of(former, then))
    if both is not None and not both.at_base:
        yield from failing(both.former)


def _of_catastrophes(
    story: Story, then: Outcomes, now: Outcomes, both: SameNodes | None, name: str
) -> Iterator[Problem]:
    lowered = [one for one in now if _is_bad(then.get(one)) and not _is_bad(now[one])]
    less = None if both is None else both.compared(CATASTROPHIC).less
    known = _bad(now) == _bad(then) if both is None else less is not None
    if not lowered and known and not less:
        return
    if lowered:
        are, were = ("are", "were") if len(lowered) > 1 else ("is", "was")
        what = f"{listed(lowered, 'and')} {are} not catastrophic, and {were} at {name}"
    elif less:
        what = f"less counts as catastrophic than at {name}"
    else:
        what = f"whether as much counts as catastrophic as at {name} is not known"
    said = "its outcomes read what is gone" if both is None else _values(both, CATASTROPHIC)
    path = f"outcomes.{lowered[0]}" if lowered else "outcomes"
    yield Problem(CODE, "warning", story.place(path), path, f"{what}: {said}")


def _of_outcomes(story: Story, both: SameNodes, name: str, outcomes: list[str]) -> Iterator[Problem]:
    for one in outcomes:
        if both.compared(one).less:
            message = f"less counts as {quoted(one)} than at {name}: {_values(both, one)}"
            path = f"outcomes.{one}" if one in story.document.outcomes else "outcomes"
            yield Problem(CODE, "warning", story.place(path), path, message)


def _values(both: SameNodes, word: str) -> str:
    found = both.compared(word)
    if both.at_base:
        return f"with all else as there, P({word}) is {found.now}, and was {found.was}"
    return f"P({word}) is {found.now}, and {found.was} by the outcomes there"


def _spoken_of(former: Mapping[str, Property], then: Outcomes) -> list[str]:
    """The outcomes that are no success, and that a property which can fail a review speaks of."""
    texts = (one.require for one in former.values() if one.severity == "error")
    words = {word for text in texts for word in _NAME.findall(text)}
    return [name for name, end in then.items() if name in words and end["kind"] != "success"]


def _rules(outcomes: Outcomes) -> list[tuple[str, str, str | None]]:
    """Each outcome, its kind and its condition, in order; how a condition is laid out does not matter."""
    conditions = {name: show(parse(end["when"])) for name, end in outcomes.items() if "when" in end}
    return [(name, end["kind"], conditions.get(name)) for name, end in outcomes.items()]


def _bad(outcomes: Outcomes) -> list[str | None]:
    return [condition for _, kind, condition in _rules(outcomes) if kind == CATASTROPHIC]


def _is_bad(end: Mapping[str, Any] | None) -> bool:
    return end is not None and end["kind"] == CATASTROPHIC
