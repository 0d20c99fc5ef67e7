"""Indices of whole stories, in both layers and of groups, against enumeration and published values."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, assume, given, settings

from sensa.analyses.groups import groups
from sensa.analyses.second_order import second_order
from sensa.analyses.shapley import shapley
from sensa.analyses.sobol_credence import sobol_credence
from sensa.analyses.sobol_truth import sobol_truth
from sensa.kernels.program import Floats
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError, at_means
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from sensa.variance.factors import groups as groups_of
from tests import strategies
from tests.engines.exact.closed_parts import closed_parts, shapley_of
from tests.kernels.bdd.walsh import walsh
from tests.short_stories import beta, model, story

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TIGHT = 1e-10
UNIFORM = "[quantities.{name}]\nvalue = {{ uniform = [0, 1] }}\n"


def enumerated(found: Session, owners: list[tuple[int, ...]]) -> Floats:
    """Var E[outcome | nodes] (outcomes, sets of nodes), from all worlds of the circuit."""
    circuit = found.circuit
    p = at_means(circuit).p[0]
    gates = np.array([circuit.ended[name] for name in found.outcomes], np.int32)
    a = walsh(circuit.gates, gates, p, p * (1 - p))
    return closed_parts(a, [list(coins) for coins in owners], len(p))


@settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.small_stories())
def test_facts_of_generated_stories_have_the_indices_of_enumeration(text: str) -> None:
    found = prepare(parse(text), Settings(points=64))
    assume(0 < len(found.circuit.coins) <= 11)
    try:
        data = sobol_truth(found)
    except RunError:
        return
    names = data["factor"].values.tolist()
    owners = [tuple(i for i, c in enumerate(found.circuit.coins) if c.node == name) for name in names]
    assume(len(owners) <= 6)
    closed = enumerated(found, owners)
    full = (1 << len(owners)) - 1
    varies = closed[:, -1] > 1e-9
    scale = closed[varies, -1][:, None]
    first, total = (data[name].values.T[varies] for name in ("first", "total"))
    numbers = [1 << f for f in range(len(owners))]
    np.testing.assert_allclose(first, closed[varies][:, numbers] / scale, rtol=0, atol=TIGHT)
    rest = 1 - closed[varies][:, [full & ~n for n in numbers]] / scale
    np.testing.assert_allclose(total, rest, rtol=0, atol=TIGHT)
    assert np.isnan(data["first"].values.T[closed[:, -1] == 0]).all()
    effects = shapley(found)["truth"].values.T[varies]
    np.testing.assert_allclose(effects, shapley_of(closed, len(owners))[varies] / scale, rtol=0, atol=TIGHT)
    second = second_order(found)["truth"]
    for one, other in itertools.combinations(second["node"].values.tolist(), 2):
        i, j = names.index(one), names.index(other)
        wanted = closed[:, 1 << i | 1 << j] - closed[:, 1 << i] - closed[:, 1 << j]
        got = second.sel(node=one, other_node=other).values[varies]
        np.testing.assert_allclose(got, wanted[varies] / scale[:, 0], rtol=0, atol=TIGHT)


CREDENCES = {"a": (8, 2), "b": (6, 4), "c": (9, 1), "d": (2, 3), "e": (5, 5), "f": (1, 4)}


def chained(**settings_: float) -> tuple[Session, Floats, Floats]:
    """A story with six credences, and their means and variances."""
    text = story(
        "".join(beta(n, *ab) for n, ab in CREDENCES.items()), "a and b or c and not d", "e != f and a"
    )
    text = text.replace("e != f", "(e and not f or f and not e)")
    found = model(text, **settings_)
    order = [p.path.split(".")[1] for p in found.circuit.parameters]
    a, b = np.array([CREDENCES[name] for name in order], float).T
    return found, a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))


def test_parameters_have_the_indices_of_enumeration_of_all_orders() -> None:
    found, m, v = chained()
    coins = [coin.path for coin in found.circuit.coins]
    place = [coins.index(p.path) for p in found.circuit.parameters]
    gates = np.array([found.circuit.ended[name] for name in found.outcomes], np.int32)
    a = walsh(found.circuit.gates, gates, m[np.argsort(place)], v[np.argsort(place)])
    closed = closed_parts(a, [[i] for i in place], len(m))
    scale = closed[:, -1:]
    data, effects, second = sobol_credence(found), shapley(found), second_order(found)
    assert {d.attrs["how"] for d in (data, effects, second)} == {"exact"}
    np.testing.assert_allclose(data["first"].values.T, closed[:, 1 << np.arange(6)] / scale, atol=TIGHT)
    np.testing.assert_allclose(
        data["total"].values.T, 1 - closed[:, 63 & ~(1 << np.arange(6))] / scale, atol=TIGHT
    )
    np.testing.assert_allclose(effects["credence"].values.T, shapley_of(closed, 6) / scale, atol=TIGHT)
    np.testing.assert_allclose(effects["credence"].values.sum(axis=0), 1.0, atol=TIGHT)
    names = data["factor"].values.tolist()
    for one, other in itertools.combinations(second["parameter"].values.tolist(), 2):
        i, j = names.index(one), names.index(other)
        wanted = closed[:, 1 << i | 1 << j] - closed[:, 1 << i] - closed[:, 1 << j]
        got = second["credence"].sel(parameter=one, other=other).values
        np.testing.assert_allclose(got, wanted / scale[:, 0], atol=TIGHT)
    assert np.isnan(second["credence"].values[range(6), range(6)]).all()


G = {"G": ((0, 1, 4.5, 9, 99, 99, 99, 99), "max(4 * {x} - 2, 2 - 4 * {x})", 2.0)}
G["G*"] = ((0, 0, 0.9, 9, 9, 9, 9, 9, 9, 9), "3 * (2 * {x} - 1) ** 2", 3.0)


@pytest.mark.parametrize(
    ("which", "first", "total"),
    [
        (
            "G",
            [0.716192, 0.179048, 0.023676, 0.007162, *[0.000072] * 4],
            [0.787144, 0.242198, 0.034317, 0.010460, *[0.000105] * 4],
        ),
        (
            "G*",
            [0.251174, 0.251174, 0.069577, *[0.002512] * 7],
            [0.583985, 0.583985, 0.238361, *[0.010428] * 7],
        ),
    ],
)
def test_published_values_of_the_g_functions(which: str, first: list[float], total: list[float]) -> None:
    """Sobol' G and G* as chains of events, each factor of the product scaled to a probability."""
    constants, shape, largest = G[which]
    body = "".join(UNIFORM.format(name=f"x{i}") for i in range(len(constants)))
    for i, a in enumerate(constants):
        chance = f"({shape.format(x=f'x{i}')} + {a}) / ({largest} + {a})"
        body += f'[events.e{i}]\nchance = "{chance}"\n'
    bad = " and ".join(f"e{i}" for i in range(len(constants)))
    data = sobol_credence(model(story(body, bad))).sel(outcome="bad")
    assert data.attrs["how"] == "exact"
    assert data["first"].values.tolist() == pytest.approx(first, abs=6e-7)
    assert data["total"].values.tolist() == pytest.approx(total, abs=6e-7)


