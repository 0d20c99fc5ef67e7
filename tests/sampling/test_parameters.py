"""From distributions to coins: the copula, the checks, the blocks."""

import dataclasses
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sensa.circuit import Circuit, Requirement
from sensa.compiling import compile_story
from sensa.kernels.program import RealOp
from sensa.lowering import lower
from sensa.sampling.parameter_blocks import Drawn, Points
from sensa.sampling.parameters import (
    RunError,
    Sampler,
    at_means,
    blocks,
    bound,
    coin_probabilities,
    evaluate,
    mean_probabilities,
    wanted_by_factor,
)
from sensa.sampling.settings import Settings
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.reading import parse
from tests.kernels.programs.real_programs import Row
from tests.sampling.bare_circuits import UNIT, circuit

FAMILIES = [
    Distribution("beta", (8.0, 2.0)),
    Distribution("logit_normal", (0.0, 1.0)),
    Distribution("triangular", (0.1, 0.5, 0.9)),
    Distribution(
        "linear_pool", (0.5, 0.5), (Distribution("beta", (2.0, 5.0)), Distribution("point", (0.3,)))
    ),
    Distribution("logit_quantiles", (0.05, 0.5, 0.95, 0.4, 0.7, 0.9)),
    Distribution("interval", (0.2, 0.9)),
]


def test_every_parameter_has_its_marginal() -> None:
    theta = Sampler(circuit(FAMILIES)).theta(np.full((1, len(FAMILIES)), 0.25))
    mixed = theta[0, 3]
    assert theta[0, 0] == pytest.approx(stats.beta(8, 2).ppf(0.25), rel=1e-12)
    assert theta[0, 1] == pytest.approx(1 / (1 + math.exp(-stats.norm.ppf(0.25))), rel=1e-12)
    assert theta[0, 2] == pytest.approx(0.1 + math.sqrt(0.25 * 0.8 * 0.4), rel=1e-12)
    assert 0.5 * stats.beta(2, 5).cdf(mixed) + 0.5 * (mixed >= 0.3) == pytest.approx(0.25, abs=1e-10)
    assert theta[0, 5] == pytest.approx(0.375, rel=1e-12)


def test_means_over_the_points_are_the_means_of_the_marginals() -> None:
    # Nets of 2^14 points: errors near 1e-6; the bound of 1e-4 is that of a wrong mean, not of chance.
    theta = np.concatenate([b.theta for b in blocks(circuit(FAMILIES), replicates=1, points=1 << 14)])
    np.testing.assert_allclose(theta.mean(axis=0), [bound(d).moments()[0] for d in FAMILIES], atol=1e-4)
    np.testing.assert_allclose(theta.var(axis=0), [bound(d).moments()[1] for d in FAMILIES], atol=1e-4)


def tied(rank: float) -> Circuit:
    rho = 2 * math.sin(math.pi * rank / 6)
    return circuit(
        [Distribution("beta", (8.0, 2.0)), UNIT, Distribution("lognormal", (0.0, 1.0))],
        coins=[0, 1],
        correlated=np.array([0, 2], np.int32),
        correlation=np.array([[1, rho], [rho, 1]]),
    )


@pytest.mark.parametrize("rank", [0.6, -0.9])
def test_rank_correlation_is_what_was_asked(rank: float) -> None:
    theta = np.concatenate([b.theta for b in blocks(tied(rank), replicates=1, points=1 << 14)])
    # Independent draws of this number have a standard deviation below 0.008; 6 of them by chance 2e-9.
    assert stats.spearmanr(theta[:, 0], theta[:, 2])[0] == pytest.approx(rank, abs=0.048)
    assert stats.spearmanr(theta[:, 0], theta[:, 1])[0] == pytest.approx(0, abs=0.048)
    # Scores are jointly normal with the Pearson correlation of the formula.
    scores = stats.norm.ppf([stats.beta(8, 2).cdf(theta[:, 0]), stats.lognorm(1).cdf(theta[:, 2])])
    assert np.corrcoef(scores)[0, 1] == pytest.approx(2 * math.sin(math.pi * rank / 6), abs=0.048)


def test_the_copula_is_the_cholesky_factor_and_leaves_others_alone() -> None:
    rho = 2 * math.sin(math.pi * 0.6 / 6)
    units = np.array([[0.3, 0.7, 0.9], [0.01, 0.5, 0.2]])
    theta = Sampler(tied(0.6)).theta(units)
    z = stats.norm.ppf(units)
    mixed = rho * z[:, 0] + math.sqrt(1 - rho**2) * z[:, 2]
    np.testing.assert_allclose(theta[:, 0], stats.beta(8, 2).ppf(units[:, 0]), rtol=1e-10)
    np.testing.assert_allclose(theta[:, 1], units[:, 1], rtol=1e-15)
    np.testing.assert_allclose(theta[:, 2], np.exp(mixed), rtol=1e-10)


