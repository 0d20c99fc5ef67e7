"""A cache of engines, whose key is everything that determines an engine."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sensa.circuit import Circuit
from sensa.engines.capabilities import DiagramEngine, SupportsRanges
from sensa.engines.choice import Choice, choose
from sensa.engines.exact.engine import MAX_SECONDS, NODE_BUDGET, compile_exact
from sensa.engines.protocol import Engine, EngineRefusal
from sensa.kernels.program import Ints

MAX_ENGINES = 256

V = TypeVar("V")
Key = tuple[bytes, bytes, Choice, int, int, float]


@dataclass(frozen=True)
class Recipe:
    """Options for making engines; with the circuit and the gates they determine the engine."""

    choice: Choice = "auto"
    seed: int = 0
    node_budget: int = NODE_BUDGET
    seconds: float = MAX_SECONDS

    def key(self, circuit: Circuit, gates: Ints) -> Key:
        """Everything that determines the engine for these gates of a circuit."""
        return (
            circuit.structure, gates.tobytes(), self.choice, self.seed, self.node_budget, self.seconds,
        )  # fmt: skip


@dataclass(frozen=True)
class EngineCache:
    """A cache of engines that evicts the least recently used.

    Circuits that differ only in numbers share their engines.
    """

    most: int = MAX_ENGINES
    _engines: OrderedDict[Key, Engine] = field(default_factory=OrderedDict)
    _diagrams: OrderedDict[Key, DiagramEngine | EngineRefusal] = field(default_factory=OrderedDict)

    def engine(
        self, circuit: Circuit, gates: Ints, recipe: Recipe, progress: Callable[[int, int], None] | None
    ) -> Engine:
        """The engine for these gates. Raises `EngineRefusal`."""
        key = recipe.key(circuit, gates)
        if key not in self._engines:
            self._keep(
                self._engines,
                key,
                choose(
                    circuit,
                    gates,
                    recipe.choice,
                    seed=recipe.seed,
                    node_budget=recipe.node_budget,
                    seconds=recipe.seconds,
                    progress=progress,
                ),
            )
        self._engines.move_to_end(key)
        return self._engines[key]

    def exact(
        self, circuit: Circuit, gates: Ints, recipe: Recipe, progress: Callable[[int, int], None] | None
    ) -> SupportsRanges | EngineRefusal:
        """The exact engine for these gates, whatever the choice; or why none fits the budget.

        It is that of the choice if that is exact; else one with diagrams.
        """
        if recipe.choice != "montecarlo":
            try:
                found = self.engine(circuit, gates, recipe, progress)
            except EngineRefusal as refusal:
                return refusal
            if isinstance(found, SupportsRanges):
                return found
        return self.diagram(circuit, gates, recipe, progress)

    def diagram(
        self, circuit: Circuit, gates: Ints, recipe: Recipe, progress: Callable[[int, int], None] | None
    ) -> DiagramEngine | EngineRefusal:
        """The engine with diagrams for these gates, whatever the choice; or why none fits the budget."""
        key = recipe.key(circuit, gates)
        known = self._engines.get(key)
        if isinstance(known, DiagramEngine):
            return known
        if known is not None and recipe.choice == "auto":
            return EngineRefusal(known.info.reason)  # its budget was too small
        if key not in self._diagrams:
            self._keep(self._diagrams, key, _diagram(circuit, gates, recipe, progress))
        self._diagrams.move_to_end(key)
        return self._diagrams[key]

    def _keep(self, kept: "OrderedDict[Key, V]", key: Key, value: V) -> None:
        kept[key] = value
        if len(kept) > self.most:
            kept.popitem(last=False)


def _diagram(
    circuit: Circuit, gates: Ints, recipe: Recipe, progress: Callable[[int, int], None] | None
) -> DiagramEngine | EngineRefusal:
    try:
        return compile_exact(
            circuit,
            roots=gates,
            node_budget=recipe.node_budget,
            seconds=recipe.seconds,
            progress=progress,
        )
    except EngineRefusal as refusal:
        return refusal
