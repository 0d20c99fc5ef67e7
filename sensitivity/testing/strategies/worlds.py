"""Worlds of a story: violated assumptions, and values of numbers within their intervals.

They shrink to the fewest violations first, then to stated values: each number is a whole number of steps
from its stated value.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from hypothesis import strategies as st

from sensa.pipeline import prepare
from sensa.properties.evaluate import Meter
from sensa.session import Session, World
from sensa.stories.properties.scopes import violable
from sensa.stories.schema.properties import Violate
from sensa.stories.story import Story

MAX_STEP = 20  # steps from the stated value to an end
STEPS = st.integers(-2 * MAX_STEP, 2 * MAX_STEP)  # clipped to the ends, so that corners are frequent


def worlds(
    story: Story | Session,
    violate: int | tuple[int, int] | Mapping[str, Any] = (0, 3),
    credences: Literal["interval", "stated"] = "interval",
) -> st.SearchStrategy[World]:
    """Worlds in which some assumptions are violated and uncertain numbers have values in their intervals.

    `violate` is the maximum number of violations, or the minimum and maximum, or the keys of a property's
    `violate`, such as `{"max": 2, "tags": ["oversight"]}`. With `credences="interval"` each uncertain number
    lies within its central 90 % interval (an `interval` within its bounds), in 20 steps to either side, often
    at the ends; with `"stated"` none is moved. Numbers that are not moved are not in the world, and stay
    uncertain.
    Examples shrink to the fewest violations, then to the fewest and smallest moves.
    """
    session = prepared(story)
    names, least, most = _violable(session.story, violate)
    violated = subsets(names, least, most)
    if credences == "stated":
        return st.builds(World, violated=violated)
    if credences != "interval":
        raise ValueError(f"`credences` must be `interval` or `stated`, not `{credences}`")
    return st.builds(World, violated=violated, credences=_credences(session))


def credences(story: Story | Session) -> st.SearchStrategy[dict[str, float]]:
    """Values of uncertain numbers by path, within their intervals; unmoved ones are left out.

    For `session.at`, or for `story.with_values`. They shrink towards the stated values.
    """
    return _credences(prepared(story))


def prepared(story: Story | Session) -> Session:
    """The session of a story; a session is returned unchanged."""
    return story if isinstance(story, Session) else prepare(story)


def subsets(names: Sequence[str], least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Sets of names, in their order, of every size from least to most.

    A set is drawn as `most` places, each a name or, at 0 and below, none. Leaving a name out is then a change
    of one number, so shrunk sets have no redundant name. (Lists of maximal length do not shrink so well:
    Hypothesis does not find that they can be shorter.)
    """
    most = min(most, len(names))
    if least > most:
        raise ValueError(f"expected {least} violations, but there are at most {most}")
    place = st.integers(-len(names), len(names))
    chosen = st.tuples(*[place] * most).map(lambda places: sorted({i for i in places if i > 0}))
    kept = chosen.filter(lambda places: len(places) >= least) if least else chosen
    return kept.map(lambda places: tuple(names[i - 1] for i in places))


def moved(meter: Meter, parameter: int, step: int) -> float:
    """The value of a parameter `step` steps from its stated value towards one of its ends."""
    low, high = meter.ends(parameter)
    stated = meter.stated(parameter)
    share = min(abs(step), MAX_STEP) / MAX_STEP
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
    wanted = Violate.model_validate(
        {key: tuple(one) if isinstance(one, list) else one for key, one in violate.items()}
    )
    if set(wanted.kinds) != {"assumption"}:
        raise ValueError("worlds violate assumptions only")
    return violable(story.document, wanted), wanted.min, wanted.max
