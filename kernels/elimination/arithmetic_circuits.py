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
probabilities keep their digits. The operations for a sample do not depend on its block, so results are the
same to the last bit.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensa.kernels.elimination.simd_steps import LANES, add_product, add_tangent, flow_back, flow_tangent_back
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints


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
    def size(self) -> int:
        """The number of products."""
        return len(self.left)


@njit(nogil=True)
def _load(circuit: Arithmetic, columns: Floats, rest: Floats, begin: int, values: Floats) -> None:
    """Load a block's leaves, p and 1 - p of each coin; the last sample fills the block."""
    coins, samples = circuit.coins, columns.shape[1]
    values[0] = 0.0
    values[1] = 1.0
    for coin in range(coins):
        for lane in range(values.shape[1]):
            sample = min(begin + lane, samples - 1)
            values[2 + coin, lane] = columns[coin, sample]
            values[2 + coins + coin, lane] = rest[coin, sample]
    values[2 + 2 * coins : 2 + 2 * coins + circuit.indicators] = 1.0


@njit(nogil=True)
def _forward(circuit: Arithmetic, leaves: int, values: Floats) -> None:
    single, total = values.shape[1] == 1, np.empty((1, values.shape[1]))
    for node in range(circuit.start.size - 1):
        total[:] = 0.0
        for edge in range(circuit.start[node], circuit.start[node + 1]):
            left, right = circuit.left[edge], circuit.right[edge]
            if single:
                total[0, 0] += values[left, 0] * values[right, 0]
            else:
                add_product(total, values, left, right)
        for lane in range(values.shape[1]):
            values[leaves + node, lane] = total[0, lane]


@njit(nogil=True)
def _reverse(circuit: Arithmetic, leaves: int, values: Floats, adjoints: Floats) -> None:
    single = values.shape[1] == 1
    adjoints[:] = 0.0
    adjoints[circuit.top] = 1.0
    for node in range(circuit.start.size - 2, -1, -1):
        own = leaves + node
        for edge in range(circuit.start[node], circuit.start[node + 1]):
            left, right = circuit.left[edge], circuit.right[edge]
            if single:
                adjoints[left, 0] += adjoints[own, 0] * values[right, 0]
                adjoints[right, 0] += adjoints[own, 0] * values[left, 0]
            else:
                flow_back(adjoints, values, own, left, right)


@njit(nogil=True)
def _tangents(circuit: Arithmetic, leaves: int, values: Floats, tangents: Floats) -> None:
    """The tangents of the nodes; those of the leaves are given."""
    single, total = values.shape[1] == 1, np.empty((1, values.shape[1]))
    for node in range(circuit.start.size - 1):
        total[:] = 0.0
        for edge in range(circuit.start[node], circuit.start[node + 1]):
            left, right = circuit.left[edge], circuit.right[edge]
            if single:
                total[0, 0] += tangents[left, 0] * values[right, 0] + values[left, 0] * tangents[right, 0]
            else:
                add_tangent(total, values, tangents, left, right)
        for lane in range(values.shape[1]):
            tangents[leaves + node, lane] = total[0, lane]


@njit(nogil=True)
def _tangent_adjoints(
    circuit: Arithmetic, leaves: int, values: Floats, adjoints: Floats, tangents: Floats, flows: Floats
) -> None:
    """The derivatives of the tangent of the top, by all slots."""
    single = values.shape[1] == 1
    flows[:] = 0.0
    for node in range(circuit.start.size - 2, -1, -1):
        own = leaves + node
        for edge in range(circuit.start[node], circuit.start[node + 1]):
            left, right = circuit.left[edge], circuit.right[edge]
            if single:
                flow, adjoint = flows[own, 0], adjoints[own, 0]
                flows[left, 0] += flow * values[right, 0] + adjoint * tangents[right, 0]
                flows[right, 0] += flow * values[left, 0] + adjoint * tangents[left, 0]
            else:
                flow_tangent_back(flows, values, adjoints, tangents, own, left, right)


