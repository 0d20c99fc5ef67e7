"""Scrambled Sobol' points in the open unit cube, by address instead of in sequence.

Point `i` of dimension `d` is a function of `i`, `d` and the dimension's key only, so any block can be
computed on demand and in any order. The digits are those of Joe and Kuo (2008, DOI 10.1137/070710359, licence
in `directions.LICENSE.txt`), in the plain binary order of `i`, scrambled by Owen's nested uniform
permutations (1995), approximated by a hash: Laine and Karras (2011, DOI 10.1111/j.1467-8659.2011.01944.x)
with Vegdahl's constants, in which a function of the higher digits flips a digit. Each single point is
uniform; the points of one key are a (t, m, s)-net; different keys are independent randomisations, so the
spread of a mean over keys is its error.

**Resolution.** 32 digits come from the net and 20 more from a second hash of those 32 (what nested scrambling
does to the zeros that follow in the net), and half a cell is added: a point is an odd multiple of 2^-53, at
least 2^-53 = 1.1e-16 away from 0 and 1, and 1 - u is exact. With only 32 digits a quantile would be accurate
to 1.2e-10 in probability, and no lower level would ever occur.

**Data.** `directions.npz` has for each dimension the primitive polynomial as an integer, and the numbers
m_1 ... m_18 in 153 bits: m_j is odd and below 2^j, so j - 1 bits of it are kept, lowest first.
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

MAX_DIMENSIONS = 21201
MAX_POLYNOMIAL_DEGREE = 18  # the largest degree of a polynomial in the table
NET_BITS = 32
TILE_VALUES = 1 << 16  # values processed at once: they stay in cache


class Net(NamedTuple):
    """Direction numbers of some dimensions, with reversed digits (the first digit is the lowest bit)."""

    directions: Words  # (dimension, NET_BITS)


@cache
def _table() -> tuple[Words, npt.NDArray[np.uint8]]:
    with files("sensa.kernels").joinpath("directions.npz").open("rb") as file, np.load(file) as data:
        return data["polynomials"], data["numbers"]


def _initial(packed: npt.NDArray[np.uint8]) -> Words:
    """The odd integers m_1 ... m_18 of each dimension."""
    bits = np.unpackbits(packed, axis=1, bitorder="little").astype(np.uint32)
    m = np.ones((len(packed), MAX_POLYNOMIAL_DEGREE), np.uint32)
    at = 0
    for j in range(1, MAX_POLYNOMIAL_DEGREE):
        for bit in range(1, j + 1):
            m[:, j] |= bits[:, at] << np.uint32(bit)
            at += 1
    return m


def _reversed(x: Words) -> Words:
    """The bits of each word in reverse order, in place."""
    x.byteswap(inplace=True)
    spare = np.empty_like(x)
    for shift, mask in ((4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        np.right_shift(x, np.uint32(shift), out=spare)
        np.bitwise_and(spare, np.uint32(mask), out=spare)
        np.bitwise_and(x, np.uint32(mask), out=x)
        np.left_shift(x, np.uint32(shift), out=x)
        np.bitwise_or(x, spare, out=x)
    return x


def net(dimensions: npt.NDArray[np.int64]) -> Net:
    """The net of these dimensions of the Sobol' sequence; `points` takes it.

    Shapes: `dimensions` (k,), each in [0, 21201). Raises ValueError for one beyond the table.
    """
    dimensions = np.asarray(dimensions, np.int64)
    if dimensions.size and not (dimensions.min() >= 0 and dimensions.max() < MAX_DIMENSIONS):
        raise ValueError(
            f"there are Sobol' points in at most {MAX_DIMENSIONS} dimensions, not {dimensions.max() + 1}"
        )
    polynomials, packed = _table()
    polynomial = polynomials[dimensions].astype(np.int64)
    degree = np.frexp(polynomial.astype(np.float64))[1].astype(np.int64) - 1
    m = _initial(packed[dimensions])
    v = np.zeros(
        (len(dimensions), MAX_POLYNOMIAL_DEGREE + NET_BITS), np.uint32
    )  # column MAX_POLYNOMIAL_DEGREE + j is direction number j
    row = np.arange(len(dimensions))
    back = np.arange(1, MAX_POLYNOMIAL_DEGREE + 1)
    reach = degree[:, None] - back
    taps = np.where(reach >= 0, polynomial[:, None] >> np.maximum(reach, 0) & 1, 0).astype(np.uint32)
    for j in range(NET_BITS):
        column = MAX_POLYNOMIAL_DEGREE + j
        last = v[row, column - degree] >> degree.astype(np.uint32)
        recurrence = np.bitwise_xor.reduce(v[:, j:column][:, ::-1] * taps, axis=1) ^ last
        given = m[:, min(j, MAX_POLYNOMIAL_DEGREE - 1)] << np.uint32(NET_BITS - 1 - j)
        v[:, column] = np.where((j < degree) | (degree == 0), given, recurrence)
    return Net(_reversed(np.ascontiguousarray(v[:, MAX_POLYNOMIAL_DEGREE:])))


def mix(x: Keys) -> Keys:
    """SplitMix64's finaliser: a bijection of 64-bit words in which each bit affects all others."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def keys(addresses: Keys, *, seed: int, replicate: int) -> Keys:
    """The scrambling keys of dimensions with these addresses: a hash of (seed, replicate, address) each.

    Raises ValueError where the seed is not in [0, 2^64).
    """
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"a seed is a whole number of at least 0 and below 2^64, not `{seed}`")
    story = mix(mix(np.array([seed], np.uint64)) ^ np.uint64(replicate))
    return mix(np.asarray(addresses, np.uint64) ^ story)


