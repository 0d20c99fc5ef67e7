"""What more trials are worth: closed forms, quadrature, and the counts by enumeration."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sensa.analyses.value_of_trials import value_of_trials
from sensa.methods.conjugate_trials import Beta, expected, good_trials, polynomial
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, beta, losing, model, result, story


def of(text: str, **more: object) -> xr.Dataset:
    return result(text, "value_of_trials", **more)["value_of_trials"].to_dataset()


UNIFORM = losing(story(beta("a", 1, 1), "not a"), bad="1.0", good="-1.0")


def test_one_trial_of_an_unknown_probability() -> None:
    """Loss 1 - 2 p, p uniform: E L = 0 = c. After one trial p has mean 2/3 or 1/3, so L is -1/3 or 1/3.

    Worth E (1/3)+ = 1/2 x 1/3 = 1/6; of knowing p, E (1 - 2 p)+ = 1/4. P(bad) has variance 1/12 now, and
    2 x 1 / (9 x 4) = 1/18 after a trial.
    """
    data = value_of_trials(model(UNIFORM), trials=(1,))
    assert data["worth"].values[0, 0] == pytest.approx([1 / 6, 1 / 6], abs=1e-14)
    assert data["perfect"].values[0] == pytest.approx([1 / 4, 1 / 4], abs=1e-12)
    assert float(data["sd_now"][0]) == pytest.approx(math.sqrt(1 / 12), abs=1e-14)
    assert float(data["sd_after"][0, 0]) == pytest.approx(math.sqrt(1 / 18), abs=1e-14)
    assert bool(data["exact"][0])


def test_the_worth_rises_to_that_of_knowing() -> None:
    data = of(losing(story(beta("a", 3, 2), "not a"), bad="10.0", good="-2.0"))
    worth, perfect = data["worth"].values[0], data["perfect"].values[0]
    assert (np.diff(worth, axis=0) >= 0).all()
    assert (worth <= perfect).all()
    left = perfect - worth  # falls as 1 / n: to 0.3 of it from 300 to 1000 trials
    assert left[4] / left[3] == pytest.approx([0.3, 0.3], rel=0.1)
    information = result(
        losing(story(beta("a", 3, 2), "not a"), bad="10.0", good="-2.0"), "value_of_information"
    )["value_of_information"]
    assert perfect == pytest.approx(information["evppi"].values[0], rel=1e-9)


def test_trials_that_all_go_well_hold_a_limit() -> None:
    """P(bad) after n that held is 1/2 / (n + 1) for Jeffreys' prior: within 1 % from n = 49 on."""
    limit = '[properties.p]\nrequire = "P(catastrophic) <= 0.01"\n'
    text = story(beta("a", 0.5, 0.5), "not a") + limit
    assert of(text)["good_trials"].values.tolist() == [[49.0]]
    happens = story("[events.e]\nchance = { beta = [0.5, 0.5] }\n", "e") + limit
    assert of(happens)["good_trials"].values.tolist() == [[49.0]]


def test_a_limit_that_holds_or_that_no_trials_hold() -> None:
    """With 2 % from elsewhere no trial of a gets the risk to 1 %."""
    limit = '[properties.p]\nrequire = "P(catastrophic) <= {}"\n'
    other = "[events.e]\nchance = 0.02\n"
    text = story(beta("a", 0.5, 0.5) + other, "not a or e")
    assert of(text + limit.format(0.01))["good_trials"].values.tolist() == [[math.inf]]
    assert of(text + limit.format(0.6))["good_trials"].values.tolist() == [[0.0]]


def test_a_number_that_is_read_at_every_step() -> None:
    """P(bad) = 1 - p^3, a cubic: its mean after n that held is 1 - E p^3 of the posterior."""
    body = '[[phases]]\nname = "p"\nrepeat = 3\n' + beta("a", 2, 1) + "every_step = true\n"
    text = story(body, "not a") + '[properties.p]\nrequire = "P(catastrophic) <= 0.051"\n'
    data = of(text)
    n = int(data["good_trials"][0, 0])
    for trials, within in ((n, True), (n - 1, False)):
        assert (1 - stats.beta(2 + trials, 1).moment(3) <= 0.051) == within
    after = [stats.betabinom(10, 2, 1).pmf(k) * _sd_of_cube(2 + k, 1 + 10 - k) for k in range(11)]
    assert float(data["sd_after"][0, 0]) == pytest.approx(sum(after), rel=1e-9)


def _sd_of_cube(a: float, b: float) -> float:
    of = stats.beta(a, b)
    return math.sqrt(of.moment(6) - of.moment(3) ** 2)


