"""Sobol' indices over the parameters: exact against closed forms and enumeration, sampled against SALib."""

import math

import numpy as np
import pytest
import xarray as xr

from sensa.analyses.sobol_credence import sobol_credence
from sensa.kernels.bdd import self_product
from sensa.methods.expected_loss import loss_deviation
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.loading import load
from sensa.stories.reading import parse
from sensa.variance.saltelli import Design, sampled
from tests.short_stories import beta, losing, model, story

UNIFORM = "[quantities.{name}]\nvalue = {{ uniform = [0, 1] }}\n"


def credence(text: str, **settings: float) -> xr.Dataset:
    return sobol_credence(model(text, **settings))


def test_a_product_and_a_sum_are_exact() -> None:
    """f = (x1 x2 + x3) / 2 of U(0, 1): first 3/19, 3/19, 12/19; total 4/19, 4/19, 12/19."""
    body = "".join(UNIFORM.format(name=f"x{i}") for i in (1, 2, 3))
    data = credence(story(body + '[events.e]\nchance = "(x1 * x2 + x3) / 2"\n', "e"))
    assert data.attrs["how"] == "exact"
    found = data.sel(outcome="bad")
    assert (found["first"].values * 19).tolist() == pytest.approx([3, 3, 12], abs=1e-12)
    assert (found["total"].values * 19).tolist() == pytest.approx([4, 4, 12], abs=1e-12)
    assert (found["first_error"].values == 0).all()
    assert (found["total_error"].values == 0).all()


def test_a_chain_of_credences_has_the_closed_form_of_a_product() -> None:
    """f = p1 p2 p3 of Beta(8, 2), Beta(6, 4), Beta(9, 1): V_S = prod_S v prod_rest m^2."""
    m, v = np.array([0.8, 0.6, 0.9]), np.array([16 / 1100, 24 / 1100, 9 / 1100])
    text = story(beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1), "a and b and c")
    data = credence(text).sel(outcome="bad")
    variance = np.prod(m**2 + v) - np.prod(m**2)
    first = v / m**2 * np.prod(m**2) / variance
    total = v / (m**2 + v) * np.prod(m**2 + v) / variance
    np.testing.assert_allclose(data["first"], first, rtol=1e-12)
    np.testing.assert_allclose(data["total"], total, rtol=1e-12)


def test_one_uncertain_draw_needs_no_product_of_the_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """f = p / 2 with p ~ Beta(8, 2): all its variance, 16 / 1100 / 4, is that of p."""
    monkeypatch.delattr(self_product, "build")
    text = story(beta("a", 8, 2) + "[events.e]\nchance = 0.5\n", "a and e")
    session = model(losing(text, bad="1"))
    data = sobol_credence(session).sel(outcome="bad")
    assert data.attrs["how"] == "exact"
    assert data["first"].item() == data["total"].item() == 1
    sd, exact = loss_deviation(session, np.array([0.0, 1.0]))
    assert exact
    assert sd == pytest.approx(math.sqrt(16 / 1100 / 4), rel=1e-14)


@pytest.mark.parametrize("kind", ["squared", "exp", "kink", "two"])
def test_a_number_that_is_no_line_is_integrated(kind: str) -> None:
    """f = h(x) y with y ~ U(0, 1): first order of x is Var h E[y]^2 / Var f."""
    chance, moments = {
        "squared": ("x ** 2", (1 / 3, 1 / 5)),
        "exp": ("exp(-x)", (1 - math.exp(-1), (1 - math.exp(-2)) / 2)),
        "kink": ("max(x, 0.5)", (0.625, 0.25 / 2 + (1 - 0.125) / 3)),
        "two": ("x ** 2 * exp(-z)", (1 / 3 * (1 - math.exp(-1)), (1 - math.exp(-2)) / 10)),
    }[kind]
    mean, square = moments
    body = UNIFORM.format(name="x") + (UNIFORM.format(name="z") if kind == "two" else "")
    body += f'[events.e]\nchance = "{chance}"\n' + beta("a", 1, 1)
    data = credence(story(body, "e and a")).sel(outcome="bad")
    assert data.attrs["how"] == "exact"
    variance = square / 3 - (mean / 2) ** 2
    a = data.sel(factor="assumptions.a.credence")
    assert float(a["first"]) == pytest.approx(mean**2 / 12 / variance, abs=1e-9)
    assert float(a["total"]) == pytest.approx(square / 12 / variance, abs=1e-9)
    x = data.sel(factor="quantities.x.value")
    if kind == "two":
        only = (1 - math.exp(-1)) ** 2 * (1 / 5 - 1 / 9)  # Var E[h | x]
        rest = (1 / 9) * ((1 - math.exp(-2)) / 2 - (1 - math.exp(-1)) ** 2)  # Var E[h | z]
        assert float(x["first"]) == pytest.approx(only / 4 / variance, abs=1e-9)
        total = (square - mean**2 - rest) / 3 / variance
        assert float(x["total"]) == pytest.approx(total, abs=1e-9)
    else:
        assert float(x["first"]) == pytest.approx((square - mean**2) / 4 / variance, abs=1e-9)
        assert float(x["total"]) == pytest.approx((square - mean**2) / 3 / variance, abs=1e-9)