def test_shapley_effects_of_dependent_normals() -> None:
    """x1 + x2 + x3 of sd 1, 1, 2 and a correlation of 1/2 between the last two: .125, .296875, .578125."""
    sds = (1, 1, 2)
    body = "".join(f"[quantities.x{i}]\nvalue = {{ normal = [0, {sd}] }}\n" for i, sd in enumerate(sds, 1))
    rank = 6 / math.pi * math.asin(0.25)
    body += '[[dependence]]\nbetween = ["quantities.x2.value", "quantities.x3.value"]\n'
    body += f"rank_correlation = {rank!r}\n"
    body += '[events.e]\nchance = "0.5 + 0.001 * (x1 + x2 + x3)"\n'
    data = shapley(model(story(body, "e")))
    assert data.attrs["how"] == "parameters-sampled"
    got = data["credence"].sel(outcome="bad").values
    error = data["credence_error"].sel(outcome="bad").values
    off = np.abs(got - [0.125, 0.296875, 0.578125])
    assert (off < 8 * error + 1e-9).all()  # 8 errors of 8 replicates, 3 numbers: false alarm < 1e-3
    assert (error < 0.02).all()
    assert got.sum() == pytest.approx(1.0, abs=1e-9)


def test_sampled_shapley_effects_are_near_the_exact_ones() -> None:
    from sensa.variance.saltelli import Design
    from sensa.variance.sampled_shapley import permutations

    found, *_ = chained()
    exact = shapley(found)["credence"].values
    parts, variance = permutations(Design(found, tuple((i,) for i in range(6))), 1024)
    shares = parts[:, :, :3] / variance.mean(axis=0)[:3]
    error = shares.std(axis=0, ddof=1) / math.sqrt(8)
    off = np.abs(shares.mean(axis=0) - exact)
    assert (off < 7 * error + 1e-9).all()  # 7 errors of 8 replicates, 18 numbers: false alarm < 1e-2
    assert (error < 0.02).all()


