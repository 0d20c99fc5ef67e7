"""The circuit: independent coins, gates over them, and a root for each (outcome, step).

The waist of the house. Story formats enter above it; engines work below it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.graph import OutcomeKind, Parameter
from sensa.kernels.program import Gates, Ints, Reals

Coins = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Coin:
    """One independent draw: true with the value of instruction `program`."""

    draw: str  # the author's path of the draw, as `assumptions.a.credence@2`
    path: str  # the author's path of the number, as `assumptions.a.credence`
    node: str  # the author's name of the node that the draw belongs to
    program: int


@dataclass(frozen=True, slots=True)
class Root:
    """A gate that is asked for: an outcome at a step."""

    outcome: str
    step: int
    gate: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an instruction's value must satisfy at every parameter value, else the run is in error."""

    program: int
    rule: str  # "probability", "weight" (not negative) or "total" (more than 0)
    path: str


@dataclass(frozen=True, slots=True)
class End:
    """An outcome of the story, its kind, and the instruction of its loss (none: not stated)."""

    name: str
    kind: OutcomeKind
    loss: int | None


@dataclass(frozen=True)
class Circuit:
    """A story as a Boolean circuit; see `sensa.kernels.program` for the arrays."""

    parameters: tuple[Parameter, ...]
    correlated: Ints  # indices of the parameters tied by the copula
    correlation: npt.NDArray[np.float64]  # their Pearson correlation in the copula
    reals: Reals
    requirements: tuple[Requirement, ...]
    coins: tuple[Coin, ...]
    gates: Gates
    roots: tuple[Root, ...]
    ends: tuple[End, ...]
    steps: tuple[str, ...]
    labels: dict[int, str]  # author's label of the gates that are nodes: `narrow`, `drifted@3`
    node_coins: dict[str, tuple[int, ...]]  # author's name -> its coins at all steps (assumptions only)
    queries: dict[str, int]  # further gates that analyses may ask for
