"""Worlds through gates: every world as the gates say, the same counts however the work is cut."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.kernels.program import Floats, Op
from sensa.kernels.worlds.bits import Keys, Words, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import (
    coin_words,
    evaluate_words,
    simulate,
    simulate_each,
    simulate_jointly,
    simulate_twins,
)
from tests.engines.circuits import Writer, circuits, enumerated, ints, random_gates, truth


def keys_of(coins: int, **address: int) -> np.ndarray:  # type: ignore[type-arg]
    return coin_keys(np.arange(coins, dtype=np.uint64), seed=11, **address)


def root_words(program: Program, keys: Keys, p: Floats, *, first: int = 0, words: int) -> Words:
    return evaluate_words(program, coin_words(keys, p, first=first, words=words))


def lanes(found: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Words (n, words) as booleans (n, worlds)."""
    return np.unpackbits(found.view(np.uint8), axis=1, bitorder="little").astype(bool)


@settings(max_examples=60, deadline=None)
@given(circuits(), st.integers(1, 130), st.integers(0, 1 << 40))
def test_every_world_is_as_the_gates_say(circuit: tuple, words: int, first: int) -> None:  # type: ignore[type-arg]
    gates, roots, coins = circuit
    program = layout(gates, roots, coins)
    p = np.random.default_rng(words).random(coins)
    drawn = lanes(coin_words(keys_of(coins), p, first=first, words=words))
    number = (drawn * (1 << np.arange(coins))[:, None]).sum(axis=0)
    wanted = truth(gates, coins)[roots][:, number]
    np.testing.assert_array_equal(
        lanes(root_words(program, keys_of(coins), p, first=first, words=words)), wanted
    )
    counts = simulate(program, keys_of(coins), p, first=first, words=words)
    np.testing.assert_array_equal(counts, wanted.sum(axis=1))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 16, 31])
def test_at_least_k_of_n_counts(n: int) -> None:
    """Every k, over random words: by adding up the arguments."""
    writer = Writer()
    coins = [writer.coin() for _ in range(n)]
    roots = ints(*(writer.gate(Op.AT_LEAST, *coins, coins[0], k=k) for k in range(-1, n + 3)))
    program = layout(writer.gates(), roots, n)
    given_words = coin_words(keys_of(n), np.full(n, 0.5), words=64)
    count = lanes(given_words).sum(axis=0) + lanes(given_words[:1])[0]
    found = lanes(evaluate_words(program, given_words))
    for row, k in enumerate(range(-1, n + 3)):
        np.testing.assert_array_equal(found[row], count >= k)


def test_no_argument_is_expanded() -> None:
    """Some five instructions an argument, whatever k; and rows are used again."""
    writer = Writer()
    coins = [writer.coin() for _ in range(200)]
    root = writer.gate(Op.AT_LEAST, *coins, k=100)
    program = layout(writer.gates(), ints(root), 200)
    assert program.size < 200 * 8
    chain = Writer()
    last = chain.coin()
    for _ in range(500):
        last = chain.gate(Op.OR, chain.gate(Op.AND, last, chain.coin()), chain.coin())
    assert layout(chain.gates(), ints(last), chain.coins).rows < 10


@pytest.mark.parametrize("seed", range(5))
def test_counts_do_not_depend_on_how_the_work_is_cut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gates = random_gates(rng, 9, 60)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    program, keys, p = layout(gates, roots, 9), keys_of(9), rng.random(9)
    whole = simulate(program, keys, p, first=3, words=1000)
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(whole, simulate(program, keys, p, first=3, words=1000, threads=threads))
    for cut in (1, 63, 64, 65, 999):
        parts = (
            simulate(program, keys, p, first=3, words=cut),
            simulate(program, keys, p, first=3 + cut, words=1000 - cut),
        )
        np.testing.assert_array_equal(whole, parts[0] + parts[1])
    for each in (1, 3, 64, 100, 500):
        samples = 1000 // each
        found = simulate_each(
            program, keys, np.tile(p, (samples, 1)), first=3, each=each, threads=1 + seed % 2
        )
        here = simulate(program, keys, p, first=3, words=samples * each)
        np.testing.assert_array_equal(found.sum(axis=0), here)


