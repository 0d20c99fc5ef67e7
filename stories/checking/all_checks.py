"""Checks beyond the shape of a story: all errors and warnings at once, one theme per file."""

from datetime import date
from typing import TYPE_CHECKING

from sensa.stories import days
from sensa.stories.checking import (
    allowances,
    amounts,
    blanks,
    challenges,
    choices,
    doubts,
    drawn_experts,
    evidence,
    idle,
    judgements,
    lapsed_waivers,
    loops,
    naming,
    outcome_rules,
    properties,
    rows,
    signatures,
    size_limits,
    texts,
    time,
)
from sensa.stories.checking.view import filled, view_of
from sensa.stories.problems import Problem, at_most, in_order

if TYPE_CHECKING:
    from sensa.stories.story import Story

_THEMES = (
    naming, texts, loops, amounts, challenges, choices, rows, time, outcome_rules, judgements, properties,
    blanks, drawn_experts, evidence, signatures,
)  # fmt: skip


def check(story: "Story", today: date | None = None) -> tuple[Problem, ...]:
    """Find all errors and warnings of a story, sorted by place; without errors it can run.

    `today` decides which credences are stale and which waivers have lapsed; it defaults to the current day.
    Only compiling finds a dependence that is not positive definite, and a case that leaves no option.
    """
    return _checked(story, today)[0]


def turned_off(story: "Story", today: date | None = None) -> tuple[Problem, ...]:
    """The warnings that `check` leaves out because the story turns them off."""
    return _checked(story, today)[1] if story.document.allow else ()


def _checked(story: "Story", today: date | None) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    beyond = tuple(size_limits.problems(view_of(story)))
    if beyond:
        return in_order(beyond), ()
    day = today or days.today()
    view, unread = filled(view_of(story))
    found = [*unread, *(problem for theme in _THEMES for problem in theme.problems(view))]
    found += allowances.problems(view, day)
    doubted = [*doubts.problems(view, day), *lapsed_waivers.problems(view, day)]
    wrong = any(problem.severity == "error" for problem in found)
    if wrong:  # an item that seems idle may only be misspelt
        doubted = [problem for problem in doubted if problem.code not in (*idle.CODES, "idle-waiver")]
    kept, off = allowances.split(view.document, doubted)
    unused = () if wrong else allowances.idle(view, off)
    return in_order([*at_most(found), *kept, *unused]), off
