"""Arithmetic circuits: multilinear polynomials over coins and indicators, evaluated and differentiated.

Values are stored in slots: 0 and 1 hold these numbers; then come the probabilities p of the coins, 1 - p of
the coins, and two *indicators* for each indicated variable, of its being false and true, all 1. Then the
value of each node, a sum of products of two earlier slots. The top is the sum, over all worlds, of the
product of what holds in them (Darwiche 2003, 10.1145/765568.765570). So

- the derivative of the top by an indicator is the probability of its value: one reverse sweep for all;
- the derivatives of a combination of these by the coins take a sweep of tangents, in its direction, and the
  reverse of that, whatever the number of indicators;
- a circuit without indicators is that of one function held true, and its top is the probability.

Nothing is subtracted but in 1 - p and at the end, the derivative by 1 - p from that by p, so small
probabilities keep their digits. These sweeps in plain Python and the compiled ones
(`arithmetic_circuits_compiled`) do the same operations for each sample in the same order, so results are the
same to the last bit, whatever the block.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats, Ints

MIN_NUMPY_SAMPLES = 24  # samples below which Python's floats beat numpy's rows
BLOCK_BYTES = 1 << 25

Row = float | Floats  # a slot's value: in one sample, or in a block of them
Edges = list[list[tuple[int, int]]]


class Arithmetic(NamedTuple):
    """An arithmetic circuit; see the module's docstring. Node i is the sum of the products start[i] on."""

    coins: int
    indicators: int
    start: Ints
    left: Ints
    right: Ints
    top: int  # slot

    @property
    def leaves(self) -> int:
        """The number of slots before the nodes."""
        return 2 + 2 * self.coins + self.indicators

    @property
    def slots(self) -> int:
        """The number of slots."""
        return self.leaves + len(self.start) - 1

    @property
    def size(self) -> int:
        """The number of products."""
        return len(self.left)


def probabilities(circuit: Arithmetic, p: Floats, rest: Floats | None = None) -> Floats:
    """The probability of each indicator (samples, indicators) at `p` (samples, coins).

    Without indicators, of the one function (samples, 1). `rest` takes the place of 1 - p: since nothing is
    subtracted, the greatest (least) p and `rest` of a box give upper (lower) bounds over it.
    """
    rest = 1.0 - p if rest is None else rest
    edges, first = _edges(circuit), circuit.leaves - circuit.indicators
    found = np.empty((len(p), max(circuit.indicators, 1)))
    for block, leaves in _blocks(circuit, p, rest):
        values = _forward(edges, leaves)
        if not circuit.indicators:
            found[block, 0] = values[circuit.top]
            continue
        adjoints = _reverse(edges, circuit.top, values)
        for i in range(circuit.indicators):
            found[block, i] = adjoints[first + i]
    return found


def slopes(circuit: Arithmetic, p: Floats, weights: Floats) -> Floats:
    """Derivatives (samples, k, coins) by the coins of combinations `weights` (samples, k, indicators)."""
    edges, coins, first = _edges(circuit), circuit.coins, circuit.leaves - circuit.indicators
    found = np.empty((*weights.shape[:2], coins))
    for block, leaves in _blocks(circuit, p, 1.0 - p):
        values = _forward(edges, leaves)
        adjoints = _reverse(edges, circuit.top, values)
        for k in range(weights.shape[1]):
            by, weight = adjoints, weights[block, k]
            if circuit.indicators:
                given: list[Row] = [0.0] * first + [*weight.T]
                tangents = _tangents(edges, given, values)
                by, weight = _tangent_adjoints(edges, values, adjoints, tangents), np.ones_like(weight)
            for coin in range(coins):
                found[block, k, coin] = weight[..., 0] * (by[2 + coin] - by[2 + coins + coin])
    return found


def plain_seconds(circuit: Arithmetic, samples: int, combinations: int) -> float:
    """Estimate the time: 0.15 us per product and sample, or 1.5 us a row and 1.5 ns a value."""
    blocks = -(-samples // _block_samples(circuit))
    each = 0.15e-6 * samples if samples < MIN_NUMPY_SAMPLES else 1.5e-6 * blocks + 1.5e-9 * samples
    return circuit.size * each * (3 + 6 * combinations)


def coins_read(circuit: Arithmetic) -> npt.NDArray[np.bool_]:
    """Whether the circuit depends on each coin (coins,)."""
    read = np.zeros(circuit.slots, np.bool_)
    read[circuit.left] = read[circuit.right] = read[circuit.top] = True
    plain, rest = read[2 : 2 + 2 * circuit.coins].reshape(2, circuit.coins)
    return np.asarray(plain | rest)


def _edges(circuit: Arithmetic) -> Edges:
    """The products of each node."""
    edges = list(zip(circuit.left.tolist(), circuit.right.tolist(), strict=True))
    return [edges[begin:end] for begin, end in pairwise(circuit.start.tolist())]


def _block_samples(circuit: Arithmetic) -> int:
    return max(MIN_NUMPY_SAMPLES, min(4096, BLOCK_BYTES // (8 * circuit.slots)))


def _blocks(circuit: Arithmetic, p: Floats, rest: Floats) -> Iterator[tuple[int | slice, list[Row]]]:
    """Each sample, or block of them, with the values of the slots before the nodes."""
    ones: list[Row] = [1.0] * circuit.indicators
    if len(p) < MIN_NUMPY_SAMPLES:
        for sample, (row, other) in enumerate(zip(p.tolist(), rest.tolist(), strict=True)):
            yield sample, [0.0, 1.0, *row, *other, *ones]
        return
    length = _block_samples(circuit)
    for begin in range(0, len(p), length):
        block = slice(begin, begin + length)
        columns: Callable[[Floats], list[Floats]] = lambda side: list(np.ascontiguousarray(side.T))  # noqa: E731
        yield block, [0.0, 1.0, *columns(p[block]), *columns(rest[block]), *ones]


def _forward(edges: Edges, leaves: list[Row]) -> list[Row]:
    values = leaves
    for products in edges:
        total: Row = 0.0
        for left, right in products:
            total = total + values[left] * values[right]
        values.append(total)
    return values


def _reverse(edges: Edges, top: int, values: list[Row]) -> list[Row]:
    """The derivatives of the top by all slots."""
    adjoints: list[Row] = [0.0] * len(values)
    adjoints[top] = 1.0
    for back, products in enumerate(reversed(edges), 1):
        adjoint = adjoints[-back]
        for left, right in products:
            adjoints[left] = adjoints[left] + adjoint * values[right]
            adjoints[right] = adjoints[right] + adjoint * values[left]
    return adjoints


def _tangents(edges: Edges, leaves: list[Row], values: list[Row]) -> list[Row]:
    """The tangents of all slots; those of the slots before the nodes are given."""
    tangents = leaves
    for products in edges:
        total: Row = 0.0
        for left, right in products:
            total = total + (tangents[left] * values[right] + values[left] * tangents[right])
        tangents.append(total)
    return tangents


def _tangent_adjoints(edges: Edges, values: list[Row], adjoints: list[Row], tangents: list[Row]) -> list[Row]:
    """The derivatives of the tangent of the top, by all slots."""
    flows: list[Row] = [0.0] * len(values)
    for back, products in enumerate(reversed(edges), 1):
        flow, adjoint = flows[-back], adjoints[-back]
        for left, right in products:
            flows[left] = flows[left] + (flow * values[right] + adjoint * tangents[right])
            flows[right] = flows[right] + (flow * values[left] + adjoint * tangents[left])
    return flows
