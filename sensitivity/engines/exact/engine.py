"""The exact engine: probabilities and all their derivatives, without sampling, from decision diagrams.

Bryant 1986 (10.1109/TC.1986.1676819); Rauzy 1993 (10.1016/0951-8320(93)90060-C) for fault trees.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit
from sensa.engines.cut_sets import possible_ends, set_family
from sensa.engines.cut_sets.possible_ends import PossibleEnds
from sensa.engines.exact.covariances import MAX_PAIRS, Covariances, compile_covariances
from sensa.engines.exact.covariances import MAX_SECONDS as COVARIANCE_SECONDS
from sensa.engines.exact.diagram_compiler import Assembled, assemble
from sensa.engines.exact.diagram_names import diagram_lines, nearest_label
from sensa.engines.exact.network import Network, simplify
from sensa.engines.exact.order_search import Budget, TooLargeError
from sensa.engines.exact.rewriting import rewritten
from sensa.engines.protocol import (
    FIRST_DRAWS,
    NO_FORCE,
    Draws,
    Engine,
    EngineInfo,
    EngineRefusal,
    Force,
    Way,
    with_values,
)
from sensa.kernels import compiled_work
from sensa.kernels.bdd import diagrams, interventions
from sensa.kernels.bdd.interventions import Exchange, Intervention
from sensa.kernels.program import Floats, Gates, Ints
from sensa.kernels.programs import interval_arithmetic
from sensa.kernels.programs.interval_arithmetic import Range
from sensa.kernels.work_clock import clock

if TYPE_CHECKING:
    from sensa.kernels.bdd.sweeps_compiled import Layout

NODE_BUDGET = 16_000_000  # created for one part: some 3 GB at most
MAX_SECONDS = 60.0
PROBABILITIES_AT_ONCE = 1 << 22  # coin probabilities, over samples and interventions, in one sweep
MANY_SAMPLES = 512  # in one sweep: a block of a run's sampled parameters,
MAX_CHANGED = 500_000  # nodes that interventions may change together, else they are swept side by side
SWEEPS_AHEAD = 300  # after which usual analyses sweep that many more
SWEEPS = "sensa.kernels.bdd.sweeps_compiled"
BACKWARD = "sensa.kernels.bdd.backward_compiled"
EVERY_PART = "every part has a diagram within the budget"


class ExactEngine:
    """The exact engine of a circuit; made by `compile_exact`. Values are exact up to rounding (about 1e-15).

    Sweeps run in plain Python and numpy until they have taken as long as loading compiled code would, or
    are likely to, then in compiled code. Both give the same numbers to the last bit, so no result depends
    on it.
    """

    def __init__(
        self,
        network: Network,
        assembled: Assembled,
        labels: Mapping[int, str],
        coins: Sequence[str],
        seconds: float,
    ) -> None:
        self.diagram = assembled.diagram
        self._seconds = seconds
        self._network = network
        self._assembled = assembled
        self._labels = labels
        self._coins = coins
        self._layout: Layout | None = None
        self._changed: dict[bytes, Ints] = {}  # nodes, by the coins that an intervention holds
        self._together: tuple[list[tuple[bytes, bytes]], Layout] | None = None  # of the last interventions

    @property
    def way(self) -> Way:
        """By diagrams only."""
        return "exact"

    @property
    def roots(self) -> int:
        """The number of roots."""
        return len(self.diagram.roots)

    @property
    def size(self) -> int:
        """The number of nodes of the diagram, over all modules."""
        return self.diagram.size

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which roots are the same in all worlds (roots,)."""
        return np.asarray(self.diagram.roots < 2)

    @property
    def coins_read(self) -> Ints:
        """The coins that any answer depends on, in ascending order."""
        read = np.union1d(self.diagram.variable, self.diagram.roots) - 2
        found: Ints = read[(read >= 0) & (read < self.diagram.coins)].astype(np.int32)
        return found

    @property
    def modules(self) -> int:
        """The number of modules."""
        return len(self.diagram.modules) - 1

    @property
    def order(self) -> str:
        """The variable order that was smallest for the largest module."""
        if not self._assembled.order:
            return "none"
        sizes = np.diff(self.diagram.modules)[: len(self._assembled.order)]
        return self._assembled.order[int(sizes.argmax())]

    @property
    def info(self) -> EngineInfo:
        """How the engine was made."""
        return EngineInfo(EVERY_PART, diagram_nodes=self.size, order=self.order, seconds=self._seconds)

    def is_false(self, root: int) -> bool:
        """Whether a root can never be true, whatever the coins' probabilities."""
        return int(self.diagram.roots[root]) == 0

    def probabilities(self, p: Floats, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS) -> Floats:
        """The roots' probabilities (samples, roots) at the coins' probabilities `p` (samples, coins).

        The operations for a sample do not depend on its block, so results are the same to the last bit.
        NaN in `p` gives NaN in each root whose diagram has that coin. Raises ValueError for a wrong shape.
        """
        p = self._held(p, force)
        if not self._compiled(p, more=compiled_work.ready(SWEEPS)):
            return diagrams.forward(self.diagram, p)
        from sensa.kernels.bdd import sweeps_compiled

        self._layout = self._layout or sweeps_compiled.layout(self.diagram)
        return sweeps_compiled.forward(self._layout, p)

    def under(self, p: Floats, forces: Sequence[Force], draws: Draws = FIRST_DRAWS) -> Floats:
        """The roots' probabilities (forces, samples, roots) under each intervention.

        At many samples, what interventions have in common is computed once.
        """
        p = self._held(p, NO_FORCE)
        much = self.size * len(forces) > MAX_CHANGED
        if much or len(forces) < 2 or len(p) < MANY_SAMPLES or np.isnan(p).any():
            return in_one_sweep(self, p, forces)
        found = [Intervention(force.coins, force.values, self._above(force.coins)) for force in forces]
        share = 1 + sum(len(one.changed) for one in found) / max(self.size, 1)
        if not self._compiled(p, share, more=True):
            return interventions.forward(self.diagram, p, found)
        from sensa.kernels.bdd import sweeps_compiled

        key, last = [(one.coins.tobytes(), one.values.tobytes()) for one in found], self._together
        if last is None or last[0] != key:
            last = self._together = key, sweeps_compiled.layout(interventions.together(self.diagram, found))
        each = sweeps_compiled.forward(last[1], p)
        return np.ascontiguousarray(each.reshape(len(p), len(forces), self.roots).transpose(1, 0, 2))

    def exchanged(self, p: Floats, coins: Sequence[Ints], values: Sequence[Floats]) -> Floats:
        """The roots' probabilities (exchanges, samples, roots) at `p` (samples, coins), coins exchanged.

        Exchange i gives `coins[i]` the probabilities `values[i]` (samples, these coins). What exchanges
        have in common is computed once.
        """
        p = self._held(p, NO_FORCE)
        changed = [self._above(each) for each in coins]
        share = 1 + sum(map(len, changed)) / max(self.size, 1)
        if len(p) < MANY_SAMPLES or self._compiled(p, share, more=True):
            return np.stack(
                [self.probabilities(with_values(p, *each)) for each in zip(coins, values, strict=True)]
            )
        return interventions.exchanged(self.diagram, p, list(map(Exchange, coins, values, changed)))

    def gradients(
        self, p: Floats, combine: Floats | None = None, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS
    ) -> tuple[Floats, Floats]:
        """Linear combinations of roots and their derivatives by every coin, in one reverse pass each.

        `combine` is (k, roots); by default each root. Returns values (samples, k) and derivatives
        (samples, k, coins), for a held coin at its held value. The derivatives are Birnbaum's (1969)
        importances. The derivative by one coin is exact for any change of that coin alone, since roots are
        multilinear; for changes of several coins together it is not.
        """
        roots = len(self.diagram.roots)
        combine = np.eye(roots) if combine is None else np.asarray(combine, np.float64)
        if combine.ndim != 2 or combine.shape[1] != roots:
            raise ValueError(f"combine has shape {combine.shape}; wanted (k, {roots})")
        p, combinations = self._held(p, force), diagrams.seeds(combine)
        plain_seconds = diagrams.plain_seconds(self.diagram, len(p), combinations.size)
        if not compiled_work.pays(BACKWARD, plain_seconds):
            return diagrams.backward(self.diagram, p, combinations)
        from sensa.kernels.bdd import backward_compiled, sweeps_compiled

        self._layout = self._layout or sweeps_compiled.layout(self.diagram)
        return backward_compiled.backward(self._layout, p, combinations)

    def ranges(self, low: Floats, high: Floats) -> Range:
        """Bounds (samples, roots) where each coin's probability is between `low` and `high` (samples, coins).

        They contain the true range; they can be wider unless each root is monotone in each coin.
        """
        return interval_arithmetic.diagram(self.diagram, low, high)

    def covariances(
        self, combine: Floats | None = None, *, pairs: int = MAX_PAIRS, seconds: float = COVARIANCE_SECONDS
    ) -> Covariances:
        """Variances and Sobol' indices of outputs `combine` (outputs, roots), each root if left out.

        Made anew at each call. Raises `EngineRefusal` where the product of the diagram with itself takes more
        than `pairs` pairs of nodes or `seconds`.
        """
        return compile_covariances(self, self.diagram, combine, pairs=pairs, seconds=seconds)

    def possible_ends(
        self,
        circuit: Circuit,
        *,
        never: Collection[int] = (),
        node_budget: int = set_family.NODE_BUDGET,
        seconds: float = set_family.MAX_SECONDS,
    ) -> PossibleEnds:
        """The possible ends by violated assumptions; its first roots must be those of the circuit.

        Made anew at each call. Raises `EngineRefusal` beyond the budget.
        """
        return possible_ends.possible_ends(
            circuit, self.diagram, never=never, node_budget=node_budget, seconds=seconds
        )

    def describe(self, most: int = 200) -> str:
        """The diagram as text: each node's test and children, by module, for at most `most` nodes."""
        summary = f"{self.size:,} nodes in {self.modules:,} modules, order of the largest: {self.order}"
        lines = diagram_lines(self._network, self._assembled, self._labels, self._coins, most)
        return "\n".join([summary, *lines])

    def _above(self, coins: Ints) -> Ints:
        key = coins.tobytes()
        found = self._changed.get(key)
        if found is None:
            if sum(map(len, list(self._changed.values()))) > MAX_CHANGED:
                self._changed.clear()
            found = self._changed[key] = interventions.above(self.diagram, coins)
        return found

    def _compiled(self, p: Floats, times: float = 1.0, *, more: bool) -> bool:
        """Whether to sweep forward in compiled code; `more`: after a block of samples usually come others."""
        seconds, ahead = times * diagrams.plain_seconds(self.diagram, len(p), 0), 0.0
        if more and len(p) >= MANY_SAMPLES:
            ahead = SWEEPS_AHEAD * diagrams.plain_seconds(self.diagram, MANY_SAMPLES, 0)
        return compiled_work.pays(SWEEPS, seconds, ahead)

    def _held(self, p: Floats, force: Force) -> Floats:
        p = np.asarray(p, np.float64)
        if p.ndim != 2 or p.shape[1] != self.diagram.coins:
            raise ValueError(f"p has shape {p.shape}; wanted (samples, {self.diagram.coins})")
        return force.applied(p)


