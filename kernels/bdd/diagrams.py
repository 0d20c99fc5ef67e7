"""The decision diagrams of a circuit as one flat program, and its sweeps in plain Python and numpy.

Values are stored in slots: slot 0 holds 0, slot 1 holds 1, slot `2 + i` the probability of coin i, and slot
`2 + coins + j` the value of node j,

    value = (1 - p) low + p high,        p the value in the node's variable slot,

where the variable is a coin or an earlier node: the head of a module, which acts as one coin above it.
Nothing is subtracted but p from 1, which is exact for a coin, so small probabilities keep all their digits;
but that a module is false is known to 1e-16 only.

The backward sweep takes adjoints from the roots down (Birnbaum's importance of every coin at once):

    adjoint[high] += p adjoint,    adjoint[low] += (1 - p) adjoint, adjoint[variable] += (high - low) adjoint.

These and the compiled sweeps (`sweeps_compiled`) do the same operations in the same order for each sample, so
results are the same to the last bit, whatever the block size.
"""

from typing import NamedTuple

import numpy as np

from sensa.kernels.program import Floats, Ints

MIN_NUMPY_SAMPLES = 24  # samples below which Python's floats beat numpy's rows
BLOCK_BYTES = 1 << 25


Node = tuple[int, int, int, int]  # slots: its own, and those of its variable, low and high


class Diagram(NamedTuple):
    """Nodes in topological order; see the module's docstring. Slots are int32."""

    coins: int
    variable: Ints
    low: Ints
    high: Ints
    roots: Ints  # slots; 0 and 1 where a root is constant
    modules: Ints  # the first node of each module, and the end of the last module

    @property
    def size(self) -> int:
        """The number of nodes."""
        return len(self.variable)


class Seeds(NamedTuple):
    """Linear combinations of roots: c sums `weight[i] * roots[root[i]]` over start[c] <= i < start[c + 1]."""

    start: Ints
    root: Ints
    weight: Floats

    @property
    def size(self) -> int:
        """The number of combinations."""
        return len(self.start) - 1


def seeds(combine: Floats) -> Seeds:
    """The seeds of a matrix (combinations, roots); zeros are skipped, so NaN elsewhere does not spread."""
    row, root = np.nonzero(combine)
    start = np.searchsorted(row, np.arange(combine.shape[0] + 1))
    return Seeds(start.astype(np.int32), root.astype(np.int32), combine[row, root])


def forward(diagram: Diagram, p: Floats) -> Floats:
    """The roots' probabilities (samples, roots) at `p` (samples, coins)."""
    result = np.empty((p.shape[0], len(diagram.roots)))
    nodes, roots = nodes_of(diagram), diagram.roots.tolist()
    if p.shape[0] < MIN_NUMPY_SAMPLES:
        for sample, probabilities in enumerate(p.tolist()):
            values = _values(nodes, probabilities)
            result[sample] = [values[root] for root in roots]
        return result
    for begin, end in blocks(diagram, p.shape[0]):
        rows, _ = value_rows(diagram, nodes, p[begin:end])
        for column, root in enumerate(roots):
            result[begin:end, column] = rows[root]
    return result


def backward(diagram: Diagram, p: Floats, combinations: Seeds) -> tuple[Floats, Floats]:
    """Values (samples, k) of the combinations, and their derivatives by each coin's p (samples, k, coins)."""
    values = np.zeros((p.shape[0], combinations.size))
    slopes = np.empty((p.shape[0], combinations.size, diagram.coins))
    if p.shape[0] < MIN_NUMPY_SAMPLES:
        _backward_floats(diagram, p, combinations, values, slopes)
        return values, slopes
    for begin, end in blocks(diagram, p.shape[0]):
        _backward_rows(diagram, p[begin:end], combinations, values[begin:end], slopes[begin:end])
    return values, slopes


def plain_seconds(diagram: Diagram, samples: int, combinations: int) -> float:
    """Estimate the time of these sweeps: 0.25 us per node and sample, or 1 us a row and 1.2 ns a value."""
    each = (
        0.25e-6 * samples
        if samples < MIN_NUMPY_SAMPLES
        else 1e-6 * len(blocks(diagram, samples)) + 1.2e-9 * samples
    )
    return diagram.size * each * (1 + 2 * combinations)


