"""Gates under construction, with hash-consing, constant folding and recognised complements."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from sensa.kernels.program import Gates, Op

Key = tuple[Op, int, tuple[int, ...]]


class GateBuilder:
    """A growing circuit in which equal gates are one gate; gates 0 and 1 are false and true."""

    FALSE = 0
    TRUE = 1

    def __init__(self) -> None:
        self.table: list[Key] = []
        self._index: dict[Key, int] = {}
        self._add((Op.FALSE, 0, ()))
        self._add((Op.TRUE, 0, ()))

    def _add(self, key: Key) -> int:
        if key not in self._index:
            self._index[key] = len(self.table)
            self.table.append(key)
        return self._index[key]

    def coin(self, coin: int) -> int:
        """The gate that reads a coin."""
        return self._add((Op.COIN, coin, ()))

    def negation(self, gate: int) -> int:
        """`not gate`."""
        if gate in (self.FALSE, self.TRUE):
            return self.TRUE if gate == self.FALSE else self.FALSE
        op, _, args = self.table[gate]
        return args[0] if op == Op.NOT else self._add((Op.NOT, 0, (gate,)))

    def conjunction(self, gates: Iterable[int]) -> int:
        """All of `gates`."""
        return self._junction(Op.AND, gates, absorbing=self.FALSE)

    def disjunction(self, gates: Iterable[int]) -> int:
        """Any of `gates`."""
        return self._junction(Op.OR, gates, absorbing=self.TRUE)

    def _junction(self, op: Op, gates: Iterable[int], absorbing: int) -> int:
        kept: dict[int, None] = dict.fromkeys(g for g in gates if g != 1 - absorbing)
        if absorbing in kept or any(self._complement(g) in kept for g in kept):
            return absorbing
        if not kept:
            return 1 - absorbing
        if len(kept) == 1:
            return next(iter(kept))
        return self._add((op, 0, tuple(sorted(kept))))

    def _complement(self, gate: int) -> int:
        op, _, args = self.table[gate]
        return args[0] if op == Op.NOT else self._index.get((Op.NOT, 0, (gate,)), -1)

    def factored(self, products: Iterable[tuple[int, ...]]) -> int:
        """Any of these conjunctions, with the factors that several begin with taken out.

        The cells of a table become a tree with a level for each of its parents.
        """
        products = sorted(products)
        if products and not products[0]:
            return self.TRUE
        return self.disjunction(
            self.conjunction([first, self.factored(product[1:] for product in alike)])
            for first, alike in groupby(products, key=itemgetter(0))
        )

    def at_least(self, k: int, gates: Sequence[int]) -> int:
        """At least `k` of `gates`; a repeated gate counts each time."""
        k -= sum(g == self.TRUE for g in gates)
        left = sorted(g for g in gates if g > self.TRUE)
        if k <= 0:
            return self.TRUE
        if k > len(left):
            return self.FALSE
        if k == 1:
            return self.disjunction(left)
        if k == len(left):
            return self.conjunction(left)
        return self._add((Op.AT_LEAST, k, tuple(left)))

    def select(self, condition: int, then: int, otherwise: int) -> int:
        """`then if condition else otherwise`."""
        if then == otherwise:
            return then
        return self.disjunction(
            [
                self.conjunction([condition, then]),
                self.conjunction([self.negation(condition), otherwise]),
            ]
        )


def to_arrays(table: Sequence[Key]) -> Gates:
    """Gates as flat arrays."""
    counts = [len(args) for _, _, args in table]
    return Gates(
        op=np.array([op for op, _, _ in table], np.int8),
        k=np.array([k for _, k, _ in table], np.int32),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        args=np.array([a for _, _, args in table for a in args], np.int32),
    )
