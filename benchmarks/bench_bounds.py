"""Bounds of a fault tree's top probability where no diagram fits: an interval that contains it for certain.

`python benchmarks/bench_bounds.py TREE.xml … [--states 10000 …] [--order NAME]`. The events are decided one
by one. A state is the set of gates that are still open and that the top still depends on; equal states are
one, with the sum of their probabilities, so that without a limit this is exact. Beyond `--states` those that
can add least are left out, and the upper bound gains what that is: their probability times a bound of the
top's in them. The bound of a conjunction is the least of its arguments', and a product over arguments that
share no events; that of a disjunction is as if its arguments were independent, which it does not exceed where
all events only help (Esary, Proschan and Walkup 1967, 10.1214/aoms/1177698701). So the tree must have no
negations.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from open_psa import FaultTree, read_fault_tree

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import AND, COIN, FALSE, TRUE, Network, simplify
from sensa.engines.exact.rewriting import rewritten
from sensa.engines.exact.variable_orders import ORDERS, Terrain
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
KEPT = 0.6  # of the states, once there are too many
OPEN = -1
ONE = np.uint64(1)


class Gates(NamedTuple):
    """Conjunctions of leaves (`0` to `leaves - 1`, in their order) and of earlier gates (`leaves + i`)."""

    leaves: int
    start: Numbers  # of the arguments of each gate, those that share events side by side
    arg: Numbers
    negated: Numbers
    part: Numbers  # the same for arguments of a gate that share events
    reader_start: Numbers  # of the readers of each leaf and gate
    reader: Numbers
    reader_negated: Numbers


@dataclass(frozen=True)
class Tree:
    """A tree: its gates, the last its top, and the probability of each event."""

    gates: Gates
    p: Floats
    turned: bool  # whether the top event is that the last gate is false


@njit()
def _open(state: Words, gate: int) -> bool:
    return bool((state[gate >> 6] >> np.uint64(gate & 63)) & ONE)


@njit()
def _close(state: Words, gate: int) -> None:
    state[gate >> 6] &= ~(ONE << np.uint64(gate & 63))


@njit()
def _leave(state: Words, gates: Gates, gate: int, waiting: Numbers) -> None:
    """Close what nothing open reads any more, below a gate that was decided."""
    waiting[0] = gate
    depth = 1
    while depth > 0:
        depth -= 1
        above = waiting[depth]
        for j in range(gates.start[above], gates.start[above + 1]):
            arg = gates.arg[j]
            if arg < gates.leaves or not _open(state, arg - gates.leaves):
                continue
            needed = False
            for i in range(gates.reader_start[arg], gates.reader_start[arg + 1]):
                needed = needed or _open(state, gates.reader[i])
            if not needed:
                _close(state, arg - gates.leaves)
                waiting[depth] = arg - gates.leaves
                depth += 1


@njit()
def _finished(state: Words, gates: Gates, gate: int, leaf: int, waiting: Numbers, depth: int) -> bool:
    """Whether all arguments of an open gate are decided, and have arrived."""
    for j in range(gates.start[gate], gates.start[gate + 1]):
        arg = gates.arg[j]
        if arg > leaf if arg < gates.leaves else _open(state, arg - gates.leaves):
            return False
    return not (waiting[:depth] == gate).any()


@njit()
def _decide(
    state: Words, gates: Gates, leaf: int, value: int, waiting: Numbers, values: Numbers, below: Numbers
) -> int:
    """Decide a leaf, and what follows from it, in a state; return the last gate's value, or `OPEN`."""
    last = gates.start.size - 2
    depth = 0
    decided, result = leaf, value
    while True:
        for i in range(gates.reader_start[decided], gates.reader_start[decided + 1]):
            waiting[depth] = gates.reader[i]
            values[depth] = result ^ gates.reader_negated[i]
            depth += 1
        decided = -1
        while depth > 0 and decided < 0:
            depth -= 1
            gate = waiting[depth]
            if _open(state, gate) and (
                values[depth] == 0 or _finished(state, gates, gate, leaf, waiting, depth)
            ):
                decided, result = gate + gates.leaves, values[depth]
        if decided < 0:
            return OPEN
        gate = decided - gates.leaves
        if gate == last:
            return int(result)
        _close(state, gate)
        _leave(state, gates, gate, below)


@njit()
def _place(states: Words, count: int, table: Numbers, state: Words) -> int:
    """The position of a state among others, which it joins if it is new."""
    z = np.uint64(0)
    for word in state:
        z = (z ^ word) * np.uint64(0x9E3779B97F4A7C15)
        z ^= z >> np.uint64(29)
    mask = np.uint64(table.size - 1)
    place = (z * np.uint64(0xD1B54A32D192ED03) >> np.uint64(20)) & mask
    while table[place] != 0:
        i = table[place] - 1
        same = True
        for j in range(state.size):
            same = same and states[i, j] == state[j]
        if same:
            return int(i)
        place = (place + ONE) & mask
    for j in range(state.size):
        states[count, j] = state[j]
    table[place] = count + 1
    return count