@njit(nogil=True)
def _probabilities(circuit: Arithmetic, leaves: int, columns: Floats, rest: Floats, found: Floats) -> None:
    samples, slots = columns.shape[1], leaves + circuit.start.size - 1
    lanes = 1 if samples == 1 else LANES
    values = np.empty((slots, lanes))
    adjoints = np.empty((slots if circuit.indicators else 0, lanes))
    first = leaves - circuit.indicators
    for begin in range(0, samples, lanes):
        _load(circuit, columns, rest, begin, values)
        _forward(circuit, leaves, values)
        if circuit.indicators:
            _reverse(circuit, leaves, values, adjoints)
        for sample in range(begin, min(begin + lanes, samples)):
            if circuit.indicators == 0:
                found[sample, 0] = values[circuit.top, sample - begin]
            for i in range(circuit.indicators):
                found[sample, i] = adjoints[first + i, sample - begin]


@njit(nogil=True)
def _slopes(
    circuit: Arithmetic, leaves: int, columns: Floats, rest: Floats, weights: Floats, found: Floats
) -> None:
    samples, slots = columns.shape[1], leaves + circuit.start.size - 1
    lanes = 1 if samples == 1 else LANES
    values, adjoints = np.empty((slots, lanes)), np.empty((slots, lanes))
    tangents = np.zeros((slots if circuit.indicators else 0, lanes))
    flows = np.empty((slots if circuit.indicators else 0, lanes))
    coins, first = circuit.coins, leaves - circuit.indicators
    for begin in range(0, samples, lanes):
        _load(circuit, columns, rest, begin, values)
        _forward(circuit, leaves, values)
        _reverse(circuit, leaves, values, adjoints)
        for k in range(weights.shape[1]):
            if circuit.indicators:
                for lane in range(lanes):
                    for i in range(circuit.indicators):
                        tangents[first + i, lane] = weights[min(begin + lane, samples - 1), k, i]
                _tangents(circuit, leaves, values, tangents)
                _tangent_adjoints(circuit, leaves, values, adjoints, tangents, flows)
            for sample in range(begin, min(begin + lanes, samples)):
                lane = sample - begin
                for coin in range(coins):
                    plain, other = 2 + coin, 2 + coins + coin
                    if circuit.indicators:
                        found[sample, k, coin] = flows[plain, lane] - flows[other, lane]
                    else:
                        slope = adjoints[plain, lane] - adjoints[other, lane]
                        found[sample, k, coin] = weights[sample, k, 0] * slope


def probabilities(circuit: Arithmetic, p: Floats, rest: Floats | None = None) -> Floats:
    """The probability of each indicator (samples, indicators) at `p` (samples, coins).

    Without indicators, of the one function (samples, 1). `rest` takes the place of 1 - p: since nothing is
    subtracted, the greatest (least) p and `rest` of a box give upper (lower) bounds over it.
    """
    found = np.empty((len(p), max(circuit.indicators, 1)))
    _probabilities(circuit, circuit.leaves, _columns(p), _columns(1.0 - p if rest is None else rest), found)
    return found


def slopes(circuit: Arithmetic, p: Floats, weights: Floats) -> Floats:
    """Derivatives (samples, k, coins) by the coins of combinations `weights` (samples, k, indicators)."""
    found = np.empty((*weights.shape[:2], circuit.coins))
    columns = _columns(p), _columns(1.0 - p)
    _slopes(circuit, circuit.leaves, *columns, np.ascontiguousarray(weights), found)
    return found


def coins_read(circuit: Arithmetic) -> npt.NDArray[np.bool_]:
    """Whether the circuit depends on each coin (coins,)."""
    read = np.zeros(circuit.leaves + len(circuit.start) - 1, np.bool_)
    read[circuit.left] = read[circuit.right] = read[circuit.top] = True
    plain, rest = read[2 : 2 + 2 * circuit.coins].reshape(2, circuit.coins)
    return np.asarray(plain | rest)


def _columns(p: Floats) -> Floats:
    """Probabilities (coins, samples), samples contiguous."""
    return np.require(p.T, np.float64, ["C", "W"])