def test_kinds_and_losses_are_outputs_too() -> None:
    """Bad (loss 10) = a b, poor (loss 2) = a not b; both fail: P = a, and the loss is 2 a + 8 a b."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "a and b", "a")
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 10')
    text = text.replace('kind = "fail_safe"', 'kind = "catastrophic"\nloss = 2')
    text = text.replace(
        "[outcomes.good]", '[outcomes.never]\nkind = "fail_safe"\nwhen = "false"\n[outcomes.good]'
    )
    data = credence(text)
    failing = data.sel(kind="catastrophic")
    assert failing["kind_first"].values.tolist() == pytest.approx([1, 0], abs=1e-13)
    m, v = np.array([0.8, 0.6]), np.array([16 / 1100, 24 / 1100])
    alone = v * np.array([2 + 8 * m[1], 8 * m[0]]) ** 2
    both = 64 * v[0] * v[1]
    np.testing.assert_allclose(data["loss_first"], alone / (alone.sum() + both), rtol=1e-12)
    np.testing.assert_allclose(data["loss_total"], (alone + both) / (alone.sum() + both), rtol=1e-12)


def test_an_uncertain_loss_is_a_factor_of_the_loss_alone() -> None:
    """L = X q, X ~ U(0, 10), q ~ Beta(8, 2): V_X = Var X E[q]^2, V_q = E[X]^2 Var q, V_Xq = Var X Var q."""
    text = story(beta("a", 8, 2), "a")
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = { uniform = [0, 10] }')
    data = credence(text)
    assert data.attrs["how"] == "exact"
    x, q, both = 100 / 12 * 0.64, 25 * 16 / 1100, 100 / 12 * 16 / 1100
    by = dict(zip(data["factor"].values.tolist(), data["loss_first"].values.tolist(), strict=True))
    assert by["outcomes.bad.loss"] == pytest.approx(x / (x + q + both), rel=1e-12)
    assert by["assumptions.a.credence"] == pytest.approx(q / (x + q + both), rel=1e-12)
    of_bad = data["total"].sel(outcome="bad")
    assert of_bad.sel(factor="outcomes.bad.loss") == 0.0
    assert of_bad.sel(factor="assumptions.a.credence") == pytest.approx(1.0, abs=1e-14)


def test_the_share_of_failures_that_are_safe_is_sampled_and_says_so() -> None:
    """a fails; b makes it safe, b ~ Beta(6, 4), c fails safely otherwise: share = b where a alone fails."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "a and not b", "a")
    data = credence(text)
    assert data["conditional_first"].attrs["how"] == "parameters-sampled"
    first = data["conditional_first"]
    error = data["conditional_first_error"]
    for factor, wanted in (("assumptions.a.credence", 0.0), ("assumptions.b.credence", 1.0)):
        off = abs(float(first.sel(factor=factor)) - wanted)
        assert off < 10 * float(error.sel(factor=factor)) + 1e-12  # 10 errors of 4: false alarm < 3e-3
        assert off < 0.1


def test_a_constant_outcome_and_a_parameter_that_nothing_reads() -> None:
    text = story(beta("a", 8, 2) + UNIFORM.format(name="idle"), "not a", "false")
    data = credence(text)
    assert np.isnan(data["total"].sel(outcome="poor").values).all()
    assert np.isnan(data["total_error"].sel(outcome="poor").values).all()
    assert "poor" in data.attrs["note"]
    if "quantities.idle.value" in data["factor"]:
        assert (data["total"].sel(factor="quantities.idle.value", outcome="bad") == 0).all()
        assert "quantities.idle.value" in data.attrs["note"]
    a = data.sel(factor="assumptions.a.credence", outcome="bad")
    assert float(a["first"]) == pytest.approx(1.0, abs=1e-14)
    assert float(a["total"]) == pytest.approx(1.0, abs=1e-14)