GROUPED = """
[assumptions.a]
claim = "c"
part = "goal.desirability"
credence = { beta = [8, 2] }
owner = "Ann"
[assumptions.b]
claim = "c"
part = "rationale.nudges"
criterion = "goal_competitiveness"
credence = { beta = [6, 4] }
[challenges.r]
against = "b"
kind = "rebut"
claim = "c"
stands = { beta = [2, 8] }
owner = "Ann"
[assumptions.t]
claim = "c"
part = "rationale.nudges"
credence = 0.9
every_step = true
[[phases]]
name = "one"
[[phases]]
name = "two"
repeat = 2
"""


def grouped() -> Session:
    return model(story(GROUPED, "not a or not b or not t"))


def test_groups_are_what_the_story_states() -> None:
    found = grouped()
    coins = [coin.draw for coin in found.circuit.coins]
    said = {
        (g.by, g.name): (
            {found.circuit.parameters[i].path.split(".")[1] for i in g.parameters},
            {coins[i].split(".")[1] for i in g.coins},
        )
        for g in groups_of(found)
    }
    assert said == {
        ("part", "goal.desirability"): ({"a"}, {"a"}),
        ("part", "rationale.nudges"): ({"b", "r"}, {"b", "r", "t"}),
        ("criterion", "goal_alignment"): ({"a"}, {"a"}),
        ("criterion", "goal_competitiveness"): ({"b", "r"}, {"b", "r"}),
        ("criterion", "rationale_alignment"): (set(), {"t"}),
        ("phase", "one"): (set(), {"t"}),
        ("phase", "two"): (set(), {"t"}),
        ("owner", "Ann"): ({"a", "r"}, {"a", "r"}),
    }
    sizes = {g.name: len(g.coins) for g in groups_of(found) if g.by == "phase"}
    assert sizes == {"one": 1, "two": 2}


def test_groups_have_the_closed_indices_of_enumeration() -> None:
    found = grouped()
    data = groups(found)
    p = at_means(found.circuit).p[0]
    gates = np.array([found.circuit.ended[name] for name in found.outcomes], np.int32)
    coins = len(p)
    v = {"truth": p * (1 - p), "credence": np.zeros(coins)}
    betas = {"a": (8, 2), "b": (6, 4), "r": (2, 8)}
    for i, coin in enumerate(found.circuit.coins):
        if coin.path.split(".")[1] in betas and coin.path.count(".") == 2:
            a, b = betas[coin.path.split(".")[1]]
            v["credence"][i] = a * b / ((a + b) ** 2 * (a + b + 1))
    paths = {parameter.path: i for i, parameter in enumerate(found.circuit.parameters)}
    of_parameter = {paths[c.path]: i for i, c in enumerate(found.circuit.coins) if c.path in paths}
    for layer, variance in v.items():
        a = walsh(found.circuit.gates, gates, p, variance)
        closed = closed_parts(a, [[i] for i in range(coins)], coins)
        for group in groups_of(found):
            own = group.coins if layer == "truth" else [of_parameter[i] for i in group.parameters]
            row = data.sel(group=f"{group.by}: {group.name}")
            outcomes = [i for i in range(len(gates)) if closed[i, -1] > 1e-9]
            got = np.stack([row[f"{layer}_closed"].values[outcomes], row[f"{layer}_total"].values[outcomes]])
            if not own:
                assert np.isnan(got).all()
                continue
            mask = sum(1 << i for i in own)
            rest = (1 << coins) - 1 & ~mask
            wanted = np.stack([closed[outcomes, mask], closed[outcomes, -1] - closed[outcomes, rest]])
            np.testing.assert_allclose(got, wanted / closed[outcomes, -1], rtol=0, atol=TIGHT)