@njit()
def _step(
    states: Words, mass: Floats, count: int, gates: Gates, leaf: int, p: float,
    out: Words, out_mass: Floats, table: Numbers, ended: Floats,
) -> int:  # fmt: skip
    """Decide a leaf in each state; `ended` gains the probability of each value of the last gate."""
    room = 4 * gates.reader.size + 8
    waiting, values, below = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    state = np.empty(states.shape[1], np.uint64)
    made = 0
    for s in range(count):
        read = False
        for i in range(gates.reader_start[leaf], gates.reader_start[leaf + 1]):
            read = read or _open(states[s], gates.reader[i])
        for value in range(2 if read else 1):
            for j in range(state.size):
                state[j] = states[s, j]
            chance = mass[s] * ((p if value else 1.0 - p) if read else 1.0)
            end = _decide(state, gates, leaf, value, waiting, values, below) if read else OPEN
            if end != OPEN:
                ended[end] += chance
                continue
            i = _place(out, made, table, state)
            if i == made:
                made += 1
                out_mass[i] = 0.0
            out_mass[i] += chance
    return made


@njit()
def _limits(states: Words, count: int, gates: Gates, leaf: int, p: Floats, low: Floats, high: Floats) -> None:
    """Bounds of the last gate's probability in each state."""
    size = gates.start.size - 1
    least, most = np.empty(p.size + size), np.empty(p.size + size)
    least[: p.size], most[: p.size] = p, p
    for s in range(count):
        for gate in range(size):
            if not _open(states[s], gate):
                continue
            a, b, within, part = 1.0, 1.0, 1.0, -1
            for j in range(gates.start[gate], gates.start[gate + 1]):
                arg = gates.arg[j]
                if arg <= leaf if arg < gates.leaves else not _open(states[s], arg - gates.leaves):
                    continue
                turned = gates.negated[j] == 1
                a *= 1.0 - most[arg] if turned else least[arg]
                if gates.part[j] != part:
                    b, within, part = b * within, 1.0, gates.part[j]
                within = min(within, 1.0 - least[arg] if turned else most[arg])
            least[p.size + gate], most[p.size + gate] = a, b * within
        low[s], high[s] = least[-1], most[-1]


