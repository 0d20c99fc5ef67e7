"""Bounds without independence against Frechet's, Boole's and Rueger's inequalities, and published chains."""

import itertools

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings

from sensa.analyses.frechet import frechet
from sensa.methods.interventions import held
from sensa.methods.joint_bounds import extremes
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies
from tests.short_stories import ASSUMPTION, beta, model, story


def of(text: str, *names: str) -> xr.Dataset:
    return frechet(model(text, points=256), assumptions=names or None)


def ends(data: xr.Dataset, output: str = "bad") -> tuple[float, float]:
    return float(data["lower"].sel(output=output)), float(data["upper"].sel(output=output))


def claims(chances: list[float]) -> tuple[str, list[str]]:
    """Assumptions that hold with these probabilities."""
    names = [f"a{i}" for i in range(len(chances))]
    return "".join(
        ASSUMPTION.format(name=name, credence=p) for name, p in zip(names, chances, strict=True)
    ), names


# Published chains of steps that are all needed, and layers that must all fail.
@pytest.mark.parametrize(
    ("chances", "product"),
    [
        ([0.65, 0.80, 0.40, 0.65, 0.40, 0.95], 0.051376),  # Carlsmith 2021
        ([0.80, 0.90, 0.58, 0.25, 0.05, 0.40], 0.002088),  # superforecasters 2023, of whom the total is .01
        ([0.5, 0.6, 0.7, 0.4, 0.6], 0.0504),
        ([0.6, 0.5, 0.7, 0.65, 0.9, 0.8], 0.09828),
        ([0.5, 0.5, 0.5, 0.5], 0.0625),
        ([0.9, 0.95, 0.99], 0.84645),
    ],
)
def test_a_conjunction_reaches_from_boole_to_its_weakest_link(chances: list[float], product: float) -> None:
    body, names = claims(chances)
    data = of(story(body, " and ".join(names)))
    least, most = max(0.0, sum(chances) - len(chances) + 1), min(chances)
    assert ends(data) == pytest.approx((least, most), abs=1e-12)
    assert float(data["independent"].sel(output="bad")) == pytest.approx(product, abs=1e-12)
    assert float(data["stated"].sel(output="bad")) == pytest.approx(product, abs=1e-12)
    assert ends(data, "success") == pytest.approx((1 - most, 1 - least), abs=1e-12)
    assert data.attrs["how"] == "exact"


def test_a_disjunction_reaches_from_its_largest_to_the_sum() -> None:
    body, names = claims([0.1, 0.2, 0.25])
    data = of(story(body, " or ".join(names)))
    assert ends(data) == pytest.approx((0.25, 0.55), abs=1e-12)


@pytest.mark.parametrize(("count", "k", "p"), [(5, 2, 0.3), (6, 4, 0.5), (7, 3, 0.8), (4, 2, 0.05)])
def test_at_least_k_of_n_is_bounded_as_rueger_has_it(count: int, k: int, p: float) -> None:
    """min(1, n p / k), and max(0, (n p - k + 1) / (n - k + 1))."""
    body, names = claims([p] * count)
    low, high = ends(of(story(body, f"at_least({k}, {', '.join(names)})")))
    assert high == pytest.approx(min(1.0, count * p / k), abs=1e-12)
    assert low == pytest.approx(max(0.0, (count * p - k + 1) / (count - k + 1)), abs=1e-12)


def test_the_cases_that_reach_an_end_have_the_marginals_and_the_value() -> None:
    body, names = claims([0.3, 0.6, 0.8])
    data = of(story(body, f"exactly(2, {', '.join(names)})"))
    for end in ("lower", "upper"):
        chance = data[f"{end}_chance"].sel(output="bad").values
        violated = data[f"{end}_violated"].sel(output="bad").values
        assert chance.sum() == pytest.approx(1, abs=1e-9)
        np.testing.assert_allclose(chance @ violated, [0.7, 0.4, 0.2], rtol=0, atol=1e-9)
        assert chance @ (violated.sum(axis=1) == 1) == pytest.approx(
            float(data[end].sel(output="bad")), abs=1e-9
        )


