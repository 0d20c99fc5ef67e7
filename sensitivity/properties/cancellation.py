"""Requirements as polynomials of their measures, so that terms cancel exactly, before any rounding.

The numbers of a requirement are taken as the exact decimals written, so  `P(x) + 1e12 <= 1e12` is
`P(x) <= 0`, and `P(x) + 0.1 + 0.2 <= 0.3` is too.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import numpy as np

from sensa.kernels.program import Floats
from sensa.properties import ranges
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import (
    Arithmetic,
    Constant,
    Measured,
    Negative,
    Requirement,
    SobolTotal,
    Term,
    Version,
)

ROUNDING = 1e-12  # relative error of a measure
MAX_TERMS = 1000  # of a product that is expanded

Lookup = Callable[[Measured], Interval]


@dataclass(frozen=True, slots=True)
class Nested:
    """A polynomial as one factor: a divisor, or one too long to expand."""

    of: "Polynomial"
    divides: bool


Factor = Measured | Nested


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of products, each with its coefficient; the empty product is the constant."""

    terms: tuple[tuple[tuple[Factor, ...], Fraction], ...] = ()

    @property
    def constant(self) -> Fraction | None:
        """Its value if it has no measure, else None."""
        if not self.terms:
            return Fraction(0)
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    @property
    def degree(self) -> int | None:
        """The degree in the measures; None if it is not a polynomial of measures."""
        if any(isinstance(factor, Nested) for factors, _ in self.terms for factor in factors):
            return None
        return max((len(factors) for factors, _ in self.terms), default=0)


def margin_of(requirement: Requirement) -> Polynomial:
    """The margin: at least 0 where the requirement holds (above 0 if it is strict)."""
    left, right = polynomial(requirement.left), polynomial(requirement.right)
    less = requirement.sign in ("<", "<=")
    return _sum(right, _scaled(left, -1)) if less else _sum(left, _scaled(right, -1))


def in_changes(a: Polynomial, kept: Version, other: Version) -> Polynomial:
    """The same in one version of each measure and its change, where it has both versions.

    The versions are "" (after a change) and what it is compared with, "before" or "base". After is before
    plus change: what both versions share cancels, in quotients of one by the other too.
    """
    found = {(one.measure, one.version) for one in _read(a)}
    both = {measure for measure, version in found if version == kept and (measure, other) in found}
    sign = 1 if other == "" else -1
    total = Polynomial()
    for factors, number in a.terms:
        product = _kept({(): number})
        for factor in factors:
            one = Polynomial((((factor,), Fraction(1)),))
            if isinstance(factor, Measured) and factor.version == other and factor.measure in both:
                change = Polynomial((((replace(factor, version="change"),), Fraction(sign)),))
                one = _sum(Polynomial((((replace(factor, version=kept),), Fraction(1)),)), change)
            product = _product(product, one)
        for term in product.terms:
            total = _sum(total, _reduced(*term))
    return total


def _read(a: Polynomial) -> Iterator[Measured]:
    """The measures in a polynomial."""
    for factors, _ in a.terms:
        for one in factors:
            yield from (one,) if isinstance(one, Measured) else _read(one.of)


def _reduced(factors: tuple[Factor, ...], number: Fraction) -> Polynomial:
    """A product without factors that it is divided by too; where they are 0, it is undefined elsewhere."""
    for divisor in factors:
        if isinstance(divisor, Nested) and divisor.divides and len(divisor.of.terms) == 1:
            ((divided, by),) = divisor.of.terms
            if len(divided) == 1 and divided[0] in factors:
                rest = list(factors)
                rest.remove(divisor)
                rest.remove(divided[0])
                return _reduced(tuple(rest), number / by)
    return _kept({factors: number})


def polynomial(term: Term) -> Polynomial:
    """One side of a requirement, expanded."""
    match term:
        case Constant(value):
            return _kept({(): Fraction(repr(value))})
        case Measured(measure, version):
            if isinstance(measure, SobolTotal) or version != "after":
                return Polynomial((((replace(term, at=0, text=""),), Fraction(1)),))
            return Polynomial((((Measured(measure, "", "", 0),), Fraction(1)),))
        case Negative(arg):
            return _scaled(polynomial(arg), -1)
        case Arithmetic(operator, left, right):
            a, b = polynomial(left), polynomial(right)
            if operator in ("+", "-"):
                return _sum(a, b if operator == "+" else _scaled(b, -1))
            return _product(a, b if operator == "*" else _inverse(b))