def test_indices_by_step_are_those_of_ending_so_at_that_step() -> None:
    """At step s: t failed there and not before, and a and b hold; t is one factor, with all its draws."""
    body = GROUPED[: GROUPED.index("[challenges.r]")] + GROUPED[GROUPED.index("[assumptions.t]") :]
    found = model(story(body, "not t and a and b"))
    data = sobol_truth(found)
    assert data["total_by_step"].sizes["step"] == 3
    m = {"a": 0.8, "b": 0.6}
    for step in range(3):
        q = 0.9**step * 0.1  # the chain of t alone
        square = q * m["a"] * m["b"]
        variance = square * (1 - square)
        first = q * (1 - q) * (m["a"] * m["b"]) ** 2
        got = data["first_by_step"].sel(factor="t", outcome="bad").values[step]
        assert got == pytest.approx(first / variance, abs=1e-12)


@pytest.mark.parametrize("analysis", [sobol_credence, sobol_truth, shapley, second_order, groups])
@pytest.mark.parametrize(
    "text",
    [
        story(beta("a", 8, 2), "false"),
        story(beta("a", 8, 2), "a"),
        story('[assumptions.a]\nclaim = "c"\npart = "goal.desirability"\ncredence = 1.0\n', "not a"),
        story('[assumptions.a]\nclaim = "c"\npart = "goal.desirability"\ncredence = 0.5\n', "not a"),
        story("", "false"),
        story(beta("a", 8, 2) + beta("b", 1, 1), "a and not a"),
    ],
    ids=["constant", "one parameter", "certain", "no parameters", "nothing", "impossible"],
)
def test_where_nothing_varies_indices_are_unknown_and_never_warn(analysis: Any, text: str) -> None:
    found = model(text, points=1024)
    data: xr.Dataset = analysis(found)
    for name, values in data.data_vars.items():
        if values.dtype.kind == "f" and "poor" in data["outcome"] and "outcome" in values.dims:
            assert np.isnan(values.sel(outcome="poor").values).all(), name
    for name in ("first", "total", "credence", "truth", "truth_closed", "credence_closed"):
        if name in data and "a" not in name.split("_") and text.count("beta") == 1 and '"a"' in text:
            known = data[name].sel(outcome="bad").values
            assert np.isnan(known).all() or np.nanmax(known) == pytest.approx(1.0, abs=1e-12)


def test_without_a_diagram_facts_are_told_by_twin_worlds() -> None:
    """The exact indices within 7 errors of 8 batches, 36 numbers: false alarm < 1e-2."""
    text = story("".join(beta(name, 2, 2) for name in "abcdef"), "at_least(3, a, b, c) or d and e", "f")
    exact = sobol_truth(model(text))
    found = sobol_truth(prepare(parse(text), Settings(points=64, node_budget=2)))
    assert found.attrs["how"] == "worlds-sampled"
    assert "no diagram within the budget" in found.attrs["note"]
    for name in ("first", "total", "kind_first", "kind_total"):
        off, error = np.abs(found[name] - exact[name]).values, found[f"{name}_error"].values
        assert (off < 7 * error + 1e-3).all()
        assert (error < 0.01).all()


@pytest.mark.parametrize("analysis", [shapley, second_order, groups])
def test_without_a_diagram_facts_are_unknown(analysis: Any) -> None:
    names = "abcdef"
    text = story("".join(beta(name, 8, 2) for name in names), f"at_least(3, {', '.join(names)})")
    found = prepare(parse(text), Settings(points=64, node_budget=2))
    assert found.exact_ends is None
    data: xr.Dataset = analysis(found)
    assert "no diagram within the budget" in data.attrs["note"]
    for name, values in data.data_vars.items():
        if values.dtype.kind == "f":
            assert np.isnan(values.values).all(), name


def test_a_node_belongs_to_its_tags() -> None:
    text = story(
        (beta("a", 8, 2) + beta("b", 6, 4)).replace('claim = "', 'tags = ["x"]\nclaim = "', 1), "not a"
    )
    found = [(group.by, group.name, group.parameters) for group in groups_of(prepare(parse(text)))]
    assert ("tag", "x", (0,)) in found