def _prefix(directions: Words, bits: int) -> Words:
    """Digits of the points 0 ... 2^bits - 1 of each dimension."""
    table = np.zeros((len(directions), 1 << bits), np.uint32)
    for bit in range(bits):
        half = 1 << bit
        np.bitwise_xor(table[:, :half], directions[:, bit, None], out=table[:, half : 2 * half])
    return table


def _base(directions: Words, index: int) -> Words:
    """Digits of one point."""
    bits = [bit for bit in range(NET_BITS) if index >> bit & 1]
    return (
        np.bitwise_xor.reduce(directions[:, bits], axis=1) if bits else np.zeros(len(directions), np.uint32)
    )


def _scramble(x: Words, key: Keys, out: Floats) -> None:
    """Apply Owen's scrambling to reversed digits and write the points; `x` is overwritten."""
    add = (key & np.uint64(0xFFFFFFFF)).astype(np.uint32)[:, None]
    times = (key >> np.uint64(32)).astype(np.uint32)[:, None] | np.uint32(1)
    spare = x * np.uint32(0x3D20ADEA)
    rest = np.empty(x.shape)
    x ^= spare
    x += add
    x *= times
    np.multiply(x, np.uint32(0x05526C56), out=spare)
    x ^= spare
    np.multiply(x, np.uint32(0x53A22864), out=spare)
    x ^= spare
    _reversed(x)
    np.multiply(x, 2.0**-32, out=out)
    x ^= times  # 20 further digits: any hash of the 32 above them
    x *= np.uint32(0x9E3779B1)
    np.right_shift(x, np.uint32(15), out=spare)
    x ^= spare
    x *= np.uint32(0x85EBCA77)
    x >>= np.uint32(11)
    x |= np.uint32(1)  # the half cell
    out += np.multiply(x, 2.0**-53, out=rest)


def points(sobol: Net, key: Keys, *, start: int, count: int) -> Floats:
    """Points start ... start + count - 1 of the net, scrambled by the keys.

    Shapes: `key` (k,), one for each dimension; gives (count, k) in Fortran order (each dimension's values are
    contiguous), each strictly between 0 and 1. Only whole blocks, 2^m points from a multiple of 2^m, are
    balanced and have the small error. Raises ValueError beyond point 2^32.
    """
    if start < 0 or count < 0 or start + count > 1 << NET_BITS:
        raise ValueError(f"points run from 0 to 2^32, not from {start} to {start + count}")
    directions = sobol.directions
    dimensions = len(directions)
    out = np.empty((dimensions, count))
    bits = max(min(count - 1, TILE_VALUES - 1).bit_length(), 0)
    width = 1 << bits
    rows = max(TILE_VALUES >> bits, 1)
    for row in range(0, dimensions, rows):
        part = directions[row : row + rows]
        table = _prefix(part, bits)
        at = start
        while at < start + count:
            offset = at % width
            take = min(width - offset, start + count - at)
            x = table[:, offset : offset + take] ^ _base(part, at - offset)[:, None]
            _scramble(x, key[row : row + rows], out[row : row + rows, at - start : at - start + take])
            at += take
    return out.T


def plain(sobol: Net, *, start: int, count: int) -> Floats:
    """The unscrambled points, in [0, 1): the digital net before randomisation (for checks)."""
    table = np.stack([_base(sobol.directions, index) for index in range(start, start + count)], axis=1)
    return np.multiply(_reversed(table), 2.0**-32, dtype=np.float64).T
