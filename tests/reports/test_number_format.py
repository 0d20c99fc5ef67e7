import math

import pytest

from sensa.properties.verdicts import Range
from sensa.reports.layout import bar
from sensa.reports.number_format import (
    compact,
    count,
    defined,
    interval,
    percent,
    points,
    share,
    side_by_side,
    times,
)
from sensa.reports.review.verdict_lines import between, number


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.37, "37 %"),
        (0.0996, "10 %"),
        (0.08, "8.0 %"),
        (0.0014, "0.14 %"),
        (9.3e-5, "0.0093 %"),
        (1e-5, "0.0010 %"),
        (2.3e-7, "2.3e-7"),
        (2.866516e-7, "2.9e-7"),
        (5e-324, "4.9e-324"),
        (0.949, "95 %"),
        (0.9881, "98.8 %"),
        (0.98, "98.0 %"),
        (0.9963, "99.6 %"),
        (0.99976, "99.98 %"),
        (0.99998, "99.998 %"),
        (1 - 2e-7, "1 - 2e-7"),
        (1 - 2**-53, "100 %"),
        (-0.002, "-0.20 %"),
        (-0.37, "-37 %"),
        (-1e-16, "0 %"),
        (None, "not defined"),
        (math.nan, "not defined"),
    ],
)
def test_percent(p: float | None, text: str) -> None:
    assert percent(p) == text


@pytest.mark.parametrize("p", [0.125, 0.0125, 0.95, 0.005, 0.985, 0.5, 0.35, 0.845])
def test_what_is_printed_does_not_turn_on_the_last_bits(p: float) -> None:
    near = [p, math.nextafter(p, 0.0), math.nextafter(p, 1.0), p + 8 * math.ulp(p), p - 8 * math.ulp(p)]
    for written in (
        percent,
        compact,
        share,
        number,
        lambda x: points(x, 0.0),
        lambda x: bar(0.0, x, 1.0, 20),
    ):
        assert len({written(x) for x in near}) == 1


def test_a_range_whose_ends_print_alike_is_one_value() -> None:
    assert between(Range(0.05, math.nextafter(0.05, 0.0))) == "0.05"
    assert between(Range(0.05, 0.06)) == "0.05 to 0.06"
    assert interval(0.2, math.nextafter(0.2, 1.0)) == ""
    assert interval(0.2001, 0.2002) == ""


def test_intervals_without_width_are_left_out() -> None:
    assert interval(0.2, 0.56) == "20 % to 56 %"
    assert interval(0.2, 0.2) == ""
    assert interval(None, 0.2) == ""


@pytest.mark.parametrize(
    ("changed", "base", "text"),
    [
        (0.0686, 0.0014, "×49"),
        (0.5, 0.5, "no change"),
        (0.0, 0.1, "to 0"),
        (0.03, 0.0, "0 to 3.0 %"),
        (0.05, 0.1, "×0.50"),
        (0.9, 1e-7, "×9.0e6"),
        (None, 0.1, "not defined"),
        (0.1, math.nan, "not defined"),
    ],
)
def test_times(changed: float | None, base: float | None, text: str) -> None:
    assert times(changed, base) == text


@pytest.mark.parametrize(
    ("changed", "base", "text"),
    [
        (0.49, 0.37, "+12 pts"),
        (0.37, 0.49, "-12 pts"),
        (0.413, 0.37, "+4.3 pts"),
        (0.3700001, 0.37, "<0.01 pts"),
        (0.36999, 0.37, "<0.01 pts"),
        (0.37, 0.37, "no change"),
        (0.37 + 1e-15, 0.37, "no change"),
        (math.nan, 0.37, "not defined"),
    ],
)
def test_points(changed: float, base: float, text: str) -> None:
    assert points(changed, base) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0088, "0.0088"),
        (1234.0, "1,200"),
        (0.0, "0"),
        (-3.14, "-3.1"),
        (2.34e7, "2.3e7"),
        (math.inf, "infinite"),
        (None, "not defined"),
    ],
)
def test_compact(x: float | None, text: str) -> None:
    assert compact(x) == text


def test_counts_and_definedness() -> None:
    assert count(16384) == "16,384"
    assert defined(0.0)
    assert not defined(None)
    assert not defined(math.nan)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.04, 0.0388), ("4.00 %", "3.88 %")),
        ((0.1, 0.2), ("10 %", "20 %")),
        ((0.125, 0.2), ("12.5 %", "20.0 %")),
        ((0.0, 0.0388), ("0 %", "3.88 %")),
        ((1.0, 0.996), ("100 %", "99.6 %")),
        ((1.0, 0.0), ("100 %", "0 %")),
        ((0.004, 0.000401), ("0.400 %", "0.0401 %")),
    ],
)
def test_probabilities_side_by_side(values: tuple[float, ...], texts: tuple[str, ...]) -> None:
    """As many digits for one as for the other."""
    assert side_by_side(*values) == texts
