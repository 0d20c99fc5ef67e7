"""The engine that samples worlds: unbiased beside the exact one, whatever is sampled and whatever is not."""

import numpy as np
import pytest

from sensa.engines.exact.engine import Target, compile_gates
from sensa.engines.montecarlo import engine as sampled
from sensa.engines.montecarlo.engine import compile_sampled
from sensa.engines.montecarlo.subcircuits import part_gates
from sensa.engines.parts import PartsEngine, SampledPartsEngine
from sensa.engines.protocol import Draws, Engine, Force
from sensa.kernels.program import Gates, Ints, Op
from tests.engines.circuits import Writer, enumerated, ints, random_gates

BATCHES, WORDS = 16, 64
FEW = 12  # diagram nodes: enough for a chain, too few for a tangle


def engine(gates: Gates, roots: Ints, coins: int, monkeypatch: pytest.MonkeyPatch, budget: int = 0) -> Engine:
    """The engine of bare gates; coins are named by their numbers."""
    names = [f"coin {i}" for i in range(coins)]
    monkeypatch.setattr(sampled, "target", lambda circuit, roots: Target(gates, roots, {}, names, []))
    return compile_sampled(None, roots=roots, node_budget=budget)  # type: ignore[arg-type]


def tangle(writer: Writer, rng: np.random.Generator, coins: int) -> int:
    """A gate over new coins that share so much that a few nodes are not enough for its diagram."""
    own = [writer.coin() for _ in range(coins)]
    pairs = [writer.gate(Op.AND, *rng.choice(own, 2, replace=False).tolist()) for _ in range(2 * coins)]
    return writer.gate(Op.AT_LEAST, *pairs, k=coins // 2)


def layered(rng: np.random.Generator) -> tuple[Gates, Ints, int]:
    """Modules over modules: two tangles below a conjunction, which a third one reads, and a chain above."""
    writer = Writer()
    first, second = tangle(writer, rng, 6), tangle(writer, rng, 6)
    small = writer.gate(Op.AND, first, writer.gate(Op.NOT, second), writer.coin())
    own = [small, *(writer.coin() for _ in range(5))]
    pairs = [writer.gate(Op.OR, *rng.choice(own, 2, replace=False).tolist()) for _ in range(8)]
    third = writer.gate(Op.AT_LEAST, *pairs, k=5)
    top = writer.gate(Op.OR, writer.gate(Op.AND, third, writer.coin()), writer.coin())
    roots = ints(top, small, writer.gate(Op.NOT, top))
    return writer.gates(), roots, writer.coins


def z_scores(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Of means over batches (axis 0), by the spread of the batches."""
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    return (found.mean(axis=0) - wanted) / np.maximum(error, 1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_worlds_agree_with_enumeration(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Student's t of 15 degrees of freedom is beyond 7.5 once in 500,000: < 1e-4 over all roots here."""
    rng = np.random.default_rng(seed)
    coins = int(rng.integers(1, 12))
    gates = random_gates(rng, coins, 40)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    p = rng.random((1, coins))
    found = engine(gates, roots, coins, monkeypatch)
    assert found.roots == 4
    estimates = np.stack([found.probabilities(p, draws=Draws(b, 0, WORDS))[0] for b in range(BATCHES)])
    assert np.abs(z_scores(estimates, enumerated(gates, roots, p)[0])).max() < 7.5


@pytest.mark.parametrize("budget", [0, FEW])
def test_a_module_too_large_is_sampled_between_exact_ones(
    budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bound as above; with few nodes the tangles are parts and the rest is exact."""
    gates, roots, coins = layered(np.random.default_rng(3))
    p = np.random.default_rng(4).uniform(0.2, 0.8, (1, coins))
    wanted = compile_gates(gates, roots, coins=coins).probabilities(p)[0]
    found = engine(gates, roots, coins, monkeypatch, budget)
    assert isinstance(found, PartsEngine)
    assert (found.way, len(found.parts)) == (("mixed", 3) if budget else ("montecarlo", 1))
    estimates = np.stack([found.probabilities(p, draws=Draws(b, 0, WORDS))[0] for b in range(BATCHES)])
    assert np.abs(z_scores(estimates, wanted)).max() < 7.5
    assert estimates[:, 0] + estimates[:, 2] == pytest.approx(1.0, abs=1e-12)


def test_what_is_exact_adds_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """P(part and a further coin) is the part's estimate times the coin's probability, to rounding."""
    writer = Writer()
    part = tangle(writer, np.random.default_rng(0), 7)
    both = writer.gate(Op.AND, part, writer.coin())
    found = engine(writer.gates(), ints(both, part), writer.coins, monkeypatch, FEW)
    p = np.full((1, writer.coins), 0.3)
    values = found.probabilities(p, draws=Draws(0, 0, 4))[0]
    assert values[1] > 0
    assert values[0] == pytest.approx(0.3 * values[1], rel=1e-14)


@pytest.mark.parametrize("budget", [0, FEW])
def test_derivatives_go_through_parts_and_diagrams(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over 16 batches of 16,384 worlds; the bound is passed once in 500,000 of about 100 values."""
    gates, roots, coins = layered(np.random.default_rng(3))
    p = np.random.default_rng(4).uniform(0.2, 0.8, (1, coins))
    wanted = compile_gates(gates, roots, coins=coins).gradients(p)[1][0]
    found = engine(gates, roots, coins, monkeypatch, budget)
    slopes = np.stack([found.gradients(p, draws=Draws(b, 0, 256))[1][0] for b in range(BATCHES)])
    assert slopes.shape[1:] == wanted.shape
    # what a part estimates from few worlds is biased by their number: a ratio
    assert np.abs(z_scores(slopes, wanted)).max() < 7.5
    combine = np.array([[1.0, -2.0, 0.5]])
    together = found.gradients(p, combine, draws=Draws(0, 0, 256))[1][0]
    np.testing.assert_allclose(together[0], combine[0] @ slopes[0], atol=1e-12)


def test_samples_have_worlds_of_their_own_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    gates, roots, coins = layered(np.random.default_rng(3))
    found = engine(gates, roots, coins, monkeypatch, FEW)
    p = np.random.default_rng(4).random((10, coins))
    whole = found.probabilities(p, draws=Draws(2, 5, 3))
    parts = [found.probabilities(p[i : i + 2], draws=Draws(2, 5 + i, 3)) for i in range(0, 10, 2)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    alone = found.probabilities(p[4:5], draws=Draws(2, 9, 3))
    np.testing.assert_array_equal(whole[4:5], alone)
    again = engine(gates, roots, coins, monkeypatch, FEW).probabilities(p, draws=Draws(2, 5, 3))
    np.testing.assert_array_equal(whole, again)
    other = found.probabilities(p, draws=Draws(3, 5, 3))
    assert (whole != other).any()


def test_interventions_see_the_same_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coin that the root does not read changes not a bit; holding what is held already neither."""
    writer = Writer()
    part = tangle(writer, np.random.default_rng(0), 7)
    idle = writer.coin()
    found = engine(writer.gates(), ints(part), writer.coins, monkeypatch)
    p = np.full((3, writer.coins), 0.4)
    held = [Force(ints(writer.coins - 1), np.array([1.0])), Force(ints(0), np.array([1.0]))]
    draws = Draws(0, 0, 8)
    free = found.probabilities(p, draws=draws)
    by_force = found.under(p, held, draws)
    np.testing.assert_array_equal(by_force[0], free)
    assert (by_force[1] >= free).all()  # the part grows with each of its coins
    assert idle > part


def test_gates_of_a_part_are_those_of_the_network() -> None:
    """Enumerated, part by part of random networks, with leaves kept negated or not."""
    from sensa.engines.exact.modules import find_modules
    from sensa.engines.exact.network import COIN, simplify

    rng = np.random.default_rng(8)
    seen = 0
    for _ in range(30):
        gates = random_gates(rng, 8, 30)
        network = simplify(gates, ints(gates.size - 1, gates.size - 2))
        for module in find_modules(network):
            if any(network.kind[leaf] != COIN for leaf in module.leaves):
                continue
            negated = (rng.random(len(module.leaves)) < 0.5).tolist()
            found, heads = part_gates(network, module, negated)
            p = rng.random((1, len(module.leaves)))
            coins = [network.k[leaf] for leaf in module.leaves]
            wide = np.zeros((1, 8))
            wide[0, coins] = np.where(negated, 1.0 - p[0], p[0])
            own = enumerated(found, heads, p)[0]
            for head, value in zip(module.heads, own, strict=True):
                origin = network.origin[head >> 1]
                whole = enumerated(gates, ints(origin >> 1), wide)[0, 0]
                assert value == pytest.approx(1 - whole if (head ^ origin) & 1 else whole, abs=1e-12)
                seen += 1
    assert seen >= 10


def test_a_circuit_of_constants_and_coins_needs_no_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    coin = writer.coin()
    roots = ints(writer.gate(Op.TRUE), writer.gate(Op.FALSE), coin, writer.gate(Op.NOT, coin))
    found = engine(writer.gates(), roots, 1, monkeypatch)
    assert isinstance(found, PartsEngine)
    assert found.probabilities(np.array([[0.3]]))[0].tolist() == [1.0, 0.0, 0.3, 0.7]


def test_twins_share_their_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a or (b and c), its negation, and a: b is less likely in the twin, c more, and a is false there.

    True in the first only: the first is true, and in the twin b and c are not both. A coin is true in both
    with the smaller probability. 16 batches of 16,384 worlds; |z| > 6 once in 5e8.
    """
    writer = Writer()
    a, b, c = (writer.coin() for _ in range(3))
    either = writer.gate(Op.OR, a, writer.gate(Op.AND, b, c))
    roots = ints(either, writer.gate(Op.NOT, either), a)
    found = engine(writer.gates(), roots, writer.coins, monkeypatch)
    assert isinstance(found, SampledPartsEngine)
    p, other = np.array([[0.1, 0.6, 0.3]]), np.array([[0.0, 0.5, 0.7]])
    each = [found.twins(p, other, Draws(batch, 0, 256)) for batch in range(BATCHES)]
    for batch, twins in enumerate(each):
        np.testing.assert_array_equal(twins.first, found.probabilities(p, draws=Draws(batch, 0, 256)))
        np.testing.assert_allclose(
            twins.only_first - twins.only_second, twins.first - twins.second, atol=1e-15
        )
        np.testing.assert_allclose(twins.only_first[:, 1], twins.only_second[:, 0], atol=1e-15)
    once = 0.1 + 0.9 * 0.6 * 0.3  # the first
    both = 0.5 * (0.1 * 0.7 + 0.9 * 0.3)  # and the twin: b and c there, and a or (b and c) here
    wanted = np.array([once - both, 0.35 - both, 0.1])
    only = np.array([np.concatenate([one.only_first[0], one.only_second[0]]) for one in each])
    estimates = only[:, [0, 3, 2]]
    assert np.abs(z_scores(estimates, wanted)).max() < 6
