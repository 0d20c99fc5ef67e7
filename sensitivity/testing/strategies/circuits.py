"""Circuits over independent coins, for tests of engines and other code below the stories."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from sensa.generated import generated_by
from sensa.kernels.program import Gates, Ints, Op

KINDS = (Op.AND, Op.OR, Op.NOT, Op.AT_LEAST, Op.TRUE, Op.FALSE)


@generated_by("sensa.testing.strategies.circuits:circuits")
@dataclass(frozen=True, eq=False)
class BareCircuit:
    """Gates (see `sensa.kernels.program`), the roots among them, and the number of coins."""

    gates: Gates
    roots: Ints
    coins: int


@st.composite
def circuits(draw: st.DrawFn, coins: int = 8, size: int = 20) -> BareCircuit:
    """Circuits of limited size with gates of every kind, and none, several or repeated roots.

    They shrink gate by gate, to conjunctions of the first coins.
    """
    count = draw(st.integers(1, coins))
    rows: list[tuple[Op, int, list[int]]] = [(Op.COIN, coin, []) for coin in range(count)]
    for _ in range(draw(st.integers(0, size))):
        op = draw(st.sampled_from(KINDS))
        earlier = st.integers(0, len(rows) - 1)
        most = 0 if op in (Op.TRUE, Op.FALSE) else 1 if op == Op.NOT else 4
        args = draw(st.lists(earlier, min_size=min(most, 1) if op == Op.NOT else 0, max_size=most))
        rows.append((op, draw(st.integers(-1, 5)) if op == Op.AT_LEAST else 0, args))
    roots = draw(st.lists(st.integers(0, len(rows) - 1), max_size=5))
    gates = Gates(
        np.array([op for op, _, _ in rows], np.int8),
        np.array([k for _, k, _ in rows], np.int32),
        np.cumsum([0, *(len(args) for _, _, args in rows)]).astype(np.int32),
        np.array([x for _, _, args in rows for x in args], np.int32),
    )
    return BareCircuit(gates, np.array(roots, np.int32), count)
