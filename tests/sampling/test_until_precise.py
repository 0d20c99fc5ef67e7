"""Runs that sample: what they say they have is what they have, whenever they stop."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sensa.pipeline import analyse, prepare
from sensa.sampling.estimates import Interval, Precision, spread
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.sampling.worlds_at_means import quarters_more
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests import strategies
from tests.sampling.chain import CHAIN
from tests.short_stories import ASSUMPTION, losing, model, story

SURE = story(
    "".join(ASSUMPTION.format(name=n, credence=c) for n, c in zip("ab", (0.8, 0.6), strict=True)), "a and b"
)


def stop_after(calls: int) -> Callable[[str, float], None]:
    """A progress callback that is interrupted once, after n calls about sampling."""
    seen = 0

    def progress(what: str, share: float) -> None:
        nonlocal seen
        assert 0.0 <= share <= 1.0
        seen += what.startswith("sampling")
        if seen == calls + 1:
            raise KeyboardInterrupt

    return progress


def test_worlds_at_the_means_give_the_mean() -> None:
    """16 batches: Student's t of 15 degrees beyond 7.5 once in 500,000."""
    found = model(CHAIN, engine="montecarlo")
    totals = found.totals
    assert totals.stopped == "samples"
    assert totals.by_root.shape == (16, len(found.circuit.roots))
    bad = totals.by_root @ found.by_outcome[:, found.outcomes.index("bad")]
    estimate = spread(bad)
    assert abs(float(estimate.mean) - 0.432) < 7.5 * float(estimate.error)
    expected = math.sqrt(0.432 * 0.568 / totals.worlds.count)
    assert expected / 2.5 < float(estimate.error) < 2 * expected  # chi-square of 15: once in 10,000
    np.testing.assert_allclose((totals.by_root @ found.by_outcome).sum(axis=1), 1.0, atol=1e-12)


def test_spread_and_quantiles_are_without_the_noise_of_worlds() -> None:
    """Beside the exact engine at the same points: with few worlds a point their own spread would be seen."""
    exact = model(CHAIN).samples
    found = model(CHAIN, engine="montecarlo", samples=1 << 20)
    noisy = found.samples
    words = found.budget.effort(found.ends, spread=True).words
    assert 64 * words < 1_000  # so that noise alone has a standard deviation above .015
    place = found.outcomes.index("bad")
    assert noisy.q[:, place].std() == pytest.approx(exact.q[:, place].std(), rel=0.1)
    assert noisy.sources.quantiles(noisy.q).mean[:, place] == pytest.approx(
        exact.sources.quantiles(exact.q).mean[:, place], abs=0.02
    )


def test_a_precision_ends_the_sampling_or_the_samples_do() -> None:
    close = model(SURE, engine="montecarlo", precision=Precision(2e-4))
    between = close.totals.interval(close.by_outcome)
    assert close.totals.stopped == "precision"
    assert (between.high - between.low <= 4e-4).all()
    bad = close.outcomes.index("bad")
    assert abs((between.low + between.high)[bad] / 2 - 0.48) < 6e-4  # six times the error: once in 10^8
    few = model(SURE, engine="montecarlo", precision=Precision(1e-7), samples=1 << 22)
    assert few.totals.stopped == "samples"
    assert few.totals.worlds.count == 1 << 22
    coarse = model(SURE, engine="montecarlo", precision=Precision(0.5, relative=True))
    assert coarse.totals.stopped == "precision"
    assert coarse.totals.worlds.count <= close.totals.worlds.count


def test_a_precision_takes_more_parameters_where_worlds_are_exact() -> None:
    """A copula keeps the means from being those of the coins."""
    text = CHAIN + (
        '\n[[dependence]]\nbetween = ["assumptions.a.credence", "assumptions.b.credence"]\n'
        "rank_correlation = 0.5\n"
    )
    few = model(text, points=64)
    more = model(text, points=64, precision=Precision(1e-4))
    assert few.totals.stopped == "points"
    assert more.totals.stopped == "precision"
    assert len(more.samples.replicate) > len(few.samples.replicate)
    np.testing.assert_array_equal(np.sort(few.samples.q[:, 0])[:3] >= 0, True)
    for replicate in range(8):  # the first points are kept
        first = few.samples.q[few.samples.replicate == replicate]
        np.testing.assert_array_equal(
            more.samples.q[more.samples.replicate == replicate][: len(first)], first
        )
    limited = model(text, points=64, precision=Precision(1e-6), samples=4096)
    assert limited.totals.stopped == "points"
    assert len(limited.samples.replicate) == 4096