def bounds(tree: Tree, most: int) -> tuple[float, float, int]:
    """Bounds of the top probability with at most `most` states kept, and how many were left out."""
    gates, size = tree.gates, tree.gates.start.size - 1
    room = 2 * most + 2
    states, mass = np.zeros((room, -(-size // 64)), np.uint64), np.zeros(room)
    for gate in range(size):
        states[0, gate >> 6] |= np.uint64(1 << (gate & 63))
    mass[0] = 1.0
    other, other_mass = np.zeros_like(states), np.zeros(room)
    low, high = np.zeros(room), np.zeros(room)
    ended, count, lost, left_out = np.zeros(2), 1, 0.0, 0
    for leaf, p in enumerate(tree.p.tolist()):
        table = np.zeros(1 << (2 * room).bit_length(), np.int64)
        made = _step(states, mass, count, gates, leaf, p, other, other_mass, table, ended)
        states, mass, other, other_mass, count = other, other_mass, states, mass, made
        if count > most:
            _limits(states, count, gates, leaf, tree.p, low, high)
            adds = mass[:count] * (1.0 - low[:count] if tree.turned else high[:count])
            ranked = np.argsort(-adds, kind="stable")
            kept, rest = np.sort(ranked[: int(KEPT * most)]), ranked[int(KEPT * most) :]
            lost += float(adds[rest].sum())
            left_out += len(rest)
            count = len(kept)
            states[:count], mass[:count] = states[kept], mass[kept]
    found = float(ended[0 if tree.turned else 1])
    return found, found + lost, left_out


def gates_of(tree: FaultTree, order: str) -> Tree:
    """The rewritten tree; raises ValueError if it has negations."""
    network = _without_thresholds(rewritten(simplify(tree.gates, np.array([tree.top], np.int32))))
    (root,) = network.roots
    nodes = _below(network, root >> 1)
    coins = tuple(node for node in nodes if network.kind[node] == COIN)
    inner = tuple(node for node in nodes if network.kind[node] == AND)
    leaves = ORDERS[order](Terrain(network, []), Module(root >> 1, inner, coins, (root,)))
    gates = _gates(network, inner, leaves)
    _require_one_way(gates)
    p = [float(tree.probabilities[network.k[leaf]]) for leaf in leaves]
    return Tree(gates, np.array(p), bool(root & 1))


def _below(network: Network, top: int) -> list[int]:
    """The nodes that a node depends on, in order, and itself."""
    found, waiting = {top}, [top]
    while waiting:
        new = {arg >> 1 for arg in network.args[waiting.pop()]} - found
        found |= new
        waiting += new
    return sorted(found)


def _without_thresholds(network: Network) -> Network:
    """With each threshold as conjunctions, by the number still missing."""
    result, literal = Network(), [FALSE] * network.size
    for node in range(1, network.size):
        args = [literal[arg >> 1] ^ (arg & 1) for arg in network.args[node]]
        k = network.k[node]
        if network.kind[node] == COIN:
            literal[node] = result.node(COIN, k, (), 0)
        elif network.kind[node] == AND:
            literal[node] = result.conjunction(args, 0)
        else:
            wanted = [TRUE] + [FALSE] * k
            for arg in args:
                for j in range(k, 0, -1):
                    wanted[j] = result.disjunction(
                        [result.conjunction([arg, wanted[j - 1]], 0), wanted[j]], 0
                    )
            literal[node] = wanted[k]
    result.roots = tuple(literal[root >> 1] ^ (root & 1) for root in network.roots)
    return result


def _gates(network: Network, inner: Sequence[int], leaves: list[int]) -> Gates:
    place = {node: i for i, node in enumerate([*leaves, *inner])}
    events = [1 << i for i in range(len(leaves))]
    start, rows = [0], []
    readers: list[list[tuple[int, int]]] = [[] for _ in place]
    for gate, node in enumerate(inner):
        args = [(place[arg >> 1], arg & 1) for arg in network.args[node]]
        for arg, negated in args:
            readers[arg].append((gate, negated))
        rows += _in_parts(args, events)
        start.append(len(rows))
        events.append(int(np.bitwise_or.reduce(np.array([events[arg] for arg, _ in args], object))))
    table = np.array(rows, np.int64).reshape(-1, 3)
    read = np.array([pair for pairs in readers for pair in pairs], np.int64).reshape(-1, 2)
    arg, negated, part = np.ascontiguousarray(table.T)
    reader, reader_negated = np.ascontiguousarray(read.T)
    reader_start = np.cumsum([0, *map(len, readers)])
    return Gates(len(leaves), np.array(start), arg, negated, part, reader_start, reader, reader_negated)


def _in_parts(args: Iterable[tuple[int, int]], events: list[int]) -> list[tuple[int, int, int]]:
    """Arguments with the number of their part: those that share events, directly or by others."""
    parts: list[tuple[int, list[tuple[int, int]]]] = []
    for arg in args:
        shared, members = events[arg[0]], [arg]
        for part in [part for part in parts if part[0] & events[arg[0]]]:
            parts.remove(part)
            shared, members = shared | part[0], members + part[1]
        parts.append((shared, members))
    return [(arg, negated, i) for i, (_, members) in enumerate(parts) for arg, negated in members]


def _require_one_way(gates: Gates) -> None:
    """Raise ValueError unless each leaf and gate is read with one sign on all ways from the top."""
    size = gates.start.size - 1
    sign = [0] * (gates.leaves + size)
    for gate in range(size - 1, -1, -1):
        mine = sign[gates.leaves + gate]
        for j in range(gates.start[gate], gates.start[gate + 1]):
            arg, wanted = int(gates.arg[j]), 1 + (((mine or 1) - 1) ^ int(gates.negated[j]))
            if sign[arg] not in (0, wanted):
                raise ValueError("the tree has negations")
            sign[arg] = wanted


def main() -> None:
    """Print the bounds of each tree with each number of states."""
    parser = argparse.ArgumentParser()
    parser.add_argument("trees", type=Path, nargs="+")
    parser.add_argument("--states", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--order", choices=list(ORDERS), default="depth-first, backwards")
    asked = parser.parse_args()
    print("| tree | events | states | at least | at most | width | left out | s |\n|" + "---|" * 8)
    for number, file in enumerate(asked.trees):
        tree = gates_of(read_fault_tree(file), asked.order)
        if not number:
            bounds(tree, 10)  # compiles
        for most in asked.states:
            begin = thread_time()
            low, high, left_out = bounds(tree, most)
            width = f"{high / low - 1:.1e}" if left_out else "exact"
            seconds = f"{thread_time() - begin:.2f}"
            cells = [file.stem, f"{len(tree.p)}", f"{most:,}", f"{low:.8g}", f"{high:.8g}", width]
            print(f"| {' | '.join([*cells, f'{left_out:,}', seconds])} |", flush=True)


if __name__ == "__main__":
    main()
