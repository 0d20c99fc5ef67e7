"""Joins and sums of sparse tables in compiled code; see `sparse_tables`."""

import numpy as np

from sensa.kernels.elimination.implications import Bits
from sensa.kernels.elimination.sparse_tables import Codes, Places
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints

ROOM = 8  # rows made room for, for each row of the longer table

# Rows of the arrays that joining works in, by table row: what it is sorted by; places in that order; room;
# its code among the variables of both; what it demands of the other table, bits that must be 1, or 0.
KEY, ORDER, OTHER, CODE, MUST, MUST_NOT = range(6)


def joined(
    a: Ints, rows_a: Codes, b: Ints, rows_b: Codes, implied: Bits, most: int
) -> tuple[Ints, Codes, Places, Places] | None:
    """The same as `sparse_tables.joined`."""
    names, codes = np.concatenate([a, b]), np.concatenate([rows_a, rows_b])
    places, variables = np.empty(len(names), np.int32), np.empty(len(names) + 1, np.int32)
    work, count = np.empty((6, len(codes)), np.int64), 0
    demands = np.empty((2, 2), np.int64)
    room = min(len(rows_a) * len(rows_b), ROOM * max(len(rows_a), len(rows_b)), most)
    while count >= 0:
        found = np.empty((3, room), np.int64)
        count = _join(
            names, len(a), codes, len(rows_a), implied, most, places, variables, demands, work, found
        )
        if count <= room:
            break
        room = count
    if count < 0:
        return None
    rows, from_a, from_b = found[:, :count]
    return variables[: variables[-1]], rows, from_a, from_b


@njit(inline="always")
def _union(names: Ints, split: int, places: Ints, variables: Ints) -> np.int64:
    """Write the union of two ascending lists, at the end its size, and each member's place in it.

    Returns the places of those that both lists have, as bits.
    """
    i, j, count, shared = 0, split, 0, np.int64(0)
    while i < split or j < names.size:
        before = i + j
        first = j == names.size or (i < split and names[i] <= names[j])
        name = names[i] if first else names[j]
        variables[count] = name
        if i < split and names[i] == name:
            places[i] = count
            i += 1
        if j < names.size and names[j] == name:
            places[j] = count
            j += 1
        if i + j == before + 2:
            shared |= np.int64(1) << count
        count += 1
    variables[-1] = count
    return shared


@njit(no_cpython_wrapper=True)
def _sort(work: Codes, begin: int, end: int) -> None:
    """Sort the places `work[ORDER]` by the keys `work[KEY]`, equal ones as they are: a merge sort.

    numpy's, within compiled code, takes seconds to compile.
    """
    here, there, width = ORDER, OTHER, end - begin
    for row in range(begin, end):
        work[ORDER, row] = row
        if row > begin and work[KEY, row - 1] > work[KEY, row]:
            width = 1
    while width < end - begin:
        for start in range(begin, end, 2 * width):
            half, stop = min(start + width, end), min(start + 2 * width, end)
            left, right = start, half
            for at in range(start, stop):
                if right == stop or (
                    left < half and work[KEY, work[here, left]] <= work[KEY, work[here, right]]
                ):
                    work[there, at] = work[here, left]
                    left += 1
                else:
                    work[there, at] = work[here, right]
                    right += 1
        here, there, width = there, here, 2 * width
    if here == OTHER:
        for row in range(begin, end):
            work[ORDER, row] = work[OTHER, row]


@njit(inline="always")
def _demands(
    names: Ints, places: Ints, i: int, others: tuple[int, int], shared: np.int64, implied: Bits, found: Codes
) -> None:
    """What each value of a variable that one table has demands of the other's own: `found[value]`.

    That is the bits that must be 1, then the bits that must be 0.
    """
    one = np.int64(1)
    for case in range(4):
        found[case >> 1, case & 1] = 0
    if shared & (one << places[i]):
        return
    for j in range(others[0], others[1]):
        other = one << places[j]
        if not shared & other:
            for case in range(4):
                literal = 2 * names[j] + (case & 1)
                word = implied[2 * names[i] + 1 - (case >> 1), literal >> 6]
                if (word >> np.uint64(literal & 63)) & np.uint64(1):
                    found[case >> 1, case & 1] |= other


@njit()
def _join(
    names: Ints,
    split: int,
    codes: Codes,
    middle: int,
    implied: Bits,
    most: int,
    places: Ints,
    variables: Ints,
    demands: Codes,
    work: Codes,
    found: Codes,
) -> int:
    """Join the table of the variables `names[:split]`, and rows `codes[:middle]`, with that of the rest.

    Returns how many rows there are, of which the first are written to `found`; -1 for more than `most`.
    """
    shared = _union(names, split, places, variables)
    for side in range(2):
        mine, yours = (0, split), (split, names.size)
        begin, end = 0, middle
        if side:
            mine, yours, begin, end = yours, mine, middle, codes.size
        for row in range(begin, end):
            work[CODE, row] = work[MUST, row] = work[MUST_NOT, row] = 0
        for i in range(mine[0], mine[1]):
            _demands(names, places, i, yours, shared, implied, demands)
            for row in range(begin, end):
                value = (codes[row] >> (i - mine[0])) & 1
                work[CODE, row] |= value << places[i]
                work[MUST, row] |= demands[value, 0]
                work[MUST_NOT, row] |= demands[value, 1]
        for row in range(begin, end):
            work[KEY, row] = work[CODE, row] & shared
        _sort(work, begin, end)
    count, begin = 0, middle
    for x in range(middle):
        i = work[ORDER, x]
        code, key = work[CODE, i], work[KEY, i]
        while begin < codes.size and work[KEY, work[ORDER, begin]] < key:
            begin += 1
        for y in range(begin, codes.size):
            j = work[ORDER, y]
            other = work[CODE, j]
            if work[KEY, j] > key:
                break
            refused = (work[MUST, i] & ~other) | (work[MUST_NOT, i] & other)
            if refused | (work[MUST, j] & ~code) | (work[MUST_NOT, j] & code):
                continue
            if count < found.shape[1]:
                found[0, count], found[1, count], found[2, count] = code | other, i, j - middle
            count += 1
            if count > most:
                return -1
    return count


def without(variables: Ints, rows: Codes, variable: int) -> tuple[Ints, Codes, Places, Places]:
    """The same as `sparse_tables.without`."""
    rest = np.empty(len(variables) - 1, np.int32)
    work, found = np.empty((3, len(rows)), np.int64), np.empty((2, len(rows) + 1), np.int64)
    count = _group(variables, rows, variable, rest, work, found)
    return rest, found[0, :count], work[ORDER], found[1, : count + 1]


@njit()
def _group(variables: Ints, rows: Codes, variable: int, rest: Ints, work: Codes, found: Codes) -> int:
    """Write the other variables, and group the rows by those; returns how many groups there are."""
    at, count = 0, 0
    for i in range(rest.size):
        at = at if variables[i] >= variable else i + 1
        rest[i] = variables[i] if variables[i] < variable else variables[i + 1]
    low = (np.int64(1) << at) - 1
    for row in range(rows.size):
        work[KEY, row] = (rows[row] & low) | ((rows[row] >> 1) & ~low)
    _sort(work, 0, rows.size)
    for i in range(rows.size):
        key = work[KEY, work[ORDER, i]]
        if count == 0 or key != found[0, count - 1]:
            found[0, count], found[1, count] = key, i
            count += 1
    found[1, count] = rows.size
    return count