@settings(max_examples=30)
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=5),
    st.floats(0.3, 20),
    st.floats(0.3, 20),
    st.integers(0, 12),
)
def test_sums_are_what_quadrature_gives(weights: list[float], a: float, b: float, n: int) -> None:
    """E[f(p) | k] and P(k), f any polynomial, against integrals over p."""
    f = np.polynomial.Polynomial(weights)
    series = f.convert(kind=np.polynomial.Chebyshev, domain=[-1, 1], window=[-1, 1])
    there = polynomial(np.polynomial.Chebyshev([*series.coef, 0.0, 0.0]))
    found = expected(Beta(a, b), n, there, there, np.array([0.0]))
    assert there.resolved
    for k in range(n + 1):
        posterior = stats.beta(a + k, b + n - k)
        mean = posterior.expect(lambda p: f(2 * p - 1))
        assert found.loss[k] == pytest.approx(mean, abs=1e-7)
        assert found.chance[k] == pytest.approx(stats.betabinom(n, a, b).pmf(k), rel=1e-9)
    assert there.squared()(np.array([0.3]))[0] == pytest.approx(f(-0.4) ** 2, abs=1e-12)


def test_the_verdict_on_a_limit_changes_as_often_as_counted() -> None:
    """Beta(9, 1): P(bad) is 10 %, within 15 %. 10 trials: (1 + 10 - k) / 20 > 0.15 where k < 8."""
    text = story(beta("a", 9, 1), "not a") + '[properties.p]\nrequire = "P(catastrophic) <= 0.15"\n'
    chance = stats.betabinom(10, 9, 1).cdf(7)
    assert float(of(text)["changes"][0, 0, 0]) == pytest.approx(chance, abs=1e-13)


def test_only_counted_numbers_that_nothing_is_tied_to() -> None:
    pair = '["assumptions.a.credence", "assumptions.b.credence"]'
    tied = f"[[dependence]]\nbetween = {pair}\nrank_correlation = 0.5\n"
    body = beta("a", 2, 1) + beta("b", 2, 1) + beta("c", 2, 1)
    other = ASSUMPTION.format(name="d", credence="{ low = 0.2, high = 0.8 }")
    data = of(story(body + other + tied, "not (a and b and c and d)"))
    assert data["number"].values.tolist() == ["assumptions.c.credence"]
    nothing = of(story(other, "not d"))
    assert nothing.attrs["note"].startswith("no probability has a Beta distribution")
    assert not nothing.data_vars


def test_the_fewest_are_found_where_many_are_needed() -> None:
    risk = polynomial(np.polynomial.Chebyshev([0.5, -0.5, 0.0, 0.0]))  # 1 - p
    assert good_trials(Beta(0.5, 0.5), risk, 1e-5) == 49999
    assert good_trials(Beta(0.5, 0.5), risk, 1e-9) == math.inf


def test_by_quadrature_over_the_number_and_the_count() -> None:
    """The worth of 10 trials at a stated cost of stopping, by brute force over p and k."""
    text = losing(story(beta("a", 3, 2), "not a"), bad="10.0", good="-2.0")
    data = of(text)
    now = 10 * 0.4 - 2 * 0.6
    best = min(now, 0.0)
    total = 0.0
    for k in range(11):

        def weight(p: float, k: int = k) -> float:
            return stats.binom(10, p).pmf(k) * stats.beta(3, 2).pdf(p)

        chance = integrate.quad(weight, 0, 1)[0]
        loss = integrate.quad(lambda p: weight(p) * (10 * (1 - p) - 2 * p), 0, 1)[0]
        total += min(loss, 0.0 * chance)
    assert float(data["worth"][0, 0, 0]) == pytest.approx(best - total, abs=1e-9)


def test_the_section_ranks_by_worth_and_says_what_holds_a_limit() -> None:
    """Of a, known well, and b, not known, trials of b are worth more; as 2 good ones hold the limit.

    1 - 90/91 x 2.5/3 = 0.176, and after one 1 - 90/91 x 1.5/2 = 0.258.
    """
    body = beta("a", 90, 1) + beta("b", 0.5, 0.5)
    limit = '[properties.p]\nrequire = "P(catastrophic) <= 0.2"\n'
    text = losing(story(body, "not (a and b)"), bad="1.0", good="-1.0") + limit
    lines = render(answers(result(text, "outcomes", "value_of_trials")), Paper(100)).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Spread of the risk, by trials"))
    assert lines[at].split()[-4:] == ["worth", "of", "100", "share"]
    assert [line.split()[0] for line in lines[at + 1 : at + 3]] == ["b", "a"]
    assert lines[at + 1].endswith("%")
    assert lines[at + 3] == "Hold        the mean risk is within 20 % after 2 of b, if all go well"
