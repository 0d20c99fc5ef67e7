"""The product of a diagram with itself, as one flat program: covariances of two copies that share some coins.

Two copies f and f' of a diagram are drawn with the same means; of coin i the two have covariance v_i: its
variance where both see the same, 0 where each sees its own. For nodes u and w of the two copies, mu(.) the
mean of a node, d(u) = mu(high u) - mu(low u), and c with two digits the covariance of their branches,

    same variable (mean m, covariance v of its two copies):
        c(u, w) = [(1-m)^2 + v] c00 + [m(1-m) - v] (c01 + c10) + [m^2 + v] c11 + v d(u) d(w)
    only u's variable:
        c(u, w) = (1-m) c(low u, w) + m c(high u, w) + d(u) c(x, w)

with 0 for constants. No term contains the squared mean, so small variances keep their digits. If the
variable is the head of a module, v is the covariance of the head with itself: the chain rule. The last
term, c(x, w), is there only if w lies in the module that x is the head of.

With v_j = 0 outside a set S the value is the closed index of S, Var(E[f | S]): Sobol' 1993; Saltelli et al.
2008, Global Sensitivity Analysis, 4.5. It is linear in each v, so that one pass down gives the derivatives
by all of them, hence all total indices.

Values are swept in plain Python (`self_product_sweeps`) or compiled (`self_product_sweeps_compiled`):
pairs come in the same order with the same operations, so results are the same to the last bit.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.pairs import FIRST, SAME, SECOND, Frame, Pairs, SelfProduct, TooManyPairsError
from sensa.kernels.compiled_work import seconds_to_load
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

PAIRS_PER_CLOCK_LOOK = 4096  # pairs between two checks of the clock
SECONDS_PER_PAIR = 5e-6  # in plain Python
MIN_COMPILED_PAIRS = 1_000  # below as many, plain Python builds them even if compiled code is loaded


def frame(diagram: Diagram) -> Frame[list[int]]:
    """The diagram's frame; a variable comes before those that its nodes lead to."""
    first = 2 + diagram.coins
    slots = range(first, first + diagram.size)
    variable = [*range(first), *diagram.variable.tolist()]
    low = [0] * first + diagram.low.tolist()
    high = [1] * first + diagram.high.tolist()
    ends = diagram.modules.tolist()
    module = [-1] * first
    for number, (begin, end) in enumerate(pairwise(ends)):
        module += [number] * (end - begin)
    reader = [-1] * len(variable)
    for slot in reversed(slots):
        reader[variable[slot]] = module[slot]  # at last the first that reads it
    module[2:first] = reader[2:first]
    outer, head = [-1] * len(ends), [0] * len(ends)
    for slot in slots:
        if reader[slot] >= 0:
            outer[module[slot]], head[module[slot]] = reader[slot], slot
    place = _levels(first, variable, low, high)
    return Frame(diagram.coins, variable, low, high, module, [place[x] for x in variable], outer, head)


def _levels(first: int, variable: list[int], low: list[int], high: list[int]) -> list[int]:
    """A level for each variable (by slot), such that nodes lead only to variables of later levels."""
    under: dict[int, set[int]] = {x: set() for x in variable[first:]}
    for slot in range(first, len(variable)):
        for node in (low[slot], high[slot]):
            if node >= first:
                under[variable[slot]].add(variable[node])
    waiting_for = dict.fromkeys(under, 0)
    for targets in under.values():
        for y in targets:
            waiting_for[y] += 1
    place = list(range(-len(variable), 0))  # a variable that no node tests comes first
    ready = [x for x, count in waiting_for.items() if not count]
    count = 0
    while ready:
        x = ready.pop()
        place[x] = count
        count += 1
        for y in under[x]:
            waiting_for[y] -= 1
            if not waiting_for[y]:
                ready.append(y)
    return place


def self_product(
    diagram: Diagram, wanted: Sequence[tuple[int, int]], *, most: int, until: float
) -> SelfProduct:
    """Build the product for the covariances of these pairs of roots (by index).

    Raises `TooManyPairsError` if that takes more than `most` pairs, or longer than until the time `until`
    (of `work_clock.clock`).
    """
    slots = frame(diagram)
    bases = [base(slots, int(root)) for root in diagram.roots]
    asked = [(bases[i][0], bases[j][0]) for i, j in wanted]
    sign = np.array([bases[i][1] * bases[j][1] for i, j in wanted], np.float64)
    pairs, references = build(slots, asked, most=most, until=until)
    return SelfProduct(diagram, pairs, references, sign)


