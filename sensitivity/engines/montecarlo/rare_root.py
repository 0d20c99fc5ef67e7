"""A rare root, whose probability is too small for plain worlds, and the coins that it reads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats, Gates, Op
from sensa.kernels.worlds import weights
from sensa.kernels.worlds.bits import WORLDS, Keys, Words, coin_keys
from sensa.kernels.worlds.instructions import Program, layout
from sensa.kernels.worlds.simulate import evaluate_words

Bools = npt.NDArray[np.bool_]

PILOT_STREAM: Final = 1  # streams of the random bits: final worlds are not those that shaped the proposal
FINAL_STREAM: Final = 2


@dataclass(frozen=True)
class RareRoot:
    """One root with only the coins that it reads."""

    gates: Gates
    root: int
    program: Program
    p: Floats
    pilots: Keys
    final: Keys

    def draw(self, keys: Keys, q: Floats, component: weights.Longs, first: int) -> tuple[Words, Words]:
        """The coins' words and the root's, for words from these components."""
        given = weights.mixed_words(keys, q, component, first=first)
        return given, evaluate_words(self.program, given)[0]

    def holds(self, given: Words, worlds: int) -> Bools:
        """Whether the root is true in each of the first `worlds` worlds of these words (worlds,)."""
        root = evaluate_words(self.program, given)[0]
        return np.unpackbits(root.view(np.uint8), bitorder="little")[:worlds].astype(bool)


def rare_root(gates: Gates, root: int, p: Floats, addresses: Words, seed: int) -> RareRoot:
    """The root with renumbered coins; each draws by its own address."""
    roots = np.array([root], np.int32)
    drawn = np.sort(np.asarray(layout(gates, roots, len(p)).drawn, np.int64))
    place = np.zeros(len(p), np.int32)
    place[drawn] = np.arange(len(drawn))
    renamed = gates.k.copy()
    coins = gates.op == Op.COIN
    renamed[coins] = place[gates.k[coins]]
    gates = gates._replace(k=renamed)
    keys = [coin_keys(addresses[drawn], seed=seed, stream=stream) for stream in (PILOT_STREAM, FINAL_STREAM)]
    return RareRoot(gates, root, layout(gates, roots, len(drawn)), p[drawn], keys[0], keys[1])


def packed(worlds: Bools) -> Words:
    """Worlds (worlds, coins) as words (coins, words), with the last one padded."""
    words = -(-len(worlds) // WORLDS)
    full = np.zeros((worlds.shape[1], words * WORLDS), bool)
    full[:, : len(worlds)] = worlds.T
    return np.packbits(full, axis=1, bitorder="little").view(np.uint64)
