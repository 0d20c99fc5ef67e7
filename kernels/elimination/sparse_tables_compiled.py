"""Joins and sums of sparse tables in compiled code; see `sparse_tables`."""

import numpy as np

from sensa.kernels.elimination.implications import Bits, no_members
from sensa.kernels.elimination.sparse_tables import Places
from sensa.kernels.jit import njit
from sensa.kernels.program import Ints

ROOM = 8  # rows made room for, for each row of the longer table

# What joining knows of a row: its values among the variables of both tables, and what it demands of the other
# table, bits that must be 1, or 0. It is sorted by its key, its values of variables that both have.
CODE, MUST, MUST_NOT = range(3)
ORDER, OTHER = range(2)  # table rows by key, and room to sort them


def joined(
    a: Ints, rows_a: Bits, b: Ints, rows_b: Bits, implied: Bits, most: int
) -> tuple[Ints, Bits, Places, Places] | None:
    """The same as `sparse_tables.joined`."""
    names, size = np.concatenate([a, b]), len({*a.tolist(), *b.tolist()})
    places, variables, shared = np.empty(len(names), np.int32), np.empty(size, np.int32), no_members(1, size)
    demands = np.empty((2, 2, shared.shape[1]), np.uint64)
    sets = np.zeros((3, len(rows_a) + len(rows_b), shared.shape[1]), np.uint64)
    keys, order = np.empty_like(sets[CODE]), np.empty((2, sets.shape[1]), np.int64)
    room, count = min(len(rows_a) * len(rows_b), ROOM * max(len(rows_a), len(rows_b)), most), 0
    _prepare(names, len(a), rows_a, rows_b, implied, variables, places, shared[0], demands, sets, keys, order)
    while True:
        rows, origins = np.empty((room, shared.shape[1]), np.uint64), np.empty((2, room), np.int64)
        count = _match(sets, keys, order, len(rows_a), most, rows, origins)
        if count < 0:
            return None
        if count <= room:
            return variables, rows[:count], origins[0, :count], origins[1, :count]
        room = count


@njit(inline="always")
def _union(names: Ints, split: int, places: Ints, variables: Ints, shared: Bits) -> None:
    """Write the union of two ascending lists, each member's place in it, and the places that both have."""
    i, j = 0, split
    for count in range(variables.size):
        before = i + j
        name = names[i] if j == names.size or (i < split and names[i] <= names[j]) else names[j]
        variables[count] = name
        if i < split and names[i] == name:
            places[i] = count
            i += 1
        if j < names.size and names[j] == name:
            places[j] = count
            j += 1
        if i + j == before + 2:
            shared[count >> 6] |= np.uint64(1) << np.uint64(count & 63)


@njit(no_cpython_wrapper=True)
def _compared(keys: Bits, i: int, j: int) -> int:
    """-1, 0 or 1 as the key of row i is less than that of row j, equal, or more."""
    for word in range(keys.shape[1] - 1, -1, -1):
        if keys[i, word] != keys[j, word]:
            return -1 if keys[i, word] < keys[j, word] else 1
    return 0


@njit(no_cpython_wrapper=True)
def _sort(keys: Bits, order: Places, begin: int, end: int) -> None:
    """Sort the rows from `begin` to `end` by their keys into `order[ORDER]`, equal ones as they are.

    A merge sort; numpy's, within compiled code, takes seconds to compile.
    """
    here, there, width = ORDER, OTHER, end - begin
    for row in range(begin, end):
        order[ORDER, row] = row
        if row > begin and _compared(keys, row - 1, row) > 0:
            width = 1
    while width < end - begin:
        for start in range(begin, end, 2 * width):
            half, stop = min(start + width, end), min(start + 2 * width, end)
            left, right = start, half
            for at in range(start, stop):
                if right == stop or (
                    left < half and _compared(keys, order[here, left], order[here, right]) <= 0
                ):
                    order[there, at] = order[here, left]
                    left += 1
                else:
                    order[there, at] = order[here, right]
                    right += 1
        here, there, width = there, here, 2 * width
    if here == OTHER:
        for row in range(begin, end):
            order[ORDER, row] = order[OTHER, row]


@njit(inline="always")
def _demands(
    names: Ints, places: Ints, i: int, others: tuple[int, int], shared: Bits, implied: Bits, found: Bits
) -> bool:
    """Write what each value of a variable that one table has demands of the other's own: `found[value]`.

    That is the bits that must be 1, then the bits that must be 0. Returns whether there are any.
    """
    one, place, some = np.uint64(1), places[i], False
    for case in range(4):
        for word in range(shared.size):
            found[case >> 1, case & 1, word] = 0
    if (shared[place >> 6] >> np.uint64(place & 63)) & one:
        return False
    for j in range(others[0], others[1]):
        place = places[j]
        if not (shared[place >> 6] >> np.uint64(place & 63)) & one:
            for case in range(4):
                literal = 2 * names[j] + (case & 1)
                word = implied[2 * names[i] + 1 - (case >> 1), literal >> 6]
                if (word >> np.uint64(literal & 63)) & one:
                    found[case >> 1, case & 1, place >> 6] |= one << np.uint64(place & 63)
                    some = True
    return some


