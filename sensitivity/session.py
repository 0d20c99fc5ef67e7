"""A story made ready for questions: its circuit, its engines, its parameter samples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.choice import Choice, choose
from sensa.engines.exact.engine import NODE_BUDGET, SECONDS, ExactEngine, compile_exact
from sensa.engines.protocol import FIRST, NONE, Draws, Engine, EngineRefusal, Force
from sensa.graph import Graph
from sensa.kernels.program import Floats, Ints
from sensa.results import How
from sensa.sampling.adaptive import (
    BATCHES,
    CUT_SHORT,
    LEAST,
    WORLDS,
    Effort,
    Samples,
    Stopped,
    Totals,
    samples,
    spread_of,
    totals,
)
from sensa.sampling.estimates import Estimate, Precision, spread
from sensa.sampling.parameters import Block, Sampler, at_means, mean_probabilities
from sensa.sampling.rare_outcomes import Ended, ended
from sensa.stories.story import Story

__all__ = ["Effort", "Estimate", "Model", "Precision", "Settings", "spread"]

Progress = Callable[[str, float], None]

GIVEN, DRAWN = 2, 40  # what a coin's probability and a parameter's value cost, in diagram nodes
WORD = 1.5  # what a row of 64 worlds costs, in diagram nodes
ENOUGH = 1 << 25  # worlds, if no precision asks for more
FOR_WORLDS = 10  # times the work of exact answers that sampled worlds may cost, to be of use
BLOCK = 1024  # samples at a time,
WIDEST = 1 << 22  # of at most so many numbers
CACHED = 1 << 25  # bytes of samples that are kept rather than drawn again


def no_progress(what: str, share: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Settings:
    """What a run was asked for; with the story it decides every number of the result."""

    seed: int = 0
    points: int = 16384  # parameter values in all
    replicates: int = 8  # independent scramblings that they come from
    engine: Choice = "auto"
    node_budget: int = NODE_BUDGET
    seconds: float = SECONDS
    work: float = 3e8  # diagram nodes times samples that one analysis may cost before it takes fewer points
    precision: Precision | None = None  # of the outcomes; beyond `work` if need be
    samples: int | None = None  # what they may cost: worlds; for exact engines, parameter values

    def __post_init__(self) -> None:
        """Refuse what has no error to tell."""
        if self.replicates < 2 or self.points < 2 * self.replicates:
            raise ValueError(f"at least 2 replicates of 2 points, not {self.points} in {self.replicates}")
        if self.samples is not None and self.samples < 4096:
            raise ValueError(f"at least 4,096 samples, not {self.samples}")


@dataclass(frozen=True)
class Model:
    """A compiled story and what has been asked of it so far. Build it with `running.prepare`."""

    story: Story
    graph: Graph
    circuit: Circuit
    settings: Settings
    progress: Progress = no_progress
    _engines: dict[bytes, Engine] = field(default_factory=dict, repr=False, compare=False)
    _diagrams: dict[bytes, ExactEngine | EngineRefusal] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def outcomes(self) -> list[str]:
        """The outcomes, in the order written."""
        return [end.name for end in self.circuit.ends]

    @cached_property
    def mean_p(self) -> Floats | None:
        """The coins' means (1, coins) where they alone decide all means, E q(p) = q(E p); else none."""
        return mean_probabilities(self.circuit) if self.circuit.parameters else at_means(self.circuit).p

    def engine(self, gates: Sequence[int] | Ints) -> Engine:
        """The engine that answers for these gates, as the settings say; made once."""
        wanted = np.asarray(gates, np.int32)
        key = wanted.tobytes()
        if key not in self._engines:
            self._engines[key] = choose(
                self.circuit,
                wanted,
                self.settings.engine,
                seed=self.settings.seed,
                node_budget=self.settings.node_budget,
                seconds=self.settings.seconds,
                progress=self._building,
            )
        return self._engines[key]

    def exact(self, gates: Sequence[int] | Ints) -> ExactEngine | None:
        """The exact engine for these gates, for what needs a diagram; none beyond the budget.

        Whether worlds were asked for does not matter here.
        """
        wanted = np.asarray(gates, np.int32)
        key = wanted.tobytes()
        known = self._engines.get(key)
        if isinstance(known, ExactEngine):
            return known
        if key not in self._diagrams:
            self._diagrams[key] = self._diagram(wanted)
        found = self._diagrams[key]
        return found if isinstance(found, ExactEngine) else None

    def _diagram(self, gates: Ints) -> ExactEngine | EngineRefusal:
        beside = self._engines.get(gates.tobytes())
        if beside is not None and self.settings.engine == "auto":
            return EngineRefusal(beside.reason)  # its budget did not suffice
        try:
            return compile_exact(
                self.circuit,
                roots=gates,
                node_budget=self.settings.node_budget,
                seconds=self.settings.seconds,
                progress=self._building,
            )
        except EngineRefusal as error:
            return error

    def _building(self, done: int, of: int) -> None:
        self.progress("building diagrams", done / max(of, 1))

    @cached_property
    def _ends(self) -> list[int]:
        roots = [root.gate for root in self.circuit.roots]
        return [*roots, *sorted({loss.gate for loss in self.circuit.losses} - set(roots))]

    @cached_property
    def ends(self) -> Engine:
        """The engine for all (outcome, step) roots and, after them, further gates that losses depend on."""
        return self.engine(self._ends)

    @property
    def exact_ends(self) -> ExactEngine | None:
        """The same from diagrams; none beyond the budget."""
        return self.exact(self._ends)

    @cached_property
    def by_outcome(self) -> Floats:
        """The matrix (gates of `ends`, outcomes) that adds up an outcome's steps."""
        place = {name: i for i, name in enumerate(self.outcomes)}
        matrix = np.zeros((len(self._ends), len(place)))
        for i, root in enumerate(self.circuit.roots):
            matrix[i, place[root.outcome]] = 1.0
        return matrix

    @property
    def replicates(self) -> int:
        """How many replicates there are: one, of one sample, for a story without parameters."""
        return self.settings.replicates if self.circuit.parameters else 1

    def points_for(self, passes: int, size: int) -> int:
        """How many points (a power of two a replicate) an analysis of so many passes can afford."""
        asked = self.settings.points // self.settings.replicates
        sample = passes * (size + GIVEN * len(self.circuit.coins)) + DRAWN * len(self.circuit.parameters) + 1
        affordable = int(self.settings.work / (sample * self.settings.replicates))
        return max(min(asked, _power(affordable)), 2)

    def effort(self, engine: Engine, passes: int = 1, *, spread: bool = False) -> Effort:
        """What an analysis of so many passes through an engine can afford, for means or over the parameters.

        Means take one point, where the parameters' means decide them and worlds are sampled.
        """
        if engine.way == "exact":
            return Effort(self.points_for(passes, engine.size), 0)
        at_means = self.mean_p is not None and not spread
        groups = BATCHES if at_means else self.replicates
        words = int(FOR_WORLDS * self.settings.work / (WORD * passes * max(engine.size, 1) * groups))
        words = min(words, (self.settings.samples or ENOUGH) // (WORLDS * groups))
        if at_means:
            return Effort(1, max(_power(words), LEAST))
        words = max(_power(words), 4)
        asked = self.settings.points // self.settings.replicates if self.circuit.parameters else 1
        points = min(words // 2, _power(asked))
        return Effort(points, words // points)

    def draws(self, block: Block, effort: Effort) -> Draws:
        """The worlds of a block's samples."""
        return Draws(block.replicate, block.start, max(effort.words, 1))

    def blocks(self, points: int | None = None) -> Iterator[Block]:
        """Blocks of `points` parameter values a replicate (all that were asked for, if left out)."""
        asked = self.settings.points // self.settings.replicates
        if points is None or points == asked:
            yield from self._kept if self._kept is not None else self._draw(asked)
        else:
            yield from self._draw(points)

    @cached_property
    def _kept(self) -> tuple[Block, ...] | None:
        """All blocks, where they are small enough to keep."""
        if 8 * self.width * self.settings.points > CACHED:
            return None
        return tuple(self._draw(self.settings.points // self.settings.replicates))

    @property
    def width(self) -> int:
        """Numbers that a sample takes."""
        return len(self.circuit.coins) + len(self.circuit.parameters) + 1

    @cached_property
    def sampler(self) -> Sampler:
        """Where parameter values come from."""
        return Sampler(self.circuit, seed=self.settings.seed)

    def drawn(self, start: int, points: int) -> Iterator[Block]:
        """Blocks of the points from `start` up to `points`, of all replicates before the next ones of any."""
        yield from self._draw(points, start) if start else self.blocks(points)

    def _draw(self, points: int, start: int = 0) -> Iterator[Block]:
        if not self.circuit.parameters:
            yield from self.sampler.blocks(replicates=1, points=1, block=1)
            return
        size = max(min(BLOCK, points, WIDEST // self.width), 1)
        for first in range(start, points, size):
            for replicate in range(self.settings.replicates):
                yield self.sampler.block(replicate=replicate, start=first, count=min(size, points - first))

    @cached_property
    def loss_columns(self) -> list[int]:
        """Which gate of `ends` each of the circuit's losses falls at."""
        column = {gate: i for i, gate in enumerate(self._ends)}
        return [column[loss.gate] for loss in self.circuit.losses]

    @cached_property
    def samples(self) -> Samples:
        """Outcomes and loss at every point of the run."""
        return samples(self)

    @property
    def cut_by(self) -> Stopped | None:
        """What cut the sampling short, if anything did: an interrupt, or the end of the time."""
        had = [vars(self)[name].stopped for name in ("totals", "samples") if name in vars(self)]
        return next((stopped for stopped in had if stopped in CUT_SHORT), None)

    @cached_property
    def totals(self) -> Totals:
        """The roots' probabilities over parameters and worlds."""
        return totals(self)

    @cached_property
    def ended(self) -> Ended:
        """How likely each outcome is; rare ones refined where worlds are sampled."""
        return ended(self)

    def spread_of(self, engine: Engine) -> Floats:
        """An engine's roots (points, roots) at parameter values."""
        return spread_of(self, engine)

    def how(self, engine: Engine) -> How:
        """How means over parameters are had with an engine."""
        if engine.way != "exact":
            return "simulated"
        return "exact" if self.mean_p is not None else "sampled"

    def average(
        self, engine: Engine, combine: Floats | None = None, forces: Sequence[Force] = (NONE,)
    ) -> Estimate:
        """Means over the parameters of the engine's roots, or of combinations of them, under each force.

        Shapes: `combine` (roots, k); the estimate's (forces, k). Exact where the coins' means decide and the
        engine is; else over as much as the work allows, with the error from the replicates' spread.
        """
        return spread(self.replicated(engine, combine, forces))

    def replicated(
        self, engine: Engine, combine: Floats | None = None, forces: Sequence[Force] = (NONE,)
    ) -> Floats:
        """The same in each replicate (replicates, forces, k), all forces in the same worlds; one if exact."""
        effort = self.effort(engine, len(forces))
        if self.mean_p is not None:
            batches = BATCHES if effort.words else 1
            draws = [Draws(batch, 0, max(effort.words, 1)) for batch in range(batches)]
            return np.stack([self.under(engine, self.mean_p, combine, forces, d)[:, 0] for d in draws])
        outputs = engine.roots if combine is None else combine.shape[1]
        sums = np.zeros((self.replicates, len(forces), outputs))
        counts = np.zeros(self.replicates)
        for block in self.blocks(effort.points):
            draws_here = self.draws(block, effort)
            sums[block.replicate] += self.under(engine, block.p, combine, forces, draws_here).sum(axis=1)
            counts[block.replicate] += len(block.p)
        means: Floats = sums / counts[:, None, None]
        return means

    @staticmethod
    def under(
        engine: Engine, p: Floats, combine: Floats | None, forces: Sequence[Force], draws: Draws = FIRST
    ) -> Floats:
        """The outputs (forces, samples, k) at each sample under each force."""
        q = engine.under(p, forces, draws)
        return q if combine is None else q @ combine


def _power(count: int) -> int:
    """The largest power of two that is not larger."""
    return 1 << max(count, 1).bit_length() - 1
