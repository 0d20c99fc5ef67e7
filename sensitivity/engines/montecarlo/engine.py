"""The engine that samples worlds if diagrams are too large: of the whole circuit, or of some parts."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from sensa.circuit import Circuit, address
from sensa.engines.exact.engine import target
from sensa.engines.exact.network import Network
from sensa.engines.montecarlo.subcircuits import Addresses, addresses, part_gates
from sensa.engines.parts import Answers, OpenPart, compile_in_parts
from sensa.engines.protocol import Draws, Engine
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.worlds.instructions import Program, layout

if TYPE_CHECKING:
    from sensa.kernels.worlds.bits import Keys

WORLDS = 64  # in a word
PIECES = 32  # of one sample's worlds, for threads to share
DRAW_OPERATIONS = 15  # cost of a draw, in operations on a word
MAX_TRIED_NODES = 200_000  # nodes that an order may create before a part is sampled, and
MAX_TRYING_SECONDS = 20.0  # seconds for all parts: only a safety net, since it depends on the machine
ASKED = "worlds were asked for"


@dataclass(frozen=True, eq=False)
class Sampled:
    """A part's answers from sampled worlds of its gates over its leaves."""

    gates: Gates
    heads: Ints  # gates
    program: Program
    addresses: Addresses  # of its leaves
    seed: int
    products: int = 0

    @property
    def size(self) -> int:
        """The cost of 64 worlds, in operations on a word."""
        return self.program.size + DRAW_OPERATIONS * len(self.program.drawn)

    @property
    def sampled_gates(self) -> int:
        """The gates and draws."""
        return self.gates.size

    def probabilities(self, p: Floats, draws: Draws) -> Floats:
        """Estimates (samples, heads), each from `draws.words` x 64 worlds."""
        from sensa.kernels.worlds.simulate import simulate, simulate_each

        keys, words = self._keys(draws.replicate), draws.words
        first = draws.start * words
        if len(p) == 1:
            counts = simulate(self.program, keys, p[0], first=first, words=words)[None]
        else:
            counts = simulate_each(self.program, keys, p, first=first, each=words)
        return counts / float(WORLDS * words)

    def twins(self, p: Floats, other: Floats, draws: Draws) -> Floats:
        """Shares (3, samples, heads) of worlds in which a head is true at `p`, at `other`, and at both."""
        from sensa.kernels.worlds.simulate import simulate_twins

        keys, words = self._keys(draws.replicate), draws.words
        pieces = gcd(words, PIECES) if len(p) == 1 else 1
        one, two = (np.repeat(each, pieces, axis=0) for each in (p, other))
        first, each = draws.start * words, words // pieces
        counts = simulate_twins(self.program, keys, keys, one, two, first=first, each=each)
        summed = counts.reshape(len(p), pieces, counts.shape[1], 3).sum(axis=1)
        shares: Floats = np.moveaxis(summed, -1, 0) / float(WORLDS * words)
        return shares

    def pulled_back(self, p: Floats, weights: Floats, draws: Draws) -> Floats:
        """Derivatives of combinations of the heads by the leaves, from the same worlds.

        Each leaf by likelihood ratios or by flipping it in the same worlds, whichever is more efficient
        (`sensa.engines.montecarlo.gradients`).
        """
        from sensa.engines.montecarlo.gradients import gradients

        keys, words = self._keys(draws.replicate), draws.words
        slopes = [
            gradients(
                self.program, keys, chances, first=(draws.start + i) * words, words=words, reads=self._reads
            ).slopes
            for i, chances in enumerate(p)
        ]
        found: Floats = np.matmul(weights, np.stack(slopes))
        return found

    def __getstate__(self) -> dict[str, object]:
        """Its fields: what is computed from them is computed again elsewhere."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _reads(self) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
        from sensa.engines.montecarlo.gradients import depends

        return depends(self.program)

    @cached_property
    def _keys(self) -> "Callable[[int], Keys]":
        """The leaves' keys of a replicate."""
        from sensa.kernels.worlds.bits import coin_keys

        return lru_cache(maxsize=1024)(
            lambda replicate: coin_keys(self.addresses, seed=self.seed, replicate=replicate)
        )


def by_worlds(coins: list[str], seed: int) -> Callable[[Network], Callable[[OpenPart], Answers]]:
    """Answers from sampled worlds, of a circuit with these names of coins."""

    def answering(network: Network) -> Callable[[OpenPart], Answers]:
        named = cache(lambda: addresses(network, np.array([address(name) for name in coins], np.uint64)))

        def answer(open_part: OpenPart) -> Answers:
            module = open_part.part.module
            gates, heads = part_gates(network, module, open_part.part.negated)
            of = named()[np.array(module.leaves, np.int64)]
            return Sampled(gates, heads, layout(gates, heads, len(module.leaves)), of, seed)

        return answer

    return answering


def compile_sampled(
    circuit: Circuit,
    *,
    roots: Ints | None = None,
    seed: int = 0,
    node_budget: int = 0,
    seconds: float = MAX_TRYING_SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> Engine:
    """The engine for `roots` that samples parts without a diagram; the exact one if there are none.

    With a budget of 0 nodes it samples everything.
    """
    wanted = target(circuit, roots)
    return compile_in_parts(
        wanted,
        by_worlds(list(wanted.coins), seed),
        asked=ASKED,
        whole="montecarlo",
        node_budget=node_budget,
        seconds=seconds,
        progress=progress,
    )
