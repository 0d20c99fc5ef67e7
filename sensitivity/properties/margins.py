"""The two sides of a requirement in many cases, as intervals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.properties import ranges
from sensa.properties.cancellation import (
    Polynomial,
    in_changes,
    margin_of,
    margin_within_rounding,
    polynomial,
    valued,
)
from sensa.properties.case_means import CaseMeans
from sensa.properties.cases import Case
from sensa.properties.evaluate import Column, Meter
from sensa.properties.paired_base import compare_base, pairable
from sensa.properties.paired_worlds import Compared, compare
from sensa.properties.sides import Bools, Sides
from sensa.sampling.estimates import Interval
from sensa.stories.properties.measures import Measure
from sensa.stories.properties.requirements import (
    Arithmetic,
    Measured,
    Negative,
    Requirement,
    SobolTotal,
    Term,
    Version,
)


@dataclass(frozen=True)
class MeteredRequirement:
    """A requirement, with the meters to evaluate it."""

    requirement: Requirement
    head: Meter
    base: Meter | None
    shares: Mapping[tuple[str, str], Interval]  # Sobol' indices (1, 1), by version and parameter
    level: float  # of confidence of each interval, if anything is sampled

    @cached_property
    def polynomial(self) -> Polynomial:
        """The margin as a polynomial of the measures."""
        return margin_of(self.requirement)

    def _in_changes(self, a: Polynomial) -> tuple[Polynomial, Polynomial]:
        """The same in the measures compared with and their changes, and in those after and their changes."""
        return in_changes(a, self.reference, ""), in_changes(a, "", self.reference)

    @cached_property
    def reference(self) -> Version:
        """The version of a measure that is sampled in the same worlds as that after: before, base or none."""
        if self.exact:
            return ""
        possible: list[Version] = ["before"] * (not self.head.exact)
        possible += ["base"] * (self.base is not None and pairable(self.head, self.base))
        return next((v for v in possible if in_changes(self.polynomial, v, "") != self.polynomial), "")

    @property
    def paired(self) -> bool:
        """Whether what is compared is sampled in the same worlds."""
        return self.reference != ""

    @property
    def versions(self) -> set[str]:
        """The versions of the story that it reads."""
        return {one.version for one in self.requirement.measured}

    @property
    def exact(self) -> bool:
        """Whether both stories count every world, not sample them."""
        return self.head.exact and (self.base is None or self.base.exact)

    @property
    def decided(self) -> bool:
        """Whether the parameters' means determine all results."""
        return all(meter.decided for meter in (self.head, self.base) if meter is not None)

    def known(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names that the base has too."""
        assert self.base is not None
        return tuple(name for name in names if name in self.base.kinds)

    def over_means(self, cases: Sequence[Case]) -> Sides:
        """The sides with each measure a mean over the parameters."""
        computed: dict[str, CaseMeans] = {}
        pair = self._pair(cases)
        if pair is not None:
            computed = {"": pair.after, "after": pair.after, self.reference: pair.before}
        elif self.versions & {"", "after"}:
            computed[""] = computed["after"] = self.head.means(cases)
        if "before" in self.versions - set(computed):
            computed["before"] = self.head.means([case.unchanged for case in cases])
        if "base" in self.versions - set(computed) and self.base is not None:
            computed["base"] = self.base.means(self._in_base(cases))
        sides = self._by_replicate(computed) if self.exact else self._by_interval(computed, pair)
        sides = self._with_rare_numbers(sides, computed)
        of_loss = {one.version for one in self.requirement.measured if _is_loss(one)}
        heavy = np.any([computed[version].heavy for version in of_loss], axis=0) if of_loss else np.False_
        heavy = heavy & ~sides.vacuous
        margin = sides.margin
        unknown = Interval(np.where(heavy, -np.inf, margin.low), np.where(heavy, np.inf, margin.high))
        return replace(self._possible(sides, computed), margin=unknown)

    def _possible(self, sides: Sides, computed: Mapping[str, CaseMeans]) -> Sides:
        """The sides without what cannot be, as a probability or a loss below the least possible."""

        def lookup(one: Measured) -> Interval:
            if _is_loss(one):
                return computed[one.version].possible_loss
            ends = (-np.inf, np.inf) if isinstance(one.measure, SobolTotal) else (0.0, 1.0)
            return Interval(*map(np.asarray, ends))

        left, right = (
            ranges.within(found, ranges.value(term, lookup))
            for found, term in ((sides.left, self.requirement.left), (sides.right, self.requirement.right))
        )
        return replace(sides, left=left, right=right)

    def _with_rare_numbers(self, sides: Sides, computed: Mapping[str, CaseMeans]) -> Sides:
        """The sides as wide as values of numbers that are too rare for the sample may make them.

        The sample has most of their share already, so what they move by less than half the interval is left
        as it is. A condition that only they make possible is not impossible.
        """
        if not any(one.unsampled.any() for one in computed.values()):
            return sides
        means = {version: one.means.mean(axis=0) for version, one in computed.items()}
        ends = [
            {version: means[version] + one.unsampled[end] for version, one in computed.items()}
            for end in (0, 1)
        ]
        middle = self._at_columns(means, means)
        for asked, given in product(ends, ends):
            rare = self._at_columns(asked, given)
            sides = Sides(
                ranges.widened(sides.left, middle.left, rare.left),
                ranges.widened(sides.right, middle.right, rare.right),
                ranges.widened(sides.margin, middle.margin, rare.margin),
                sides.strict,
                sides.unmet,
            )
        return sides

    def _at_columns(self, asked: Mapping[str, Floats], given: Mapping[str, Floats]) -> Sides:
        """The sides (cases,) at results (cases, columns) of each version, and those of conditions."""

        def lookup(one: Measured) -> Interval:
            if isinstance(one.measure, SobolTotal):
                return self._first(self.shares[one.version, one.measure.parameter])
            value, _ = self._meter(one.version).measure(asked[one.version], one.measure)
            _, condition = self._meter(one.version).measure(given[one.version], one.measure)
            share = value if condition is None else np.clip(ranges.ratio(value, condition), 0.0, 1.0)
            return Interval(share, share)

        return self.sides(lookup)

    def _in_base(self, cases: Sequence[Case]) -> list[Case]:
        return [Case(self.known(case.violated)) for case in cases]

    def _pair(self, cases: Sequence[Case]) -> Compared | None:
        """The cases and what they are compared with in the same worlds, if these are sampled."""
        if self.reference == "before":
            return compare(self.head, cases)
        if self.reference == "base" and self.base is not None:
            read = [one.measure for one in self.requirement.measured if one.version == "base"]
            both = [one for one in read if not isinstance(one, SobolTotal) and one in self.head.column]
            return compare_base(self.head, self.base, cases, self._in_base(cases), both)
        return None

    def _by_replicate(self, computed: Mapping[str, CaseMeans]) -> Sides:
        """The sides if every world is counted: only the means of replicates vary."""
        sides = self.sides(lambda one: self._values(one, {v: h.means for v, h in computed.items()}))
        each = self._first if len(sides.margin.low) == 1 else self._scattered
        return Sides(each(sides.left), each(sides.right), each(sides.margin), sides.strict)

    @staticmethod
    def _first(each: Interval) -> Interval:
        return Interval(each.low[0], each.high[0])

    def _scattered(self, each: Interval) -> Interval:
        """A confidence interval of each end's mean over the replicates."""
        low, high = (confidence_intervals.student(end, level=self.level) for end in ranges.each_end(each))
        return Interval(low.low, high.high)

    def _by_interval(self, computed: Mapping[str, CaseMeans], pair: Compared | None) -> Sides:
        """The sides if worlds are sampled: a confidence interval of each measure, and interval arithmetic.

        With `pair`, what a measure has in common with what it is compared with cancels in the margin.
        """
        between = {version: one.interval(self.level) for version, one in computed.items()}
        changes = None if pair is None else pair.changes(self.level)

        def lookup(one: Measured) -> Interval:
            if isinstance(one.measure, SobolTotal):
                return self._first(self.shares[one.version, one.measure.parameter])
            if one.version == "change":
                assert pair is not None
                assert changes is not None
                return self._changed(one, between, changes, pair.column)
            if one.measure.of is None:
                return computed[one.version].loss(self.level)
            asked, given = self._both(between[one.version], one)
            return asked if given is None else ranges.share(asked, given)

        sides = self.sides(lookup)
        if pair is not None:
            forms = self._in_changes(self.polynomial)
            known = [margin_within_rounding(self.requirement, valued(a, lookup)) for a in forms]
            sides = replace(sides, margin=ranges.common(sides.margin, known))
        unmet = self._may_be_undefined(lookup, between, paired=pair is not None)
        unmet = np.broadcast_to(unmet, sides.margin.low.shape) & ~sides.vacuous
        margin = Interval(
            np.where(unmet, -np.inf, sides.margin.low), np.where(unmet, np.inf, sides.margin.high)
        )
        return replace(sides, margin=margin, unmet=unmet)

    def _may_be_undefined(
        self, lookup: Callable[[Measured], Interval], between: Mapping[str, Interval], *, paired: bool
    ) -> Bools:
        """Whether a condition may be impossible, or a divisor 0, as far as sampled worlds show."""
        found = np.zeros((), np.bool_)
        for one in self.requirement.measured:
            if not isinstance(one.measure, SobolTotal) and one.measure.given is not None:
                _, given = self._both(between[one.version], one)
                found = found | (given is not None and given.low <= 0)
        for divisor in (*_divisors(self.requirement.left), *_divisors(self.requirement.right)):
            whole = polynomial(divisor)
            forms = [whole, *self._in_changes(whole)] if paired else [whole]
            known = [ranges.value(divisor, lookup), *(valued(one, lookup).between for one in forms)]
            found = found | ~np.logical_or.reduce([(one.low > 0) | (one.high < 0) for one in known])
        return found

    def _both(self, between: Interval, one: Measured) -> tuple[Interval, Interval | None]:
        """The intervals of a measure's joint event and of its condition."""
        assert not isinstance(one.measure, SobolTotal)
        return _of(between, self._meter(one.version).column[one.measure])

    def _changed(
        self,
        one: Measured,
        between: Mapping[str, Interval],
        changes: Interval,
        column: Mapping[Measure, Column],
    ) -> Interval:
        """The change of a measure.

        Where P(x and y) changes by a and P(y) by g, P(x | y) changes by (a - P(x | y) g) / (P(y) + g).
        """
        assert not isinstance(one.measure, SobolTotal)
        asked, given = _of(changes, column[one.measure])
        if given is None:
            return asked
        versions: tuple[Version, ...] = self.reference, "after"
        before, after = (self._both(between[v], replace(one, version=v)) for v in versions)
        assert before[1] is not None
        assert after[1] is not None
        of_condition = ranges.times(ranges.share(before[0], before[1]), given)
        return ranges.over(ranges.minus(asked, of_condition), after[1])

    def _meter(self, version: str) -> Meter:
        if version == "base":
            assert self.base is not None
            return self.base
        return self.head

    def _values(self, one: Measured, columns: Mapping[str, Floats]) -> Interval:
        if isinstance(one.measure, SobolTotal):
            return self.shares[one.version, one.measure.parameter]
        asked, given = self._meter(one.version).measure(columns[one.version], one.measure)
        value = asked if given is None else ranges.ratio(asked, given)
        return Interval(value, value)

    def at(self, cases: Sequence[Case], theta: Floats, base_theta: Floats | None = None) -> Sides:
        """The sides (cases, samples) at given parameters."""
        columns = {}
        if self.versions & {"", "after"}:
            columns[""] = columns["after"] = self.head.at(cases, theta)
        if "before" in self.versions:
            columns["before"] = self.head.at([case.unchanged for case in cases], theta)
        if "base" in self.versions and self.base is not None:
            assert base_theta is not None
            columns["base"] = self.base.at([Case(self.known(case.violated)) for case in cases], base_theta)
        return self.sides(lambda one: self._values(one, columns))

    def enclosed(self, case: Case, low: Floats, high: Floats) -> Sides:
        """Bounds of the sides (boxes,) over boxes of the head's parameters; the base is at its means."""
        between = {}
        if self.versions & {"", "after"}:
            between[""] = between["after"] = self.head.enclosed(case, low, high)
        if "before" in self.versions:
            between["before"] = self.head.enclosed(case.unchanged, low, high)
        if "base" in self.versions and self.base is not None:
            at = self.base.at([Case(self.known(case.violated))], self.base.middle[None])[0]
            between["base"] = at, at

        def lookup(one: Measured) -> Interval:
            if isinstance(one.measure, SobolTotal):
                return self._first(self.shares[one.version, one.measure.parameter])
            least, most = (self._meter(one.version).measure(end, one.measure) for end in between[one.version])
            asked = Interval(least[0], most[0])
            if least[1] is None or most[1] is None:
                return asked
            return ranges.share(asked, Interval(least[1], most[1]))

        return self.sides(lookup)

    def at_probabilities(self, case: Case, p: Floats, theta: Floats) -> Sides:
        """The sides (1, samples) of a case at given coin probabilities; the base is as stated."""
        columns = {}
        if self.versions & {"", "after"}:
            columns[""] = columns["after"] = self.head.of([case], p, theta)
        if "before" in self.versions:
            columns["before"] = self.head.of([case.unchanged], p, theta)
        if self.base is not None:
            computed = self.base.means([Case(self.known(case.violated))]).means[0]
            columns["base"] = np.repeat(computed[:, None], len(p), axis=1)
        return self.sides(lambda one: self._values(one, columns))

    def sides(self, lookup: Callable[[Measured], Interval]) -> Sides:
        """Both sides and the margin, with the measures from the lookup."""
        sides = (self.requirement.left, self.requirement.right)
        left, right = (ranges.value(side, lookup) for side in sides)
        known = margin_within_rounding(self.requirement, valued(self.polynomial, lookup))
        undefined = np.isnan(left.high) | np.isnan(right.high)
        margin = Interval(*(np.where(undefined, np.nan, end) for end in ranges.each_end(known)))
        shape = np.broadcast_shapes(left.low.shape, right.low.shape)

        def full(each: Interval) -> Interval:
            return Interval(np.broadcast_to(each.low, shape), np.broadcast_to(each.high, shape))

        return Sides(full(left), full(right), full(margin), self.requirement.sign in ("<", ">"))


def intervals(requirement: Requirement) -> int:
    """The number of confidence intervals behind a margin, at most.

    What is asked and its condition have one each; if they are compared, also what gains and loses.
    """
    read: dict[Measure | SobolTotal, set[str]] = {}
    for one in requirement.measured:
        read.setdefault(one.measure, set()).add("" if one.version == "after" else one.version)
    total = 0
    for measure, versions in read.items():
        events = 1 if isinstance(measure, SobolTotal) or measure.given is None else 2
        total += events * (len(versions) + 2 * ("" in versions and bool({"before", "base"} & versions)))
    return max(total, 1)


def _divisors(term: Term) -> Iterator[Term]:
    """What a term divides by, except numbers."""
    match term:
        case Negative(arg):
            yield from _divisors(arg)
        case Arithmetic(operator, left, right):
            yield from _divisors(left)
            yield from _divisors(right)
            if operator == "/" and not polynomial(right).constant:
                yield right


def _of(between: Interval, column: Column) -> tuple[Interval, Interval | None]:
    """The intervals of a joint event and of its condition, if any, from those of all columns."""
    asked, given = (
        None if at is None else Interval(between.low[..., at], between.high[..., at]) for at in column
    )
    assert asked is not None
    return asked, given


def _is_loss(one: Measured) -> bool:
    return not isinstance(one.measure, SobolTotal) and one.measure.of is None
