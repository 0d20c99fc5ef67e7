"""What a story must satisfy beyond its shape: all errors and warnings at once, one theme a file."""

from datetime import date
from typing import TYPE_CHECKING

from sensa.stories import days
from sensa.stories.checking import (
    allowances,
    amounts,
    challenges,
    choices,
    doubts,
    idle,
    judgements,
    limits,
    loops,
    naming,
    outcomes,
    properties,
    texts,
    time,
    waivers,
)
from sensa.stories.checking.view import filled, view_of
from sensa.stories.problems import Problem, at_most, in_order

if TYPE_CHECKING:
    from sensa.stories.story import Story

_THEMES = (naming, texts, loops, amounts, challenges, choices, time, outcomes, judgements, properties)


def check(story: "Story", today: date | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong or doubtful in a story, by place; it can run if there are no errors.

    `today` decides which credences are stale and which waivers have lapsed; the day of the call if left
    out. That a dependence is not positive definite, and that a case leaves no option, shows only in
    compiling.
    """
    return _checked(story, today)[0]


def turned_off(story: "Story", today: date | None = None) -> tuple[Problem, ...]:
    """The warnings that `check` leaves out, as the story turns them off."""
    return _checked(story, today)[1] if story.document.allow else ()


def _checked(story: "Story", today: date | None) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    beyond = tuple(limits.problems(view_of(story)))
    if beyond:
        return in_order(beyond), ()
    day = today or days.today()
    view, unread = filled(view_of(story))
    found = [*unread, *(problem for theme in _THEMES for problem in theme.problems(view))]
    found += allowances.problems(view, day)
    doubted = [*doubts.problems(view, day), *waivers.problems(view, day)]
    wrong = any(problem.severity == "error" for problem in found)
    if wrong:  # what seems idle may only be misspelt
        doubted = [problem for problem in doubted if problem.code not in (*idle.CODES, "idle-waiver")]
    kept, off = allowances.split(view.document, doubted)
    unused = () if wrong else allowances.idle(view, off)
    return in_order([*at_most(found), *kept, *unused]), off
