"""Requirements over the distribution of the parameters: for a share of it, and at its worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from sensa.estimates import Interval
from sensa.kernels import intervals
from sensa.kernels.program import Floats
from sensa.properties.cases import Case
from sensa.properties.margins import margin_of
from sensa.properties.sides import Asked, Sides
from sensa.stories.requirements import Requirement, SobolTotal

MOST_CORNERS = 14  # parameters all of whose corners are looked at
TRIED = 1 << 12  # values tried where that is no proof
ROUNDS = 4  # through the parameters, one after the other, from the worst value found


def for_share(asked: Asked, cases: Sequence[Case], share: float) -> tuple[Sides, Interval]:
    """The sides where the margin is at the quantile, and the share of the distribution that keeps it.

    A value where a condition is impossible does not keep it. The share's interval is Clopper and Pearson's,
    as if the points were independent; scrambled Sobol' points are closer than that.
    """
    theta = asked.head.samples(len(cases))
    base = None if asked.base is None else asked.base.samples(len(cases))
    if base is not None:
        theta, base = theta[: len(base)], base[: len(theta)]
    sides = asked.at(cases, theta, base)
    kept = sides.holds
    points = kept.shape[1]
    vacuous = sides.vacuous.all(axis=1)
    if points == 1:
        exact = kept[:, 0].astype(np.float64)
        between = Interval(exact, exact)
    else:
        found = intervals.clopper_pearson(kept.sum(axis=1), points, level=asked.level)
        between = Interval(found.low, found.high)
    margin = np.where(np.isnan(sides.margin.low), -np.inf, sides.margin.low)
    at = np.argsort(margin, axis=1, kind="stable")[:, min(int((1 - share) * points), points - 1)]
    rows = np.arange(len(cases))

    def there(each: Interval) -> Interval:
        return Interval(each.low[rows, at], each.high[rows, at])

    nothing = np.where(vacuous, np.nan, 0.0)
    quantile = there(Interval(margin + nothing[:, None], margin + nothing[:, None]))
    return Sides(there(sides.left), there(sides.right), quantile, sides.strict), between


@dataclass(frozen=True, eq=False)
class Worst:
    """Where the margin is least over the box of the parameters' intervals."""

    theta: Floats  # (parameters,)
    sides: Sides  # of shape (1,)
    proven: bool


def at_worst(asked: Asked, case: Case) -> Worst:
    """The least margin over every parameter's central 90 % interval (of an `interval`, all of it).

    The base, where there is one, stands at its means. Proven where the requirement is linear and each
    answer a line in each parameter: then a corner is worst.
    Else what was found by trying is the worst known.
    """
    moved = asked.head.moved(case)
    free = [i for i in asked.head.relevant if i not in moved]
    middle = asked.head.middle
    if not free:
        return _worst_of(asked, case, middle[None], proven=True)
    ends = np.array([asked.head.ends(i) for i in free])
    proven = asked.head.multilinear and linear(asked.requirement) and asked.base is None
    if len(free) <= MOST_CORNERS:
        theta = np.repeat(middle[None], 2 ** len(free), axis=0)
        theta[:, free] = np.array(list(product(*ends)))
        found = _worst_of(asked, case, theta, proven=proven)
        if proven:
            return found
    else:
        found = _worst_of(asked, case, middle[None], proven=False)
    inside = ends[:, 0] + np.random.default_rng(0).random((TRIED, len(free))) * (ends[:, 1] - ends[:, 0])
    theta = np.repeat(middle[None], TRIED, axis=0)
    theta[:, free] = inside
    found = _worse(found, _worst_of(asked, case, theta, proven=False))
    for _ in range(ROUNDS):
        before = found.sides.margin.low[0]
        for column, parameter in enumerate(free):
            theta = np.repeat(found.theta[None], 2, axis=0)
            theta[:, parameter] = ends[column]
            found = _worse(found, _worst_of(asked, case, theta, proven=False))
        if found.sides.margin.low[0] >= before:
            break
    return found


def _worse(a: Worst, b: Worst) -> Worst:
    if np.isnan(a.sides.margin.low[0]) or b.sides.margin.low[0] < a.sides.margin.low[0]:
        return b
    return a


def _worst_of(asked: Asked, case: Case, theta: Floats, *, proven: bool) -> Worst:
    base = None if asked.base is None else np.repeat(asked.base.middle[None], len(theta), axis=0)
    sides = asked.at([case], theta, base)
    margin = sides.margin.low[0]
    at = 0 if np.isnan(margin).all() else int(np.nanargmin(margin))

    def there(each: Interval) -> Interval:
        return Interval(each.low[0, at : at + 1], each.high[0, at : at + 1])

    return Worst(
        theta[at], Sides(there(sides.left), there(sides.right), there(sides.margin), sides.strict), proven
    )


def linear(requirement: Requirement) -> bool:
    """Whether the margin, times what is given, is a linear combination of probabilities.

    So it is where measures stand alone or are multiplied by numbers, and all have the same condition; a
    condition beside numbers or measures without it is not.
    """
    given = {
        None
        if isinstance(one.measure, SobolTotal)
        else (one.version, one.measure.given, one.measure.assumption)
        for one in requirement.measured
        if isinstance(one.measure, SobolTotal) or one.measure.given is not None
    }
    conditional = [
        one for one in requirement.measured if not isinstance(one.measure, SobolTotal) and one.measure.given
    ]
    alike = not given or (len(given) == 1 and len(conditional) == len(requirement.measured))
    margin = margin_of(requirement)
    return alike and None not in given and margin.degree is not None and margin.degree <= 1