def test_blocks_of_any_size_have_the_same_numbers() -> None:
    for whole in (circuit(FAMILIES), tied(0.6)):
        wanted = list(blocks(whole, seed=5, replicates=2, points=512, block=512))
        for size in (1000, 100, 37):
            got = list(blocks(whole, seed=5, replicates=2, points=512, block=size))
            assert np.array_equal(
                np.concatenate([b.theta for b in got]), np.concatenate([b.theta for b in wanted])
            )
            assert np.array_equal(np.concatenate([b.p for b in got]), np.concatenate([b.p for b in wanted]))
            assert [(b.replicate, b.start) for b in got] == [
                (r, s) for r in range(2) for s in range(0, 512, min(size, 512))
            ]


def test_replicates_and_seeds_are_different_points() -> None:
    first = [
        b.theta[0, 0] for seed in range(3) for b in blocks(circuit([UNIT]), seed=seed, replicates=4, points=1)
    ]
    assert len(set(first)) == 12


def test_a_parameter_appended_leaves_the_others_at_their_points() -> None:
    short, long = circuit([UNIT] * 3), circuit([UNIT] * 4)
    (a,), (b,) = blocks(short, replicates=1, points=64), blocks(long, replicates=1, points=64)
    assert np.array_equal(a.theta, b.theta[:, :3])


def test_versions_of_a_story_share_points_over_the_parameters_of_both() -> None:
    long = circuit([UNIT] * 4)
    short = dataclasses.replace(circuit([UNIT] * 2), parameters=(long.parameters[1], long.parameters[3]))
    among = [parameter.path for parameter in long.parameters]
    (a,) = blocks(short, replicates=1, points=64, among=among)
    (b,) = blocks(long, replicates=1, points=64, among=among)
    assert np.array_equal(a.theta, b.theta[:, [1, 3]])
    with pytest.raises(ValueError, match=r"`among` lacks the parameter `quantities\.q3\.value`"):
        next(blocks(short, among=among[:3]))


def test_without_parameters_there_is_one_exact_sample() -> None:
    constant = circuit([], [(RealOp.CONST, 0, 0.25, ())], [0])
    (only,) = blocks(constant, replicates=8, points=1024)
    assert (only.replicate, only.start, only.theta.shape, only.p.tolist()) == (0, 0, (1, 0), [[0.25]])


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="replicates, points and block are at least 1, not 8, 0, 4096"):
        next(blocks(circuit([UNIT]), points=0))


SHIFTED: list[Row] = [
    (RealOp.PARAMETER, 0, 0.0, ()),
    (RealOp.CONST, 0, 0.5, ()),
    (RealOp.ADD, 0, 0.0, (0, 1)),
    (RealOp.LOG, 0, 0.0, (0,)),
    (RealOp.CONST, 0, -0.25, ()),
    (RealOp.SUB, 0, 0.0, (0, 0)),
]


def message(whole: Circuit, theta: list[list[float]]) -> str:
    with pytest.raises(RunError) as caught:
        coin_probabilities(whole, np.array(theta))
    return str(caught.value)


def test_a_probability_out_of_bounds_is_told_with_the_parameters_that_gave_it() -> None:
    assert message(circuit([UNIT], SHIFTED, [2]), [[0.1], [0.75], [0.9]]) == (
        "events.e0.chance: `1.25` is not a probability (from 0 to 1; `clip` would keep it there) "
        "where quantities.q0.value = 0.75"
    )


@pytest.mark.parametrize(
    ("rule", "program", "told"),
    [
        ("weight", 4, "x.w: `-0.25` is not a weight (a finite number, 0 or more), whatever the parameters"),
        (
            "weight",
            3,
            "x.w: not a number (as 0/0 or 1e999), which is not a weight (a finite number, 0 or more) "
            "where quantities.q0.value = 0",
        ),
        (
            "total",
            5,
            "x.w: `0` is not a total of weights (the options left need a finite one, more than 0) "
            "where quantities.q0.value = 0",
        ),
        (
            "number",
            3,
            "x.w: not a number (as 0/0 or 1e999), which is not a finite number where quantities.q0.value = 0",
        ),
        (
            "probability",
            3,
            "x.w: not a number (as 0/0 or 1e999), which is not a probability "
            "(from 0 to 1; `clip` would keep it there) "
            "where quantities.q0.value = 0",
        ),
    ],
)
def test_every_requirement_is_checked(rule: Any, program: int, told: str) -> None:
    whole = circuit([UNIT], SHIFTED, [0], requirements=(Requirement(program, rule, "x.w"),))
    assert message(whole, [[0.0]]) == told


