"""What a story must satisfy beyond its shape: all errors and warnings at once, one theme a file."""

from datetime import date

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
from sensa.stories.reading import Story

_THEMES = (naming, texts, loops, amounts, challenges, choices, time, outcomes, judgements, properties)


def check(story: Story, today: date | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong or doubtful in a story, by place; it can run if there are no errors.

    `today` decides which credences are stale and which waivers have lapsed; the day of the call if left
    out. That a dependence is not positive definite, and that a case leaves no option, shows only in
    compiling.
    """
    beyond = tuple(limits.problems(view_of(story)))
    if beyond:
        return in_order(beyond)
    day = today or days.today()
    view, unread = filled(view_of(story))
    found = [*unread, *(problem for theme in _THEMES for problem in theme.problems(view))]
    found += allowances.problems(view, day)
    doubted = [*doubts.problems(view, day), *waivers.problems(view, day)]
    if any(problem.severity == "error" for problem in found):  # what seems idle may only be misspelt
        doubted = [problem for problem in doubted if problem.code not in (*idle.CODES, "idle-waiver")]
    return in_order([*at_most(found), *allowances.kept(view.document, doubted)])
