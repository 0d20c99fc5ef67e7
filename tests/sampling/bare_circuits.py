"""Circuits of numbers and draws without gates."""

import dataclasses
from typing import Any

import numpy as np

from sensa.circuit import Circuit, Coin
from sensa.graph import Parameter
from sensa.kernels.program import RealOp, Reals
from sensa.stories.numbers.distribution import Distribution

UNIT = Distribution("uniform", (0.0, 1.0))
Row = tuple[RealOp, int, float, tuple[int, ...]]


def reals_of(rows: list[Row]) -> Reals:
    start = np.concatenate([[0], np.cumsum([len(args) for *_, args in rows])])
    return Reals(
        np.array([op for op, *_ in rows], np.int8),
        np.array([k for _, k, *_ in rows], np.int32),
        np.array([value for _, _, value, _ in rows], np.float64),
        start.astype(np.int32),
        np.array([a for *_, args in rows for a in args], np.int32),
    )


def circuit(
    distributions: list[Distribution],
    rows: list[Row] | None = None,
    coins: list[int] | None = None,
    **more: Any,
) -> Circuit:
    """A circuit without gates; by default each parameter is the probability of one coin."""
    count = len(distributions)
    given = {
        "parameters": tuple(
            Parameter(f"quantities.q{i}.value", d, f"quantities.q{i}") for i, d in enumerate(distributions)
        ),
        "correlated": np.empty(0, np.int32),
        "correlation": np.empty((0, 0)),
        "reals": reals_of(rows or [(RealOp.PARAMETER, i, 0.0, ()) for i in range(count)]),
        "coins": tuple(
            Coin(f"events.e{i}.chance", f"events.e{i}.chance", f"e{i}", program)
            for i, program in enumerate(coins if coins is not None else range(count))
        ),
    }
    empty: dict[str, Any] = {f.name: () for f in dataclasses.fields(Circuit)}
    return Circuit(**(empty | given | more))
