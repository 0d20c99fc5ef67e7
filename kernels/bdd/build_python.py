"""Reduced ordered diagrams in plain Python, for small work: no compiled code has to be loaded.

Bryant, Graph-based algorithms for Boolean function manipulation, 1986 (10.1109/TC.1986.1676819), with
negated edges (Brace, Rudell and Bryant 1990, 10.1145/123186.123222). An edge is `2 * node + negated`;
node 0 is the constant, edge 0 false and edge 1 true. A node's low edge is never negated. One operation,
the conjunction, is enough. `sensa.kernels.bdd.build_compiled` is the compiled version; both give the same
diagram, since a reduced diagram in a given order is unique.

No recursion: diagrams are as deep as the story has draws.
"""

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

DONE = -1
MAX_PAIRS_PER_NODE = (
    3  # conjunctions that may be computed for each node allowed: good orders need fewer than two
)


class Built(NamedTuple):
    """A diagram without negated edges: node `i + 2` tests `level[i]`; 0 is false and 1 is true.

    Children come before parents. `stopped` is `DONE`, or the instruction at which a budget ran out;
    then there is no diagram. `created` counts all nodes created during construction.
    """

    level: list[int]
    low: list[int]
    high: list[int]
    heads: list[int]
    created: int
    stopped: int
    late: bool  # stopped by the time limit, not by the number of nodes


class Table:
    """The nodes of a diagram with negated edges; each function is stored once."""

    def __init__(self, variables: int) -> None:
        self.level = [variables]
        self.low = [0]
        self.high = [0]
        self.unique: dict[tuple[int, int, int], int] = {}
        self.memo: dict[tuple[int, int], int] = {}

    def node(self, level: int, low: int, high: int) -> int:
        """The edge to "high if the variable at `level` else low"."""
        if low == high:
            return low
        negated = low & 1
        key = (level, low ^ negated, high ^ negated)
        edge = self.unique.get(key)
        if edge is None:
            edge = self.unique[key] = 2 * len(self.level)
            self.level.append(level)
            self.low.append(key[1])
            self.high.append(key[2])
        return edge ^ negated

    def conjunction(self, a: int, b: int, most: int, until: float) -> int:
        """The edge to `a and b`, or -1 if a budget ran out."""
        levels, lows, highs, memo = self.level, self.low, self.high, self.memo
        known = _known(a, b, memo)
        if known >= 0:
            return known
        key = (a, b) if a < b else (b, a)
        waiting = [key]
        rounds = 0
        while waiting:
            key = waiting[-1]
            if key in memo:
                waiting.pop()
                continue
            a, b = key
            i, j = a >> 1, b >> 1
            level = levels[i]
            if level <= levels[j]:
                a0, a1 = lows[i] ^ (a & 1), highs[i] ^ (a & 1)
            else:
                a0 = a1 = a
                level = levels[j]
            if levels[j] == level:
                b0, b1 = lows[j] ^ (b & 1), highs[j] ^ (b & 1)
            else:
                b0 = b1 = b
            low = _known(a0, b0, memo)
            high = _known(a1, b1, memo)
            if low >= 0 and high >= 0:
                memo[key] = self.node(level, low, high)
                waiting.pop()
                if len(levels) > most or len(memo) > MAX_PAIRS_PER_NODE * most:
                    return -1
                continue
            if high < 0:
                waiting.append((a1, b1) if a1 < b1 else (b1, a1))
            if low < 0:
                waiting.append((a0, b0) if a0 < b0 else (b0, a0))
            rounds += 1
            if rounds & 1023 == 0 and monotonic() > until:
                return -1
        return memo[key]


def _known(a: int, b: int, memo: dict[tuple[int, int], int]) -> int:
    """The edge to `a and b` if it is trivial or in the memo, else -1."""
    if a == b:
        return a
    if b == 1:
        return a
    if a == 1:
        return b
    if a == 0 or b == 0 or a == b ^ 1:
        return 0
    return memo.get((a, b) if a < b else (b, a), -1)


def build(
    variables: int, left: Sequence[int], right: Sequence[int], heads: Sequence[int], most: int, until: float
) -> Built:
    """Build a plan's diagram (see `sensa.engines.exact.plans`) with at most `most` nodes, before `until`."""
    table = Table(variables)
    edges = [0] + [table.node(level, 0, 1) for level in range(variables)]
    for i in range(len(left)):
        a = edges[left[i] >> 1] ^ (left[i] & 1)
        b = edges[right[i] >> 1] ^ (right[i] & 1)
        edge = -1 if monotonic() > until else table.conjunction(a, b, most, until)
        if edge < 0:
            over = len(table.level) > most or len(table.memo) > MAX_PAIRS_PER_NODE * most
            return Built([], [], [], [], len(table.level), i, not over)
        edges.append(edge)
    return _unfolded(table, [edges[head >> 1] ^ (head & 1) for head in heads])


def _unfolded(table: Table, heads: Sequence[int]) -> Built:
    """The diagram of `heads` only, in depth-first order, where a negation has its own node."""
    place = {0: 0, 1: 1}
    level: list[int] = []
    low: list[int] = []
    high: list[int] = []
    for head in heads:
        waiting = [head]
        while waiting:
            edge = waiting[-1]
            node, negated = edge >> 1, edge & 1
            below, above = table.low[node] ^ negated, table.high[node] ^ negated
            if edge in place:
                waiting.pop()
            elif below in place and above in place:
                place[edge] = 2 + len(level)
                level.append(table.level[node])
                low.append(place[below])
                high.append(place[above])
                waiting.pop()
            elif below in place:
                waiting.append(above)
            else:
                waiting.append(below)
    return Built(level, low, high, [place[head] for head in heads], len(table.level), DONE, False)
