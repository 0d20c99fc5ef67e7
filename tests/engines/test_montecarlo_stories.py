"""Worlds against diagrams over generated stories: all that differs is chance, and chance is as it should be.

The outcomes of a story at its steps are disjoint and exhaust it, so their counts are multinomial: each, given
those before it, is binomial, and these are independent. What a count says of its distribution (Dunn and Smyth
1996, 10.1080/10618600.1996.10474708: a uniform number between the levels below and at it) is uniform, for any
count however small, and so its normal score is a standard normal number, independent of all others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from scipy import stats

from sensa.circuit import Circuit, address
from sensa.compiling import compile_story
from sensa.engines.exact.engine import ExactEngine, compile_exact, compile_gates
from sensa.engines.protocol import Force
from sensa.kernels.program import Floats, Gates, Ints, Op
from sensa.kernels.worlds.bits import Keys, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import simulate, simulate_each, simulate_twins
from sensa.lowering import lower
from sensa.sampling.parameters import RunError, coin_probabilities
from sensa.stories.reading import parse
from tests import strategies
from tests.engines.circuits import Writer

FEW, MANY = 300, 2000
WORDS = 512
WORLDS = 64 * WORDS


@dataclass(frozen=True)
class Drawn:
    """A story's circuit, its coins' probabilities (1, coins), and what answers for its roots."""

    number: int
    circuit: Circuit
    p: Floats
    engine: ExactEngine
    program: Program

    @property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.number)

    def keys(self, stream: int = 0) -> Keys:
        names = np.array([address(coin.draw) for coin in self.circuit.coins], np.uint64)
        return coin_keys(names, seed=self.number, stream=stream)

    @property
    def roots(self) -> Ints:
        return np.array([root.gate for root in self.circuit.roots], np.int32)

    @cached_property
    def uncertain(self) -> int | None:
        """One of the roots that are neither rare nor all but certain, at random; none where all are."""
        q = self.engine.probabilities(self.p)[0]
        found = np.flatnonzero((q > 0.01) & (q < 0.99))
        return int(self.rng.choice(found)) if len(found) else None


@cache
def stories(count: int) -> tuple[Drawn, ...]:
    """Generated stories, always the same, at parameter values that they allow."""
    texts: list[tuple[str, dict[str, float]]] = []

    @seed(20260101)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.cases())
    def collect(case: tuple[str, object, dict[str, float]]) -> None:
        texts.append((case[0], case[2]))

    collect()
    return tuple(made(texts))


def made(texts: list[tuple[str, dict[str, float]]]) -> Iterator[Drawn]:
    for number, (text, theta) in enumerate(texts):
        circuit = lower(compile_story(parse(text)))
        values = np.array([[theta[parameter.path] for parameter in circuit.parameters]])
        try:
            p = coin_probabilities(circuit, values)
        except RunError:
            continue
        roots = np.array([root.gate for root in circuit.roots], np.int32)
        yield Drawn(
            number, circuit, p, compile_exact(circuit), layout(circuit.gates, roots, len(circuit.coins))
        )


def multinomial_scores(counts: Floats, q: Floats, trials: int, rng: np.random.Generator) -> list[float]:
    """Independent standard normal numbers, if counts are those of disjoint events of probabilities `q`."""
    scores, left, rest = [], float(trials), 1.0
    for count, chance in zip(counts.tolist(), np.clip(q, 0.0, 1.0).tolist(), strict=True):
        if left == 0 or rest < 1e-9:
            assert count <= left
            break
        share = min(chance / rest, 1.0)
        if left * share * (1 - share) < 0.1:  # as good as certain: what is seen says whether, not how
            assert stats.binom.pmf(count, left, share) > 1e-9
        else:
            below, at = stats.binom.cdf([count - 1, count], left, share)
            scores.append(float(stats.norm.ppf(below + (at - below) * rng.uniform(1e-12, 1 - 1e-12))))
        left, rest = left - count, rest - chance
    return scores


def assert_standard_normal(scores: list[float], at_least: int) -> None:
    """False alarms: 1e-4 each for the shape (Kolmogorov and Smirnov), spread and mean; 3e-4 in all."""
    z = np.array(scores)
    print(
        len(z),
        stats.kstest(z, "norm"),
        (z**2).mean(),
        stats.chi2.cdf((z**2).sum(), len(z)),
        z.mean() * len(z) ** 0.5,
        abs(z).max(),
    )
    assert len(z) >= at_least
    assert stats.kstest(z, "norm").pvalue > 1e-4
    low, high = stats.chi2.ppf([5e-5, 1 - 5e-5], len(z))
    assert low < (z**2).sum() < high
    assert abs(z.mean()) * np.sqrt(len(z)) < stats.norm.isf(5e-5)


# The rate of false alarms of each test below is 3e-4 (and that of a certain event's count 1e-9), were the
# seed of the stories changed; it is fixed.
sizes = pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


def test_there_are_enough_stories() -> None:
    assert len(stories(FEW)) > 200
    assert sum(len(story.circuit.roots) for story in stories(FEW)) > 1000
    assert sum(story.uncertain is not None for story in stories(FEW)) > 80


@sizes
def test_outcomes_at_the_parameters(count: int) -> None:
    scores = []
    for story in stories(count):
        counts = simulate(story.program, story.keys(), story.p[0], words=WORDS)
        assert counts.sum() == WORLDS  # one outcome in each world
        scores += multinomial_scores(counts, story.engine.probabilities(story.p)[0], WORLDS, story.rng)
    assert_standard_normal(scores, 2 * count // 3)


@sizes
def test_outcomes_under_interventions(count: int) -> None:
    """An assumption held or violated in each story, in the worlds of the last test."""
    scores = []
    for story in stories(count):
        rng = story.rng
        name = str(rng.choice(sorted(story.circuit.assumption_coins)))
        coins = np.array(story.circuit.assumption_coins[name], np.int32)
        force = Force(coins, np.full(len(coins), float(rng.integers(0, 2))))
        counts = simulate(story.program, story.keys(), force.applied(story.p)[0], words=WORDS)
        assert counts.sum() == WORLDS
        scores += multinomial_scores(counts, story.engine.probabilities(story.p, force)[0], WORLDS, rng)
    assert_standard_normal(scores, count // 3)


@sizes
def test_outcomes_with_a_parameter_vector_for_each_word(count: int) -> None:
    """The coins' probabilities moved at random from word to word, ends kept; the totals of 128 words.

    Given the vectors a total is not quite binomial: its variance is that of a binomial of the mean less what
    the probabilities vary, and its score is compared with a normal number of that variance.
    """
    scores = []
    for story in stories(count):
        rng = story.rng
        p = np.clip(story.p + 0.1 * rng.uniform(-1, 1, (128, story.p.shape[1])) * np.sign(story.p), 0, 1)
        p = np.where((story.p == 0) | (story.p == 1), story.p, p)
        q = np.clip(story.engine.probabilities(p), 0.0, 1.0)
        counts = simulate_each(story.program, story.keys(2), p, each=8).sum(axis=0)
        variance = 512 * (q * (1 - q)).sum(axis=0)
        root = story.uncertain  # one of each story: those of one story hang together
        if root is not None and variance[root] > 50:
            scores.append(float((counts[root] - 512 * q[:, root].sum()) / np.sqrt(variance[root])))
    assert_standard_normal(scores, count // 4)


def doubled(gates: Gates, coins: int, shared: Ints, root: int) -> tuple[Gates, Ints]:
    """The circuit twice, the second with coins of its own but for the shared ones; root, root', and both."""
    writer = Writer()
    for twin in (False, True):
        base = len(writer.op)
        for g in range(gates.size):
            args = gates.args[gates.start[g] : gates.start[g + 1]] + base
            k = int(gates.k[g])
            own = twin and gates.op[g] == Op.COIN and k not in shared
            writer.gate(Op(int(gates.op[g])), *args.tolist(), k=k + coins * own)
    pair = root, root + gates.size
    both = writer.gate(Op.AND, *pair)
    roots = np.array([*pair, both], np.int32)
    return writer.gates(), roots