def test_each_sample_has_its_own_probabilities_and_words() -> None:
    rng = np.random.default_rng(0)
    gates = random_gates(rng, 9, 60)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    program, keys = layout(gates, roots, 9), keys_of(9)
    p = rng.random((150, 9))
    p[3, 2], p[4, 5] = 0.0, 1.0
    for each in (1, 5):
        found = simulate_each(program, keys, p, first=17, each=each)
        for i in range(0, 150, 7):
            alone = simulate(program, keys, p[i], first=17 + i * each, words=each)
            np.testing.assert_array_equal(found[i], alone)


def test_joint_counts_are_those_of_the_words() -> None:
    rng = np.random.default_rng(2)
    gates = random_gates(rng, 9, 60)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    program, keys, p = layout(gates, roots, 9), keys_of(9), rng.random(9)
    coins = lanes(coin_words(keys, p, words=777))
    tops = lanes(root_words(program, keys, p, words=777))
    for threads in (1, 2):
        root, coin, both = simulate_jointly(program, keys, p, words=777, threads=threads)
        np.testing.assert_array_equal(root, tops.sum(axis=1))
        np.testing.assert_array_equal(coin, coins.sum(axis=1))
        np.testing.assert_array_equal(both, (coins[:, None] & tops[None]).sum(axis=2))


def test_twins_share_the_coins_of_equal_keys() -> None:
    """Counts are those of the two runs and of their words together; all shared, both are the same."""
    rng = np.random.default_rng(3)
    gates = random_gates(rng, 9, 60)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    program, keys = layout(gates, roots, 9), keys_of(9)
    other = np.where(np.arange(9)[:, None] < 4, keys, keys_of(9, stream=1))
    p, q = rng.random((40, 9)), rng.random((40, 9))
    q[:, :4] = p[:, :4]
    found = simulate_twins(program, keys, other, p, q, first=9, each=3)
    for i in range(0, 40, 6):
        first = 9 + 3 * i
        one = root_words(program, keys, p[i], first=first, words=3)
        two = root_words(program, other, q[i], first=first, words=3)
        for place, word in enumerate((one, two, one & two)):
            np.testing.assert_array_equal(found[i, :, place], np.bitwise_count(word).sum(axis=1))
    same = simulate_twins(program, keys, keys, p, p, each=2)
    np.testing.assert_array_equal(same[..., 0], same[..., 2])


@pytest.mark.parametrize("seed", range(4))
def test_shares_of_worlds_are_probabilities(seed: int) -> None:
    """2^20 worlds; four roots beyond 6 deviations once in 10^8. Audited bits too."""
    rng = np.random.default_rng(seed)
    gates = random_gates(rng, 10, 50)
    roots = rng.integers(0, gates.size, 4).astype(np.int32)
    p = rng.random(10)
    exact = enumerated(gates, roots, p[None])[0]
    program = layout(gates, roots, 10)
    for words, audit in ((1 << 14, False), (1 << 10, True)):
        share = simulate(program, keys_of(10), p, words=words, audit=audit) / (64 * words)
        error = np.sqrt(exact * (1 - exact) / (64 * words))
        assert (np.abs(share - exact) <= 6 * 1.01 * error + 1e-12).all()


def test_wrong_shapes_are_refused() -> None:
    writer = Writer()
    program = layout(writer.gates(), ints(), 0)
    assert simulate(program, keys_of(0), np.empty(0), words=5).shape == (0,)
    coin = Writer()
    root = coin.coin()
    program = layout(coin.gates(), ints(root), 1)
    for p in (np.zeros(2), np.zeros((1, 1)), np.array([np.nan]), np.array([1.5])):
        with pytest.raises(ValueError, match=r"wanted for 1 coins|NaN or not in"):
            simulate(program, keys_of(1), p, words=1)
    with pytest.raises(ValueError, match="wanted for 1 coins"):
        simulate_each(program, keys_of(2), np.zeros((3, 1)))


