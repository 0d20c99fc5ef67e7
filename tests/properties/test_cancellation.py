"""Margins against exact rationals: what a large constant hides, what is equal, what no double tells."""

from fractions import Fraction
from functools import reduce
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.properties import ranges
from sensa.properties.cancellation import margin_of, margin_within_rounding, polynomial, valued
from sensa.properties.ranges import share
from sensa.properties.verdicts import Verdict
from sensa.reports.review.verdict_lines import sentence
from sensa.sampling.estimates import Interval
from sensa.stories.properties.requirements import (
    Arithmetic,
    Measured,
    SobolTotal,
    Term,
    parse_requirement,
)
from tests.properties.verdicts import AB, EVENT, point, verdict
from tests.short_stories import story

HARM = story(EVENT.format(name="e", chance=0.3, when=""), "e", "not e")


@pytest.mark.parametrize(
    ("require", "status", "margin"),
    [
        ("P(bad) + 1e12 <= 1e12", "fail", -0.3),
        ("P(bad) + 1e12 <= 1e12 + 0.3", "pass", 0.0),
        ("P(bad) + 1e12 <= 1e12 + 0.31", "pass", 0.01),
        ("1e300 - P(bad) >= 1e300", "fail", -0.3),
        ("(P(bad) + 1e20) * P(poor) <= 1e20 * P(poor)", "fail", -0.21),
        ("(P(bad) + 1e20) / P(poor) <= 1e20 / P(poor)", "fail", -0.3 / 0.7),
        ("P(bad) * 1e-20 <= 2e-21", "fail", -1e-21),
        ("P(bad) + 0.1 + 0.2 <= 0.3", "fail", -0.3),
        ("P(good) + 0.1 + 0.2 <= 0.3", "pass", 0.0),  # in decimals; 0.1 + 0.2 > 0.3 in doubles
        ("P(bad) < P(bad)", "fail", 0.0),
        ("P(bad) <= P(bad)", "pass", 0.0),
        ("P(bad) * P(poor) > P(poor) * P(bad)", "fail", 0.0),
        ("P(bad) <= 0.3", "pass", 0.0),
        ("P(bad) < 0.3", "fail", 0.0),
        ("P(bad) <= 0.30000001", "pass", 1e-8),
        ("P(bad) <= 0.29999999", "fail", -1e-8),
    ],
)
def test_what_is_compared_is_what_is_left_after_cancelling(require: str, status: str, margin: float) -> None:
    """P(bad) = .3, P(poor) = .7, P(good) = 0."""
    found = verdict(HARM, f'require = "{require}"')
    assert (found.status, found.certainty) == (status, "exact")
    assert found.margin == pytest.approx(margin, rel=1e-6, abs=1e-40)


def test_equal_sides_are_said_to_be_equal() -> None:
    def said(require: str) -> str:
        return sentence(verdict(HARM, f'require = "{require}"'))

    assert said("P(bad) < 0.3") == "0.3 = 0.3; `<` needs less; exact"
    assert said("P(bad) > P(bad)") == "0.3 = 0.3; `>` needs more; exact"
    assert said("P(bad) <= 0.3") == "0.3 = 0.3; exact"


def test_what_no_double_tells_is_undecided() -> None:
    """P(failure) = 5e-13, held against 1e-13 through numbers of size 1."""
    rare = story(EVENT.format(name="e", chance=5e-13, when=""), "e")
    for require in ("1 - P(good) <= 1e-13", "P(good) >= 0.9999999999999", "P(good) >= 1 - 1e-13"):
        assert verdict(rare, f'require = "{require}"').status == "undecided"
    assert verdict(rare, 'require = "P(failure) <= 1e-13"').status == "fail"
    assert verdict(rare, 'require = "P(failure) + 1 <= 1 + 1e-13"').status == "fail"
    assert verdict(rare, 'require = "P(good) >= 0.999"').status == "pass"


def test_a_measure_and_itself_are_equal_in_sampled_worlds_too() -> None:
    worlds = {"engine": "montecarlo", "samples": 4096, "work": 1e3}
    found = verdict(AB, 'require = "P(bad) < P(bad)"', **worlds)
    assert (found.status, found.margin) == ("fail", 0.0)
    assert verdict(AB, 'require = "P(bad) - P(bad) <= 0"', **worlds).status == "pass"


def test_a_part_without_which_the_condition_is_impossible_has_no_margin() -> None:
    """With a certain, P(bad | poor) is defined where a is violated alone."""
    text = story(point("a", 1.0) + point("b", 0.5), "not a and not b", "not a")
    found: Verdict = verdict(
        text, 'require = "P(fail_safe | failure) >= 0.9"\nforall = { violate = { max = 1 } }'
    )
    assert found.status == "fail"
    assert found.nearest is not None
    assert [part.without for part in found.nearest.parts] == [None]


