"""Stated results beside what the parts give, with what closes the gap, by closed forms."""

import numpy as np
import pytest
import xarray as xr
from scipy.special import logit

from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, beta, result, story


def of(body: str, bad: str, measure: str, value: float, **settings: object) -> xr.Dataset:
    said = f'[stated]\n"{measure}" = {{ value = {value}, source = "A report" }}\n'
    return result(story(body + said, bad), "stated", **settings)["stated"].to_dataset().isel(measure=0)


A, B = ASSUMPTION.format(name="a", credence=0.8), ASSUMPTION.format(name="b", credence=0.5)


def test_one_credence_closes_the_gap() -> None:
    """P(bad) = 1 - a = 0.2 and 0.5 is stated: a = 0.5."""
    data = of(A, "not a", "P(bad)", 0.5)
    assert float(data["value"]) == pytest.approx(0.2, abs=1e-15)
    assert float(data["difference"]) == pytest.approx(-0.3, abs=1e-15)
    assert float(data["ratio"]) == pytest.approx(0.4, abs=1e-15)
    assert float(data["single_credence"][0]) == pytest.approx(0.5, abs=1e-10)
    assert float(data["joint_move"][0]) == pytest.approx(-logit(0.8), abs=1e-8)
    assert str(data["source"].values) == "A report"


def test_the_joint_move_is_the_shortest() -> None:
    """(1 - a)(1 - b) = 1/4 where both fail; by Lagrange, x_a / x_b = a / b, as d log(1 - a) / dx_a = -a."""
    data = of(A + B, "not a and not b", "P(bad)", 0.25)
    a, b = data["joint_credence"].values
    move = data["joint_move"].values
    assert (1 - a) * (1 - b) == pytest.approx(0.25, abs=1e-9)
    assert move[0] / move[1] == pytest.approx(a / b, rel=1e-6)
    assert move == pytest.approx(logit([a, b]) - logit([0.8, 0.5]), abs=1e-9)
    assert data["single_credence"].values == pytest.approx([0.5, np.nan], abs=1e-9, nan_ok=True)


def test_a_conditional_probability_closes_too() -> None:
    """P(not b | bad) with bad = not a or not b: (1 - b) / (1 - a b) = 1/2 / 0.6; 2/3 is stated.

    Alone: b with 3 (1 - b) = 2 (1 - 0.8 b), so b = 1/1.4; a with 3 (1 - 1/2) = 2 (1 - a / 2), so a = 1/2.
    """
    data = of(A + B, "not a or not b", "P(not b | bad)", 2 / 3)
    assert float(data["value"]) == pytest.approx(0.5 / 0.6, abs=1e-14)
    assert data["single_credence"].values == pytest.approx([0.5, 1 / 1.4], abs=1e-9)
    a, b = data["joint_credence"].values
    assert (1 - b) / (1 - a * b) == pytest.approx(2 / 3, abs=1e-8)
    # x is along the gradient of log m: by a, b a (1 - a) / (1 - a b), and by b, -b + a b (1 - b) / (1 - a b)
    slope = np.array([a * b * (1 - a) / (1 - a * b), -b + a * b * (1 - b) / (1 - a * b)])
    move = data["joint_move"].values
    assert move[0] * slope[1] == pytest.approx(move[1] * slope[0], abs=1e-6)


def test_no_gap_closes_where_the_condition_cannot_be() -> None:
    """P(not b | not a) = 1/2 whatever a; far out a is certain, the measure not defined. 1/4: b = 3/4."""
    data = of(A + B, "not a or not b", "P(not b | not a)", 0.25)
    assert data["single_credence"].values == pytest.approx([np.nan, 0.75], abs=1e-9, nan_ok=True)
    assert data["joint_credence"].values == pytest.approx([0.8, 0.75], abs=1e-6)


def test_uncertain_credences_move_at_every_value() -> None:
    """E(1 - a) = 0.4 with a ~ Beta(3, 2), by the mean: the single credence is where its mean is 0.3."""
    data = of(beta("a", 3, 2), "not a", "P(bad)", 0.7)
    assert float(data["value"]) == pytest.approx(0.4, abs=1e-14)
    assert float(data["single_credence"][0]) == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize(
    ("measure", "value"), [("P(bad)", 0.2), ("P(bad | a and not a)", 0.5), ("loss", 3.0)]
)
def test_where_nothing_is_to_be_closed(measure: str, value: float) -> None:
    data = of(A, "not a", measure, value)
    assert np.isnan(data["single_move"].values).all()
    assert np.isnan(float(data["distance"]))


def test_what_no_credence_reaches_stays_open() -> None:
    """P(bad) = (1 - a) / 2 is below 1/2, whatever a is."""
    data = of(A + "[events.e]\nchance = 0.5\n", "not a and e", "P(bad)", 0.6)
    assert np.isnan(data["single_move"].values).all()
    assert np.isnan(data["joint_move"].values).all()


def test_the_report_shows_the_gap_and_what_closes_it() -> None:
    said = '[stated]\n"P(bad)" = { value = 0.5, source = "A report" }\n'
    lines = render(answers(result(story(A + said, "not a"))), Paper()).splitlines()
    start = lines.index("Stated      P(bad): 50 % is stated; the parts give 20 %, 2.5 times less (A report)")
    assert lines[start + 1] == "            the parts give it where a falls from 80 % to 50 %"


def test_no_statement_no_word() -> None:
    tree = result(story(A, "not a"))
    assert "stated" not in answers(tree).others