@sizes
def test_twins_that_share_coins(count: int) -> None:
    """The four cases (f, f') of one root of each story, of which a random half of the coins is shared."""
    scores = []
    for story in stories(count):
        rng, coins = story.rng, story.p.shape[1]
        shared = np.flatnonzero(rng.random(coins) < 0.5).astype(np.int32)
        which = story.uncertain
        if which is None:
            continue
        gates, roots = doubled(story.circuit.gates, coins, shared, int(story.roots[which]))
        wide = np.concatenate([story.p, story.p], axis=1)
        one, two, both = compile_gates(gates, roots, coins=2 * coins).probabilities(wide)[0]
        keys, twin = story.keys(3), story.keys(4)
        twin[shared] = keys[shared]
        p = np.repeat(story.p, 8, axis=0)
        seen = simulate_twins(story.program, keys, twin, p, p, each=WORDS // 8)[:, which].sum(axis=0)
        cells = np.array([seen[2], seen[0] - seen[2], seen[1] - seen[2]], np.float64)
        scores += multinomial_scores(cells, np.array([both, one - both, two - both]), WORLDS, rng)
    assert_standard_normal(scores, count)


@sizes
def test_twins_that_share_parameters(count: int) -> None:
    """At two parameter vectors, none of the bits in common: the product of the two probabilities."""
    scores = []
    for story in stories(count):
        rng = story.rng
        inside = (story.p > 0) & (story.p < 1)
        other = np.where(inside & (rng.random(story.p.shape) < 0.5), rng.random(story.p.shape), story.p)
        one, two = np.clip(story.engine.probabilities(np.concatenate([story.p, other])), 0.0, 1.0)
        which = story.uncertain
        if which is None:
            continue
        seen = simulate_twins(story.program, story.keys(5), story.keys(6), story.p, other, each=WORDS)[
            0, which
        ]
        cells = np.array([seen[2], seen[0] - seen[2], seen[1] - seen[2]], np.float64)
        q, r = one[which], two[which]
        scores += multinomial_scores(cells, np.array([q * r, q * (1 - r), (1 - q) * r]), WORLDS, rng)
    assert_standard_normal(scores, count)


def test_wrong_worlds_are_found_out() -> None:
    """Scores that are off by half a standard deviation, or a tenth too wide in 2,000, raise the alarm."""
    rng = np.random.default_rng(0)
    with pytest.raises(AssertionError):
        assert_standard_normal((rng.normal(size=300) + 0.5).tolist(), 1)
    with pytest.raises(AssertionError):
        assert_standard_normal((rng.normal(size=2000) * 1.1).tolist(), 1)
