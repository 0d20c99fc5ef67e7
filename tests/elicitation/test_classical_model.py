"""Cooke's classical model: arithmetic by scipy, and cases whose scores are plain."""

import math

import pytest
from scipy import stats

from sensa.elicitation.classical_model import SHARES, calibration, scores

ROW = (10.0, 50.0, 90.0)
VALUES = {0: 5.0, 1: 30.0, 2: 70.0, 3: 95.0}  # one in each range of `ROW`


def values(*counts: int) -> list[float]:
    return [VALUES[place] for place, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize(
    "counts", [(1, 9, 9, 1), (0, 5, 5, 0), (2, 3, 4, 1), (0, 0, 0, 10), (5, 0, 0, 5), (1, 0, 0, 0)]
)
def test_calibration_is_the_p_value_of_a_likelihood_ratio(counts: tuple[int, ...]) -> None:
    n = sum(counts)
    relative = sum(k / n * math.log(k / n / p) for k, p in zip(counts, SHARES, strict=True) if k)
    found = calibration([ROW] * n, values(*counts))
    assert found == pytest.approx(stats.chi2.sf(2 * n * relative, 3), rel=1e-10)


def test_who_is_right_as_often_as_stated_has_calibration_1() -> None:
    assert calibration([ROW] * 20, values(1, 9, 9, 1)) == 1.0


def test_a_value_at_a_quantile_is_below_it() -> None:
    assert calibration([ROW], [50.0]) == calibration([ROW], [30.0])


def test_information_is_relative_to_the_intrinsic_range() -> None:
    """One seed at 50. Wide: 10 to 90, narrow: 40 to 60. The range: 10 to 90, and 8 at either end."""
    found = scores({"wide": [(10, 50, 90)], "narrow": [(40, 50, 60)]}, [50.0])

    def relative(low: float, mid: float, high: float) -> float:
        widths = [low - 2, mid - low, high - mid, 98 - high]
        return sum(p * math.log(p * 96 / width) for p, width in zip(SHARES, widths, strict=True))

    assert found["wide"].information == pytest.approx(relative(10, 50, 90), rel=1e-12)
    assert found["narrow"].information == pytest.approx(relative(40, 50, 60), rel=1e-12)
    assert found["narrow"].weight > found["wide"].weight  # both are calibrated alike


def test_a_uniform_statement_has_no_information() -> None:
    """Quantiles at 5, 50 and 95 of 0 to 100, where the range of all is -10 to 110: hardly any."""
    found = scores({"even": [(5, 50, 95)], "other": [(0, 50, 100)]}, [50.0])
    assert 0 < found["even"].information < 0.15
    sure = scores({"even": [(5, 50, 95)], "sure": [(49.9, 50, 50.1)]}, [50.0])
    assert sure["sure"].information > 4


def test_weights_are_products_and_the_cutoff_leaves_out() -> None:
    """Overconfident: all ten values outside. Its calibration is P(chi2 > 20 (ln 10)) = 6e-10."""
    experts = {"good": [(10.0, 50.0, 90.0)] * 10, "sure": [(49.0, 50.0, 51.0)] * 10}
    truth = values(1, 4, 4, 1)
    found = scores(experts, truth)
    raw = {name: score.calibration * score.information for name, score in found.items()}
    assert found["good"].weight == pytest.approx(raw["good"] / sum(raw.values()), rel=1e-12)
    assert sum(score.weight for score in found.values()) == pytest.approx(1)
    assert found["sure"].calibration == pytest.approx(stats.chi2.sf(20 * math.log(10), 3), rel=1e-9)
    assert scores(experts, truth, cutoff=0.01)["sure"].weight == 0
    assert scores({"sure": experts["sure"]}, truth, cutoff=0.01)["sure"].weight == 0


def test_every_expert_answers_every_seed() -> None:
    with pytest.raises(ValueError, match="every expert needs quantiles for every seed"):
        scores({"a": [ROW]}, [1.0, 2.0])


# Three experts of the study of campylobacter in the TU Delft data base (Cooke and Goossens 2008,
# 10.1016/j.ress.2007.03.005; the case `p6r` of grongen/anduryl, whose 14 seeds are on a uniform scale).
SEEDS = [0.11, 15.4, 0.304, 3, 1.46, 2.26, 200, 0.82, 0.27, 0.03, 23, 707, 21, 0.411]
PANEL = {
    "exprt001": [
        (0.15, 0.26, 0.6), (15.75, 17.3, 18.5), (0.1, 0.25, 0.4), (2, 16, 52), (0.4, 1, 2.5), (1.5, 3, 5),
        (113, 677, 1015), (0.25, 0.6, 0.65), (0.17, 0.21, 0.26), (0.01, 0.25, 0.4), (86, 173, 254),
        (650, 750, 850), (40, 56, 80), (0.8, 0.9, 0.95),
    ],
    "exprt004": [
        (0.06, 0.15, 0.4), (11, 16.5, 20.4), (0.02, 0.09, 0.2), (5, 20, 50), (1.5, 2.5, 5), (1, 2, 6),
        (30, 120, 600), (1e-6, 0.02, 0.08), (0.01, 0.06, 0.18), (0.01, 0.05, 0.15), (86, 172, 345),
        (500, 725, 900), (12, 25, 40), (0.25, 0.37, 0.56),
    ],
    "exprt033": [
        (0.06, 0.25, 0.42), (10, 16, 24), (0.1, 0.4, 0.75), (25, 100, 250), (0.25, 0.9, 1.75), (0.25, 2, 4),
        (10, 100, 500), (0.3, 0.4, 0.75), (0.2, 0.4, 0.7), (0.05, 0.4, 0.7), (15, 75, 200),
        (500, 780, 1050), (3, 15, 30), (1e-4, 0.1, 0.33),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("expert", "calibrated", "informed", "product"),
    [
        ("exprt001", 0.0007203621458410359, 0.8199757484886155, 0.0005906794897188686),
        ("exprt004", 0.013459414468052322, 0.8428679420223234, 0.011344508973512746),
        ("exprt033", 0.24276747779614538, 0.42285831534798973, 0.10265624668215854),
    ],
)
def test_a_panel_of_the_delft_data_base_as_anduryl_scores_it(
    expert: str, calibrated: float, informed: float, product: float
) -> None:
    """Anduryl 1.2.2 (HKV and TU Delft) gave these for the three, with overshoot 0.1; ours share no code."""
    found = scores(PANEL, SEEDS)[expert]
    assert found.calibration == pytest.approx(calibrated, rel=1e-11)
    assert found.information == pytest.approx(informed, rel=1e-12)
    whole = 0.0005906794897188686 + 0.011344508973512746 + 0.10265624668215854
    assert found.weight == pytest.approx(product / whole, rel=1e-11)
