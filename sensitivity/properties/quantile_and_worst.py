"""Requirements over the distribution of the parameters: for a share of it, and at its worst."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.kernels.programs import bernstein
from sensa.kernels.programs.bernstein import MAX_DEGREE
from sensa.kernels.ties import ranks
from sensa.methods.boxes import BOXES_WORK, GRID_WORK, MAX_BOXES, MAX_GRID
from sensa.methods.branch_and_bound import Box
from sensa.properties.cancellation import margin_of
from sensa.properties.cases import Case
from sensa.properties.margins import Asked, Sides
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import Requirement, SobolTotal

MAX_CORNERS = 14  # parameters all of whose corners are looked at
MAX_HALVINGS = 500  # of the box of a polynomial
MEETING_TOLERANCE = 1e-12  # of the larger side: value and bound that are one
MAX_TRIED_VALUES = 1 << 12  # values tried where value and bound do not meet
MAX_ROUNDS = 4  # through the parameters, one after the other, from the worst value found


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
        found = confidence_intervals.clopper_pearson(kept.sum(axis=1), points, level=asked.level)
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
    sides: Sides  # of shape (1,): the margin from what is certified up to what is reached at theta


def at_worst(asked: Asked, case: Case, work: float = BOXES_WORK) -> Worst:
    """The least margin over every parameter's central 90 % interval (of an `interval`, all of it).

    The base, where there is one, stands at its means. As `bounds` has them: where the margin is a polynomial
    in the parameters its Bernstein coefficients bound it; where one conditional is compared and each answer
    is a line in each parameter, a corner is worst; else boxes are halved, and bounded by interval arithmetic,
    until value and bound meet or the `work` is done, and values are tried.
    """
    moved, middle = asked.head.moved(case), asked.head.middle
    free = tuple(i for i in asked.head.relevant if i not in moved)
    if not free:
        return _worst_of(asked, case, middle[None])
    search = _Search(asked, case, free)
    worst = search.minimum(work)
    return search.plainest(worst) if worst.sides.margin.high[0] < 0 else worst


@dataclass(frozen=True, eq=False)
class _Search:
    """For the worst values of the free parameters in one case."""

    asked: Asked
    case: Case
    free: tuple[int, ...]

    @cached_property
    def ends(self) -> Floats:
        """The box, (free, 2)."""
        return np.array([self.asked.head.ends(i) for i in self.free])

    def minimum(self, work: float) -> Worst:
        """By the way that suits the margin."""
        low, high = self.ends.T
        size, degrees = self.asked.head.engine.size, self.asked.head.degrees(self.free)
        conditional = any(
            not isinstance(one.measure, SobolTotal) and one.measure.given
            for one in self.asked.requirement.measured
        )
        order = self.asked.polynomial.degree
        whole = np.inf if order is None or conditional else float(order)
        of_margin = np.where(degrees > 0, degrees * whole, 0.0)
        grid = float(np.prod(of_margin + 1))
        if (
            grid <= min(MAX_GRID, GRID_WORK / (size + 3 * self.asked.head.session.points.width))
            and (of_margin <= MAX_DEGREE).all()
        ):
            degree = of_margin.astype(int).tolist()
            values = self.margins(low + bernstein.grid(degree) * (high - low))
            found = bernstein.minimum(
                bernstein.coefficients(values, degree),
                tolerance=MEETING_TOLERANCE * float(np.abs(values).max()),
                boxes=MAX_HALVINGS,
            )
            return self.worst(low + found.point * (high - low), found.bound)
        straight = linear(self.asked.requirement) & (degrees <= 1)
        if straight.all() and len(self.free) <= MAX_CORNERS:
            corners = np.array(list(product(*self.ends)))
            impossible = np.isnan(self.margins(corners))
            if impossible.all() or not impossible.any():  # else it may be worst on the way to such a corner
                return _worst_of(self.asked, self.case, self._theta(corners))
        boxes = int(min(MAX_BOXES, max(work / (4 * len(self.free) * (size + 1)), 4)))
        box = Box(low, high, tuple(straight.tolist()), self._values, self._below)
        bounded = box.minimum(tolerance=MEETING_TOLERANCE, boxes=boxes)
        worst = self.worst(bounded.point, bounded.bound)
        if worst.sides.margin.low[0] < worst.sides.margin.high[0]:
            _, point = box.descend(self._tried(worst).theta[list(self.free)])
            worst = self.worst(point, bounded.bound)
        return worst

    def worst(self, point: Floats, bound: float) -> Worst:
        """At a point, where nothing is below the bound; what rounding makes of it, is it."""
        found = _worst_of(self.asked, self.case, self._theta(point[None]))
        low, high = found.sides.margin.low, found.sides.margin.high
        scale = np.fmax(abs(found.sides.left.high), abs(found.sides.right.high))
        certified = np.where(low - bound > MEETING_TOLERANCE * np.fmax(scale, MEETING_TOLERANCE), bound, low)
        return replace(found, sides=replace(found.sides, margin=Interval(certified, high)))

    def plainest(self, worst: Worst) -> Worst:
        """What breaks it, with the parameters that do not matter as they are stated, and its margin."""
        theta, middle = worst.theta, self.asked.head.middle
        least = worst.sides.margin.high[0]
        for parameter in self.free:
            tried = theta.copy()
            tried[parameter] = middle[parameter]
            margin = float(self.margins(tried[None, list(self.free)])[0])
            if margin <= least + MEETING_TOLERANCE * abs(least):
                theta = tried
        broken = Interval(worst.sides.margin.high, worst.sides.margin.high)
        return replace(worst, theta=theta, sides=replace(worst.sides, margin=broken))

    def margins(self, points: Floats) -> Floats:
        """At points (points, free); NaN where a condition is impossible."""
        theta = self._theta(points)
        found: Floats = self.asked.at([self.case], theta, _base(self.asked, len(theta))).margin.low[0]
        return found

    def _theta(self, points: Floats) -> Floats:
        theta = np.repeat(self.asked.head.middle[None], len(points), axis=0)
        theta[:, list(self.free)] = points
        return theta

    def _values(self, points: Floats) -> Floats:
        return np.nan_to_num(self.margins(points), nan=np.inf, posinf=np.inf, neginf=-np.inf)

    def _below(self, low: Floats, high: Floats) -> Floats:
        sides = self.asked.enclosed(self.case, self._theta(low), self._theta(high))
        least = np.broadcast_to(sides.margin.low, (len(low),))
        return np.where(np.isnan(least), np.where(sides.vacuous, np.inf, -np.inf), least)

    def _tried(self, found: Worst) -> Worst:
        """Values at random, and then along each parameter, from the worst found."""
        low, high = self.ends.T
        points = low + np.random.default_rng(0).random((MAX_TRIED_VALUES, len(self.free))) * (high - low)
        found = _worse(found, _worst_of(self.asked, self.case, self._theta(points)))
        for _ in range(MAX_ROUNDS):
            before = found.sides.margin.high[0]
            for column, parameter in enumerate(self.free):
                theta = np.repeat(found.theta[None], 2, axis=0)
                theta[:, parameter] = self.ends[column]
                found = _worse(found, _worst_of(self.asked, self.case, theta))
            if found.sides.margin.high[0] >= before:
                break
        return found


def _base(asked: Asked, count: int) -> Floats | None:
    return None if asked.base is None else np.repeat(asked.base.middle[None], count, axis=0)


def _worse(a: Worst, b: Worst) -> Worst:
    if np.isnan(a.sides.margin.high[0]) or b.sides.margin.high[0] < a.sides.margin.high[0]:
        return b
    return a


def _worst_of(asked: Asked, case: Case, theta: Floats) -> Worst:
    sides = asked.at([case], theta, _base(asked, len(theta)))
    margin = sides.margin.low[0]
    at = 0 if np.isnan(margin).all() else ranks(margin.tolist()).index(0)

    def there(each: Interval) -> Interval:
        return Interval(each.low[0, at : at + 1], each.high[0, at : at + 1])

    return Worst(theta[at], Sides(there(sides.left), there(sides.right), there(sides.margin), sides.strict))


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