def _kept(terms: dict[tuple[Factor, ...], Fraction]) -> Polynomial:
    kept = ((factors, number) for factors, number in terms.items() if number)
    return Polynomial(tuple(sorted(kept, key=lambda term: repr(term[0]))))


def _scaled(a: Polynomial, number: Fraction | int) -> Polynomial:
    return _kept({factors: number * of for factors, of in a.terms})


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    terms = dict(a.terms)
    for factors, number in b.terms:
        terms[factors] = terms.get(factors, Fraction(0)) + number
    return _kept(terms)


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    for one, other in ((a, b), (b, a)):
        if one.constant is not None:
            return _scaled(other, one.constant)
    if len(a.terms) * len(b.terms) > MAX_TERMS:
        return Polynomial((((Nested(a, divides=False), Nested(b, divides=False)), Fraction(1)),))
    terms: dict[tuple[Factor, ...], Fraction] = {}
    for first, x in a.terms:
        for second, y in b.terms:
            factors = tuple(sorted((*first, *second), key=repr))
            terms[factors] = terms.get(factors, Fraction(0)) + x * y
    return _kept(terms)


def _inverse(a: Polynomial) -> Polynomial:
    if a.constant:
        return _kept({(): 1 / a.constant})
    return Polynomial((((Nested(a, divides=True),), Fraction(1)),))


@dataclass(frozen=True, eq=False)
class Valued:
    """A value with its uncertainty, its possible rounding error, and its smallest non-zero term."""

    between: Interval
    rounding: Floats
    finest: Floats


def valued(a: Polynomial, lookup: Lookup) -> Valued:
    """Evaluate a polynomial, with its measures from the lookup."""
    total, rounding, finest = _exactly(0.0), np.zeros(()), np.full((), inf)
    for factors, number in a.terms:
        value, off = _exactly(_real(number)), np.zeros(())
        for factor in factors:
            other, other_off = _factor(factor, lookup)
            with np.errstate(invalid="ignore", over="ignore"):
                off = off * ranges.largest(other) + ranges.largest(value) * other_off
            value = ranges.times(value, other)
        total, rounding = ranges.plus(total, value), rounding + off
        size = ranges.largest(value)
        finest = np.fmin(finest, np.where(size > 0, size, inf))
    return Valued(total, rounding, finest)


def _factor(factor: Factor, lookup: Lookup) -> tuple[Interval, Floats]:
    if isinstance(factor, Measured):
        value = lookup(factor)
        return value, ROUNDING * ranges.largest(value)
    inside = valued(factor.of, lookup)
    if not factor.divides:
        return inside.between, inside.rounding
    value = ranges.over(_exactly(1.0), inside.between)
    return value, inside.rounding * ranges.largest(value) ** 2


def _exactly(value: float) -> Interval:
    return Interval(np.array(value), np.array(value))


def _real(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def margin_within_rounding(requirement: Requirement, known: Valued) -> Interval:
    """The margin, set to 0 where rounding cannot distinguish it from 0.

    If a number of the requirement, its distance from 1 or a term of the margin is itself smaller than the
    rounding error, 0 would claim too much: then the margin is the interval of all values within rounding.
    """
    finest = np.fmin(known.finest, min(_meant(requirement), default=inf))
    off = known.rounding

    def end(value: Floats, unknown: Floats) -> Floats:
        found: Floats = np.where(abs(value) > off, value, np.where(off > finest, unknown, 0.0))
        return found

    with np.errstate(invalid="ignore"):
        low, high = end(known.between.low, -off), end(known.between.high, off)
    undefined = np.isnan(known.between.high)
    return Interval(np.where(np.isnan(known.between.low), np.nan, low), np.where(undefined, np.nan, high))


def _meant(requirement: Requirement) -> Iterator[float]:
    """The sizes that the summed numbers suggest to matter, except numbers on both sides."""
    left, right = Counter(_addends(requirement.left)), Counter(_addends(requirement.right))
    for number in (left - right) + (right - left):
        yield from (_real(size) for size in (abs(number), abs(1 - abs(number))) if size)


def _addends(term: Term, sign: int = 1) -> Iterator[Fraction]:
    match term:
        case Negative(arg):
            yield from _addends(arg, -sign)
        case Arithmetic("+" | "-", left, right):
            yield from _addends(left, sign)
            yield from _addends(right, sign if term.operator == "+" else -sign)
        case _:
            number = polynomial(term).constant
            if number is not None:
                yield sign * number