@pytest.mark.parametrize("text", [CHAIN, SURE])
def test_interrupted_runs_keep_what_is_done_and_say_so(text: str) -> None:
    settings = {"engine": "montecarlo", "precision": Precision(1e-7), "work": 1e6}
    whole = model(text, progress=stop_after(5), **settings)
    tree = analyse(whole)
    assert tree.attrs["stopped"] == "interrupted"
    assert set(tree.children) == {"outcomes", "kinds", "failing_safely"}
    assert "violations" in tree.attrs["left_out"]
    assert tree["outcomes"].attrs["note"] == "interrupted: from the samples taken until then"
    mean = float(tree["outcomes"]["mean"].sel(outcome="bad"))
    error = float(tree["outcomes"]["error"].sel(outcome="bad"))
    assert abs(mean - (0.432 if text == CHAIN else 0.48)) < 8.5 * error  # t of 7 degrees or more: < 1e-4


def test_interrupted_before_anything_is_done_there_is_no_result() -> None:
    def progress(what: str, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyse(model(CHAIN, engine="montecarlo", progress=progress))


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    def found(seed: int) -> object:
        return analyse(model(CHAIN, engine="montecarlo", work=2e6, seed=seed), ["outcomes", "violations"])

    first, again, other = found(3), found(3), found(4)
    assert first.identical(again)  # type: ignore[attr-defined]
    assert not first["outcomes"].equals(other["outcomes"])  # type: ignore[index]


def test_what_worlds_say_of_violations_is_what_diagrams_say() -> None:
    """All interventions within 9 errors (t of 7 degrees or more: < 1e-4 each)."""
    exact = analyse(model(CHAIN), ["violations"])["violations"]
    found = analyse(model(CHAIN, engine="montecarlo"), ["violations"])["violations"]
    assert found.attrs["how"] == "worlds-sampled"
    for name in ("do_violated", "do_holds"):
        apart = np.abs(found[name].values - exact[name].values)
        assert (apart <= 9 * found[f"{name}_error"].values + 1e-12).all()
    np.testing.assert_allclose(found["observed_violated"], exact["observed_violated"], atol=0.02)


def test_a_precision_is_absolute_or_a_share() -> None:
    mean = np.array([0.1, 0.9])
    between = Interval(mean - 0.01, mean + 0.01)
    assert Precision(0.01001).met(mean, between)
    assert not Precision(0.0099).met(mean, between)
    assert Precision(0.1001, relative=True).met(mean, between)
    assert not Precision(0.05, relative=True).met(mean, between)
    for value in (0.0, 1.0, -0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Precision(value)


def test_a_precision_knows_its_share_of_the_work() -> None:
    """Widths go down with the square root of the samples: one four times too wide needs 16 times as many."""
    mean = np.array([0.1, 0.9])
    between = Interval(mean - 0.04, mean + np.array([0.01, 0.04]))
    assert Precision(0.01).share(mean, between) == pytest.approx(1 / 16)
    assert Precision(0.1, relative=True).share(mean, between) == pytest.approx((0.01 / 0.025) ** 2)
    assert Precision(0.5).share(mean, between) == 1.0


@pytest.mark.parametrize(
    ("share", "quarters"), [(0.0, 12), (0.1, 12), (0.2, 12), (0.4, 4), (0.7, 1), (0.999, 1)]
)
def test_sampling_grows_by_what_the_precision_needs(share: float, quarters: int) -> None:
    """At 0.4, four fifths of the estimate are twice what there is: four quarters more."""
    assert quarters_more(share) == quarters


def test_a_loss_too_large_to_spread_is_refused_with_worlds_too() -> None:
    text = CHAIN.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = "1e200 * x"')
    text += '\n[quantities.x]\nclaim = "x"\nvalue = { beta = [2, 2] }\n'
    with pytest.raises(RunError, match="too large to compute with"):
        analyse(model(text, engine="montecarlo", work=2e6))


def conjunction(of: int, credence: float) -> str:
    """Bad where all of so many assumptions are violated: (1 - credence)^of."""
    names = [f"a{i}" for i in range(of)]
    body = "".join(ASSUMPTION.format(name=name, credence=credence) for name in names)
    return story(body, " and ".join(f"not {name}" for name in names))


def test_outcomes_too_rare_for_worlds_are_refined() -> None:
    """.01^5 = 1e-10, which no world meets; the estimate within five of its errors: once in a million."""
    tree = analyse(model(conjunction(5, 0.99), engine="montecarlo", work=1e7), ["outcomes", "kinds"])
    found = tree["outcomes"].sel(outcome="bad")
    assert bool(found["refined"])
    assert float(found["error"]) < 1e-11
    assert abs(float(found["mean"]) - 1e-10) < 5 * float(found["error"])
    assert float(found["low"]) < float(found["mean"]) < float(found["high"])
    assert float(tree["kinds"]["mean"].sel(kind="catastrophic")) == float(found["mean"])
    assert not tree["outcomes"]["refined"].sel(outcome="good")


def test_a_rare_outcome_costs_what_it_is_estimated_to() -> None:
    """1e-10 x 1e8 and nearly 0.001 for all else, 0.011: within five errors, once in a million."""
    text = losing(conjunction(5, 0.99), bad="1e8", good="0.001")
    found = analyse(model(text, engine="montecarlo", work=1e7), ["outcomes"])["outcomes"]
    error = float(found["loss_error"])
    assert 0 < error < 1e-3
    assert abs(float(found["loss"]) - (1e-10 * 1e8 + (1 - 1e-10) * 0.001)) < 5 * error


def test_a_relative_precision_does_not_wait_for_rare_outcomes() -> None:
    settings = {"engine": "montecarlo", "precision": Precision(0.02, relative=True), "work": 1e7}
    found = model(conjunction(5, 0.99), **settings)
    assert found.totals.stopped == "precision"
    bad = found.outcomes.index("bad")
    assert found.ended.error[bad] < 0.02 * found.ended.mean[bad]


LIBRARY = sorted((Path(__file__).parents[1] / "stories" / "library").glob("*.toml"))


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_library_stories_by_worlds_are_those_by_diagrams(file: Path) -> None:
    """Outcomes, and each under each intervention: within 9 errors of 8 or 16 replicates, < 1e-4 each.

    Where both sample the parameters at the same points, the errors of both count.
    """
    names = ["outcomes", "violations"]
    exact = analyse(prepare(load(file), Settings(points=2048)), names)
    found = analyse(prepare(load(file), Settings(points=2048, engine="montecarlo", work=1e7)), names)
    assert found["outcomes"].attrs["how"] == "worlds-sampled"
    for group, name, error in (
        ("outcomes", "mean", "error"),
        ("violations", "do_violated", "do_violated_error"),
        ("violations", "do_holds", "do_holds_error"),
    ):
        apart = np.abs(found[group][name].values - exact[group][name].values)
        errors = np.hypot(found[group][error].values, exact[group][error].values)
        assert (apart <= 9 * errors + 1e-6).all(), (group, name)


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=30, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories())
def test_any_story_runs_by_worlds(text: str) -> None:
    """Constants, impossible conditions, no parameters: every analysis, and outcomes that add up."""
    made = prepare(parse(text), Settings(points=64, replicates=4, engine="montecarlo", work=2e5))
    try:
        tree = analyse(made)
    except RunError:
        return  # the same at any engine: a number leaves its bounds
    found = tree["outcomes"]
    assert ((found["low"] <= found["mean"] + 1e-12) & (found["mean"] <= found["high"] + 1e-12)).all()
    within = 9 * float(found["error"].sum()) + 1e-9  # an outcome that is one coin is known, not counted
    assert float(found["mean"].sum()) == pytest.approx(1.0, abs=within)
