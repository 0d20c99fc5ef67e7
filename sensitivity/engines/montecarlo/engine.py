"""The engine that samples worlds if diagrams are too large: of the whole circuit, or of some parts.

A part shares nothing with the rest but its inputs, so its heads are further independent coins of the
diagram above it, and roots are linear in each. Results at estimated heads are therefore unbiased.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit, address
from sensa.engines.exact.diagram_compiler import Assembled, assemble
from sensa.engines.exact.engine import ExactEngine, target, too_large
from sensa.engines.exact.network import Network, simplify
from sensa.engines.exact.order_search import Budget
from sensa.engines.montecarlo.subcircuits import Addresses, addresses, part_gates
from sensa.engines.protocol import FIRST_DRAWS, NO_FORCE, Draws, Engine, EngineInfo, Force, Way
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.worlds.instructions import Program, layout

if TYPE_CHECKING:
    from sensa.kernels.worlds.bits import Keys

WORLDS = 64  # in a word
DRAW_OPERATIONS = 15  # cost of a draw, in operations on a word
MAX_TRIED_NODES = 200_000  # nodes that an order may create before a part is sampled, and
MAX_TRYING_SECONDS = 20.0  # seconds for all parts: only a safety net, since it depends on the machine
ASKED = "worlds were asked for"


@dataclass(frozen=True, eq=False)
class Sampled:
    """A sampled part: its gates over its leaves, and the columns of these."""

    gates: Gates
    heads: Ints  # gates
    program: Program
    leaves: Ints  # columns: the circuit's coins, then heads of parts, then further roots of the diagrams
    first: int  # the column of its first head
    addresses: Addresses  # of its leaves

    @property
    def size(self) -> int:
        """The cost of 64 worlds, in operations on a word."""
        return self.program.size + DRAW_OPERATIONS * len(self.program.drawn)


class SampledEngine:
    """The sampling engine of a circuit, with exact diagrams around sampled parts; see the module.

    Results have a sampling error, which only several replicates show.
    """

    def __init__(
        self,
        inner: ExactEngine,
        parts: Sequence[Sampled],
        *,
        way: Way,
        coins: int,
        roots: int,
        seed: int,
        reason: str,
        seconds: float,
    ) -> None:
        self.way: Way = way
        self.parts = tuple(parts)
        self.roots = roots
        self.seed = seed
        self._reason = reason
        self._seconds = seconds
        self._inner = inner  # its coins: the circuit's, then the heads; its roots: ours, then what parts read
        self._coins = coins
        self._keys = lru_cache(maxsize=1024)(self._keys_of)

    @property
    def size(self) -> int:
        """The cost of 64 worlds, in operations on a word, plus the nodes of the diagrams."""
        return sum(part.size for part in self.parts) + self._inner.size

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which roots are known to be the same in all worlds (roots,)."""
        return self._inner.constant[: self.roots]

    @property
    def info(self) -> EngineInfo:
        """How the engine was made."""
        return EngineInfo(
            self._reason,
            diagram_nodes=self._inner.size,
            sampled_gates=sum(part.gates.size for part in self.parts),
            order=self._inner.order,
            seconds=self._seconds,
        )

    def probabilities(self, p: Floats, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS) -> Floats:
        """Estimates of the roots' probabilities (samples, roots), each from `draws.words` x 64 worlds."""
        return self._inner.probabilities(self._with_heads(force.applied(p), draws))[:, : self.roots]

    def under(self, p: Floats, forces: Sequence[Force], draws: Draws = FIRST_DRAWS) -> Floats:
        """The same (forces, samples, roots) under each intervention, in the same worlds."""
        return np.stack([self.probabilities(p, force, draws) for force in forces])

    def gradients(
        self, p: Floats, combine: Floats | None = None, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS
    ) -> tuple[Floats, Floats]:
        """Combined roots (samples, k) and derivatives by coin (samples, k, coins), from the same worlds.

        Within a part, each coin by likelihood ratios or by flipping it in the same worlds, whichever is more
        efficient (`sensa.engines.montecarlo.gradients`); the chain rule carries derivatives by parts' inputs
        through the diagrams. Needs at least 2 words per sample.
        """
        roots = len(self._inner.diagram.roots)
        seeds = np.zeros((self.roots if combine is None else len(combine), roots))
        seeds[:, : self.roots] = np.eye(self.roots) if combine is None else combine
        columns = self._with_heads(force.applied(p), draws)
        values, slopes = self._inner.gradients(columns, seeds)
        read = self._inner.gradients(columns, np.eye(roots)[self.roots :])[1] if roots > self.roots else None
        for number in reversed(range(len(self.parts))):
            part = self.parts[number]
            heads = slice(part.first, part.first + len(part.heads))
            within = self._slopes(number, self._leaves(part, columns), draws)
            flow = np.matmul(slopes[:, :, heads], within)  # (samples, k, leaves)
            direct = part.leaves < columns.shape[1]
            slopes[:, :, part.leaves[direct]] += flow[:, :, direct]
            if read is not None and not direct.all():
                through = read[:, part.leaves[~direct] - columns.shape[1]]
                slopes += np.matmul(flow[:, :, ~direct], through)
        return values, slopes[:, :, : self._coins]

    def _slopes(self, number: int, p: Floats, draws: Draws) -> Floats:
        """Derivatives (samples, heads, leaves) of a part's heads by its leaves."""
        from sensa.engines.montecarlo.gradients import depends, gradients

        part, keys, words = self.parts[number], self._keys(number, draws.replicate), draws.words
        reads = depends(part.program)
        return np.stack(
            [
                gradients(
                    part.program, keys, chances, first=(draws.start + i) * words, words=words, reads=reads
                ).slopes
                for i, chances in enumerate(p)
            ]
        )

    def _with_heads(self, p: Floats, draws: Draws) -> Floats:
        """The coins' probabilities, followed by estimates for the parts' heads."""
        columns = np.zeros((len(p), self._inner.diagram.coins))
        columns[:, : self._coins] = p
        for number, part in enumerate(self.parts):
            heads = slice(part.first, part.first + len(part.heads))
            columns[:, heads] = self._estimated(number, self._leaves(part, columns), draws)
        return columns

    def _leaves(self, part: Sampled, columns: Floats) -> Floats:
        """The probabilities (samples, leaves) of a part's leaves."""
        if (part.leaves < columns.shape[1]).all():
            return columns[:, part.leaves]
        read = self._inner.probabilities(columns)[:, self.roots :]
        return np.concatenate([columns, read], axis=1)[:, part.leaves]

    def _estimated(self, number: int, p: Floats, draws: Draws) -> Floats:
        from sensa.kernels.worlds.simulate import simulate, simulate_each

        part, keys, words = self.parts[number], self._keys(number, draws.replicate), draws.words
        first = draws.start * words
        if len(p) == 1:
            counts = simulate(part.program, keys, p[0], first=first, words=words)[None]
        else:
            counts = simulate_each(part.program, keys, p, first=first, each=words)
        return counts / float(WORLDS * words)

    def _keys_of(self, number: int, replicate: int) -> "Keys":
        from sensa.kernels.worlds.bits import coin_keys

        return coin_keys(self.parts[number].addresses, seed=self.seed, replicate=replicate)


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
    begin = monotonic()
    wanted = target(circuit, roots)
    network = simplify(wanted.gates, wanted.roots)
    budget = Budget(node_budget, begin + seconds)
    coins = len(wanted.coins)
    assembled = assemble(network, coins, list(wanted.steps), budget, progress, in_parts=True)
    if not assembled.parts and node_budget:
        return ExactEngine(network, assembled, wanted.labels, wanted.coins, monotonic() - begin)
    found = np.array([address(name) for name in wanted.coins], np.uint64)
    read, parts = _read(network, assembled, addresses(network, found))
    stopped = [part.stopped for part in assembled.parts if part.stopped is not None]
    reason = ASKED if not stopped else too_large(network, wanted.labels, stopped[0], seconds)
    diagram = assembled.diagram
    diagram = diagram._replace(roots=np.concatenate([diagram.roots, read]).astype(np.int32))
    heads = [f"head {head} of what is sampled" for head in range(diagram.coins - coins)]
    inner = ExactEngine(
        network,
        replace(assembled, diagram=diagram),
        wanted.labels,
        [*wanted.coins, *heads],
        monotonic() - begin,
    )
    return SampledEngine(
        inner,
        parts,
        way="mixed" if assembled.tops else "montecarlo",
        coins=coins,
        roots=len(wanted.roots),
        seed=seed,
        reason=reason,
        seconds=monotonic() - begin,
    )


def _read(network: Network, assembled: Assembled, named: Addresses) -> tuple[Ints, list[Sampled]]:
    """The slots other than coins that parts read, and the parts."""
    columns = assembled.diagram.coins
    read = np.unique(np.concatenate([part.leaves for part in assembled.parts] or [np.empty(0, np.int32)]))
    read = read[read >= 2 + columns]
    parts = []
    for part in assembled.parts:
        gates, heads = part_gates(network, part.module, part.negated)
        nodes = part.leaves >= 2 + columns
        leaves = np.where(nodes, columns + np.searchsorted(read, part.leaves), part.leaves - 2)
        program = layout(gates, heads, len(leaves))
        of = named[np.array(part.module.leaves, np.int64)]
        parts.append(Sampled(gates, heads, program, leaves, part.first, of))
    return read.astype(np.int32), parts
