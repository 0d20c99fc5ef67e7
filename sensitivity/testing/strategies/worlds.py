"""Worlds of a story: what is violated, and where numbers lie within their intervals.

They shrink to the fewest violations first, then to values as stated: each number is a whole number of steps
from its stated value.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from hypothesis import strategies as st

from sensa.pipeline import prepare
from sensa.properties.evaluate import Meter
from sensa.session import Session, World
from sensa.stories.properties.scopes import violable
from sensa.stories.schema import Violate
from sensa.stories.story import Story

MOST = 20  # steps from the stated value to an end
STEPS = st.integers(-2 * MOST, 2 * MOST)  # those beyond an end are the end, so that corners come up often


def worlds(
    story: Story | Session,
    violate: int | tuple[int, int] | Mapping[str, Any] = (0, 3),
    credences: Literal["interval", "stated"] = "interval",
) -> st.SearchStrategy[World]:
    """Worlds in which some assumptions are violated and uncertain numbers have values in their intervals.

    `violate` is how many are violated: at most so many, or from least to most; or the keys of a property's
    `violate`, as `{"max": 2, "tags": ["oversight"]}`. With `credences="interval"` each uncertain number lies
    within its central 90 % interval (an `interval` within its bounds) in 20 steps to either side, the ends
    often; with `"stated"` none is moved. Numbers that are not moved are not in the world, and stay uncertain.
    Examples shrink to the fewest violations, then to the fewest and smallest moves.
    """
    session = prepared(story)
    names, least, most = _violable(session.story, violate)
    violated = subsets(names, least, most)
    if credences == "stated":
        return st.builds(World, violated=violated)
    if credences != "interval":
        raise ValueError(f"credences: `interval` or `stated`, not `{credences}`")
    return st.builds(World, violated=violated, credences=_credences(session))


def credences(story: Story | Session) -> st.SearchStrategy[dict[str, float]]:
    """Values of uncertain numbers by path, within their intervals; those that stay as stated are left out.

    For `session.at`, or for `story.with_values`. They shrink towards the stated values.
    """
    return _credences(prepared(story))


def prepared(story: Story | Session) -> Session:
    """A session of the story; one that is given is taken as it is."""
    return story if isinstance(story, Session) else prepare(story)


def subsets(names: Sequence[str], least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Sets of names, in their order, of every size from least to most.

    A set is that many places, each a name or, at 0 and below, none: so leaving a name out is a change of one
    number, wherever it is, and what a set shrinks to has no name that could be left out. (A list that is as
    long as it may be does not shrink so: Hypothesis does not find that it can be shorter.)
    """
    most = min(most, len(names))
    if least > most:
        raise ValueError(f"{least} violations are wanted, of {most} at most")
    place = st.integers(-len(names), len(names))
    chosen = st.tuples(*[place] * most).map(lambda places: sorted({i for i in places if i > 0}))
    kept = chosen.filter(lambda places: len(places) >= least) if least else chosen
    return kept.map(lambda places: tuple(names[i - 1] for i in places))


def moved(meter: Meter, parameter: int, step: int) -> float:
    """The value of a parameter so many steps from its stated value to one of its ends."""
    low, high = meter.ends(parameter)
    stated = meter.stated(parameter)
    share = min(abs(step), MOST) / MOST
    end = max(high, stated) if step > 0 else min(low, stated)
    return end if share == 1.0 else stated + share * (end - stated)


def _credences(session: Session) -> st.SearchStrategy[dict[str, float]]:
    meter = Meter(session, (), {})
    paths = [parameter.path for parameter in session.circuit.parameters]

    def values(steps: tuple[int, ...]) -> dict[str, float]:
        return {path: moved(meter, i, steps[i]) for i, path in enumerate(paths) if steps[i]}

    return st.tuples(*[STEPS for _ in paths]).map(values)


def _violable(
    story: Story, violate: int | tuple[int, int] | Mapping[str, Any]
) -> tuple[tuple[str, ...], int, int]:
    if not isinstance(violate, Mapping):
        least, most = (0, violate) if isinstance(violate, int) else violate
        violate = {"min": least, "max": most}
    asked = Violate.model_validate(
        {key: tuple(one) if isinstance(one, list) else one for key, one in violate.items()}
    )
    if set(asked.kinds) != {"assumption"}:
        raise ValueError("worlds violate assumptions only")
    return violable(story.document, asked), asked.min, asked.max