def test_every_outcome_may_be_constant() -> None:
    data = credence(story(beta("a", 8, 2), "false"))
    assert np.isnan(data["first"].values).all()
    assert data.attrs["note"]


def entangled(names: str = "ab", extra: str = "") -> Session:
    """Two events of one chance, and credences: what cannot be computed draw by draw."""
    body = UNIFORM.format(name="x") + UNIFORM.format(name="y") + UNIFORM.format(name="z")
    body += '[events.ev]\nchance = "x"\n[events.fv]\nchance = "x * y"\n[events.gv]\nchance = "z * y"\n'
    body += "".join(beta(name, 8, 2) for name in names)
    bad = "ev and fv and gv or " + " and ".join(names)
    return prepare(load(parse(story(body, bad, "ev"))), Settings(points=4096, replicates=4))


def test_the_sampled_estimators_are_those_of_salib() -> None:
    """SALib's formulas on the same points (centred as ours are) give the same numbers to rounding.

    Shares of a variance are ratios of means: each replicate's are about the pooled ratio S as
    S + (part - S own variance) / variance.
    """
    from SALib.analyze import sobol

    ours = entangled("abcdefghijklmnopqrst")
    factors = tuple((i,) for i in range(len(ours.circuit.parameters)))
    design = Design(ours, factors)
    assert len(design.single) == 20  # by the gradient; the others by passes of their own
    found = sampled(design, 256)
    ends = len(ours.outcomes)

    def at(theta: np.ndarray) -> np.ndarray:
        return ours.ends.probabilities(ours.points.sampler.probabilities(theta)) @ ours.by_outcome

    pooled = []
    for replicate in range(4):
        a, b, *_ = design.pair(replicate, 0, 256)
        pooled += [at(a), at(b)]
    variance = np.concatenate(pooled).var(axis=0)
    middle = np.concatenate(pooled).mean(axis=0)
    first, total = np.zeros((2, 4, len(factors), ends))
    whole = np.zeros((4, 1, ends))
    for replicate in range(4):
        a, b, *_ = design.pair(replicate, 0, 256)
        y_a, y_b = at(a), at(b)
        both = np.concatenate([y_a, y_b])
        whole[replicate, 0] = ((both - middle) ** 2).mean(axis=0) / variance
        own = both.var(axis=0)
        centre = (y_a.mean(axis=0) + y_b.mean(axis=0)) / 2
        for f in range(len(factors)):
            mixed = a.copy()
            mixed[:, f] = b[:, f]
            y_ab = at(mixed)
            for outcome in range(ends):
                y = [values[:, outcome] - centre[outcome] for values in (y_a, y_ab, y_b)]
                scale = own[outcome] / variance[outcome]
                first[replicate, f, outcome] = sobol.first_order(*y) * scale
                total[replicate, f, outcome] = sobol.total_order(*y) * scale
    for ours_, theirs in ((found.first, first), (found.total, total)):
        pooled_share = theirs.mean(axis=0)
        wanted = pooled_share + theirs - pooled_share * whole
        varies = np.flatnonzero(variance > 1e-12)
        np.testing.assert_allclose(ours_[:, :, varies], wanted[:, :, varies], rtol=1e-9, atol=1e-12)


def test_sampled_indices_are_near_the_exact_ones() -> None:
    """The exact credences of a story, sampled: 28 numbers within 6 errors of 8 each: false alarm < 1e-2."""
    text = story("".join(beta(name, 8, 2) for name in "abcdefg"), "a and b or c and d or e and f and g")
    ours = model(text)
    exact = sobol_credence(ours)
    design = Design(ours, tuple((i,) for i in range(7)))
    found = sampled(design, 1024)
    place = list(exact["outcome"].values).index("bad")
    for index, name in ((found.first, "first"), (found.total, "total")):
        mean, error = index.mean(axis=0)[:, place], index.std(axis=0, ddof=1)[:, place] / math.sqrt(8)
        off = np.abs(mean - exact[name].sel(outcome="bad").values)
        assert (off < 6 * error + 1e-9).all()
        assert (error < 0.01).all()


