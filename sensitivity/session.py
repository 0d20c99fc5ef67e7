"""A session: a compiled story with settings for its analysis."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.cache import EngineCache, Recipe
from sensa.engines.capabilities import DiagramEngine, SupportsRanges
from sensa.engines.protocol import FIRST_DRAWS, NO_FORCE, Draws, Engine, EngineRefusal, Force
from sensa.graph import Graph
from sensa.kernels.program import Floats, Ints
from sensa.results import How
from sensa.sampling.budget import MEAN_BATCHES, Budget, Effort
from sensa.sampling.estimates import Estimate, Sources, spread
from sensa.sampling.executor import Executor
from sensa.sampling.journal import Journal
from sensa.sampling.over_parameters import samples, spread_of
from sensa.sampling.parameter_blocks import Drawn, Points
from sensa.sampling.parameters import Block, at_means, mean_probabilities
from sensa.sampling.rare_outcomes import Ended, ended
from sensa.sampling.run import CUT_SHORT, Run, Samples, Stopped, Totals, totals_of
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.sampling.workers import Workers
from sensa.sampling.worlds_at_means import totals_at_means

if TYPE_CHECKING:
    import xarray as xr

    from sensa.stories.story import Story

NO_DIAGRAM = "no diagram within the budget"  # why an exact engine does not answer


@dataclass(frozen=True)
class World:
    """A case to evaluate: assumptions set to violated or to hold, and numbers set to values, by path.

    Everything else stays as the story states it.
    """

    violated: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    credences: Mapping[str, float] = field(default_factory=dict)

    def violate(self, *names: str) -> "World":
        """The world with these violated too."""
        rest = tuple(name for name in self.holds if name not in names)
        return replace(self, violated=tuple(dict.fromkeys((*self.violated, *names))), holds=rest)

    def restore(self, *names: str) -> "World":
        """The world with these no longer violated, but as the story states them."""
        return replace(self, violated=tuple(name for name in self.violated if name not in names))


class AnswersVariants(Protocol):
    """The implementation of `Session.at`."""

    def __call__(  # noqa: D102
        self,
        session: "Session",
        changes: Mapping[str, object],
        *,
        violated: Sequence[str],
        holds: Sequence[str],
        points: int | None,
    ) -> "xr.Dataset": ...


@dataclass(frozen=True)
class Session:
    """A graph with its settings and cached computations; `pipeline.prepare` makes one.

    `source` is the story that the graph was compiled from, if any; `axes_apart` compiles it again with its
    axes as derived quantities, which an analysis can replace. `journal` keeps the blocks of a long run,
    and `workers` compute them.
    """

    graph: Graph
    circuit: Circuit
    settings: Settings
    progress: Progress = no_progress
    source: "Story | None" = None
    engines: EngineCache = field(default_factory=EngineCache, repr=False, compare=False)
    drawn: Drawn = field(default_factory=Drawn, repr=False, compare=False)
    variants: AnswersVariants | None = field(default=None, repr=False, compare=False)
    axes_apart: Callable[[], Graph] | None = field(default=None, repr=False, compare=False)
    journal: Journal | None = field(default=None, repr=False, compare=False)
    workers: Workers | None = field(default=None, repr=False, compare=False)
    interventions: dict[tuple[str, ...], Floats] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )  # of `methods.interventions.in_replicates`, for several analyses; never another session's
    averages: dict[Engine, Floats] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )  # of `replicated`, without interventions

    def at(
        self,
        changes: Mapping[str, object],
        *,
        violated: Sequence[str] = (),
        holds: Sequence[str] = (),
        points: int | None = None,
    ) -> "xr.Dataset":
        """The outcomes with other values of the numbers at these paths, without compiling again.

        `changes` maps each path to a value, such as `{"assumptions.a.credence": 0.9}`, or to an array of
        values, one for each variant; or it is a DataFrame with paths as columns. Assumptions in `violated`
        and `holds` are set from outside. The dataset has `mean` and `error` by `output` (outcomes, kinds,
        `failure`, and `loss` if one is stated), and by `variant` if there are several, together with the
        changed values.

        All other numbers stay uncertain: means are exact if their means determine them, else over `points`
        parameter values (2,048), the same for every variant. The first change of a number that the story
        states as a point or an expression compiles the story once; the attribute `compiled` says so. If a
        number with a `[[dependence]]` is changed, the numbers correlated with it keep their own
        distributions.

        Raises `ValueError` for a path that is not a number of the story, `StoryError` if a value breaks the
        story, and `EngineRefusal` if the story has no diagram.
        """
        if self.variants is None:
            raise ValueError("this session cannot answer variants: `sensa.prepare` makes one that can")
        return self.variants(self, changes, violated=violated, holds=holds, points=points)

    def evaluate(self, world: World) -> "xr.Dataset":
        """The outcomes in one case; see `at`."""
        if not isinstance(world, World):
            raise TypeError(
                f"expected a `sensa.World`, got `{type(world).__name__}`: `at` takes values by path"
            )
        return self.at(world.credences, violated=world.violated, holds=world.holds)

    @property
    def story(self) -> "Story":
        """The story that the graph was compiled from, for properties and reviews.

        Raises `TypeError` if the graph was not compiled from one.
        """
        if self.source is None:
            raise TypeError("this session is of a graph, which has no text, properties or reviews")
        return self.source

    @property
    def outcomes(self) -> list[str]:
        """The outcomes, in the order written."""
        return [end.name for end in self.circuit.ends]

    @cached_property
    def mean_p(self) -> Floats | None:
        """The coins' means (1, coins) if they determine all means, E q(p) = q(E p); else None."""
        return mean_probabilities(self.circuit) if self.circuit.parameters else at_means(self.circuit).p

    @cached_property
    def _recipe(self) -> Recipe:
        settings = self.settings
        return Recipe(settings.engine, settings.seed, settings.node_budget, settings.seconds)

    def engine(self, gates: Sequence[int] | Ints) -> Engine:
        """The engine for these gates, chosen by the settings. Raises `EngineRefusal`."""
        return self.engines.engine(self.circuit, np.asarray(gates, np.int32), self._recipe, self._building)

    def exact(self, gates: Sequence[int] | Ints) -> SupportsRanges | None:
        """The exact engine for these gates, for what needs one; None beyond the budget.

        This ignores whether the settings choose sampled worlds.
        """
        found = self.engines.exact(self.circuit, np.asarray(gates, np.int32), self._recipe, self._building)
        return None if isinstance(found, EngineRefusal) else found

    def diagram(self, gates: Sequence[int] | Ints) -> DiagramEngine | None:
        """The same with diagrams, for what not every exact engine answers (`sensa.engines.capabilities`)."""
        found = self.engines.diagram(self.circuit, np.asarray(gates, np.int32), self._recipe, self._building)
        return None if isinstance(found, EngineRefusal) else found

    def _building(self, done: int, of: int) -> None:
        self.progress("building diagrams", done / max(of, 1))

    @cached_property
    def _ends(self) -> list[int]:
        roots = [root.gate for root in self.circuit.roots]
        return [*roots, *sorted({loss.gate for loss in self.circuit.losses} - set(roots))]

    @cached_property
    def ends(self) -> Engine:
        """The engine for all (outcome, step) roots and, after them, further gates of losses."""
        return self.engine(self._ends)

    @property
    def exact_ends(self) -> SupportsRanges | None:
        """The exact engine for the same; None beyond the budget."""
        return self.exact(self._ends)

    @property
    def diagram_ends(self) -> DiagramEngine | None:
        """The same with diagrams."""
        return self.diagram(self._ends)

    @cached_property
    def by_outcome(self) -> Floats:
        """The matrix (gates of `ends`, outcomes) that sums an outcome's steps."""
        place = {name: i for i, name in enumerate(self.outcomes)}
        matrix = np.zeros((len(self._ends), len(place)))
        for i, root in enumerate(self.circuit.roots):
            matrix[i, place[root.outcome]] = 1.0
        return matrix

    @cached_property
    def loss_columns(self) -> list[int]:
        """The index in `ends` of the gate of each of the circuit's losses."""
        column = {gate: i for i, gate in enumerate(self._ends)}
        return [column[loss.gate] for loss in self.circuit.losses]

    @cached_property
    def budget(self) -> Budget:
        """The budget of an analysis."""
        circuit = self.circuit
        return Budget(
            self.settings, len(circuit.coins), len(circuit.parameters), at_means=self.mean_p is not None
        )

    @cached_property
    def points(self) -> Points:
        """The parameter values of the run."""
        return Points(self.circuit, self.settings, self.drawn)

    @property
    def executor(self) -> Executor:
        """The executor of loops over them."""
        return Executor(self.progress)

    def blocks(self, effort: Effort) -> Iterable[Block]:
        """The blocks for an analysis of means: batches at the parameters' means if these determine them."""
        if self.mean_p is None:
            return self.points.blocks(effort.points)
        theta = at_means(self.circuit).theta
        return [Block(batch, 0, theta, self.mean_p) for batch in range(MEAN_BATCHES if effort.words else 1)]

    @cached_property
    def _run(self) -> Run:
        return Run(
            self.circuit,
            self.settings,
            self.ends,
            self.by_outcome,
            self.loss_columns,
            self.mean_p,
            self.budget,
            self.points,
            self.progress,
            self.journal,
            self.workers,
        )

    @cached_property
    def samples(self) -> Samples:
        """Outcomes and loss at every point of the run."""
        return samples(self._run, brief=self.mean_p is not None and self.totals.stopped in CUT_SHORT)

    @cached_property
    def totals(self) -> Totals:
        """The roots' probabilities over parameters and worlds."""
        if self.mean_p is None:
            return totals_of(self._run, self.samples)
        return totals_at_means(self._run)

    @cached_property
    def ended(self) -> Ended:
        """The probability of each outcome; rare ones are refined if worlds are sampled."""
        return ended(self._run, self.totals)

    @property
    def cut_by(self) -> Stopped | None:
        """What cut the sampling short, if anything: an interrupt, or the time limit."""
        computed = [vars(self)[name].stopped for name in ("totals", "samples") if name in vars(self)]
        return next((stopped for stopped in computed if stopped in CUT_SHORT), None)

    def spread_of(self, engine: Engine) -> tuple[Floats, Sources]:
        """An engine's roots (points, roots) at parameter values, and what these come from."""
        return spread_of(self._run, engine)

    def how(self, engine: Engine) -> How:
        """How parameter means are computed with `engine`."""
        if engine.way != "exact":
            return "worlds-sampled"
        return "exact" if self.mean_p is not None else "parameters-sampled"

    def average(
        self, engine: Engine, combine: Floats | None = None, forces: Sequence[Force] = (NO_FORCE,)
    ) -> Estimate:
        """Means over the parameters of the engine's roots, or of combinations of them, under each force.

        Shapes: `combine` (roots, k); the estimate's (forces, k). Exact if the coins' means determine them and
        the engine is exact; else sampled as much as the work allows, with the error from the replicates'
        spread.
        """
        return spread(self.replicated(engine, combine, forces))

    def replicated(
        self, engine: Engine, combine: Floats | None = None, forces: Sequence[Force] = (NO_FORCE,)
    ) -> Floats:
        """The same in each replicate (replicates, forces, k), all forces in the same worlds; one if exact."""
        plain = combine is None and len(forces) == 1 and not forces[0].coins.size
        if plain and engine in self.averages:
            return self.averages[engine]

        def summed(block: Block, draws: Draws) -> Floats:
            total: Floats = under(engine, block.p, combine, forces, draws).sum(axis=1)
            return total

        effort = self.budget.effort(engine, len(forces))
        found = self.executor.means(summed, self.blocks(effort), effort)
        if plain:
            found.setflags(write=False)
            self.averages[engine] = found
        return found


def under(
    engine: Engine, p: Floats, combine: Floats | None, forces: Sequence[Force], draws: Draws = FIRST_DRAWS
) -> Floats:
    """The outputs (forces, samples, k) at each sample under each force."""
    q = engine.under(p, forces, draws)
    return q if combine is None else q @ combine
