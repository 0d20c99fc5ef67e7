"""Probabilities of conjunctions of gates, asked one after the other.

Engines are made for gates known in advance; a search over paths decides by each answer what to ask next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit, address
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.build_python import Table
from sensa.kernels.program import Floats, Gates, Op
from sensa.kernels.work_clock import clock
from sensa.results import How
from sensa.session import Session

MAX_NODES = 100_000
MAX_VALUES = 1 << 23  # probabilities of nodes, over all samples
MAX_SECONDS = 20.0
SAMPLES = 256  # parameter values where their means do not decide
WORDS = 1 << 13  # of 64 worlds, where they are sampled
STREAM = 4  # of random numbers, separate from those of other analyses

Words = npt.NDArray[np.uint64]
E = TypeVar("E")


class Conjunctions(Protocol[E]):
    """Events over the worlds of a circuit, made from its gates."""

    how: How

    def gate(self, gate: int) -> E:
        """The event that a gate is true."""
        ...

    def both(self, a: E, b: E) -> E:
        """The event that both occur."""
        ...

    def neither(self, a: E) -> E:
        """The event that it does not occur."""
        ...

    def chance(self, event: E) -> float:
        """The probability of an event, as a mean over the parameters."""
        ...

    def shares(self, event: E) -> Floats:
        """The same in each replicate (replicates,); one where it is exact."""
        ...


class InDiagram:
    """Events as edges of one growing diagram, whose order is that of the draws; exact at each `p`.

    `p` (replicates, samples, coins). Raises `EngineRefusal` beyond the budget of nodes or seconds.
    """

    def __init__(self, circuit: Circuit, p: Floats, *, how: How, seconds: float = MAX_SECONDS) -> None:
        self.how: How = how
        self._p = p
        self._until = clock() + seconds
        self._most = min(MAX_NODES, MAX_VALUES // (p.shape[0] * p.shape[1]))
        self._table = Table(len(circuit.coins))
        self._known: dict[int, Floats] = {0: np.zeros(p.shape[:2])}
        self._edges = _edges(circuit.gates, self)

    def gate(self, gate: int) -> int:
        """The edge of a gate."""
        return self._edges[gate]

    def coin(self, coin: int) -> int:
        """The edge of a coin."""
        return self._table.node(coin, 0, 1)

    def both(self, a: int, b: int) -> int:
        """The edge of a conjunction."""
        edge = self._table.conjunction(a, b, self._most, self._until)
        if edge < 0:
            raise EngineRefusal("the paths need a diagram beyond the budget")
        return edge

    def neither(self, a: int) -> int:
        """The edge of a negation."""
        return a ^ 1

    def chance(self, event: int) -> float:
        """The mean of its probability."""
        return float(self._values(event).mean())

    def shares(self, event: int) -> Floats:
        """The mean in each replicate."""
        return np.asarray(self._values(event).mean(axis=1))

    def _values(self, edge: int) -> Floats:
        """Probabilities (replicates, samples), from the leaves up."""
        table, known = self._table, self._known
        waiting = [edge >> 1]
        while waiting:
            node = waiting[-1]
            low, high = table.low[node], table.high[node]
            missing = [child >> 1 for child in (low, high) if child >> 1 not in known]
            if node in known or not missing:
                waiting.pop()
                if node not in known:
                    p = self._p[:, :, table.level[node]]
                    known[node] = (1 - p) * self._of(low) + p * self._of(high)
            else:
                waiting.extend(missing)
        return self._of(edge)

    def _of(self, edge: int) -> Floats:
        return 1 - self._known[edge >> 1] if edge & 1 else self._known[edge >> 1]


def _edges(gates: Gates, diagram: InDiagram) -> list[int]:
    """The edge of each gate."""
    edges: list[int] = []
    for i in range(gates.size):
        args = [edges[j] for j in gates.args[gates.start[i] : gates.start[i + 1]]]
        match Op(gates.op[i]):
            case Op.FALSE | Op.TRUE as op:
                edges.append(int(op == Op.TRUE))
            case Op.COIN:
                edges.append(diagram.coin(int(gates.k[i])))
            case Op.NOT:
                edges.append(args[0] ^ 1)
            case Op.AND:
                edges.append(_at_least(diagram, len(args), args))
            case Op.OR:
                edges.append(_at_least(diagram, 1, args))
            case Op.AT_LEAST:
                edges.append(_at_least(diagram, int(gates.k[i]), args))
    return edges


def _at_least(diagram: InDiagram, k: int, args: Sequence[int]) -> int:
    """The edge of "at least k of these": `found[j]` is at least j of those so far."""
    if k == len(args):
        edge = 1
        for arg in args:
            edge = diagram.both(edge, arg)
        return edge
    found = [1] + [0] * max(k, 0)
    for arg in args:
        for j in range(len(found) - 1, 0, -1):
            one_more = diagram.both(arg, found[j - 1])
            found[j] = diagram.both(one_more ^ 1, found[j] ^ 1) ^ 1
    return found[max(k, 0)]


class InWorlds:
    """Events as sets of sampled worlds: words (replicates, words), 64 worlds a word.

    Sampled at the parameters' means where these decide all means, else at the first points of the run.
    """

    how: How = "worlds-sampled"

    def __init__(self, session: Session, circuit: Circuit, gates: Sequence[int]) -> None:
        from sensa.kernels.worlds.bits import coin_keys  # loads compiled code
        from sensa.kernels.worlds.instructions import layout
        from sensa.kernels.worlds.simulate import coin_words, evaluate_words

        program = layout(circuit.gates, np.array(gates, np.int32), len(circuit.coins))
        addresses = np.array([address(coin.draw) for coin in circuit.coins], np.uint64)
        p = samples(session, circuit, SAMPLES)
        replicates = session.settings.replicates
        each = WORDS // (replicates * p.shape[1])
        rows = []
        for replicate in range(replicates):
            keys = coin_keys(addresses, seed=session.settings.seed, replicate=replicate, stream=STREAM)
            at = p[min(replicate, len(p) - 1)]
            given = [coin_words(keys, row, first=i * each, words=each) for i, row in enumerate(at)]
            rows.append(evaluate_words(program, np.concatenate(given, axis=1)))
        self._words = dict(zip(gates, np.stack(rows, axis=1), strict=True))
        self._worlds = 64 * rows[0].shape[1]

    def gate(self, gate: int) -> Words:
        """The worlds in which a gate is true."""
        return np.asarray(self._words[gate], np.uint64)

    def both(self, a: Words, b: Words) -> Words:
        """Those in both."""
        found: Words = np.bitwise_and(a, b)
        return found

    def neither(self, a: Words) -> Words:
        """All others."""
        return np.asarray(~a, np.uint64)

    def chance(self, event: Words) -> float:
        """The share of the worlds."""
        return float(self.shares(event).mean())

    def shares(self, event: Words) -> Floats:
        """The share in each replicate."""
        found: Floats = np.bitwise_count(event).sum(axis=1) / self._worlds
        return found


def samples(session: Session, circuit: Circuit, points: int) -> Floats:
    """The coins' probabilities (replicates, samples, coins): at the means if these decide, else at points."""
    wider = replace(session, circuit=circuit)
    if wider.mean_p is not None:
        return wider.mean_p[None]
    replicates = session.settings.replicates
    each = [
        wider.points.sampler.block(replicate=r, start=0, count=points // replicates).p
        for r in range(replicates)
    ]
    return np.stack(each)


@dataclass(frozen=True)
class Events(Generic[E]):
    """Conjunctions over a circuit, and why they are sampled if they are."""

    made: Conjunctions[E]
    note: str = ""


def conjunctions(session: Session, circuit: Circuit, gates: Sequence[int]) -> Events[int] | Events[Words]:
    """Events of these gates: by a diagram, else in sampled worlds."""
    p = samples(session, circuit, SAMPLES)
    how: How = "exact" if p.shape[:2] == (1, 1) else "parameters-sampled"
    if session.settings.engine != "montecarlo":
        try:
            return Events(InDiagram(circuit, p, how=how))
        except EngineRefusal as refusal:
            return Events(InWorlds(session, circuit, gates), f"from sampled worlds, since {refusal}")
    return Events(InWorlds(session, circuit, gates))