@njit()
def _prepare(
    names: Ints,
    split: int,
    rows_a: Bits,
    rows_b: Bits,
    implied: Bits,
    variables: Ints,
    places: Ints,
    shared: Bits,
    demands: Bits,
    sets: Bits,
    keys: Bits,
    order: Places,
) -> None:
    """Write the sets of all rows, those of the first table first, and sort those of each table by key."""
    one, middle = np.uint64(1), len(rows_a)
    _union(names, split, places, variables, shared)
    for side in range(2):
        mine, yours, begin, rows = (0, split), (split, names.size), 0, rows_a
        if side:
            mine, yours, begin, rows = yours, mine, middle, rows_b
        for i in range(mine[0], mine[1]):
            own, place = i - mine[0], places[i]
            some = _demands(names, places, i, yours, shared, implied, demands)
            for row in range(len(rows)):
                value = (rows[row, own >> 6] >> np.uint64(own & 63)) & one
                sets[CODE, begin + row, place >> 6] |= value << np.uint64(place & 63)
                if some:
                    for word in range(shared.size):
                        sets[MUST, begin + row, word] |= demands[value, 0, word]
                        sets[MUST_NOT, begin + row, word] |= demands[value, 1, word]
        for row in range(begin, begin + len(rows)):
            for word in range(shared.size):
                keys[row, word] = sets[CODE, row, word] & shared[word]
        _sort(keys, order, begin, begin + len(rows))


@njit()
def _match(sets: Bits, keys: Bits, order: Places, middle: int, most: int, rows: Bits, origins: Places) -> int:
    """Join the rows before `middle` with the others of the same keys.

    Returns how many rows there are, of which the first are written to `rows`; -1 for more than `most`.
    """
    count, begin, words = 0, middle, sets.shape[2]
    for x in range(middle):
        i = order[ORDER, x]
        while begin < sets.shape[1] and _compared(keys, order[ORDER, begin], i) < 0:
            begin += 1
        for y in range(begin, sets.shape[1]):
            j = order[ORDER, y]
            if _compared(keys, j, i) > 0:
                break
            refused = np.uint64(0)
            for word in range(words):
                code, other = sets[CODE, i, word], sets[CODE, j, word]
                refused |= (sets[MUST, i, word] & ~other) | (sets[MUST_NOT, i, word] & other)
                refused |= (sets[MUST, j, word] & ~code) | (sets[MUST_NOT, j, word] & code)
            if refused:
                continue
            if count < len(rows):
                for word in range(words):
                    rows[count, word] = sets[CODE, i, word] | sets[CODE, j, word]
                origins[0, count], origins[1, count] = i, j - middle
            count += 1
            if count > most:
                return -1
    return count


def without(variables: Ints, rows: Bits, variable: int) -> tuple[Ints, Bits, Places, Places]:
    """The same as `sparse_tables.without`."""
    rest = np.empty(len(variables) - 1, np.int32)
    keys, kept = np.empty_like(rows), no_members(len(rows), max(len(rest), 1))
    order, begins = np.empty((2, len(rows)), np.int64), np.empty(len(rows) + 1, np.int64)
    count = _group(variables, rows, variable, rest, keys, order, kept, begins)
    return rest, kept[:count], order[ORDER], begins[: count + 1]


@njit()
def _group(
    variables: Ints,
    rows: Bits,
    variable: int,
    rest: Ints,
    keys: Bits,
    order: Places,
    kept: Bits,
    begins: Places,
) -> int:
    """Write the other variables, and group the rows by those; returns how many groups there are."""
    at, count, last = 0, 0, rows.shape[1] - 1
    for i in range(rest.size):
        at = at if variables[i] >= variable else i + 1
        rest[i] = variables[i] if variables[i] < variable else variables[i + 1]
    low = (np.uint64(1) << np.uint64(at & 63)) - np.uint64(1)
    for row in range(len(rows)):
        for word in range(last + 1):
            key = rows[row, word]
            if word >= at >> 6:
                stays = low if word == at >> 6 else np.uint64(0)
                above = rows[row, word + 1] << np.uint64(63) if word < last else np.uint64(0)
                key = (key & stays) | (((key >> np.uint64(1)) | above) & ~stays)
            keys[row, word] = key
    _sort(keys, order, 0, len(rows))
    for i in range(len(rows)):
        row = order[ORDER, i]
        if count == 0 or _compared(keys, row, order[ORDER, i - 1]):
            for word in range(kept.shape[1]):
                kept[count, word] = keys[row, word]
            begins[count] = i
            count += 1
    begins[count] = len(rows)
    return count