def test_eight_parameters_are_named_and_the_rest_counted() -> None:
    rows: list[Row] = [(RealOp.PARAMETER, i, 0.0, ()) for i in range(11)]
    rows.append((RealOp.ADD, 0, 0.0, tuple(range(10))))
    told = ", ".join(f"quantities.q{i}.value = 0.5" for i in range(8))
    assert message(circuit([UNIT] * 11, rows, [11]), [[0.5] * 11]) == (
        "events.e0.chance: `5` is not a probability (from 0 to 1; `clip` would keep it there) "
        f"where {told} and 2 more"
    )


def test_each_factor_has_its_own_coins_and_requirements() -> None:
    rows: list[Row] = [(RealOp.PARAMETER, i, 0.0, ()) for i in range(3)]
    rows += [(RealOp.ADD, 0, 0.0, (0, 1)), (RealOp.SUB, 0, 0.0, (0, 2))]
    rule = Requirement(4, "weight", "x.w")
    whole = circuit([UNIT] * 3, rows, [0, 1, 3], requirements=(rule,))
    first, second, third = wanted_by_factor(whole, [(0,), (1,), (2,)])
    assert [want.coins.tolist() for want in (first, second, third)] == [[0, 2], [1, 2], []]
    assert [rule in want.requirements for want in (first, second, third)] == [True, False, True]
    theta = np.array([[0.25, 0.5, 0.125]])
    assert coin_probabilities(whole, theta, first).tolist() == [[0.25, 0.75]]
    with pytest.raises(RunError, match=r"x\.w: `-0\.25` is not a weight"):
        coin_probabilities(whole, np.array([[0.25, 0.5, 0.5]]), third)


def test_what_rounding_carries_out_of_bounds_is_put_back() -> None:
    rows: list[Row] = [(RealOp.CONST, 0, 1 + 1e-15, ()), (RealOp.CONST, 0, -1e-16, ())]
    assert coin_probabilities(circuit([], rows, [0, 1]), np.empty((1, 0))).tolist() == [[1.0, 0.0]]


def test_blocks_raise_where_a_value_that_can_occur_is_wrong() -> None:
    with pytest.raises(RunError, match="is not a probability"):
        list(blocks(circuit([UNIT], SHIFTED, [2])))


def test_means_decide_where_each_parameter_has_one_coin() -> None:
    rows: list[Row] = [(RealOp.PARAMETER, i, 0.0, ()) for i in range(2)] + [(RealOp.CONST, 0, 0.3, ())]
    whole = circuit([FAMILIES[0], FAMILIES[5]], rows, [0, 1, 2, 2])
    got = mean_probabilities(whole)
    assert got is not None
    np.testing.assert_allclose(got, [[0.8, 0.55, 0.3, 0.3]], rtol=1e-14)


@pytest.mark.parametrize(
    "whole",
    [
        circuit([UNIT], coins=[0, 0]),
        circuit([UNIT], SHIFTED, [5]),
        tied(0.5),
        circuit([Distribution("normal", (0.5, 0.1))]),
        circuit([UNIT, UNIT], coins=[0], requirements=(Requirement(1, "total", "x"),)),
        circuit([UNIT], SHIFTED, [0], requirements=(Requirement(3, "number", "x"),)),
    ],
    ids=[
        "two coins",
        "a program",
        "tied",
        "beyond [0, 1]",
        "a total that may be 0",
        "a requirement unproved",
    ],
)
def test_means_do_not_decide_where_something_else_may(whole: Circuit) -> None:
    assert mean_probabilities(whole) is None


def test_at_means_every_parameter_is_at_its_mean() -> None:
    rows: list[Row] = [(RealOp.PARAMETER, 0, 0.0, ()), (RealOp.MUL, 0, 0.0, (0, 0))]
    got = at_means(circuit([FAMILIES[0]], rows, [1]))
    np.testing.assert_allclose(got.theta, [[0.8]])
    np.testing.assert_allclose(got.p, [[0.64]])


def test_losses_are_evaluated_by_program() -> None:
    whole = circuit([UNIT], SHIFTED, [0])
    np.testing.assert_array_equal(
        evaluate(whole, np.array([2, 4]), np.array([[0.25], [0.5]])), [[0.75, -0.25], [1, -0.25]]
    )


