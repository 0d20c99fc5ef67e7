"""How what a property compares is distributed over the uncertain numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.properties.cases import Case, scope
from sensa.properties.declared import DeclaredProperty, declared
from sensa.properties.margins import MeteredRequirement
from sensa.properties.meters import Measures
from sensa.properties.run_measures import measures_of, own_measures
from sensa.properties.sides import Sides
from sensa.session import Session
from sensa.stories.properties.requirements import SobolTotal

LEVELS = tuple(i / 40 for i in range(1, 40))
POINTS = 4096  # of the run's values of the uncertain numbers
LEVEL = 0.95  # of intervals that are not used: nothing is sampled but the numbers


@dataclass(frozen=True)
class Distribution:
    """The quantity of a property over the uncertain numbers, in the story as it is."""

    property: str
    quantity: str  # as written: the side that varies; the margin where both do
    levels: tuple[float, ...]
    quantiles: tuple[float, ...]
    limit: float
    below: bool  # whether it has to be below the limit
    holds: float  # the share of the distribution where the requirement holds
    asked: float | None  # the share that the property asks for
    ranges: bool  # whether the property ranges over further cases


def distributions(session: Session, found: Measures | None = None) -> tuple[Distribution, ...]:
    """The distribution of each property's quantity; of those whose quantity varies and has one.

    `found` are the story's `own_measures`, if at hand.

    Only where worlds are exact. Properties that read a base, a move (`before`, `after`) or a Sobol' index
    have none. Misleads as a verdict: that is over all cases of the property.
    """
    every = [one for one in declared(session.story) if _plain(one)]
    if not every or not session.circuit.parameters or session.ends.way != "exact":
        return ()
    known = own_measures(session) if found is None else found
    theta = _first_points(session)
    return tuple(made for one in every for made in _of(session, known, theta, one))


def _plain(one: DeclaredProperty) -> bool:
    return all(m.version == "" and not isinstance(m.measure, SobolTotal) for m in one.requirement.measured)


def _of(session: Session, known: Measures, theta: Floats, one: DeclaredProperty) -> Iterator[Distribution]:
    head = known.meter(measures_of(one.requirement, base=False))
    asked = MeteredRequirement(one.requirement, head, None, {}, LEVEL)
    try:
        if not asked.exact:
            return
        sides = asked.at([Case()], theta)
    except EngineRefusal:
        return
    defined = ~np.isnan(sides.margin.low[0])
    found = _quantity(one.written.require, sides, defined)
    if found is None:
        return
    text, values, limit, below = found
    yield Distribution(
        one.name,
        text,
        LEVELS,
        tuple(np.quantile(values, LEVELS).tolist()),
        limit,
        below,
        float(sides.holds[0][defined].mean()),
        one.written.quantile,
        scope(session.story.document, one.written.forall).total > 1,
    )


def _first_points(session: Session) -> Floats:
    """The first points of each replicate of the run; the first are evenly spread, every other one is not."""
    each = max(POINTS // session.settings.replicates, 1)
    blocks = [block for block in session.points.blocks() if block.start < each]
    return np.concatenate([block.theta[: each - block.start] for block in blocks])


def _quantity(
    require: str, sides: Sides, known: npt.NDArray[np.bool_]
) -> tuple[str, Floats, float, bool] | None:
    """The side that varies, its values, the limit, and whether it has to be below; None if nothing varies."""
    left, right = sides.left.low[0][known], sides.right.low[0][known]
    sign = next(sign for sign in ("<=", ">=", "<", ">") if sign in require)
    first, _, second = (part.strip() for part in require.partition(sign))
    less = sign.startswith("<")
    if not len(left) or (_same(left) and _same(right)):
        return None
    if _same(right):
        return first, left, float(right[0]), less
    if _same(left):
        return second, right, float(left[0]), not less
    return f"{first} - ({second})", left - right, 0.0, less


def _same(values: Floats) -> bool:
    return bool((values == values[0]).all())
