"""The engine by variable elimination, exact where diagrams are too large: of the whole circuit or of parts.

A part becomes one arithmetic circuit for all its heads (`sensa.engines.elimination.eliminate`), which gives
their probabilities and derivatives, also under interventions. It gives no product of a function with itself,
so no exact variances, and no minimal sets: those need a diagram.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit
from sensa.engines.elimination.binary_gates import ALWAYS, BinaryGates, binary_gates
from sensa.engines.elimination.budgets import ROW_BUDGET
from sensa.engines.elimination.eliminate import (
    MAX_VARIABLES,
    TOO_LARGE,
    Eliminated,
    TooManyGatesError,
    TooManyRowsError,
    eliminate,
)
from sensa.engines.exact.diagram_names import nearest_label
from sensa.engines.exact.engine import MAX_SECONDS, Target, target
from sensa.engines.exact.order_search import Budget
from sensa.engines.parts import Answers, OpenPart, compile_in_parts
from sensa.engines.protocol import Draws, Engine, EngineRefusal
from sensa.kernels import compiled_work
from sensa.kernels.elimination import arithmetic_circuits
from sensa.kernels.elimination.elimination_orders import MOST_VARIABLES
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.programs.interval_arithmetic import Range
from sensa.kernels.work_clock import clock

PRODUCT_NODES = 4  # cost of a product, in nodes of a diagram
ASKED = "elimination was asked for"
COMPILED_SWEEPS = "sensa.kernels.elimination.arithmetic_circuits_compiled"


@dataclass(frozen=True, eq=False)
class EliminatedPart:
    """A part's answers from its arithmetic circuit."""

    gates: BinaryGates
    eliminated: Eliminated
    sampled_gates: int = 0

    @property
    def size(self) -> int:
        """The cost of a sample."""
        return PRODUCT_NODES * self.products

    @property
    def products(self) -> int:
        """The products of its arithmetic circuit."""
        return self.eliminated.circuit.size

    def probabilities(self, p: Floats, draws: Draws) -> Floats:
        """The heads' probabilities (samples, heads), exact up to rounding.

        NaN in `p` gives NaN in each head whose gates read that leaf.
        """
        unknown, known = _split(p)
        found = self._by_head(self._sweeps(len(p), 0).probabilities(self.eliminated.circuit, known))
        if unknown is not None:
            found[unknown @ self._reads.T] = np.nan
        return found

    def ranges(self, low: Floats, high: Floats) -> Range:
        """Bounds (samples, heads) where each leaf's probability lies between `low` and `high`.

        They take p and 1 - p for independent, so they are wide where many leaves vary at once.
        """
        ends = []
        for p, rest in ((low, 1.0 - high), (high, 1.0 - low)):
            varying = self._sweeps(len(p), 0).probabilities(self.eliminated.circuit, p, rest)
            ends.append(self._by_head(np.minimum(varying, 1.0)))
        return Range(*ends)

    @cached_property
    def leaves_read(self) -> "npt.NDArray[np.bool_]":
        """Whether the heads depend on each leaf (leaves,)."""
        return arithmetic_circuits.coins_read(self.eliminated.circuit)

    def pulled_back(self, p: Floats, weights: Floats, draws: Draws) -> Floats:
        """Derivatives (samples, k, leaves) of combinations `weights` (samples, k, heads) by the leaves."""
        unknown, known = _split(p)
        circuit = self.eliminated.circuit
        by_indicator = np.zeros((*weights.shape[:2], max(circuit.indicators, 1)))
        for head, indicator in enumerate(self._heads.tolist()):
            if indicator >= 0:
                by_indicator[:, :, indicator] += weights[:, :, head]
        sweeps = self._sweeps(len(p), weights.shape[1])
        slopes: Floats = sweeps.slopes(circuit, known, by_indicator)
        if unknown is not None:
            lost = unknown @ self._reads.T  # (samples, heads)
            slopes[((weights != 0) & lost[:, None, :]).any(axis=2)] = np.nan
        return slopes

    def _sweeps(self, samples: int, combinations: int) -> Any:
        """Compiled ones where that pays; results are the same."""
        seconds = arithmetic_circuits.plain_seconds(self.eliminated.circuit, samples, combinations)
        if not compiled_work.pays(COMPILED_SWEEPS, seconds):
            return arithmetic_circuits
        from sensa.kernels.elimination import arithmetic_circuits_compiled

        return arithmetic_circuits_compiled

    def _by_head(self, varying: Floats) -> Floats:
        """Each head's column of these of the indicators; 0 or 1 for what never varies."""
        found = np.empty((len(varying), len(self._heads)))
        varies = self._heads >= 0
        found[:, varies] = varying[:, self._heads[varies]]
        found[:, ~varies] = self._heads[~varies] == ALWAYS
        return found

    @cached_property
    def _heads(self) -> "npt.NDArray[np.int64]":
        return np.array(self.eliminated.heads, np.int64)

    @cached_property
    def _reads(self) -> "npt.NDArray[np.bool_]":
        return self.gates.reads()


