"""The sweeps of `sensa.kernels.elimination.arithmetic_circuits` in compiled code, for large work.

A block is `LANES` samples, or one sample alone, and several blocks are swept in one call where they fit a
cache: the values of block b are the rows `b * slots` on.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from sensa.kernels.elimination.arithmetic_circuits import Arithmetic
from sensa.kernels.elimination.simd_steps import LANES, add_product, add_tangent, flow_back, flow_tangent_back
from sensa.kernels.jit import njit
from sensa.kernels.program import Floats, Ints

CACHE_BYTES = 1 << 19


def probabilities(circuit: Arithmetic, p: Floats, rest: Floats | None = None) -> Floats:
    """As `arithmetic_circuits.probabilities`."""
    first, shape = circuit.leaves - circuit.indicators, circuit[2:5]
    found = np.empty((len(p), max(circuit.indicators, 1)))
    for samples, (values, *room) in _loaded(circuit, p, 1.0 - p if rest is None else rest, 1):
        _forward(*shape, circuit.slots, values)
        swept, slots = values, slice(circuit.top, circuit.top + 1)
        if circuit.indicators:
            (swept,), slots = room, slice(first, circuit.leaves)
            swept.fill(0.0)
            _reverse(*shape, circuit.slots, circuit.top, values, swept)
        found[samples] = _by_sample(circuit, swept, slots, len(found[samples]))
    return found


def slopes(circuit: Arithmetic, p: Floats, weights: Floats) -> Floats:
    """As `arithmetic_circuits.slopes`."""
    found = np.empty((*weights.shape[:2], circuit.coins))
    plain, rest = slice(2, 2 + circuit.coins), slice(2 + circuit.coins, 2 + 2 * circuit.coins)
    for samples, (values, adjoints, *room) in _loaded(circuit, p, 1.0 - p, 3):
        _forward(*circuit[2:5], circuit.slots, values)
        adjoints.fill(0.0)
        _reverse(*circuit[2:5], circuit.slots, circuit.top, values, adjoints)
        for k in range(weights.shape[1]):
            part, by = found[samples, k], adjoints
            if circuit.indicators:
                by = _tangent_flows(circuit, values, adjoints, weights[samples, k], room)
            of_plain, of_rest = (_by_sample(circuit, by, slots, len(part)) for slots in (plain, rest))
            np.subtract(of_plain, of_rest, out=part)
            if not circuit.indicators:
                part *= weights[samples, k]
    return found


def _tangent_flows(
    circuit: Arithmetic, values: Floats, adjoints: Floats, weights: Floats, room: Sequence[Floats]
) -> Floats:
    """The derivatives, by all slots, of the combination `weights` (samples, indicators)."""
    tangents, flows = room
    flows.fill(0.0)
    blocks = _in_blocks(circuit, tangents)
    blocks[:, : circuit.leaves] = 0.0
    _fill(blocks[:, circuit.leaves - circuit.indicators : circuit.leaves], weights)
    _tangents(*circuit[2:5], circuit.slots, values, tangents)
    _tangent_adjoints(*circuit[2:5], circuit.slots, values, adjoints, tangents, flows)
    return flows


def _loaded(
    circuit: Arithmetic, p: Floats, rest: Floats, more: int
) -> Iterator[tuple[slice, Sequence[Floats]]]:
    """Blocks of samples, with arrays of their slots: values before the nodes, and so many `more` unset."""
    lanes, leaves = (1 if len(p) == 1 else LANES), circuit.leaves
    length = lanes * max(1, CACHE_BYTES // (8 * lanes * circuit.slots))
    arrays = _aligned(1 + more, min(-(-len(p) // lanes), length // lanes) * circuit.slots, lanes)
    for begin in range(0, len(p), length):
        samples = slice(begin, min(begin + length, len(p)))
        block = tuple(arrays[:, : -((begin - samples.stop) // lanes) * circuit.slots])
        slots = _in_blocks(circuit, block[0])
        slots[:, 0], slots[:, 1:leaves] = 0.0, 1.0
        _fill(slots[:, 2 : 2 + circuit.coins], p[samples])
        _fill(slots[:, 2 + circuit.coins : 2 + 2 * circuit.coins], rest[samples])
        yield samples, block


def _aligned(*shape: int) -> Floats:
    """An array from the beginning of a cache line on."""
    buffer = np.empty(int(np.prod(shape)) + 8)
    start = -buffer.ctypes.data % 64 // 8
    return buffer[start : start + buffer.size - 8].reshape(shape)


def _in_blocks(circuit: Arithmetic, values: Floats) -> Floats:
    """The same values (blocks, slots, lanes)."""
    return values.reshape(-1, circuit.slots, values.shape[1])


def _fill(slots: Floats, columns: Floats) -> None:
    """Write values (samples, slots) into blocks; the last sample fills the last block."""
    lanes = slots.shape[2]
    whole, left = divmod(len(columns), lanes)
    slots[:whole] = columns[: whole * lanes].reshape(whole, lanes, columns.shape[1]).swapaxes(1, 2)
    if left:
        slots[whole, :, :left] = columns[whole * lanes :].T
        slots[whole, :, left:] = columns[-1][:, None]


def _by_sample(circuit: Arithmetic, values: Floats, slots: slice, samples: int) -> Floats:
    """The values of some slots (samples, slots)."""
    found = _in_blocks(circuit, values)[:, slots].swapaxes(1, 2)
    return found.reshape(-1, found.shape[2])[:samples]


@njit(nogil=True)
def _forward(start: Ints, left: Ints, right: Ints, slots: int, values: Floats) -> None:
    single, nodes = values.shape[1] == 1, start.size - 1
    for base in range(0, values.shape[0], slots):
        for node in range(nodes):
            own = base + slots - nodes + node
            for lane in range(values.shape[1]):
                values[own, lane] = 0.0
            for edge in range(start[node], start[node + 1]):
                one, other = base + left[edge], base + right[edge]
                if single:
                    values[own, 0] += values[one, 0] * values[other, 0]
                else:
                    add_product(values, own, one, other)


@njit(nogil=True)
def _reverse(
    start: Ints, left: Ints, right: Ints, slots: int, top: int, values: Floats, adjoints: Floats
) -> None:
    """The derivatives of the top by all slots, added to `adjoints`."""
    single, nodes = values.shape[1] == 1, start.size - 1
    for base in range(0, values.shape[0], slots):
        for lane in range(values.shape[1]):
            adjoints[base + top, lane] = 1.0
        for node in range(nodes - 1, -1, -1):
            own = base + slots - nodes + node
            for edge in range(start[node], start[node + 1]):
                one, other = base + left[edge], base + right[edge]
                if single:
                    adjoints[one, 0] += adjoints[own, 0] * values[other, 0]
                    adjoints[other, 0] += adjoints[own, 0] * values[one, 0]
                else:
                    flow_back(adjoints, values, own, one, other)


@njit(nogil=True)
def _tangents(start: Ints, left: Ints, right: Ints, slots: int, values: Floats, tangents: Floats) -> None:
    """The tangents of the nodes; those of the slots before them are given."""
    single, nodes = values.shape[1] == 1, start.size - 1
    for base in range(0, values.shape[0], slots):
        for node in range(nodes):
            own = base + slots - nodes + node
            for lane in range(values.shape[1]):
                tangents[own, lane] = 0.0
            for edge in range(start[node], start[node + 1]):
                one, other = base + left[edge], base + right[edge]
                if single:
                    tangents[own, 0] += (
                        tangents[one, 0] * values[other, 0] + values[one, 0] * tangents[other, 0]
                    )
                else:
                    add_tangent(tangents, values, own, one, other)


@njit(nogil=True)
def _tangent_adjoints(
    start: Ints,
    left: Ints,
    right: Ints,
    slots: int,
    values: Floats,
    adjoints: Floats,
    tangents: Floats,
    flows: Floats,
) -> None:
    """The derivatives of the tangent of the top by all slots, added to `flows`."""
    single, nodes = values.shape[1] == 1, start.size - 1
    for base in range(0, values.shape[0], slots):
        for node in range(nodes - 1, -1, -1):
            own = base + slots - nodes + node
            for edge in range(start[node], start[node + 1]):
                one, other = base + left[edge], base + right[edge]
                if single:
                    flow, adjoint = flows[own, 0], adjoints[own, 0]
                    flows[one, 0] += flow * values[other, 0] + adjoint * tangents[other, 0]
                    flows[other, 0] += flow * values[one, 0] + adjoint * tangents[one, 0]
                else:
                    flow_tangent_back(flows, values, adjoints, tangents, own, one, other)