def test_points_grow_until_the_precision_is_reached_and_keep_what_there_is() -> None:
    from dataclasses import replace

    from sensa.sampling.estimates import Precision

    ours = entangled()
    design = Design(ours, tuple((i,) for i in range(5)))
    few = sampled(design, 64)
    strict = replace(ours, settings=replace(ours.settings, precision=Precision(0.01)))
    grown = sampled(Design(strict, design.factors), 64)
    assert grown.points > few.points
    outcome = slice(0, len(ours.outcomes))
    both = np.concatenate([grown.first, grown.total], axis=1)[:, :, outcome]
    assert np.nanmax(1.96 * both.std(axis=0, ddof=1) / 2) <= 0.01
    whole = sampled(design, grown.points)
    np.testing.assert_allclose(grown.total, whole.total, rtol=1e-9)


def test_a_parameter_of_several_draws_is_conditioned_on() -> None:
    """f = x^2 y: Var f = E[x^4] E[y^2] - (E[x^2] E[y])^2, of U(0, 1) and Beta(8, 2)."""
    body = UNIFORM.format(name="x") + beta("a", 8, 2)
    body += '[events.ev]\nchance = "x"\n[events.fv]\nchance = "x"\n'
    data = credence(story(body, "ev and fv and a")).sel(outcome="bad")
    assert data.attrs["how"] == "exact"
    assert "by quadrature over quantities.x.value, which moves several draws" in data.attrs["note"]
    m, v = 0.8, 16 / 1100
    variance = (m * m + v) / 5 - m * m / 9
    x, a = data.sel(factor="quantities.x.value"), data.sel(factor="assumptions.a.credence")
    assert float(x["first"]) == pytest.approx(m * m * (1 / 5 - 1 / 9) / variance, abs=1e-12)
    assert float(x["total"]) == pytest.approx((m * m + v) * (1 / 5 - 1 / 9) / variance, abs=1e-12)
    assert float(a["first"]) == pytest.approx(v / 9 / variance, abs=1e-12)
    assert float(a["total"]) == pytest.approx(v / 5 / variance, abs=1e-12)


def by_full_quadrature(f: np.ndarray, weights: np.ndarray) -> tuple[list[float], list[float]]:
    """First-order and total indices of a function of independent inputs from its values on a grid."""
    dimensions = f.ndim

    def over(values: np.ndarray, axes: set[int]) -> np.ndarray:
        for axis in sorted(axes, reverse=True):
            values = np.tensordot(values, weights, axes=([axis], [0]))
        return values

    everything = set(range(dimensions))
    mean = over(f, everything)
    variance = over((f - mean) ** 2, everything)
    first, total = [], []
    for axis in range(dimensions):
        of_own = over(f, everything - {axis})
        first.append(float(weights @ (of_own - mean) ** 2 / variance))
        inner = over(f**2, {axis}) - over(f, {axis}) ** 2
        total.append(float(over(inner, set(range(dimensions - 1))) / variance))
    return first, total


def test_two_parameters_of_several_draws_and_some_of_one() -> None:
    """Against 8 Gauss-Legendre nodes in each of five uniform inputs: exact for polynomials of degree 15."""
    names = "xzuvw"
    body = "".join(UNIFORM.format(name=f"{n}_q") for n in names)
    chances = ["x_q", "1 - x_q", "x_q", "z_q", "z_q / 2 + 0.5", "x_q * z_q", "u_q", "v_q", "w_q"]
    body += "".join(f'[events.e{i}]\nchance = "{chance}"\n' for i, chance in enumerate(chances))
    bad = "(e0 and e6 or e1 and e3 and e7) and (e2 or e4 and e8 or not e5)"
    ours = model(story(body, bad, "e5 and e7"))
    data = sobol_credence(ours)
    assert data.attrs["how"] == "exact"
    x, w = np.polynomial.legendre.leggauss(8)
    grid = np.meshgrid(*[(x + 1) / 2] * 5, indexing="ij")
    order = [f"quantities.{n}_q.value" for n in names]
    paths = [parameter.path for parameter in ours.circuit.parameters]
    theta = np.stack([grid[order.index(path)].ravel() for path in paths], axis=1)
    q = ours.ends.probabilities(ours.points.sampler.probabilities(theta)) @ ours.by_outcome
    for place, outcome in enumerate(ours.outcomes):
        first, total = by_full_quadrature(q[:, place].reshape([8] * 5), w / 2)
        rows = data.sel(outcome=outcome, factor=order)
        np.testing.assert_allclose(rows["first"], first, rtol=0, atol=1e-10)
        np.testing.assert_allclose(rows["total"], total, rtol=0, atol=1e-10)
    kinds = dict(zip(data["kind"].values.tolist(), range(3), strict=True))
    np.testing.assert_array_equal(
        data["kind_total"].values[:, kinds["success"]], data["total"].sel(outcome="good").values
    )


