"""Tables of the joint values of some variables that are possible: joined, and summed over a variable.

A row is a set of bits: bit i is the value of the table's i-th variable in ascending order. What a row is
worth is kept beside the table by whoever uses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.kernels.elimination.implications import Bits, as_bits, as_integers
from sensa.kernels.program import Ints

Places = npt.NDArray[np.int64]


def joined(
    a: Ints, rows_a: Bits, b: Ints, rows_b: Bits, implied: Bits, most: int
) -> tuple[Ints, Bits, Places, Places] | None:
    """The natural join of two tables, without rows that implications rule out.

    Returns the variables, the rows (in no order) and, for each, the row of either table it comes from; None
    if there would be more than `most`.
    """
    variables = sorted({*a.tolist(), *b.tolist()})
    place = {variable: 1 << i for i, variable in enumerate(variables)}
    one = _side(a.tolist(), as_integers(rows_a), b.tolist(), place, implied)
    other = _side(b.tolist(), as_integers(rows_b), a.tolist(), place, implied)
    found = _matches(one, other, most)
    if found is None:
        return None
    rows = as_bits((code for code, _, _ in found), len(variables))
    from_a, from_b = np.array([origins for _, *origins in found], np.int64).reshape(-1, 2).T
    return np.array(variables, np.int32), rows, from_a, from_b


@dataclass(frozen=True)
class _Side:
    """One of two tables that are joined, by row: its code among the variables of both, the part of it that
    both have, and what it demands of the other table, bits that must be 1, or 0."""

    code: list[int]
    key: list[int]
    must: list[int]
    must_not: list[int]


def _side(
    own: Sequence[int], rows: Sequence[int], others: Sequence[int], place: dict[int, int], implied: Bits
) -> _Side:
    shared = sum(place[variable] for variable in own if variable in others)
    demands = [_demands(variable, own, others, place, implied) for variable in own]
    made = _Side([], [], [], [])
    for row in rows:
        code = must = must_not = 0
        for i, variable in enumerate(own):
            value = row >> i & 1
            code |= place[variable] * value
            must |= demands[i][value][0]
            must_not |= demands[i][value][1]
        made.code.append(code)
        made.key.append(code & shared)
        made.must.append(must)
        made.must_not.append(must_not)
    return made


def _demands(
    variable: int, own: Sequence[int], others: Sequence[int], place: dict[int, int], implied: Bits
) -> list[list[int]]:
    """What each value of a variable that one table has demands of the other's own: bits of 1, then of 0."""
    found = [[0, 0], [0, 0]]
    if variable in others:
        return found
    for other in others:
        if other not in own:
            for value in (0, 1):
                word = int(implied[2 * variable + 1 - value, 2 * other >> 6]) >> (2 * other & 63)
                found[value][0] |= place[other] * (word & 1)
                found[value][1] |= place[other] * (word >> 1 & 1)
    return found


def _matches(a: _Side, b: _Side, most: int) -> list[tuple[int, int, int]] | None:
    """The rows of the join, each with its two origins; ordered by what both have, then by origin."""
    by_key: dict[int, list[int]] = {}
    for j, key in enumerate(b.key):
        by_key.setdefault(key, []).append(j)
    found = []
    for i in sorted(range(len(a.key)), key=a.key.__getitem__):
        code, must, must_not = a.code[i], a.must[i], a.must_not[i]
        for j in by_key.get(a.key[i], ()):
            other = b.code[j]
            if must & ~other or must_not & other or b.must[j] & ~code or b.must_not[j] & code:
                continue
            found.append((code | other, i, j))
        if len(found) > most:
            return None
    return found


def without(variables: Ints, rows: Bits, variable: int) -> tuple[Ints, Bits, Places, Places]:
    """A table without one of its variables.

    Returns the other variables, their rows, an order of the old rows in which those of a new row are
    together, and where the new rows' begin in it, with its end.
    """
    at = int(np.searchsorted(variables, variable))
    low = (1 << at) - 1
    keys = [(code & low) | (code >> 1 & ~low) for code in as_integers(rows)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    begins = [i for i, row in enumerate(order) if not i or keys[row] != keys[order[i - 1]]]
    kept = as_bits((keys[order[begin]] for begin in begins), max(len(variables) - 1, 1))
    return np.delete(variables, at), kept, np.array(order, np.int64), np.array([*begins, len(keys)], np.int64)
