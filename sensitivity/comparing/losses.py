"""Compare the expected losses of two stories."""

from collections.abc import Iterator

from sensa import pipeline
from sensa.comparing.changes import MovedLoss
from sensa.methods.expected_loss import HEAVY, Expected, expected_loss
from sensa.sampling.estimates import spread
from sensa.session import Session

ROUNDING = 1e-12  # relative to the loss; smaller changes are none
CUT_SHORT = "the expected loss is from the samples taken until the time was up"
ONLY_NOW, ONLY_BEFORE = "the base states no losses", "losses are no longer stated"


def moved_loss(before: Session | None, after: Session) -> tuple[MovedLoss | None, tuple[str, ...]]:
    """The expected loss before and after, and notes on it; None if neither states losses.

    The error of the change is that of the differences between paired replicates, which use the same random
    numbers where both stories draw the same, and of the rare outcomes that are estimated on their own.
    Without a base there is no note that it states no loss. Raises `StoryError` if a parameter value breaks a
    loss, `EngineRefusal` beyond the budget.
    """
    first, second = (None if session is None else _expected(session) for session in (before, after))
    sides = [side for side in (first, second) if side is not None]
    if not sides:
        return None, ()
    value, other = (None if side is None else float(side.loss.mean) for side in (first, second))
    errors = [0.0 if side is None else _least(side) for side in (first, second)]
    change = _change(value, other)
    error = _error(*sides) if change is not None else max(errors)
    cut = any(session is not None and session.cut_by is not None for session in (before, after))
    notes = (*_notes(before, first, second), *([CUT_SHORT] if cut else []))
    return MovedLoss(value, other, change, error, *errors), notes


def _expected(session: Session) -> Expected | None:
    with pipeline.located(session.story):
        return expected_loss(session, session.ended)


def _change(before: float | None, after: float | None) -> float | None:
    if before is None or after is None:
        return None
    change = after - before
    return change if abs(change) > ROUNDING * max(abs(before), abs(after)) else 0.0


def _error(before: Expected, after: Expected) -> float:
    """The standard error of the difference; an upper bound if replicates are not paired."""
    first, second = before.replicates, after.replicates
    if len(first) != len(second) and 1 not in (len(first), len(second)):
        return _least(before) + _least(after)
    apart = float(spread(second - first).error)
    return max(apart, before.world, after.world) + before.refined_error + after.refined_error


def _least(side: Expected) -> float:
    return max(float(side.loss.error), side.world)


def _notes(before: Session | None, first: Expected | None, second: Expected | None) -> Iterator[str]:
    if before is not None and first is None:
        yield ONLY_NOW
    if second is None:
        yield ONLY_BEFORE
    if any(side is not None and side.heavy for side in (first, second)):
        yield HEAVY
