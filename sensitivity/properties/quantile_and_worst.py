"""Requirements over the parameters' distribution: for a share of it, or at its worst."""

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
from sensa.properties.margins import MeteredRequirement
from sensa.properties.sides import Sides
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import Requirement, SobolTotal

MAX_CORNERS = 14  # parameters; with at most so many, all corners are evaluated
MAX_HALVINGS = 500  # of the box of a polynomial
MEETING_TOLERANCE = 1e-12  # relative to the larger side; value and bound closer than this are equal
MAX_TRIED_VALUES = 1 << 12  # values tried if value and bound do not meet
MAX_ROUNDS = 4  # over the parameters, from the worst value found


def for_share(asked: MeteredRequirement, cases: Sequence[Case], share: float) -> tuple[Sides, Interval]:
    """The sides at the quantile of the margin, and the share of the distribution where it holds.

    It does not hold at a value where a condition is impossible. The share's interval is Clopper and
    Pearson's, as if the points were independent; scrambled Sobol' points are more accurate.
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
    """The point where the margin is smallest over the box of the parameters' intervals."""

    theta: Floats  # (parameters,)
    sides: Sides  # of shape (1,): the margin from its certified bound to its value at theta


def at_worst(asked: MeteredRequirement, case: Case, work: float = BOXES_WORK) -> Worst:
    """The smallest margin over every parameter's central 90 % interval (for an `interval`, its bounds).

    The base, if any, is at its means. The method is that of `bounds`: if the margin is a polynomial in the
    parameters, its Bernstein coefficients bound it; if one conditional is compared and each result is linear
    in each parameter, a corner is worst; otherwise boxes are halved and bounded by interval arithmetic until
    value and bound meet or the `work` is done, and then values are tried.
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
    """A search for the worst values of the free parameters in one case."""

    asked: MeteredRequirement
    case: Case
    free: tuple[int, ...]

    @cached_property
    def ends(self) -> Floats:
        """The box, (free, 2)."""
        return np.array([self.asked.head.ends(i) for i in self.free])

    def minimum(self, work: float) -> Worst:
        """Minimise with the method that suits the margin."""
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
        linear_in = linear(self.asked.requirement) & (degrees <= 1)
        if linear_in.all() and len(self.free) <= MAX_CORNERS:
            corners = np.array(list(product(*self.ends)))
            impossible = np.isnan(self.margins(corners))
            if impossible.all() or not impossible.any():  # otherwise it may be worst between corners
                return _worst_of(self.asked, self.case, self._theta(corners))
        boxes = int(min(MAX_BOXES, max(work / (4 * len(self.free) * (size + 1)), 4)))
        box = Box(low, high, tuple(linear_in.tolist()), self._values, self._below)
        bounded = box.minimum(tolerance=MEETING_TOLERANCE, boxes=boxes)
        worst = self.worst(bounded.point, bounded.bound)
        if worst.sides.margin.low[0] < worst.sides.margin.high[0]:
            _, point = box.descend(self._tried(worst).theta[list(self.free)])
            worst = self.worst(point, bounded.bound)
        return worst

    def worst(self, point: Floats, bound: float) -> Worst:
        """The worst at a point with a lower bound; a difference within rounding counts as none."""
        found = _worst_of(self.asked, self.case, self._theta(point[None]))
        low, high = found.sides.margin.low, found.sides.margin.high
        scale = np.fmax(abs(found.sides.left.high), abs(found.sides.right.high))
        certified = np.where(low - bound > MEETING_TOLERANCE * np.fmax(scale, MEETING_TOLERANCE), bound, low)
        return replace(found, sides=replace(found.sides, margin=Interval(certified, high)))

    def plainest(self, worst: Worst) -> Worst:
        """The same with the parameters that do not matter at their stated values."""
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
        """The margins at points (points, free); NaN where a condition is impossible."""
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
        """Try random values, and then the ends of each parameter from the worst found."""
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


def _base(asked: MeteredRequirement, count: int) -> Floats | None:
    return None if asked.base is None else np.repeat(asked.base.middle[None], count, axis=0)


def _worse(a: Worst, b: Worst) -> Worst:
    if np.isnan(a.sides.margin.high[0]) or b.sides.margin.high[0] < a.sides.margin.high[0]:
        return b
    return a


def _worst_of(asked: MeteredRequirement, case: Case, theta: Floats) -> Worst:
    sides = asked.at([case], theta, _base(asked, len(theta)))
    margin = sides.margin.low[0]
    at = 0 if np.isnan(margin).all() else ranks(margin.tolist()).index(0)

    def there(each: Interval) -> Interval:
        return Interval(each.low[0, at : at + 1], each.high[0, at : at + 1])

    return Worst(theta[at], Sides(there(sides.left), there(sides.right), there(sides.margin), sides.strict))


def linear(requirement: Requirement) -> bool:
    """Whether the margin, times the condition, is a linear combination of probabilities.

    True if all measures stand alone or are multiplied by numbers, and have the same condition; false if a
    conditional measure is combined with numbers or with measures without that condition.
    """
    given = {
        None if isinstance(one.measure, SobolTotal) else (one.version, one.measure.given)
        for one in requirement.measured
        if isinstance(one.measure, SobolTotal) or one.measure.given is not None
    }
    conditional = [
        one for one in requirement.measured if not isinstance(one.measure, SobolTotal) and one.measure.given
    ]
    alike = not given or (len(given) == 1 and len(conditional) == len(requirement.measured))
    margin = margin_of(requirement)
    return alike and None not in given and margin.degree is not None and margin.degree <= 1