def in_one_sweep(engine: Engine, p: Floats, forces: Sequence[Force]) -> Floats:
    """The roots' probabilities (forces, samples, roots) of an exact engine, several forces side by side."""
    samples, group = len(p), max(PROBABILITIES_AT_ONCE // max(p.size, 1), 1)
    parts = [
        engine.probabilities(_side_by_side(p, forces[start : start + group]))
        for start in range(0, len(forces), group)
    ]
    return np.concatenate(parts).reshape(len(forces), samples, engine.roots)


def _side_by_side(p: Floats, forces: Sequence[Force]) -> Floats:
    """The coins' probabilities (forces x samples, coins) under each force, coin by coin in memory."""
    columns = np.repeat(p.T[:, None, :], len(forces), axis=1)
    for i, force in enumerate(forces):
        columns[force.coins, i] = force.values[:, None]
    return columns.reshape(p.shape[1], len(forces) * len(p)).T  # there may be no coin


@dataclass(frozen=True)
class Target:
    """The target of an engine: some gates as roots, and the author's names of gates and coins."""

    gates: Gates
    roots: Ints
    labels: Mapping[int, str]  # of gates
    coins: Sequence[str]
    steps: Sequence[int]  # of each coin (-1: drawn once), for orders that follow the steps; may be empty


def target(circuit: Circuit, roots: Ints | None = None) -> Target:
    """These gates of a circuit; by default its roots."""
    asked = np.array([root.gate for root in circuit.roots], np.int32) if roots is None else roots
    return Target(
        circuit.gates,
        asked,
        {root.gate: f"{root.outcome}@{root.step + 1}" for root in circuit.roots} | circuit.labels,
        [coin.draw for coin in circuit.coins],
        [-1 if coin.step is None else coin.step for coin in circuit.coins] if len(circuit.steps) > 1 else [],
    )


def compile_exact(
    circuit: Circuit,
    *,
    roots: Ints | None = None,
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
    progress: Callable[[int, int], None] | None = None,
    rewrite: bool = False,
) -> ExactEngine:
    """The exact engine of a circuit, for `roots` (gates; the circuit's roots if left out).

    Raises `EngineRefusal` if a module's diagram needs more than `node_budget` nodes in every order tried, or
    all take more than `seconds`. `progress(done, modules)` is called regularly. `rewrite`: first rewrite
    the gates, as large ones are worth it.
    """
    return _compiled(target(circuit, roots), node_budget, seconds, None, progress, rewrite)


def compile_gates(
    gates: Gates,
    roots: Ints,
    labels: Mapping[int, str] | None = None,
    *,
    coins: int | Sequence[str],
    steps: Sequence[int] = (),
    node_budget: int = NODE_BUDGET,
    seconds: float = MAX_SECONDS,
    order: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    rewrite: bool = False,
) -> ExactEngine:
    """The exact engine of bare gates; `coins` are the coins' names, or their number.

    `labels` names gates in messages; `steps` has each coin's step (-1: once-only), for orders that follow
    the steps; `order` restricts the search to one order. Other arguments as `compile_exact`.
    """
    names = [f"coin {coin}" for coin in range(coins)] if isinstance(coins, int) else list(coins)
    bare = Target(gates, roots, labels or {}, names, steps)
    return _compiled(bare, node_budget, seconds, order, progress, rewrite)


def _compiled(
    target: Target,
    node_budget: int,
    seconds: float,
    order: str | None,
    progress: Callable[[int, int], None] | None,
    rewrite: bool,
) -> ExactEngine:
    begin = clock()
    network = simplify(target.gates, target.roots)
    if rewrite:
        network = rewritten(network)
    budget = Budget(node_budget, begin + seconds)
    try:
        assembled = assemble(network, len(target.coins), list(target.steps), budget, progress, order)
    except TooLargeError as stop:
        said = f"exact engine: {too_large(network, target.labels, stop, seconds)}"
        more = "allow more seconds" if stop.nodes is None else "raise the node budget"
        raise EngineRefusal(f"{said}; use `--engine montecarlo`, or {more}") from None
    return ExactEngine(network, assembled, target.labels, target.coins, clock() - begin)


def too_large(network: Network, labels: Mapping[int, str], stop: TooLargeError, seconds: float) -> str:
    """The message for a module that exceeds a budget: which one, where, and which budget."""
    where = nearest_label(network, labels, stop.node)
    place = f"{where}, in a part of {stop.variables:,} connected draws and modules,"
    if stop.nodes is None:
        return f"{place} needs more than {seconds:g} s"
    return f"{place} needs more than {stop.nodes:,} diagram nodes in every order tried"