NUMBERS = st.sampled_from(["0.1", "0.3", "2", "1e12", "1e-9", "7e20", "0.7"])
MEASURES = st.sampled_from(["P(bad)", "P(poor)", "P(good)"])
SUMS = st.recursive(
    st.one_of(NUMBERS, MEASURES, MEASURES),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=6,
)
VALUES = {"P(bad)": Fraction(3, 10), "P(poor)": Fraction(7, 10), "P(good)": Fraction(0)}


def exactly(text: str) -> Fraction:
    """A side by Python's own parser, over rationals."""
    for name, value in VALUES.items():
        text = text.replace(name, f"Q('{value}')")
    for number in ("0.1", "0.3", "1e12", "1e-9", "7e20", "0.7"):
        text = text.replace(f"({number} ", f"(Q('{number}') ").replace(f" {number})", f" Q('{number}'))")
    return Fraction(eval(text, {"Q": Fraction}))


@settings(max_examples=300, deadline=None)
@given(SUMS, SUMS, st.sampled_from(["0", "1e12", "7e20", "0.3"]), st.sampled_from(["<=", ">="]))
def test_a_constant_on_both_sides_changes_nothing(left: str, right: str, constant: str, sign: str) -> None:
    """The sign of the margin is that of rational arithmetic, or it is left open; with a constant on both
    sides it is the same."""
    left, right = f"({left} + P(bad))", f"({right} + 0)"
    true = (exactly(right) - exactly(left)) * (1 if sign == "<=" else -1)

    def margin(text: str) -> Interval:
        requirement = parse_requirement(text)
        known = valued(
            margin_of(requirement),
            lambda one: Interval(*(np.array(float(VALUES[f"P({one.measure.of})"])),) * 2),  # type: ignore[union-attr]
        )
        return margin_within_rounding(requirement, known)

    plain = margin(f"{left} {sign} {right}")
    assert not isnan(plain.low)
    if plain.low > 0 or plain.high < 0:
        assert (plain.low > 0) == (true > 0)
    moved = margin(f"{left} + {constant} {sign} {right} + {constant}")
    assert (moved.low, moved.high) == (plain.low, plain.high)


def test_the_story_as_it_is_may_be_named_after() -> None:
    """`after.P(bad)` is `P(bad)`, counted once."""
    found = verdict(HARM, 'require = "after.P(bad) <= 0.3"', HARM)
    assert (found.status, found.margin) == ("pass", 0.0)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2.0, 4.0, (0.25, 1.0)),
        (-4.0, -2.0, (-1.0, -0.25)),
        (0.0, 2.0, (-np.inf, np.inf)),
        (-2.0, 0.0, (-np.inf, np.inf)),
        (-1.0, 1.0, (-np.inf, np.inf)),
        (0.0, 0.0, (np.nan, np.nan)),
    ],
)
def test_quotients_of_ranges(low: float, high: float, expected: tuple[float, float]) -> None:
    """1 to 2, over a range; nothing bounds it where the divisor may be 0, at an end too."""
    found = ranges.over(Interval(np.array(1.0), np.array(2.0)), Interval(np.array(low), np.array(high)))
    assert [float(found.low), float(found.high)] == pytest.approx(list(expected), nan_ok=True)


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ((0.1, 0.2), (0.4, 0.5), (0.2, 0.5)),
        ((0.1, 0.2), (0.0, 0.5), (0.2, 1.0)),
        ((0.1, 0.6), (0.4, 0.5), (0.2, 1.0)),
        ((0.0, 0.0), (0.0, 0.0), (np.nan, np.nan)),
    ],
)
def test_the_range_of_a_conditional(
    asked: tuple[float, float], given: tuple[float, float], expected: tuple[float, float]
) -> None:
    """Least over greatest to greatest over least, and never beyond 1; undefined only where it must be."""
    found = share(Interval(*map(np.array, asked)), Interval(*map(np.array, given)))
    assert [float(found.low), float(found.high)] == pytest.approx(list(expected), nan_ok=True)


def numbered(start: int, count: int) -> Term:
    """The sum of so many measures, all different."""
    terms: list[Term] = [Measured(SobolTotal(f"q{i}"), "", "", 0) for i in range(start, start + count)]
    return reduce(lambda a, b: Arithmetic("+", a, b, 0), terms)


@pytest.mark.parametrize(
    ("left", "right", "terms"), [(40, 25, 1000), (25, 40, 1000), (77, 13, 1), (13, 77, 1)]
)
def test_a_product_is_multiplied_out_up_to_a_thousand_terms(left: int, right: int, terms: int) -> None:
    """Its value is that of the two sums, either way: of 1, 2, … that is n (n + 1) / 2."""
    product = polynomial(Arithmetic("*", numbered(0, left), numbered(left, right), 0))
    assert len(product.terms) == terms

    def lookup(one: Measured) -> Interval:
        assert isinstance(one.measure, SobolTotal)
        value = np.array(float(one.measure.parameter[1:]) + 1)
        return Interval(value, value)

    def upto(n: int) -> int:
        return n * (n + 1) // 2

    found = valued(product, lookup).between
    want = upto(left) * (upto(left + right) - upto(left))
    assert [float(found.low), float(found.high)] == pytest.approx([want, want], rel=1e-12)
