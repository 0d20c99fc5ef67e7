"""Stated results beside what the parts give, with what closes the gap, by closed forms."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.special import logit

from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.sampling.estimates import Precision
from tests.short_stories import ASSUMPTION, beta, result, story


def of(body: str, bad: str, measure: str, value: float, **settings: object) -> xr.Dataset:
    said = f'[stated]\n"{measure}" = {{ value = {value}, source = "A report" }}\n'
    return result(story(body + said, bad), "stated", **settings)["stated"].to_dataset().isel(measure=0)


GALLERY = Path(__file__).parents[2] / "stories" / "gallery"
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


def test_a_small_move_is_told_from_none() -> None:
    """P(bad) = P(not a) P(not b) = 0.05 x 0.5, stated 0.0256: either moves little, and not `to 95 %`."""
    body = ASSUMPTION.format(name="a", credence=0.95) + ASSUMPTION.format(name="b", credence=0.5)
    said = '[stated]\n"P(bad)" = { value = 0.0256, source = "A report" }\n'
    text = " ".join(render(answers(result(story(body, "not a and not b") + said)), Paper(100)).split())
    assert "where a falls from 95.0 % to 94.9 %, or where together" in text  # 0.0256 / 0.5 = 0.0512


def test_no_statement_no_word() -> None:
    tree = result(story(A, "not a"))
    assert "stated" not in answers(tree).others


SAMPLED: dict[str, object] = {"engine": "montecarlo", "points": 64, "samples": 8192}
PRECISE = {**SAMPLED, "samples": 1 << 17, "precision": Precision(0.02, relative=True)}
BRIEF = {"engine": "montecarlo", "points": 64, "work": 1e5}  # as much as the work allows
RARE = ASSUMPTION.format(name="a", credence=0.9999) + ASSUMPTION.format(name="b", credence=0.99)


@pytest.mark.parametrize(
    ("body", "settings"),
    [(A + B, SAMPLED), (beta("a", 8, 2) + B, PRECISE), (A + B, BRIEF), (RARE, SAMPLED)],
)
def test_what_is_stated_of_an_end_is_what_the_report_says_of_it(
    body: str, settings: dict[str, object]
) -> None:
    """To the last bit, of sampled worlds too: one probability has one estimate."""
    said = ("P(bad)", "P(catastrophic)", "P(failure)", "P(fail_safe | failure)", "P(poor | bad)", "P(not a)")
    text = body + "[stated]\n" + "".join(f'"{one}" = {{ value = 0.3, source = "s" }}\n' for one in said)
    tree = result(story(text, "not a and not b", "not a"), "outcomes", "kinds", "failing_safely", "stated",
                  **settings)  # fmt: skip
    value, error = ({name: float(tree["stated"][part].sel(measure=name)) for name in said}
                    for part in ("value", "error"))  # fmt: skip
    kinds = {kind: float(tree["kinds"]["mean"].sel(kind=kind)) for kind in ("catastrophic", "fail_safe")}
    assert value["P(bad)"] == float(tree["outcomes"]["mean"][0])
    assert error["P(bad)"] == float(tree["outcomes"]["error"][0])
    assert value["P(catastrophic)"] == kinds["catastrophic"]
    assert value["P(failure)"] == pytest.approx(kinds["catastrophic"] + kinds["fail_safe"], abs=1e-15)
    assert value["P(fail_safe | failure)"] == float(tree["failing_safely"]["fail_safe_given_failure"])
    assert error["P(fail_safe | failure)"] == float(tree["failing_safely"]["error"])
    assert value["P(poor | bad)"] == 0.0
    assert tree["stated"].attrs["how"] == "worlds-sampled"


def test_a_kind_of_two_outcomes_has_one_estimate_too() -> None:
    """In a story of the gallery, whose stated total was estimated from other worlds than its parts."""
    text = (GALLERY / "control_or_not.toml").read_text("utf-8")
    tree = result(text, "kinds", "stated", **SAMPLED)
    value = float(tree["stated"]["value"].sel(measure="P(catastrophic)"))
    assert value == pytest.approx(float(tree["kinds"]["mean"].sel(kind="catastrophic")), abs=1e-15)


def test_sampled_ends_agree_with_the_exact_ones() -> None:
    """P(bad) = 0.1, P(failure) = 0.2, their ratio 0.5: within six standard errors, false alarms 1e-8."""
    said = {"P(bad)": 0.1, "P(failure)": 0.2, "P(bad | failure)": 0.5}
    text = A + B + "[stated]\n" + "".join(f'"{one}" = {{ value = 0.3, source = "s" }}\n' for one in said)
    for settings, least in (({}, 1e-14), (SAMPLED, 0.0)):
        data = result(story(text, "not a and not b", "not a"), "stated", **settings)["stated"]
        off = np.abs(data["value"].values - list(said.values()))
        assert (off <= 6 * data["error"].values + least).all()
    assert (data["error"].values > 0).all()
