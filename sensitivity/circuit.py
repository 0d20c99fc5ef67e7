"""The circuit: independent coins, gates over them, and a root for each (outcome, step).

The narrow waist: story formats compile to it, and engines evaluate it.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import blake2b, sha256
from typing import Literal

import numpy as np
import numpy.typing as npt

from sensa.graph import OutcomeKind, Parameter
from sensa.kernels.program import Floats, Gates, Ints, RealOp, Reals
from sensa.kernels.programs.interpreter import reads


def address(path: str) -> int:
    """A 64-bit address of a parameter or a draw, derived from its path alone."""
    return int.from_bytes(blake2b(path.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Coin:
    """One independent draw: true with the value of instruction `program`."""

    draw: str  # the author's path of the draw, as `assumptions.a.credence@2`
    path: str  # the author's path of the number, as `assumptions.a.credence`
    node: str  # the author's name of the node that the draw belongs to
    program: int
    step: int | None = None  # None: drawn once
    alone: bool = False  # of a leak or a false alarm, which needs no cause


@dataclass(frozen=True, slots=True)
class Root:
    """A gate of interest: an outcome at a step."""

    outcome: str
    step: int
    gate: int


FAILURES: tuple[OutcomeKind, ...] = ("fail_safe", "catastrophic")
Rule = Literal["probability", "weight", "total", "number"]  # in [0, 1]; >= 0; > 0; finite


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on an instruction's value that must hold at every parameter value."""

    program: int
    rule: Rule
    path: str


@dataclass(frozen=True, slots=True)
class End:
    """An outcome of the story, with its kind."""

    name: str
    kind: OutcomeKind


@dataclass(frozen=True, slots=True)
class Loss:
    """If `gate` is true, the story has ended in `outcome`, at the cost of the value of `program`."""

    outcome: str
    gate: int
    program: int


@dataclass(frozen=True, slots=True)
class MeasureGates:
    """The gates of a measure P(`joint`) / P(`given`); the expected loss has none."""

    joint: int | None = None
    given: int | None = None


@dataclass(frozen=True, slots=True)
class EmptyCase:
    """A case of a choice that leaves no option: its gate must be false."""

    gate: int
    path: str
    case: str  # paths, within the choice, of the rules that apply


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
    losses: tuple[Loss, ...]  # empty if no outcome states a loss
    steps: tuple[str, ...]
    labels: dict[int, str]  # author's label of the gates that are nodes: `narrow`, `drifted@3`
    assumption_coins: dict[str, tuple[int, ...]]  # all draws of each assumption, at all steps
    criteria: dict[str, int]  # gate of each evaluation criterion
    ended: dict[str, int]  # gate of each outcome, at any step
    violated_and: dict[
        str, dict[str, int]
    ]  # gate of: this outcome, and the assumption was violated at a step
    #                                          that the story reached
    measures: dict[str, MeasureGates]  # by their text
    empty: tuple[EmptyCase, ...]  # gates that must be false

    @cached_property
    def kinds(self) -> list[OutcomeKind]:
        """The kinds of the outcomes, in order of first occurrence."""
        return list(dict.fromkeys(end.kind for end in self.ends))

    def of_kind(self, *kinds: str) -> Floats:
        """1 for each outcome of one of these kinds, 0 for the others (outcomes,)."""
        return np.array([float(end.kind in kinds) for end in self.ends])

    @cached_property
    def by_kind(self) -> Floats:
        """The matrix (outcomes, kinds) that sums the outcomes of each kind."""
        return np.array([[float(end.kind == kind) for kind in self.kinds] for end in self.ends])

    @cached_property
    def structure(self) -> bytes:
        """A digest of what engines are built from; circuits that differ only in numbers share it."""
        named = [
            [(coin.draw, coin.step) for coin in self.coins],
            [(root.outcome, root.step, root.gate) for root in self.roots],
            sorted(self.labels.items()),
            len(self.steps),
        ]
        digest = sha256(repr(named).encode())
        for array in self.gates:
            digest.update(array.tobytes() + b"|")
        return digest.digest()

    @cached_property
    def digest(self) -> str:
        """The sha256 of the whole circuit including numbers, as hex digits."""
        whole = sha256()
        for part in fields(self):
            value = getattr(self, part.name)
            arrays = value if isinstance(value, Gates | Reals) else (value,)
            for each in arrays:
                plain = each.tobytes() if isinstance(each, np.ndarray) else repr(each).encode()
                whole.update(plain + b"|")
        return whole.hexdigest()


def read_by(circuit: Circuit, program: int) -> set[int]:
    """The parameters that an instruction depends on."""
    needed = reads(circuit.reals, np.array([program], np.int32))
    plain = needed[circuit.reals.op[needed] == RealOp.PARAMETER]
    return set(circuit.reals.k[plain].tolist())