def test_an_every_step_credence_is_conditioned_on() -> None:
    """Good: p held at 3 steps, p^3 with p ~ Beta(8, 2), and a: one parameter behind three draws."""
    body = beta("a", 6, 4) + beta("p_held", 8, 2) + "every_step = true\n"
    body += '[[phases]]\nname = "p"\nrepeat = 3\n'
    data = credence(story(body, "not p_held", "false")).sel(outcome="bad")
    assert data.attrs["how"] == "exact"
    p = data.sel(factor="assumptions.p_held.credence")
    assert float(p["first"]) == pytest.approx(1.0, abs=1e-12)
    assert float(p["total"]) == pytest.approx(1.0, abs=1e-12)
    both = credence(story(body, "not p_held and a", "false")).sel(outcome="bad")
    x, w = np.polynomial.legendre.leggauss(40)
    t = (x + 1) / 2
    density = t**7 * (1 - t) * 72 * w / 2  # of Beta(8, 2)
    a_density = t**5 * (1 - t) ** 3 * 504 * w / 2  # of Beta(6, 4)
    f = (1 - t[:, None] ** 3) * t  # a is drawn once: bad where it holds and p fails at some step
    variance = density @ f**2 @ a_density - (density @ f @ a_density) ** 2
    first = density @ (f @ a_density) ** 2 - (density @ f @ a_density) ** 2
    got = both.sel(factor="assumptions.p_held.credence")
    assert float(got["first"]) == pytest.approx(first / variance, abs=1e-10)


def test_gauss_nodes_have_the_moments_of_the_distribution() -> None:
    from sensa.kernels.distributions.marginals import marginal
    from sensa.variance.shared_parameters import gauss

    nodes = gauss(marginal("beta", (2.0, 3.0)), 6)
    assert nodes is not None
    moment = 1.0
    for degree in range(12):
        assert nodes[1] @ nodes[0] ** degree == pytest.approx(moment, rel=1e-11)
        moment *= (2 + degree) / (5 + degree)
    point = gauss(marginal("point", (0.3,)), 4)
    assert point is not None
    assert point[0].tolist() == [0.3]


def test_without_a_diagram_worlds_are_sampled_without_bias() -> None:
    """The exact indices within 6 errors of 8 replicates, 14 numbers: false alarm < 1e-2; noise left out."""
    ends = "a and b or b and c or c and d or d and e or e and f and g"
    text = story("".join(beta(name, 2, 2) for name in "abcdefg"), ends)
    exact = credence(text).sel(outcome="bad")
    found = credence(text, node_budget=2).sel(outcome="bad")
    assert found.attrs["how"] == "worlds-sampled"
    assert "no diagram within the budget" in found.attrs["note"]
    for name in ("first", "total"):
        off, error = np.abs(found[name] - exact[name]).values, found[f"{name}_error"].values
        assert (off < 6 * error).all()
        assert (error < 0.02).all()
        assert (error > 0).all()


def test_a_loss_that_depends_on_what_draws_depend_on_is_sampled() -> None:
    """L = x q with q's chance x: L = x^2, one parameter, so both indices are 1; the rest stays exact."""
    body = UNIFORM.format(name="x") + '[events.e]\nchance = "x"\n'
    text = story(body, "e").replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = "x"')
    data = credence(text)
    assert data.attrs["how"] == "exact"
    assert data["loss_total"].attrs["how"] == "parameters-sampled"
    assert float(data["loss_total"][0]) == pytest.approx(1.0, abs=0.02)
    assert float(data["total"].sel(outcome="bad")[0]) == pytest.approx(1.0, abs=1e-14)