def base(slots: Frame[list[int]], slot: int) -> tuple[int, float]:
    """The slot and the sign of a root, up to an additive constant: the variance of 1 - x is that of x."""
    sign = 1.0
    while slot >= 2 + slots.coins and slots.low[slot] < 2 and slots.high[slot] < 2:
        sign *= slots.high[slot] - slots.low[slot]
        slot = slots.variable[slot]
    return slot, sign


def build(
    slots: Frame[list[int]], asked: Sequence[tuple[int, int]], *, most: int, until: float
) -> tuple[Pairs, Ints]:
    """The pairs below these pairs of slots, and a reference to each; many are built in compiled code."""
    loading = seconds_to_load("sensa.kernels.bdd.self_product_compiled")
    small = max(MIN_COMPILED_PAIRS, int(loading / SECONDS_PER_PAIR))
    found = build_plain(slots, asked, most=min(most, small), until=until)
    if found is not None:
        return found
    if most <= small:
        raise TooManyPairsError(most)
    from sensa.kernels.bdd.self_product_compiled import build as build_compiled

    return build_compiled(slots, asked, most=most, until=until)


def build_plain(
    slots: Frame[list[int]], asked: Sequence[tuple[int, int]], *, most: int, until: float
) -> tuple[Pairs, Ints] | None:
    """The same in plain Python; None if there are more than `most`."""
    coins, variable, low, high, module, level, outer, head = slots
    total, first = len(variable), 2 + coins
    known: dict[int, int] = {}
    rows: list[tuple[int, ...]] = []
    waiting: list[int] = []

    def reference(u: int, w: int) -> int:
        """A reference to c(u, w); if it is not known yet, -1, and the pair is queued."""
        if u < 2 or w < 2:
            return 0
        turned = u > w
        key = w * total + u if turned else u * total + w
        found = known.get(key, -1)
        if found < 0:
            waiting.append(key)
        return found ^ 1 if turned and found > 1 else found

    def look(u: int, w: int) -> int:
        """A reference to c(u, w), u <= w, from those it depends on; -1 if one of these is not known yet."""
        if u == w and u < first:
            return 2 * (u - 1)
        tests = SAME
        if module[u] == module[w]:
            if level[u] != level[w]:
                tests = FIRST if level[u] < level[w] else SECOND
            apart = 0
        else:
            tests = FIRST if module[u] > module[w] else SECOND
            inner = module[w] if tests == FIRST else module[u]
            top = module[u] if tests == FIRST else module[w]
            apart = 0
            while 0 <= inner < top:
                apart, inner = head[inner], outer[inner]
            if inner != top:
                return 0
        if tests == SAME:
            x = variable[u]
            parts = (
                reference(low[u], low[w]),
                reference(low[u], high[w]),
                reference(high[u], low[w]),
                reference(high[u], high[w]),
            )
            shared = reference(x, x)
            if shared < 0 or min(parts) < 0:
                return -1
            rows.append((SAME, x, u, w, shared >> 1, *parts))
            return 2 * (coins + len(rows))
        a, other = (u, w) if tests == FIRST else (w, u)
        x = variable[a]
        if apart and x == apart:
            below = above = 0
            extra = reference(x, other) if tests == FIRST else reference(other, x)
        else:
            extra = 0
            if tests == FIRST:
                below, above = reference(low[a], w), reference(high[a], w)
            else:
                below, above = reference(u, low[a]), reference(u, high[a])
        if min(below, above, extra) < 0:
            return -1
        if below == above and not extra:
            return below
        rows.append((tests, x, u, w, 0, below, extra, 0, above))
        return 2 * (coins + len(rows))

    steps = 0
    for u, w in asked:
        reference(u, w)
        while waiting:
            key = waiting[-1]
            if key not in known:
                found = look(key // total, key % total)
                if found < 0:
                    continue
                known[key] = found
            waiting.pop()
            if len(rows) > most:
                return None
            if steps % PAIRS_PER_CLOCK_LOOK == 0 and clock() > until:
                raise TooManyPairsError(None)
            steps += 1
    references = np.array([reference(u, w) for u, w in asked], np.int32)
    columns = np.array(rows, np.int32).reshape(len(rows), 9).T
    return Pairs(*np.ascontiguousarray(columns)), references