def test_two_at_a_time_by_frechet() -> None:
    """bad = a xor b, c aside: p + q - 2 P(both), P(both) in [max(0, p + q - 1), min(p, q)]."""
    body, _ = claims([0.3, 0.6, 0.8])
    data = of(story(body, "(a0 and not a1 or a1 and not a0) and a2"))
    pair = data.sel(assumption="a0", other="a1", output="bad")
    assert float(pair["pair_lower"]) == pytest.approx(0.8 * 0.3, abs=1e-12)
    assert float(pair["pair_upper"]) == pytest.approx(0.8 * 0.9, abs=1e-12)
    alone = data.sel(assumption="a0", other="a0", output="bad")
    assert float(alone["pair_lower"]) == float(alone["pair_upper"]) == pytest.approx(0.54 * 0.8, abs=1e-12)
    # With b as it is: .4 P(a and c) + .6 (.8 - P(a and c)), and P(a and c) in [.1, .3].
    other = data.sel(assumption="a0", other="a2", output="bad")
    assert float(other["pair_upper"]) == pytest.approx(0.48 - 0.2 * 0.1, abs=1e-12)
    assert float(other["pair_lower"]) == pytest.approx(0.48 - 0.2 * 0.3, abs=1e-12)


def test_uncertain_credences_count_by_their_means() -> None:
    data = of(story(beta("a", 8, 2) + beta("b", 6, 4), "a and b"))
    assert ends(data) == pytest.approx((0.4, 0.6), abs=1e-12)
    assert data["violated"].values.tolist() == pytest.approx([0.2, 0.4], abs=1e-15)


def test_the_strongest_are_taken_and_others_may_be_named() -> None:
    body, names = claims([0.9] * 10)
    text = story(body, f"not a7 or not a3 and not a4 or {' and '.join(f'not {name}' for name in names)}")
    data = of(text)
    assert data.sizes["assumption"] == 8
    assert {"a3", "a4", "a7"} <= set(data["assumption"].values.tolist())
    assert "8 of 10 assumptions" in data.attrs["note"]
    assert of(text, "a9", "a1")["assumption"].values.tolist() == ["a9", "a1"]
    with pytest.raises(ValueError, match="`b` is not an assumption that is drawn once"):
        of(text, "b")


def test_what_an_assumption_depends_on_is_cut_and_noted() -> None:
    body = ASSUMPTION.format(name="a", credence=0.9) + '[[assumptions.a.given]]\nif = "c"\ncredence = 0.5\n'
    data = of(story(body + "[events.c]\nchance = 0.5\n", "not a and c"))
    assert float(data["stated"].sel(output="bad")) == pytest.approx(0.25, abs=1e-15)
    assert ends(data) == pytest.approx((0.15, 0.15), abs=1e-12)  # .3 violated, and c by itself
    assert "set by intervention" in data.attrs["note"]


def test_stories_without_anything_to_tie() -> None:
    phases = '[[phases]]\nname = "p"\nrepeat = 2\n'
    every = phases + ASSUMPTION.format(name="a", credence=0.9) + "every_step = true\n"
    data = of(story(every, "not a"))
    assert ends(data) == pytest.approx((0.19, 0.19), abs=1e-12)
    assert "no assumption is drawn once" in data.attrs["note"]
    constant = of(story(ASSUMPTION.format(name="a", credence=1.0), "not a", "false"))
    assert ends(constant) == ends(constant, "poor") == (0.0, 0.0)


def test_rare_events_keep_their_digits() -> None:
    body, _ = claims([0.999999, 0.999998])
    data = of(story(body, "not a0 and not a1"))
    assert ends(data)[1] == pytest.approx(1e-6, rel=1e-6)
    assert ends(data)[0] == pytest.approx(0.0, abs=1e-15)


def test_the_value_is_proven_by_the_dual() -> None:
    """No random joint distribution with the marginals is below."""
    random = np.random.default_rng(3)
    cases = np.array(list(itertools.product((False, True), repeat=4)))
    q = random.random(16)
    for _ in range(20):
        joint = random.dirichlet(np.full(16, 0.2))
        value, best, _ = extremes(joint @ cases, cases, q)
        assert value <= joint @ q + 1e-12
        assert best @ q == pytest.approx(value, abs=1e-9)


