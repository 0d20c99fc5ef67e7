"""Tables of the joint values of some variables that are possible: joined, and summed over a variable.

A row is a code: bit i is the value of the table's i-th variable in ascending order, of at most 62. What a row
is worth is kept beside the table by whoever uses it.
"""

import numpy as np
import numpy.typing as npt

from sensa.kernels.elimination.implications import Bits, has
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints

Codes = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


@njit()
def merged(a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """The union of two ascending lists, and the place in it of each member of the one and the other."""
    union = np.empty(a.size + b.size, np.int32)
    place_a, place_b = np.empty(a.size, np.int32), np.empty(b.size, np.int32)
    i = j = count = 0
    while i < a.size or j < b.size:
        take_a = j == b.size or (i < a.size and a[i] <= b[j])
        take_b = i == a.size or (j < b.size and b[j] <= a[i])
        union[count] = a[i] if take_a else b[j]
        if take_a:
            place_a[i] = count
            i += 1
        if take_b:
            place_b[j] = count
            j += 1
        count += 1
    return union[:count], place_a, place_b


@njit()
def _moved(codes: Codes, place: Ints) -> Codes:
    """The codes with bit i at `place[i]`."""
    found = np.zeros_like(codes)
    for row in range(codes.size):
        code, moved = codes[row], np.int64(0)
        for i in range(place.size):
            moved |= ((code >> i) & 1) << place[i]
        found[row] = moved
    return found


@njit()
def ordered(keys: Codes) -> Places:
    """The places of the keys in ascending order, equal ones as they are: a merge sort, from pairs up.

    numpy's, within compiled code, takes seconds to compile.
    """
    order, other = np.arange(keys.size), np.empty(keys.size, np.int64)
    width = 1
    while width < keys.size:
        for begin in range(0, keys.size, 2 * width):
            middle, end = min(begin + width, keys.size), min(begin + 2 * width, keys.size)
            left, right = begin, middle
            for at in range(begin, end):
                if right == end or (left < middle and keys[order[left]] <= keys[order[right]]):
                    other[at] = order[left]
                    left += 1
                else:
                    other[at] = order[right]
                    right += 1
        order, other = other, order
        width *= 2
    return order


@njit()
def _mask(place: Ints) -> np.int64:
    mask = np.int64(0)
    for i in place:
        mask |= np.int64(1) << i
    return mask


@njit()
def _exclusions(variables: Ints, mine: int, yours: int, implied: Bits) -> Codes:
    """For each variable that only one table has, and each value of it: what it implies of the other's own.

    `found[i, value]` is the bits that must be 1, then the bits that must be 0.
    """
    found = np.zeros((variables.size, 2, 2), np.int64)
    for i in range(variables.size):
        if not (mine >> i) & 1:
            continue
        for value in range(2):
            row = implied[2 * variables[i] + 1 - value]
            for j in range(variables.size):
                if (yours >> j) & 1:
                    if has(row, 2 * variables[j]):
                        found[i, value, 0] |= np.int64(1) << j
                    if has(row, 2 * variables[j] + 1):
                        found[i, value, 1] |= np.int64(1) << j
    return found


@njit()
def _demands(codes: Codes, mine: int, exclusions: Codes) -> tuple[Codes, Codes]:
    """What each row demands of the other table: bits that must be 1, bits that must be 0."""
    must, must_not = np.zeros_like(codes), np.zeros_like(codes)
    for i in range(exclusions.shape[0]):
        if (mine >> i) & 1:
            for row in range(codes.size):
                value = (codes[row] >> i) & 1
                must[row] |= exclusions[i, value, 0]
                must_not[row] |= exclusions[i, value, 1]
    return must, must_not


@njit()
def joined(
    a: Ints, rows_a: Codes, b: Ints, rows_b: Codes, implied: Bits, most: int
) -> tuple[Ints, Codes, Places, Places]:
    """The natural join of two tables, without rows that implications rule out.

    Returns the variables, the rows (in no order) and, for each, the row of either table it comes from; no
    rows and a single place of -1 where there would be more than `most`.
    """
    variables, place_a, place_b = merged(a, b)
    failed = np.full(1, -1, np.int64)
    codes_a, codes_b = _moved(rows_a, place_a), _moved(rows_b, place_b)
    mask_a, mask_b = _mask(place_a), _mask(place_b)
    shared, mine, yours = mask_a & mask_b, mask_a & ~mask_b, mask_b & ~mask_a
    must, must_not = _demands(codes_a, mine, _exclusions(variables, mine, yours, implied))
    back, back_not = _demands(codes_b, yours, _exclusions(variables, yours, mine, implied))
    keys_a, keys_b = codes_a & shared, codes_b & shared
    by_a, by_b = ordered(keys_a), ordered(keys_b)
    size = np.int64(0)
    for writing in range(2):
        rows = np.empty(size if writing else 0, np.int64)
        from_a, from_b = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
        count, begin = 0, 0
        for i in by_a:
            key, code = keys_a[i], codes_a[i]
            while begin < by_b.size and keys_b[by_b[begin]] < key:
                begin += 1
            at = begin
            while at < by_b.size and keys_b[by_b[at]] == key:
                j = by_b[at]
                at += 1
                other = codes_b[j]
                if (must[i] & ~other) | (must_not[i] & other) | (back[j] & ~code) | (back_not[j] & code):
                    continue
                if writing:
                    rows[count], from_a[count], from_b[count] = code | other, i, j
                count += 1
                if count > most:
                    return variables, np.empty(0, np.int64), failed, failed
        size = np.int64(count)
    return variables, rows, from_a, from_b


@njit()
def without(variables: Ints, rows: Codes, variable: int) -> tuple[Ints, Codes, Places, Places]:
    """A table without one of its variables.

    Returns the other variables, their rows, an order of the old rows in which those of a new row are
    together, and where the new rows' begin in it.
    """
    at = np.int64(0)
    while variables[at] < variable:
        at += 1
    rest = np.empty(variables.size - 1, np.int32)
    for i in range(rest.size):
        rest[i] = variables[i] if i < at else variables[i + 1]
    low = (np.int64(1) << at) - 1
    keys = (rows & low) | ((rows >> 1) & ~low)
    order = ordered(keys)
    start, found = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    count = 0
    for i in range(rows.size):
        if i == 0 or keys[order[i]] != keys[order[i - 1]]:
            start[count], found[count] = i, keys[order[i]]
            count += 1
    return rest, found[:count].copy(), order, start[:count].copy()
