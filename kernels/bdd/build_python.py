"""Reduced ordered diagrams in plain Python, for small work: no compiled code has to be loaded.

Bryant, Graph-based algorithms for Boolean function manipulation, 1986 (10.1109/TC.1986.1676819), with
negated edges (Brace, Rudell and Bryant 1990, 10.1145/123186.123222). An edge is `2 * node + negated`;
node 0 is the constant, edge 0 false and edge 1 true. A node's low edge is never negated. One operation,
the conjunction, is enough. `sensa.kernels.bdd.build_compiled` is the compiled version; both give the same
diagram, since a reduced diagram in a given order is unique.

No recursion: diagrams are as deep as the story has draws.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sensa.kernels.work_clock import clock

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
        """The edge to `a and b`, or -1 if a budget ran out.

        Each pair of edges is taken apart once, its low pair before its high one. `waiting` has the pairs on
        the way down: with their level, the edge of the low pair (-1: not computed yet), and the high pair.
        """
        edge = _known(a, b, self.memo)
        return edge if edge >= 0 else self._conjunction(min(a, b), max(a, b), most, until)

    def _conjunction(self, a: int, b: int, most: int, until: float) -> int:
        levels, lows, highs, memo = self.level, self.low, self.high, self.memo
        known, unique, node = memo.get, self.unique.get, self.node  # `_known` is written out: calls are slow
        waiting: list[tuple[tuple[int, int], int, int, int, int]] = []
        most_pairs, rounds = MAX_PAIRS_PER_NODE * most, 0
        while True:
            pair, i, j = (a, b), a >> 1, b >> 1
            level, other = levels[i], levels[j]
            a0, a1, b0, b1 = a, a, b, b
            if level <= other:
                a0, a1 = lows[i] ^ (a & 1), highs[i] ^ (a & 1)
            if level >= other:
                b0, b1 = lows[j] ^ (b & 1), highs[j] ^ (b & 1)
                level = other
            if a0 > b0:
                a0, b0 = b0, a0
            if a1 > b1:
                a1, b1 = b1, a1
            if a0 < 2:
                low = b0 if a0 else 0
            elif a0 ^ b0 < 2:
                low = a0 if a0 == b0 else 0
            else:
                low = known((a0, b0), -1)
            rounds += 1
            if rounds & 1023 == 0 and clock() > until:
                return -1
            while low >= 0:
                if a1 < 2:
                    high = b1 if a1 else 0
                elif a1 ^ b1 < 2:
                    high = a1 if a1 == b1 else 0
                else:
                    high = known((a1, b1), -1)
                if high < 0:
                    break
                while True:
                    edge = unique((level, low, high)) or node(level, low, high)
                    memo[pair] = edge
                    if len(levels) > most or len(memo) > most_pairs:
                        return -1
                    if not waiting:
                        return edge
                    pair, level, low, a1, b1 = waiting.pop()
                    if low < 0:
                        low = edge
                        break
                    high = edge
            waiting.append((pair, level, low, a1, b1))
            a, b = (a0, b0) if low < 0 else (a1, b1)


def _known(a: int, b: int, memo: dict[tuple[int, int], int]) -> int:
    """The edge to `a and b` if it is trivial or in the memo, else -1."""
    if a > b:
        a, b = b, a
    if a < 2:
        return b if a else 0
    if a ^ b < 2:
        return a if a == b else 0
    return memo.get((a, b), -1)


def build(
    variables: int, left: Sequence[int], right: Sequence[int], heads: Sequence[int], most: int, until: float
) -> Built:
    """Build a plan's diagram (see `sensa.engines.exact.plans`) with at most `most` nodes, before `until`."""
    table = Table(variables)
    edges = [0] + [table.node(level, 0, 1) for level in range(variables)]
    for i in range(len(left)):
        a = edges[left[i] >> 1] ^ (left[i] & 1)
        b = edges[right[i] >> 1] ^ (right[i] & 1)
        edge = -1 if clock() > until else table.conjunction(a, b, most, until)
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
