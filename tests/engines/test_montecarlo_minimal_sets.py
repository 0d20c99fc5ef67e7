"""Sets that suffice, found from worlds, against going through all sets and all worlds there are."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pytest

from sensa.engines.cut_sets.sampled_minimal_sets import Literal, minimal_sets
from sensa.engines.montecarlo.three_valued import certainly
from sensa.kernels.program import Floats, Gates, Op
from sensa.kernels.worlds.simulate import evaluate_words
from tests.engines.circuits import Writer, random_gates, truth


def signs(p: Floats, values: Iterable[bool] = (True, False)) -> list[Literal]:
    """Each coin true, then each false."""
    return [
        Literal((coin,), (value,), float(chance if value else 1 - chance))
        for value in values
        for coin, chance in enumerate(p)
    ]


def suffices(table: np.ndarray, literals: Sequence[Literal], chosen: Sequence[int], p: Floats) -> bool:  # type: ignore[type-arg]
    """Whether the root (worlds,) is true in all worlds that can be in which the literals hold."""
    worlds = np.arange(len(table))
    allowed = np.ones(len(table), bool)
    for coin, chance in enumerate(p):
        if chance in (0.0, 1.0):
            allowed &= (worlds >> coin & 1) == chance
    for i in chosen:
        for coin, value in zip(literals[i].coins, literals[i].values, strict=True):
            if p[coin] not in (0.0, 1.0):
                allowed &= (worlds >> coin & 1) == value
    return bool(table[allowed].all())


def consistent(literals: Sequence[Literal], chosen: Sequence[int]) -> bool:
    said = {(c, v) for i in chosen for c, v in zip(literals[i].coins, literals[i].values, strict=True)}
    return len({coin for coin, _ in said}) == len(said)


def coherent(rng: np.random.Generator, coins: int) -> tuple[Gates, int]:
    """And, or, at least k over everything before; the last gate reads all coins that others do not."""
    writer = Writer()
    for _ in range(coins):
        writer.coin()
    for _ in range(6):
        op = Op(rng.choice([Op.AND, Op.OR, Op.AT_LEAST]))
        args = rng.choice(len(writer.op), 3, replace=False).tolist()
        writer.gate(op, *args, k=2)
    root = writer.gate(Op.OR, *range(coins + 3, coins + 6))
    return writer.gates(), root


def test_every_minimal_set_of_small_coherent_circuits_is_found() -> None:
    """By going through all sets. 4,096 of the worlds of 8 coins are even: each of 256 falls 16 times."""
    total = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        gates, root = coherent(rng, 8)
        p = rng.uniform(0.01, 0.3, 8)
        literals = signs(p, [True])
        table = truth(gates, 8)[root]
        wanted: list[tuple[int, ...]] = []
        for size in range(9):
            for chosen in combinations(range(8), size):
                if suffices(table, literals, chosen, p) and not any(set(w) <= set(chosen) for w in wanted):
                    wanted.append(chosen)
        found = minimal_sets(gates, root, 8, p, literals, seed=seed)
        assert sorted(found.sets) == sorted(wanted)
        assert found.minimal.all()
        np.testing.assert_allclose(found.probability, [np.prod(p[list(s)]) for s in found.sets], rtol=1e-12)
        assert (np.diff(found.probability) <= 0).all()
        assert found.reduced == found.hits  # the draws that came true explain every hit
        assert found.seen.sum() == found.reduced
        total += len(wanted)
    assert total > 60


def test_sets_of_circuits_that_are_not_coherent_suffice_and_are_prime_where_it_is_said() -> None:
    seen = doubted = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        gates = random_gates(rng, 7, 30)
        p = rng.uniform(0.05, 0.95, 7)
        p[rng.random(7) < 0.15] = float(rng.integers(0, 2))
        literals = signs(p)
        root = int(rng.integers(7, gates.size))
        table = truth(gates, 7)[root]
        found = minimal_sets(gates, root, 7, p, literals, seed=seed, words=96)
        assert len(set(found.sets)) == len(found.sets)
        for chosen, minimal in zip(found.sets, found.minimal.tolist(), strict=True):
            assert consistent(literals, chosen)
            assert suffices(table, literals, chosen, p)
            prime = not any(suffices(table, literals, [i for i in chosen if i != gone], p) for gone in chosen)
            assert prime or not minimal
            seen, doubted = seen + 1, doubted + (not minimal)
    assert seen > 100
    assert doubted < seen / 4


def test_three_values_do_not_see_that_a_case_and_its_opposite_are_all() -> None:
    """(a and x) or (a and not x) is a; what is found says more, and that it is not proven minimal."""
    writer = Writer()
    a, x = writer.coin(), writer.coin()
    one = writer.gate(Op.AND, a, x)
    root = writer.gate(Op.OR, one, writer.gate(Op.AND, a, writer.gate(Op.NOT, x)))
    p = np.array([0.2, 0.4])
    found = minimal_sets(writer.gates(), root, 2, p, signs(p), words=12)
    assert found.sets == ((0, 3), (0, 1))
    assert not found.minimal.any()
    alone = minimal_sets(writer.gates(), root, 2, p, [Literal((0,), (True,), 0.2)], words=12)
    assert alone.sets == ()
    assert alone.hits > 0
    assert alone.reduced == 0


def shares() -> tuple[Gates, int]:
    """(not a and e) or (not b and not c and f), where c is broken by two draws together."""
    writer = Writer()
    a, b, c, d, e, f = (writer.coin() for _ in range(6))
    not_a, not_b = writer.gate(Op.NOT, a), writer.gate(Op.NOT, b)
    violated = writer.gate(Op.NOT, writer.gate(Op.OR, c, d))
    left = writer.gate(Op.AND, not_a, e)
    root = writer.gate(Op.OR, left, writer.gate(Op.AND, not_b, violated, f))
    return writer.gates(), root


VIOLATED = [
    Literal((0,), (False,), 0.1),
    Literal((1,), (False,), 0.2),
    Literal((2, 3), (False, False), 0.03),
]
CHANCES = np.array([0.9, 0.8, 0.9, 0.7, 1e-4, 1e-4])


def test_violations_alone_make_possible_and_with_events_certain() -> None:
    gates, root = shares()
    possible = minimal_sets(gates, root, 6, CHANCES, VIOLATED, certain=False)
    assert possible.sets == ((0,), (1, 2))
    np.testing.assert_allclose(possible.probability, [0.1, 0.006])
    assert not possible.minimal.any()
    assert minimal_sets(gates, root, 6, CHANCES, VIOLATED).sets == ()
    events = [Literal((4,), (True,), 1e-4), Literal((5,), (True,), 1e-4)]
    certain = minimal_sets(gates, root, 6, CHANCES, [*VIOLATED, *events])
    assert certain.sets == ((0, 3), (1, 2, 4))
    assert certain.minimal.all()


def test_what_cannot_fall_otherwise_need_not_be_said() -> None:
    gates, root = shares()
    p = CHANCES.copy()
    p[4:] = 1.0, 0.0
    found = minimal_sets(gates, root, 6, p, VIOLATED)
    assert found.sets == ((0,),)
    p[0] = 0.0
    assert minimal_sets(gates, root, 6, p, VIOLATED).sets == ((),)


def test_a_rare_outcome_of_many_coins_is_reached() -> None:
    """Three of 300 draws of 1e-5 each: 1e-9 and less; any three of the 300 are a set, and no others."""
    writer = Writer()
    own = [writer.coin() for _ in range(300)]
    root = writer.gate(Op.AT_LEAST, *own, k=3)
    p = np.full(300, 1e-5)
    found = minimal_sets(writer.gates(), root, 300, p, signs(p, [True]), words=96, most=200)
    assert len(found.sets) == 200
    assert {len(chosen) for chosen in found.sets} == {3}
    assert found.minimal.all()
    np.testing.assert_allclose(found.probability, 1e-15, rtol=1e-12)


def test_three_values_are_sound_and_with_all_coins_known_two() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        coins = 6
        gates = random_gates(rng, coins, 25)
        roots = rng.integers(0, gates.size, 3).astype(np.int32)
        table = truth(gates, coins)[roots]
        program = certainly(gates, roots, coins)
        worlds = np.arange(64)
        bits = (worlds >> np.arange(coins)[:, None] & 1).astype(bool)
        known = rng.random((coins, 64)) < 0.6
        for told in (known, np.ones_like(known)):
            rails = np.concatenate([bits & told, ~bits & told])
            packed = np.packbits(rails, axis=1, bitorder="little").view(np.uint64)
            sure = np.unpackbits(evaluate_words(program, packed).view(np.uint8), axis=1, bitorder="little")
            for world in worlds:
                mask = int((told[:, world] << np.arange(coins)).sum())
                same = (worlds & mask) == (int(world) & mask)
                whole = table[:, same].all(axis=1)
                assert (sure[:, world] <= whole).all()
                if told.all():
                    np.testing.assert_array_equal(sure[:, world], whole)


def test_literals_that_overlap_are_refused() -> None:
    gates, root = shares()
    with pytest.raises(ValueError, match="say the same of a coin"):
        minimal_sets(gates, root, 6, CHANCES, [*VIOLATED, VIOLATED[0]])
    with pytest.raises(ValueError, match="says nothing"):
        minimal_sets(gates, root, 6, CHANCES, [Literal((), (), 1.0)])


def test_the_same_seed_gives_the_same_sets() -> None:
    rng = np.random.default_rng(4)
    gates, root = coherent(rng, 8)
    p = rng.uniform(0.01, 0.3, 8)
    one, two = (minimal_sets(gates, root, 8, p, signs(p), seed=9, words=12) for _ in range(2))
    assert one.sets == two.sets
    np.testing.assert_array_equal(one.seen, two.seen)