def _split(p: Floats) -> "tuple[npt.NDArray[np.bool_] | None, Floats]":
    """Where `p` is NaN, if anywhere, and `p` with other values there."""
    unknown = np.isnan(p)
    return (unknown, np.where(unknown, 0.5, p)) if unknown.any() else (None, p)


def by_elimination(
    rows: int, seconds: float, otherwise: Callable[[OpenPart], Answers]
) -> Callable[[OpenPart], Answers]:
    """Answers from arithmetic circuits; `otherwise` for parts of more than `rows`, or after `seconds`."""
    begun: list[float] = []

    def answer(open_part: OpenPart) -> Answers:
        begun.append(clock())  # the time of the first counts
        part = open_part.part
        gates = binary_gates(open_part.network, part.module, part.negated)
        try:
            return EliminatedPart(gates, eliminate(gates, Budget(rows, begun[0] + seconds)))
        except TOO_LARGE:
            return otherwise(open_part)

    return answer


def too_large(open_part: OpenPart, labels: Mapping[int, str], error: Exception, seconds: float) -> str:
    """The message for a part that exceeds a budget: which one, and which budget."""
    module = open_part.part.module
    where = nearest_label(open_part.network, labels, module.top or module.inner[-1])
    place = f"{where}, in a part of {len(module.leaves):,} connected draws and modules,"
    match error:
        case TooManyRowsError(rows=rows):
            return (
                f"{place} needs more than {rows:,} rows, or more than {MOST_VARIABLES} variables in a table,"
                " in every order tried"
            )
        case TooManyGatesError(gates=gates):
            return f"{place} has {gates:,} gates and draws, of which at most {MAX_VARIABLES:,} are eliminated"
    return f"{place} needs more than {seconds:g} s"


def compile_eliminated(
    circuit: Circuit,
    *,
    roots: Ints | None = None,
    row_budget: int = ROW_BUDGET,
    seconds: float = MAX_SECONDS,
) -> Engine:
    """The engine for `roots` by elimination only.

    Raises `EngineRefusal` if every order tried needs more than `row_budget` rows, it takes more than
    `seconds`, or there are too many gates.
    """
    return _compiled(target(circuit, roots), row_budget, seconds)


def compile_eliminated_gates(
    gates: Gates,
    roots: Ints,
    labels: Mapping[int, str] | None = None,
    *,
    coins: int,
    row_budget: int = ROW_BUDGET,
    seconds: float = MAX_SECONDS,
) -> Engine:
    """The same for bare gates over so many coins; `labels` names gates in messages."""
    names = [f"coin {coin}" for coin in range(coins)]
    return _compiled(Target(gates, roots, labels or {}, names, ()), row_budget, seconds)


def _compiled(wanted: Target, row_budget: int, seconds: float) -> Engine:
    budget = Budget(row_budget, clock() + seconds)

    def answer(open_part: OpenPart) -> Answers:
        gates = binary_gates(open_part.network, open_part.part.module, open_part.part.negated)
        try:
            return EliminatedPart(gates, eliminate(gates, budget))
        except TOO_LARGE as error:
            said = too_large(open_part, wanted.labels, error, seconds)
            raise EngineRefusal(f"elimination engine: {said}; use `--engine auto`") from None

    return compile_in_parts(
        wanted, lambda _: answer, asked=ASKED, whole="exact", node_budget=0, seconds=seconds
    )