def test_sampled_bounds_have_their_errors() -> None:
    """Of (not a0 or not a1) and e: .3 x .2 to .3 x .3, and .3 x .28 if independent, within 8 errors.

    P(|t| > 8) = 9e-7 of 15 degrees of freedom, so one false alarm in 30,000 for 36 numbers.
    """
    body, _ = claims([0.9, 0.8])
    text = story(body + '[events.e]\nchance = 0.3\nmode = "other"\n', "(not a0 or not a1) and e")
    exact = of(text)
    assert ends(exact) == pytest.approx((0.06, 0.09), abs=1e-12)
    sampled = frechet(model(text, engine="montecarlo", samples=1 << 18))
    numbers = ("lower", "upper", "independent", "stated", "pair_lower", "pair_upper")
    for name in numbers:
        assert (exact[f"{name}_error"] == 0).all()
        error = sampled[f"{name}_error"].sel(output=["bad", "good", "success"])
        assert ((error > 0) & (error < 0.01)).all(), name
        assert (np.abs(sampled[name] - exact[name]) <= 8 * error).all(), name
    assert (sampled["violated_error"] < 1e-15).all()  # of one draw each: only rounding


def test_an_end_has_the_error_of_the_marginal_that_it_is() -> None:
    """At most min(P(not a0), P(not a1)) for both violated: .2, of an assumption with a sampled case."""
    body = ASSUMPTION.format(name="a0", credence=0.5) + ASSUMPTION.format(name="a1", credence=0.9)
    body += '[[assumptions.a1.given]]\nif = "c"\ncredence = 0.7\n[events.c]\nchance = 0.5\n'
    found = frechet(model(story(body, "not a0 and not a1"), engine="montecarlo", samples=1 << 18))
    error = float(found["violated_error"].sel(assumption="a1"))
    assert 0 < error < 0.01
    assert float(found["upper_error"].sel(output="bad")) == pytest.approx(error, rel=1e-9)
    assert float(found["upper"].sel(output="bad")) == pytest.approx(0.2, abs=8 * error)
    assert float(found["lower_error"].sel(output="bad")) == 0.0


def test_what_no_world_meets_has_no_bounds() -> None:
    """1e-10 if both are violated, and nothing else may be."""
    body, _ = claims([0.9, 0.8])
    body += "".join(f'[events.{name}]\nchance = 1e-5\nmode = "other"\n' for name in "ef")
    text = story(body, "not a0 and not a1 and e and f")
    assert ends(of(text)) == pytest.approx((0.0, 1e-11), rel=1e-6)
    found = frechet(model(text, engine="montecarlo", samples=1 << 14))
    for name in ("lower", "upper", "independent", "pair_upper", "upper_error"):
        assert np.isnan(found[name].sel(output="bad")).all(), name
    stated, error = (float(found[name].sel(output="bad")) for name in ("stated", "stated_error"))
    assert abs(stated - 2e-12) < 5 * error  # by importance sampling, as a run has it
    assert "in no sampled world, whatever is violated: bad" in found.attrs["note"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.stories())
def test_violations_all_at_once_are_within_the_bounds(text: str) -> None:
    story_model = prepare(parse(text), Settings(points=64, replicates=2))
    data = frechet(story_model)
    names, violated = data["assumption"].values.tolist(), data["violated"].values
    if not names:
        return
    order = np.argsort(-violated)  # one uniform number violates all whose chance is above it
    steps = np.concatenate([[1.0], violated[order], [0.0]])
    value = np.zeros(len(story_model.outcomes))
    for count in range(len(names) + 1):
        down = {names[i]: False for i in order[:count]} | {names[i]: True for i in order[count:]}
        found = story_model.average(
            story_model.ends, story_model.by_outcome, [held(story_model.circuit, down)]
        )
        value += (steps[count] - steps[count + 1]) * found.mean[0]
    own = data.sel(output=story_model.outcomes)
    slack = 1e-9 if story_model.mean_p is not None else 0.05  # other forces, fewer points
    assert (own["lower"].values <= value + slack).all()
    assert (own["upper"].values >= value - slack).all()
