"""The exact engine: probabilities and all their derivatives, without sampling, from decision diagrams.

Bryant 1986 (10.1109/TC.1986.1676819); Rauzy 1993 (10.1016/0951-8320(93)90060-C) for fault trees.
"""

from collections.abc import Callable, Sequence
from time import monotonic

import numpy as np

from sensa.circuit import Circuit
from sensa.engines import NONE, EngineRefusal, Force
from sensa.engines.assembling import Assembled, Budget, TooLargeError, assemble
from sensa.engines.network import Network, simplify
from sensa.kernels import diagrams
from sensa.kernels.program import Floats, Gates, Ints

NODE_BUDGET = 2_000_000
SECONDS = 60.0


class ExactEngine:
    """Answers for one circuit; made by `compile_exact`. Values are exact up to rounding (about 1e-15)."""

    def __init__(self, assembled: Assembled, labels: Sequence[str], seconds: float) -> None:
        self.diagram = assembled.diagram
        self.seconds = seconds
        self._assembled = assembled
        self._labels = labels

    @property
    def size(self) -> int:
        """Nodes of the diagram, over all modules."""
        return self.diagram.size

    @property
    def modules(self) -> int:
        """How many parts were solved alone."""
        return len(self.diagram.modules) - 1

    @property
    def order(self) -> str:
        """The variable order that was smallest for the largest module."""
        if not self._assembled.order:
            return "none"
        sizes = np.diff(self.diagram.modules)[: len(self._assembled.order)]
        return self._assembled.order[int(sizes.argmax())]

    def is_false(self, root: int) -> bool:
        """Whether a root can never be true, whatever the coins' probabilities."""
        return int(self.diagram.roots[root]) == 0

    def is_true(self, root: int) -> bool:
        """Whether a root is always true, whatever the coins' probabilities."""
        return int(self.diagram.roots[root]) == 1

    def probabilities(self, p: Floats, force: Force = NONE) -> Floats:
        """The roots' probabilities (samples, roots) at the coins' probabilities `p` (samples, coins).

        Each sample has the same operations whatever the block, so blocks do not change a bit of it.
        A NaN in `p` gives NaN in each root whose diagram has that coin. Raises ValueError for a wrong shape.
        """
        return diagrams.forward(self.diagram, self._held(p, force))

    def gradients(
        self, p: Floats, combine: Floats | None = None, force: Force = NONE
    ) -> tuple[Floats, Floats]:
        """Linear combinations of roots and their derivatives by every coin, in one reverse pass each.

        `combine` is (k, roots), each root alone if left out. Gives values (samples, k) and derivatives
        (samples, k, coins), for a held coin at its held value. The derivatives are Birnbaum's (1969)
        importances. The derivative by one coin is exact for any change of that coin alone, since roots are
        multilinear; for changes of several coins together it is not.
        """
        roots = len(self.diagram.roots)
        combine = np.eye(roots) if combine is None else np.asarray(combine, np.float64)
        if combine.ndim != 2 or combine.shape[1] != roots:
            raise ValueError(f"combine has shape {combine.shape}; wanted (k, {roots})")
        return diagrams.backward(self.diagram, self._held(p, force), diagrams.seeds(combine))

    def _held(self, p: Floats, force: Force) -> Floats:
        p = np.asarray(p, np.float64)
        if p.ndim != 2 or p.shape[1] != self.diagram.coins:
            raise ValueError(f"p has shape {p.shape}; wanted (samples, {self.diagram.coins})")
        return force.applied(p)


def compile_exact(
    circuit: Circuit,
    *,
    roots: Ints | None = None,
    node_budget: int = NODE_BUDGET,
    seconds: float = SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> ExactEngine:
    """The exact engine of a circuit, for `roots` (gates; the circuit's roots if left out).

    Raises `EngineRefusal` where a module's diagram would need more than `node_budget` nodes in every
    order tried, or more than `seconds` in all. `progress(done, modules)` is called now and then.
    """
    if roots is None:
        roots = np.array([root.gate for root in circuit.roots], np.int32)
    return compile_gates(
        circuit.gates,
        roots,
        circuit.labels,
        coins=[coin.draw for coin in circuit.coins],
        steps=[-1 if coin.step is None else coin.step for coin in circuit.coins]
        if len(circuit.steps) > 1
        else (),
        node_budget=node_budget,
        seconds=seconds,
        progress=progress,
    )


def compile_gates(
    gates: Gates,
    roots: Ints,
    labels: dict[int, str] | None = None,
    *,
    coins: int | Sequence[str],
    steps: Sequence[int] = (),
    node_budget: int = NODE_BUDGET,
    seconds: float = SECONDS,
    order: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ExactEngine:
    """The exact engine of bare gates; `coins` are the coins' names, or how many there are.

    `labels` names gates in messages; `steps` has each coin's step (-1: once-only), for orders that follow
    the steps; `order` allows one order only. The rest as `compile_exact`.
    """
    begin = monotonic()
    names = [f"coin {coin}" for coin in range(coins)] if isinstance(coins, int) else list(coins)
    labels = labels or {}
    network = simplify(gates, roots)
    try:
        assembled = assemble(
            network, len(names), list(steps), Budget(node_budget, seconds, begin + seconds), progress, order
        )
    except TooLargeError as stop:
        raise EngineRefusal(_refusal(network, labels, stop, seconds)) from None
    return ExactEngine(assembled, names, monotonic() - begin)


def _refusal(network: Network, labels: dict[int, str], stop: TooLargeError, seconds: float) -> str:
    gate = network.origin[stop.node] >> 1
    above = min((other for other in labels if other >= gate), default=None)
    place = labels.get(gate) or (f"gate {gate}" if above is None else f"gate {gate}, below `{labels[above]}`")
    if stop.nodes is None:
        spent, more = f"more than {seconds:g} s", "allow more seconds"
    else:
        spent, more = f"more than {stop.nodes:,} diagram nodes", "raise the node budget"
    return f"exact engine: {place} needs {spent} in every order tried; use `--engine montecarlo`, or {more}"
