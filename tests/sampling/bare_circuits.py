"""Circuits of numbers and draws without gates."""

import dataclasses
from typing import Any

import numpy as np

from sensa.circuit import Circuit, Coin
from sensa.graph import Parameter
from sensa.kernels.program import RealOp
from sensa.stories.numbers.distribution import Distribution
from tests.kernels.programs.real_programs import Row, reals_of

UNIT = Distribution("uniform", (0.0, 1.0))


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