STORY = """
format = "training-story/1"
[story]
title = "t"
[goal]
class = ["narrow-agent"]
specification = "s"
desirability = "d"
[rationale]
class = ["inductive-bias-analysis"]
constraints = ["c"]
nudges = ["n"]
[quantities.shift]
claim = "c"
value = { uniform = [0.0, 0.5] }
[assumptions.a]
claim = "c"
part = "goal.specification"
credence = "0.9 - shift"
[outcomes.bad]
kind = "catastrophic"
when = "not a"
[outcomes.safe]
kind = "fail_safe"
otherwise = true
"""


def test_a_story_s_expression_reaches_its_coin() -> None:
    whole = lower(compile_story(parse(STORY)))
    p = coin_probabilities(whole, np.array([[0.1], [0.4]]))
    np.testing.assert_allclose(p, [[0.8], [0.5]], rtol=1e-14)


def test_a_story_s_expression_out_of_bounds_names_its_path() -> None:
    whole = lower(compile_story(parse(STORY.replace("0.9 - shift", "0.2 - shift"))))
    assert message(whole, [[0.5]]).startswith("assumptions.a.credence: `-0.3` is not a probability")


@pytest.mark.parametrize("count", [64, 24])
def test_points_that_the_run_has_drawn_are_not_drawn_again(count: int) -> None:
    drawn = Points(circuit(FAMILIES), Settings(points=256, replicates=4))
    blocks_of_run = {block.replicate: block for block in drawn.blocks()}
    wanted = drawn.sampler.theta(drawn.sampler.units(replicate=2, start=0, count=count))
    np.testing.assert_array_equal(drawn.theta(2, count), wanted)
    assert (drawn.theta(2, count) is blocks_of_run[2].theta) == (count == 64)


def test_points_drawn_in_several_blocks_are_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Points(circuit(FAMILIES), Settings(points=2 * 2500, replicates=2))
    wanted = drawn.sampler.theta(drawn.sampler.units(replicate=1, start=0, count=2500))
    assert len([block for block in drawn.blocks() if block.replicate == 1]) == 2
    monkeypatch.delattr(Sampler, "theta")
    np.testing.assert_array_equal(drawn.theta(1, 2500), wanted)


def test_circuits_with_the_same_parameters_share_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another draw has another probability, but the parameters are those of the story."""
    first, settings = circuit(FAMILIES), Settings(points=64, replicates=4)
    second = replace(first, coins=(*first.coins, *first.coins[:1]))
    other = replace(first, parameters=first.parameters[::-1])
    alone = [list(Points(each, settings).blocks()) for each in (second, other)]
    drawn = Drawn()
    begun = list(Points(first, settings, drawn).blocks())
    for each, wanted in zip((second, other), alone, strict=True):
        for block, expected in zip(Points(each, settings, drawn).blocks(), wanted, strict=True):
            assert (block.replicate, block.start) == (expected.replicate, expected.start)
            np.testing.assert_array_equal(block.theta, expected.theta)
            np.testing.assert_array_equal(block.p, expected.p)
    monkeypatch.delattr(Sampler, "theta")
    again = next(Points(second, settings, drawn).blocks())
    assert again.theta is begun[0].theta


def test_a_smaller_sample_is_the_first_points_of_a_larger_one() -> None:
    for of in (circuit(FAMILIES), tied(0.6)):
        drawn, few = Drawn(), Settings(seed=3, points=96, replicates=4)
        whole = list(Points(of, Settings(seed=3, points=1024, replicates=4), drawn).blocks())
        shared, alone = Points(of, few, drawn), Points(of, few)
        for one, other, first in zip(shared.blocks(), alone.blocks(), whole, strict=True):
            assert np.array_equal(one.theta, other.theta)
            assert np.array_equal(one.p, other.p)
            assert np.array_equal(one.theta, first.theta[:24])


def test_samplers_of_one_story_share_marginals() -> None:
    drawn = Drawn()
    one, other = (Points(circuit(FAMILIES[:n]), Settings(), drawn).sampler.marginals for n in (6, 3))
    assert all(a is b for a, b in zip(one, other, strict=False))
    assert Points(circuit(FAMILIES), Settings()).sampler.marginals[0] is not one[0]


def test_values_that_are_remembered_are_as_if_computed_anew() -> None:
    """Whatever was asked before, and whatever is done with what was given."""
    of = tied(0.6)
    sampler, rng = Sampler(of), np.random.default_rng(0)
    asked = [rng.uniform(size=(1 + n % 3, 3)) for n in range(12)]
    for units in [*asked, *asked[::-1], *asked]:
        found = sampler.theta(units)
        assert np.array_equal(found, Sampler(of).theta(units))
        found[...] = np.nan