INTERPRETED = """
import numpy as np
from tests.kernels.worlds.test_simulate import keys_of
from tests.engines.circuits import random_gates
from sensa.kernels.worlds.instructions import layout
from sensa.kernels.worlds.simulate import simulate, simulate_each, simulate_jointly, simulate_twins
rng = np.random.default_rng(5)
gates = random_gates(rng, 6, 25)
roots = rng.integers(0, gates.size, 3).astype(np.int32)
program, keys, p = layout(gates, roots, 6), keys_of(6), rng.random((7, 6))
found = [simulate(program, keys, p[0], words=70), simulate_each(program, keys, p, each=2)]
found += [*simulate_jointly(program, keys, p[0], words=65)]
found += [simulate_twins(program, keys, keys_of(6, stream=1), p, p, each=3)]
print([x.tolist() for x in found])
"""


def test_interpreted_code_counts_the_same() -> None:
    def printed(**more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", INTERPRETED],
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    plain = printed(NUMBA_DISABLE_JIT="1")
    assert len(plain) > 50
    assert plain == printed()


COMPILED = """
import numpy as np
from sensa.kernels.worlds.blocks import run_block
from sensa.kernels.worlds.instructions import layout
from sensa.kernels.worlds.simulate import simulate
from tests.engines.circuits import Writer, Op, ints
from tests.kernels.worlds.test_simulate import keys_of
writer = Writer()
root = writer.gate(Op.AND, writer.coin(), writer.coin())
simulate(layout(writer.gates(), ints(root), 2), keys_of(2), np.array([0.3, 0.4]), words=1)
print("\\n".join(run_block.inspect_asm().values()))
"""


def test_the_generated_code_uses_vectors(tmp_path: Path) -> None:
    """The draws' additions and shifts are of vectors, not of one word at a time; nothing is multiplied."""
    fresh = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}  # code from a cache has no listing
    code = subprocess.run(
        [sys.executable, "-c", COMPILED], env=fresh, capture_output=True, text=True, check=True
    ).stdout
    widest = next((name for name in ("%zmm", "%ymm", "%xmm") if name in code), None)
    if widest is None:
        pytest.skip("not a processor whose vector registers are known here")
    lines = [line for line in code.splitlines() if widest in line]
    assert sum("psrlq" in line for line in lines) >= 2
    assert sum("paddq" in line for line in lines) >= 2 * 5
    assert sum("and" in line or "xor" in line or "ternlog" in line for line in lines) >= 2 * 3
    assert not any("mul" in line for line in lines)


DRAWN = """
import numpy as np
from sensa.kernels.worlds.simulate import coin_words
from sensa.kernels.worlds.weights import mixed_words
from tests.kernels.worlds.test_simulate import keys_of
p = np.random.default_rng(1).random((2, 3))
p[0, 1], p[1, 2] = 1e-4, 0.9999
print(coin_words(keys_of(3), p[0], first=40, words=700).tolist())
print(mixed_words(keys_of(3), p, np.arange(700) % 2, first=40).tolist())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["x86-64", "haswell", "skylake-avx512"])
def test_every_kind_of_processor_draws_the_same(kind: str, tmp_path: Path) -> None:
    """Compiled without AVX2, with AVX2 and with AVX-512, beside interpreted code."""
    if platform.machine() != "x86_64":
        pytest.skip("names of x86-64 processors")
    if kind == "skylake-avx512" and "avx512dq" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        pytest.skip("no AVX-512 here")

    def printed(**more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", DRAWN],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), **more},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert printed(NUMBA_CPU_NAME=kind, NUMBA_CPU_FEATURES="") == printed(NUMBA_DISABLE_JIT="1")
