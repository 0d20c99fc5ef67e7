"""The language of requirements: what it reads, and what it says of the rest, at the character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.expressions import ExpressionError
from sensa.stories.properties.measures import Measure
from sensa.stories.properties.requirements import (
    Arithmetic,
    Constant,
    Measured,
    Negative,
    SobolTotal,
    parse_requirement,
)


def test_measures_and_versions() -> None:
    found = parse_requirement("after.P(bad | violated(a)) <= base.loss + sobol_total(events.e.chance)")
    assert [(one.measure, one.version) for one in found.measured] == [
        (Measure("bad", "violated(a)"), "after"),
        (Measure(None), "base"),
        (SobolTotal("events.e.chance"), ""),
    ]


def test_arithmetic_groups_as_it_does_everywhere() -> None:
    found = parse_requirement("1 - P(a) - 2 * -P(b) / 4 > 0")
    assert isinstance(found.left, Arithmetic)
    assert (found.left.operator, found.sign) == ("-", ">")
    inner, last = found.left.left, found.left.right
    assert isinstance(inner, Arithmetic)
    assert inner.left == Constant(1.0, 0)
    assert isinstance(last, Arithmetic)
    assert last.operator == "/"
    assert isinstance(last.left, Arithmetic)
    assert isinstance(last.left.right, Negative)


WANTED = "expected `<=`, `<`, `>=` or `>`, got"
SIDES = "(compare two sides, as `P(catastrophic) <= 0.01`)"
WAYS = "join conditions by `and`, as in `P(X | Y and Z)`"
MEASURES = "write `P(X)`, `P(X | Y)`, `loss` or `sobol_total(PARAMETER)`"


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "expected a number or a measure, got the end"),
        ("P(a)", 4, f"{WANTED} the end {SIDES}"),
        ("P(a) == 1", 5, f"{WANTED} `==` {SIDES}"),
        ("P(a) <= 1 <= 2", 10, "`<=`: a requirement has one comparison (write two properties)"),
        ("P(a) <= 1 P(b)", 10, "`P`: nothing may follow here (write two properties)"),
        ("1 <= 2", 0, "nothing of the story is measured (write `P(X)`, `P(X | Y)` or `loss`)"),
        ("Q(a) <= 1", 0, f"`Q` is not a measure ({MEASURES})"),
        ("before <= 1", 0, "`before` stands before a measure (write `before.P(catastrophic)`)"),
        ("P a <= 1", 0, "`P` has no parentheses (write `P(…)`)"),
        ("P(a <= 1", 1, "`(` is not closed"),
        ("(P(a) <= 1", 0, "`(` is not closed"),
        ("P(a | b | c) <= 1", 0, f"`P(a | b | c)` has more than one `|` ({WAYS})"),
    ],
)  # fmt: skip
def test_errors_are_inside_the_expression(text: str, at: int, message: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse_requirement(text)
    assert (wrong.value.at, str(wrong.value)) == (at, message)


@given(st.one_of(st.text(max_size=80), st.text("P()|<>=.+-*/ abloss0129", max_size=80)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_requirement(text)
    except ExpressionError as wrong:
        at = wrong.at
    else:
        assert all(isinstance(one, Measured) for one in found.measured)
        return
    assert 0 <= at <= len(text)


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 900 + "loss < 1", "loss + " * 99 + "1 < 1", "P(" * 400])
def test_large_ones_are_refused_at_once(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_requirement(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("P(bad) <= 1e308*10", "`1e308*10` is too large"),
        ("P(bad) <= -1e308 - 1e308", "`-1e308 - 1e308` is too large"),
        ("P(bad) <= 1 + 2 * (1e308 / 1e-9)", "`1e308 / 1e-9` is too large"),
        ("P(bad) * (1e200 * 1e200) <= 1", "`1e200 * 1e200` is too large"),
        ("(P(bad) * 1e308) * 10 <= 1", "`(P(bad) * 1e308) * 10` is too large"),
        ("1 + P(bad) * 1e308 * P(bad) * 10 <= 1", "`P(bad) * 1e308 * P(bad) * 10` is too large"),
        ("loss / 1e-300 / 1e-300 <= 1", "`loss / 1e-300 / 1e-300` is too large"),
        ("P(bad) <= 1 / 0", "`1 / 0` divides by 0"),
        ("P(bad) <= 1 / (1 - 1)", "`1 / (1 - 1)` divides by 0"),
        ("P(bad) / 0 <= 1", "`P(bad) / 0` divides by 0"),
        ("loss / (0 * P(bad)) <= 1", "`loss / (0 * P(bad))` divides by 0"),
        ("P(bad) > 1e-200 * 1e-200", "`1e-200 * 1e-200` is too small to tell from 0"),
        ("P(bad) > 1e-300 / 1e300", "`1e-300 / 1e300` is too small to tell from 0"),
        ("-P(bad) * 1e-200 * 1e-200 <= 1", "`-P(bad) * 1e-200 * 1e-200` is too small to tell from 0"),
    ],
)
def test_numbers_that_come_to_none_are_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(message)):
        parse_requirement(text)


@pytest.mark.parametrize(
    "text",
    [
        "P(bad) <= 1e307*10",
        "P(bad) <= 1 - 1",
        "P(bad) >= 0 * 5",
        "P(bad) <= 0/3",
        "0 * P(bad) <= 1",
        "1 / (P(bad) - P(good)) <= 1",
        "P(bad) / (P(bad) * 1e-200 + 1) * 1e200 <= 1",
    ],
)
def test_numbers_that_come_to_one_are_not(text: str) -> None:
    assert parse_requirement(text).sign in ("<=", ">=")
