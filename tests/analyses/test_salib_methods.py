"""SALib's methods on stories whose indices are known, and what SALib itself would let pass."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sensa import salib
from sensa.analyses import salib_methods
from sensa.analyses.salib_methods import METHODS, evaluator, problem_spec, run
from sensa.analyses.salib_methods.adaptor import quiet
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, beta, model, story

UNIFORM = "[quantities.{}]\nvalue = {{ uniform = [0, 1] }}\n"
NAMES = ["x1", "x2", "x3"]
THREE = "".join(UNIFORM.format(name) for name in NAMES)
# x1 x2 + x3, halved: first order 3/19, 3/19, 12/19, total 4/19, 4/19, 12/19, as the interaction is 1/19.
FIRST, TOTAL, SHAPLEY = np.array([[3, 3, 12], [4, 4, 12], [3.5, 3.5, 12]]) / 19
KNOWN = story(THREE + '[events.e]\nchance = "(x1 * x2 + x3) / 2"\n', "e")
INDEPENDENT = ["morris", "fast", "dgsm", "shapley", "sobol"]


def of(name: str, text: str = KNOWN, outcome: str | None = "bad", **settings: int) -> xr.Dataset:
    return run(model(text, **settings), name, outcome=outcome)


def global_state() -> str:
    return repr(np.random.get_state())  # noqa: NPY002


def bad(data: xr.Dataset, statistic: str) -> np.ndarray:  # type: ignore[type-arg]
    values: np.ndarray = data[statistic].sel(outcome="bad").values  # type: ignore[type-arg]
    return values


# Seeds are fixed, so these either always pass or never do; over seeds, 0.03 is five errors or more of each.
@pytest.mark.parametrize(
    ("name", "statistic", "want"),
    [
        ("fast", "S1", FIRST),
        ("fast", "ST", TOTAL),
        ("rbd_fast", "S1", FIRST),
        ("sobol", "S1", FIRST),
        ("sobol", "ST", TOTAL),
        ("hdmr", "S", FIRST),
        ("hdmr", "ST", TOTAL),
        ("shapley", "shapley_normalized", SHAPLEY),
    ],
)
def test_indices_are_those_of_the_function(name: str, statistic: str, want: np.ndarray) -> None:  # type: ignore[type-arg]
    data = of(name)
    assert data["factor"].values.tolist() == [f"quantities.{x}.value" for x in NAMES]
    np.testing.assert_allclose(bad(data, statistic), want, rtol=0, atol=0.03)
    assert (bad(data, f"{statistic}_conf") > 0).all()
    assert data.attrs["how"] == "parameters-sampled"


@pytest.mark.slow
def test_first_order_by_the_partition_of_delta() -> None:
    """A partition of resampled points is biased by some hundredths; the order and the gap are known."""
    np.testing.assert_allclose(bad(of("delta"), "S1"), FIRST, rtol=0, atol=0.08)


def test_scipy_gives_the_same_indices_of_the_same_model() -> None:
    from scipy.stats import sobol_indices, uniform

    story_model = model(KNOWN)

    def f(x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return np.asarray(evaluator(story_model)(x.T).T[:1])

    found = sobol_indices(func=f, n=4096, dists=[uniform()] * 3, rng=np.random.default_rng(1))
    data = run(story_model, "sobol", outcome="bad")
    assert data["outcome"].values.tolist() == ["bad"]
    # Errors of both at these sizes are below 0.005 (1e-2 is beyond four of them together).
    np.testing.assert_allclose(bad(data, "S1"), found.first_order, rtol=0, atol=0.02)
    np.testing.assert_allclose(bad(data, "ST"), found.total_order, rtol=0, atol=0.02)


def test_elementary_effects_of_a_line_are_its_slopes() -> None:
    """(x1 + 2 x2) / 4 over [1/8, 7/8]: effects of 3/16 and 3/8, the same everywhere."""
    text = story(THREE + '[events.e]\nchance = "(x1 + 2 * x2) / 4"\n', "e")
    data = of("morris", text)
    for statistic in ("mu", "mu_star"):
        np.testing.assert_allclose(bad(data, statistic), [3 / 16, 3 / 8, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(bad(data, "sigma"), 0, rtol=0, atol=1e-12)


def test_derivative_based_measures_of_a_line() -> None:
    """vi is the squared slope; dgsm = vi / (pi^2 V), V = 5/192, above the index itself."""
    text = story(THREE + '[events.e]\nchance = "(x1 + 2 * x2) / 4"\n', "e")
    data = of("dgsm", text)
    slopes = np.array([1 / 16, 1 / 4, 0])
    np.testing.assert_allclose(bad(data, "vi"), slopes, rtol=0, atol=1e-10)
    np.testing.assert_allclose(bad(data, "dgsm"), slopes / np.pi**2 / (5 / 192), rtol=0.01)
    assert (bad(data, "dgsm")[:2] > [1 / 5, 4 / 5]).all()
    np.testing.assert_allclose(bad(data, "vi_conf"), 0, rtol=0, atol=1e-9)  # a line has one slope
    assert (bad(data, "dgsm_conf")[:2] > 0).all()  # but its variance is from the sample


def test_what_does_nothing_is_told_from_what_does() -> None:
    text = story(THREE + '[events.e]\nchance = "(0.1 * x1 + 2 * x2) / 3"\n', "e")
    pawn = of("pawn", text)
    chance = float(bad(pawn, "by_chance"))
    median, error = bad(pawn, "median"), bad(pawn, "median_error")
    assert median[1] > 5 * chance
    assert abs(median[2] - chance) < 0.05
    assert (error < 0.02).all()
    uneven = bad(of("discrepancy", text), "s_discrepancy")
    assert uneven.sum() == pytest.approx(1, abs=1e-12)
    assert uneven[1] > uneven[0] - 1e-9 > uneven[2] - 0.01
    ends = bad(of("rsa", text), "rsa")[:, [0, -1]]
    assert (ends[1] > 10 * ends[0]).all()
    assert (ends[1] > 10 * ends[2]).all()


@pytest.mark.parametrize("name", METHODS)
def test_a_constant_outcome_has_no_statistics(name: str) -> None:
    data = of(name, outcome="poor")
    for statistic in data:
        assert np.isnan(data[statistic].sel(outcome="poor").values).all()
    assert data.attrs["note"] == "constant over the parameters: poor"


@pytest.mark.parametrize("name", METHODS)
def test_one_parameter_none_and_credences_without_bounds(name: str) -> None:
    """No parameter: nothing to say. One: no crash. Levels of 0 and 1 are never asked of a distribution."""
    none = run(model(story(ASSUMPTION.format(name="a", credence=0.5), "a")), name)
    assert none.sizes["factor"] == 0
    assert none.attrs["note"] == "no parameters: nothing is uncertain"
    body = "[quantities.x]\nvalue = { lognormal = [0.0, 2.0] }\n" + '[events.e]\nchance = "x / (1 + x)"\n'
    one = run(model(story(body, "e"), points=64, replicates=2), name, outcome="bad")
    assert one.sizes["factor"] == 1
    statistic = str(next(iter(one)))
    if name == "hdmr":
        assert one.attrs["note"] == "one parameter: nothing to share"
        assert np.isnan(bad(one, statistic)).all()
    else:
        assert np.isfinite(bad(one, statistic)).any()


@pytest.mark.parametrize("name", METHODS)
def test_dependent_parameters_are_refused_or_noted(name: str) -> None:
    tied = '["assumptions.a.credence", "assumptions.b.credence"]'
    body = beta("a", 8, 2) + beta("b", 6, 4)
    body += f"[[dependence]]\nbetween = {tied}\nrank_correlation = 0.9\n"
    data = of(name, story(body, "a"), points=1024, replicates=2)
    if name in INDEPENDENT:
        assert "assumes independent parameters" in data.attrs["note"]
        assert all(np.isnan(values.values).all() for values in data.values())
    else:
        assert "take credit for each other" in data.attrs["note"]


def test_a_tied_parameter_that_does_nothing_takes_credit() -> None:
    """Var E[a | b] / Var a is the rank correlation of two draws of a given b: (6 / pi) asin(rho^2 / 2)."""
    tied = '["assumptions.a.credence", "assumptions.b.credence"]'
    body = "".join(ASSUMPTION.format(name=name, credence="{ uniform = [0, 1] }") for name in "ab")
    body += f"[[dependence]]\nbetween = {tied}\nrank_correlation = 0.9\n"
    s1 = bad(of("rbd_fast", story(body, "a")), "S1")
    assert s1[0] == pytest.approx(1, abs=0.01)
    rho = 2 * np.sin(np.pi * 0.9 / 6)
    assert s1[1] == pytest.approx(6 / np.pi * np.arcsin(rho**2 / 2), abs=0.02)


def test_seeds_count_and_nothing_global_is_changed() -> None:
    np.random.seed(7)  # noqa: NPY002 (what SALib would change)
    state, form = global_state(), warnings.formatwarning
    text = story(UNIFORM.format("x") + '[events.e]\nchance = "x"\n', "e")
    first, again, other = (of("delta", text, points=512, replicates=2, seed=seed) for seed in (0, 0, 1))
    assert first.identical(again)
    assert not first.equals(other)
    assert global_state() == state
    assert warnings.formatwarning is form


def test_no_warning_leaves_whatever_the_filter(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet(1):
        warnings.simplefilter("once")  # as `delta` does
        warnings.warn("potential bias", UserWarning, stacklevel=1)
    assert capfd.readouterr() == ("", "")


def test_names_that_end_like_columns_are_fine() -> None:
    """A column that ends in `_raw` is what `delta` itself refuses."""
    body = "[events.x_raw]\nchance = 0.5\n[events.e]\ncauses = { x_raw = { uniform = [0, 1] } }\n"
    data = of("delta", story(body, "e"), points=1024, replicates=2)
    assert data["factor"].values.tolist() == ["events.e.causes.x_raw"]
    assert np.isfinite(bad(data, "delta")).all()


def test_a_story_that_breaks_at_a_value_says_so() -> None:
    text = story(UNIFORM.format("x") + '[events.e]\nchance = "2 * x"\n', "e")
    with pytest.raises(RunError, match=r"events\.e\.chance"):
        run(prepare(parse(text), Settings(points=64)), "morris")


def test_unknown_methods_and_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown method `sobols`"):
        of("sobols")
    with pytest.raises(ValueError, match="unknown outcome `awful`"):
        run(model(KNOWN), "morris", outcome="awful")


def test_a_problem_for_those_who_live_in_salib() -> None:
    story_model = model(KNOWN)
    spec = problem_spec(story_model)
    assert spec["outputs"] == ["bad", "poor", "good"]
    with quiet(1):
        spec.sample_sobol(512, calc_second_order=False).evaluate(evaluator(story_model))
        spec.analyze_sobol(calc_second_order=False)
    np.testing.assert_allclose(spec.analysis["bad"]["S1"], FIRST, rtol=0, atol=0.05)


def test_a_story_by_its_path_is_a_problem_too() -> None:
    path = Path(__file__).parents[2] / "stories" / "library" / "power_seeking.toml"
    spec = salib.problem_spec(path)
    assert spec["num_vars"] == 7
    middle = salib.evaluator(path)(np.full((1, 7), 0.5))
    assert middle.shape == (1, len(spec["outputs"]))
    assert middle.sum() == pytest.approx(1, abs=1e-12)


def test_levels_at_the_edge_are_taken_inside() -> None:
    body = "[quantities.x]\nvalue = { lognormal = [0.0, 2.0] }\n" + '[events.e]\nchance = "x / (1 + x)"\n'
    q = evaluator(model(story(body, "e")))(np.array([[0.0], [1.0]]))
    assert np.isfinite(q).all()
    assert q[0, 0] < 1e-6 < 1 - 1e-6 < q[1, 0]


def test_salib_is_loaded_when_it_is_asked() -> None:
    code = "import sys, sensa.analyses.salib_methods; assert 'SALib' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert salib_methods.METHODS