def blocks(diagram: Diagram, samples: int) -> list[tuple[int, int]]:
    """Where blocks of samples begin and end."""
    slots = 2 + diagram.coins + diagram.size
    length = max(MIN_NUMPY_SAMPLES, min(4096, BLOCK_BYTES // (8 * slots)))
    return [(begin, min(begin + length, samples)) for begin in range(0, samples, length)]


def _values(nodes: list[Node], probabilities: list[float]) -> list[float]:
    values = [0.0, 1.0, *probabilities]
    for _, variable, low, high in nodes:
        p = values[variable]
        values.append((1.0 - p) * values[low] + p * values[high])
    return values


def nodes_of(diagram: Diagram) -> list[Node]:
    """The nodes: the slot of each, and those of its variable, low and high."""
    slots = range(2 + diagram.coins, 2 + diagram.coins + diagram.size)
    children = diagram.variable.tolist(), diagram.low.tolist(), diagram.high.tolist()
    return list(zip(slots, *children, strict=True))


def value_rows(diagram: Diagram, nodes: list[Node], p: Floats) -> tuple[list[Floats], dict[int, Floats]]:
    """The values of all slots (slots of samples) at `p` (samples, coins), and 1 - p of variables."""
    first = 2 + diagram.coins
    values = np.empty((first + diagram.size, p.shape[0]))
    values[0], values[1], values[2:first] = 0.0, 1.0, p.T
    rows, rests = list(values), dict[int, Floats]()
    fill(nodes, rows, rows, rests, {})
    return rows, rests


def fill(
    nodes: list[Node],
    rows: list[Floats],
    own: list[Floats],
    rests: dict[int, Floats],
    certain: dict[int, bool],
) -> None:
    """Set the rows of these nodes, in the arrays of `own`; products and sums with 0 and 1 are left out.

    `rests` has 1 - p of variables where it is known, and `certain` whether a variable is true.
    """
    scratch = np.empty_like(rows[0])
    add, multiply = np.add, np.multiply
    for slot, variable, low, high in nodes:
        if variable in certain:
            rows[slot] = rows[high if certain[variable] else low]
            continue
        chance, row = rows[variable], own[slot]
        rows[slot] = row
        if low == 0:
            multiply(chance, rows[high], row)
            continue
        rest = rests.get(variable)
        if rest is None:
            rest = rests[variable] = 1.0 - chance
        if high == 0:
            multiply(rest, rows[low], row)
            continue
        if low != 1:
            rest = multiply(rest, rows[low], row)
        add(rest, chance if high == 1 else multiply(chance, rows[high], scratch), row)


def _backward_floats(
    diagram: Diagram, p: Floats, combinations: Seeds, values: Floats, slopes: Floats
) -> None:
    nodes, roots = nodes_of(diagram), diagram.roots.tolist()
    start, weights = combinations.start.tolist(), combinations.weight.tolist()
    chosen = [roots[root] for root in combinations.root.tolist()]
    first = 2 + diagram.coins
    for sample, probabilities in enumerate(p.tolist()):
        value = _values(nodes, probabilities)
        for c in range(combinations.size):
            adjoint: list[float] = [0.0] * len(value)
            reached = bytearray(len(value))
            total = 0.0
            for weight, root in zip(
                weights[start[c] : start[c + 1]], chosen[start[c] : start[c + 1]], strict=True
            ):
                total += weight * value[root]
                adjoint[root] += weight
                reached[root] = 1
            values[sample, c] = total
            for slot in range(len(value) - 1, first - 1, -1):
                if reached[slot]:
                    _, variable, low, high = nodes[slot - first]
                    a, chance = adjoint[slot], value[variable]
                    adjoint[high] += chance * a
                    adjoint[low] += (1.0 - chance) * a
                    adjoint[variable] += (value[high] - value[low]) * a
                    reached[high] = reached[low] = reached[variable] = 1
            slopes[sample, c] = adjoint[2:first]


def _backward_rows(diagram: Diagram, p: Floats, combinations: Seeds, values: Floats, slopes: Floats) -> None:
    first = 2 + diagram.coins
    nodes = nodes_of(diagram)
    rows, _ = value_rows(diagram, nodes, p)
    adjoint = np.empty((len(rows), p.shape[0]))
    adjoints = list(adjoint)
    scratch, rest = np.empty(p.shape[0]), np.empty(p.shape[0])
    for c in range(combinations.size):
        adjoint[:] = 0.0
        reached = bytearray(len(rows))
        for i in range(combinations.start[c], combinations.start[c + 1]):
            root, weight = int(diagram.roots[combinations.root[i]]), combinations.weight[i]
            values[:, c] += weight * rows[root]
            adjoints[root] += weight
            reached[root] = 1
        for slot in range(len(rows) - 1, first - 1, -1):
            if reached[slot]:
                _, variable, low, high = nodes[slot - first]
                a, chance = adjoints[slot], rows[variable]
                if high > 1:
                    np.multiply(chance, a, out=scratch)
                    adjoints[high] += scratch
                if low > 1:
                    np.subtract(1.0, chance, out=rest)
                    np.multiply(rest, a, out=rest)
                    adjoints[low] += rest
                np.subtract(rows[high], rows[low], out=scratch)
                np.multiply(scratch, a, out=scratch)
                adjoints[variable] += scratch
                reached[high] = reached[low] = reached[variable] = 1
        slopes[:, c] = adjoint[2:first].T
