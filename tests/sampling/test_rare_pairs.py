"""What pairs of numbers too rare for the sample add to means, against closed forms; and such stories."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

import sensa
from sensa.kernels.program import Floats
from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.sampling import rare_pairs
from sensa.sampling.parameters import RunError, Sampler
from sensa.sampling.rare_pairs import unsampled_pairs
from sensa.sampling.settings import Settings
from sensa.stories.numbers.distribution import Distribution
from tests.properties.verdicts import EVENT
from tests.sampling.bare_circuits import UNIT, circuit
from tests.short_stories import ASSUMPTION, story

POINTS, SEEDS = 2048, range(1, 7)
NOTHING = np.zeros(1)  # the means: no sampled point met it


def off(
    function: Callable[[Floats], Floats],
    numbers: tuple[Distribution, ...] = (UNIT,) * 3,
    mean: Floats = NOTHING,
) -> dict[tuple[int, int], Floats]:
    """What each pair adds, by near and by far corners."""
    sampler = Sampler(circuit(list(numbers)))
    found = unsampled_pairs(
        sampler, range(len(numbers)), POINTS, 8, lambda theta: function(theta)[:, None].astype(float), mean
    )
    return dict(zip(found.pairs, found.off[..., 0].T, strict=True))


@pytest.mark.parametrize(("u", "v"), [(1e-3, 1e-3), (1e-2, 3e-3), (1e-2, 1e-2), (0.1, 1e-4), (1e-6, 1e-6)])
@pytest.mark.parametrize("upper", [(False, False), (False, True), (True, True)])
def test_a_step_of_two_numbers_lies_between_both_corners(
    u: float, v: float, upper: tuple[bool, bool]
) -> None:
    """The result is 1 with the chance u v: layers of a factor 4 in each number are 16 apart."""

    def function(theta: Floats) -> Floats:
        x, y = (1.0 - t if end else t for t, end in zip(theta.T, upper, strict=False))
        return (x < u) & (y < v)

    found = off(function)
    near, far = found[0, 1]
    assert 0 < near <= u * v <= far <= 16.01 * u * v
    assert not found[0, 2].any()
    assert not found[1, 2].any()


@pytest.mark.parametrize("rare", [1e-2, 1e-3, 1e-5])
def test_what_one_number_does_alone_is_of_no_pair(rare: float) -> None:
    for function in (lambda theta: theta[:, 0] < rare, lambda theta: (theta[:, 0] < rare) + theta[:, 1] ** 9):
        assert not np.any(list(off(function).values()))


def test_what_the_sample_shows_is_left_out() -> None:
    """A mean of 1/9 is moved by less than a tenth whatever the pair does."""
    function: Callable[[Floats], Floats] = lambda theta: (theta[:, 0] * theta[:, 1]) ** 2  # noqa: E731
    assert not np.any(list(off(function, mean=np.array([1 / 9])).values()))


def test_values_that_break_a_rule_count_as_the_last_that_does_not() -> None:
    """As where x y must be below 1: it is never above with x and y below 1e-9, where the result is 1."""

    def function(theta: Floats) -> Floats:
        if (theta[:, :2].max(axis=1) < 1e-9).any():
            raise RunError("a probability above 1", "quantities.q.value")
        return (theta[:, 0] < 1e-3) & (theta[:, 1] < 1e-3)

    near, far = off(function)[0, 1]
    assert 0 < near <= 1e-6 <= far <= 16.01e-6


def test_of_many_numbers_those_with_far_ends_are_paired() -> None:
    wide = Distribution("lognormal", (0.0, 5.0))
    at = float(np.exp(5 * 3.0902))  # exceeded with 1e-3
    numbers = (UNIT,) * 30 + (wide,) + (UNIT,) * 30 + (wide,)
    found = off(lambda theta: (theta[:, 30] > at) & (theta[:, 61] > at), numbers)
    assert len(found) == rare_pairs.MAX_PAIRED * (rare_pairs.MAX_PAIRED - 1) / 2
    near, far = found[30, 61]
    assert 0 < near <= 1e-6 <= far


def test_within_the_budget_what_may_move_a_mean_the_most_comes_first() -> None:
    """Few points pay for two pairs of ends: those of 0 and 1, whose result is rare, not of what is common."""

    def results(theta: Floats) -> Floats:
        common = [(theta[:, i] * theta[:, j]) ** 2 for i in range(2, 6) for j in range(i + 1, 6)]
        return np.stack([*common, (theta[:, 0] < 1e-4) & (theta[:, 1] < 1e-4)], axis=1).astype(float)

    sampler = Sampler(circuit([UNIT] * 6))
    means = np.array([1e-3] * 6 + [0.0])
    found = unsampled_pairs(sampler, range(6), 64, 8, results, means)
    added = dict(zip(found.pairs, found.off.transpose(1, 0, 2), strict=True))
    near, far = added[0, 1][:, -1]
    assert 0 < near <= 1e-8 <= far <= 16.01e-8
    assert sum(bool(one.any()) for one in added.values()) <= rare_pairs.MIN_GRIDS


EXPERT = '{{ name = "{name}", weight = {weight}, credence = {credence} }}'


def both_right(rare: float, properties: str = "") -> str:
    """Bad where two experts of this weight are right at once."""
    each = [EXPERT.format(name=n, weight=w, credence=p) for n, w, p in (("A", 1 - rare, 0), ("B", rare, 1))]
    number = f"{{ experts = [{', '.join(each)}] }}"
    body = "".join(f'[quantities.{name}]\nclaim = "c"\nvalue = {number}\n' for name in "xy")
    body += EVENT.format(name="e", chance='"x * y"', when="") + ASSUMPTION.format(name="a", credence=0.5)
    return story(body, "e") + properties


@pytest.mark.parametrize("rare", [3e-4, 1e-3, 3e-3, 6e-3])
def test_no_requirement_passes_because_no_point_met_both(rare: float) -> None:
    """P(bad) is the square of the weight, ten times the limit of the first."""
    limits = {"broken": rare**2 / 10, "given": rare**2 / 10, "kept": 3e-3}
    asked = {"broken": "P(bad)", "given": "P(bad | a)", "kept": "P(bad)"}
    stated = "".join(f'[properties.{n}]\nrequire = "{asked[n]} <= {x}"\n' for n, x in limits.items())
    whole = sensa.loads(both_right(rare, stated))
    for seed in SEEDS:
        verdicts = judge(prepare(whole, Settings(seed=seed)), today=date(2026, 1, 1)).verdicts
        found = {verdict.name: verdict.status for verdict in verdicts}
        assert found["kept"] == "pass"
        assert "pass" not in (found["broken"], found["given"])


def test_the_interval_of_an_outcome_holds_what_no_point_met() -> None:
    """1e-6; a point of 16,384 meets it for one seed in 60."""
    tree = sensa.run(sensa.loads(both_right(1e-3)), seed=1)
    for found in (tree["outcomes"].sel(outcome="bad"), tree["kinds"].sel(kind="catastrophic")):
        assert float(found["mean"]) == 0.0
        assert 1e-6 <= float(found["high"]) <= 2e-5
        assert float(found["error"]) >= 1e-6
    both = "bad: values of `quantities.x.value` and `quantities.y.value` too rare for the sample may matter"
    assert both in tree["outcomes"].attrs["note"]
