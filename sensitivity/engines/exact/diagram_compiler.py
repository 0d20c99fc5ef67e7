"""Compile a network to one flat diagram: each module in the best of the orders tried, within a budget.

Optionally, a module beyond the budget stays a part: gates over its leaves, whose heads are further coins of
the diagram after the circuit's own, for an engine that computes their probabilities in another way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sensa.engines.exact.modules import Module, find_modules
from sensa.engines.exact.network import AND, COIN, FALSE, TRUE, Network
from sensa.engines.exact.order_search import Budget, TooLargeError, smallest
from sensa.engines.exact.variable_orders import Terrain
from sensa.kernels.bdd.build_python import Built
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

Progress = Callable[[int, int], None]
PART_SLOT = 1 << 30  # the first of the slots that stand for parts' heads while the diagram grows


@dataclass
class _Flat:
    """A growing diagram, and the slots of what has been solved."""

    coins: int
    variable: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    modules: list[int] = field(default_factory=lambda: [0])
    slot: dict[int, int] = field(default_factory=lambda: {FALSE: 0, TRUE: 1})  # of a literal
    heads: int = 0  # of parts, so far

    def add(self, variable: int, low: int, high: int) -> int:
        """The slot of a new node."""
        self.variable.append(variable)
        self.low.append(low)
        self.high.append(high)
        return 1 + self.coins + len(self.variable)

    def extend(self, built: Built, leaves: list[tuple[int, int]]) -> int:
        """Add a module's nodes over these leaves; return the slot of the first."""
        base = 2 + self.coins + len(self.variable)
        slots, negated = (np.array(part)[built.level] for part in zip(*leaves, strict=True))
        low, high = (
            np.where(edges < 2, edges, edges + (base - 2))
            for edges in (np.array(built.low), np.array(built.high))
        )
        self.variable.extend(slots.tolist())
        self.low.extend(np.where(negated, high, low).tolist())
        self.high.extend(np.where(negated, low, high).tolist())
        return base

    def leaf(self, node: int) -> tuple[int, int]:
        """The slot of a coin or module, and 1 if it is stored negated."""
        slot = self.slot.get(2 * node)
        return (slot, 0) if slot is not None else (self.slot[2 * node + 1], 1)

    def leave(self, module: Module) -> None:
        """Leave the module a part: each of its heads is a coin for the modules above."""
        for head in module.heads:
            self.slot[head] = PART_SLOT + self.heads
            self.heads += 1

    def close(self) -> None:
        """Finish the module."""
        self.modules.append(len(self.variable))

    def final(self, slots: list[int]) -> Ints:
        """Final slots, once the number of parts' heads between coins and nodes is known."""
        if not self.heads:
            return np.array(slots, np.int32)
        first = 2 + self.coins
        found = np.array(slots, np.int64)
        moved = np.where(found < first, found, found + self.heads)
        return np.where(found >= PART_SLOT, found - PART_SLOT + first, moved).astype(np.int32)


@dataclass(frozen=True)
class Part:
    """A module without a diagram: its heads are the coins `first`, `first + 1`, … of the diagram."""

    module: Module
    leaves: Ints  # the slot of each of the module's leaves
    negated: tuple[bool, ...]  # whether that slot holds the leaf's negation
    first: int
    stopped: TooLargeError | None  # where the budget ran out; None: no diagram was tried


@dataclass(frozen=True)
class Assembled:
    """A flat diagram and how it was computed; `tops` has each module's node (0: the virtual top)."""

    diagram: Diagram
    order: tuple[str, ...]  # of each module
    tops: tuple[int, ...]
    heads: dict[int, int]  # slot of a module's head -> its literal
    parts: tuple[Part, ...] = ()  # each after those it reads


def assemble(
    network: Network,
    coins: int,
    steps: list[int],
    budget: Budget,
    progress: Progress | None,
    only: str | None = None,
    *,
    in_parts: bool = False,
) -> Assembled:
    """Solve the modules from the bottom up; raises `TooLargeError`, unless large modules may stay parts.

    With a budget of 0 nodes everything is one part.
    """
    flat = _Flat(coins)
    for node in range(1, network.size):
        if network.kind[node] == COIN:
            flat.slot[2 * node] = 2 + network.k[node]
    whole = in_parts and not budget.nodes
    modules = _undivided(network) if whole else find_modules(network)
    terrain = Terrain(network, steps)
    names, tops, heads = [], [], []
    parts: list[tuple[Module, list[tuple[int, int]], int, TooLargeError | None]] = []
    for done, module in enumerate(modules):
        if progress is not None and done % 256 == 0:
            progress(done, len(modules))
        stopped = None
        if not whole:
            try:
                if clock() > budget.until:
                    raise TooLargeError(module.top or module.inner[-1], len(module.leaves), None)
                names.append(_solve(flat, network, terrain, module, budget, only))
                tops.append(module.top)
                flat.close()
            except TooLargeError as error:
                if not in_parts:
                    raise
                stopped = error
        if whole or stopped is not None:
            parts.append((module, [flat.leaf(leaf) for leaf in module.leaves], coins + flat.heads, stopped))
            flat.leave(module)
        heads += [(flat.slot[head], head) for head in module.heads]
    roots = [_root(flat, root) for root in network.roots]
    if flat.modules[-1] != len(flat.variable):
        flat.close()
    arrays = [flat.final(slots) for slots in (flat.variable, flat.low, flat.high, roots)]
    arrays.append(np.array(flat.modules, np.int32))
    return Assembled(
        Diagram(coins + flat.heads, *arrays),
        tuple(names),
        tuple(tops),
        dict(zip(flat.final([slot for slot, _ in heads]).tolist(), [head for _, head in heads], strict=True)),
        tuple(
            Part(
                module, flat.final([s for s, _ in leaves]), tuple(bool(n) for _, n in leaves), first, stopped
            )
            for module, leaves, first, stopped in parts
        ),
    )


def _undivided(network: Network) -> tuple[Module, ...]:
    """All gates as one module."""
    inner = tuple(node for node in range(1, network.size) if network.kind[node] != COIN)
    leaves = tuple(node for node in range(1, network.size) if network.kind[node] == COIN)
    heads = tuple(
        dict.fromkeys(root for root in network.roots if root > 1 and network.kind[root >> 1] != COIN)
    )
    return (Module(0, inner, leaves, heads),) if heads else ()


def _root(flat: _Flat, literal: int) -> int:
    if literal not in flat.slot:
        flat.slot[literal] = flat.add(flat.slot[literal ^ 1], 1, 0)
    return flat.slot[literal]


def _solve(
    flat: _Flat, network: Network, terrain: Terrain, module: Module, budget: Budget, only: str | None
) -> str:
    if len(module.inner) == 1 and network.kind[module.top] == AND and len(module.heads) == 1:
        _chain(flat, network, module)
        return "chain"
    found = smallest(network, terrain, module, budget, only)
    built = found.built
    base = flat.extend(built, [flat.leaf(leaf) for leaf in found.leaves])
    for head, place in zip(module.heads, built.heads, strict=True):
        flat.slot[head] = place if place < 2 else base + place - 2
    return found.order


def _chain(flat: _Flat, network: Network, module: Module) -> None:
    """A conjunction of disjoint parts: its diagram has one node for each, in any order."""
    (head,) = module.heads
    negated = head & 1
    result = 1 - negated
    for arg in reversed(network.args[module.top]):
        slot, turned = flat.leaf(arg >> 1)
        low, high = (result, negated) if (arg & 1) ^ turned else (negated, result)
        result = flat.add(slot, low, high)
    flat.slot[head] = result
