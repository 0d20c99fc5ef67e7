"""A story made ready for questions: its circuit, its engines, its parameter samples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sensa.circuit import Circuit
from sensa.engines import Force
from sensa.engines.exact import NODE_BUDGET, SECONDS, ExactEngine, compile_exact
from sensa.graph import Graph
from sensa.kernels.program import Floats, Ints
from sensa.parameters import Block, RunError, Sampler, evaluate, mean_probabilities, require_mean
from sensa.results import QUANTILES
from sensa.stories.reading import Story

Progress = Callable[[str, float], None]
GIVEN, DRAWN = 2, 40  # what a coin's probability and a parameter's value cost, in diagram nodes
BLOCK = 1024  # samples at a time,
WIDEST = 1 << 22  # of at most so many numbers
CACHED = 1 << 25  # bytes of samples that are kept rather than drawn again
LARGEST_LOSS = 1e150  # its square is still a number, as a spread needs
AT_ONCE = 1 << 22  # coin probabilities, over samples and interventions, in one call of the engine


def no_progress(what: str, share: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Settings:
    """What a run was asked for; with the story it decides every number of the result."""

    seed: int = 0
    points: int = 16384  # parameter values in all
    replicates: int = 8  # independent scramblings that they come from
    engine: str = "auto"
    node_budget: int = NODE_BUDGET
    seconds: float = SECONDS
    work: float = 3e8  # diagram nodes times samples that one analysis may cost before it takes fewer points

    def __post_init__(self) -> None:
        """Refuse what has no error to tell."""
        if self.replicates < 2 or self.points < 2 * self.replicates:
            raise ValueError(f"at least 2 replicates of 2 points, not {self.points} in {self.replicates}")


@dataclass(frozen=True)
class Estimate:
    """A mean over the parameters and its standard error (0: exact), of any shape."""

    mean: Floats
    error: Floats


@dataclass(frozen=True)
class Samples:
    """What happens at each parameter value of the run."""

    replicate: Ints  # (points,): which scrambling a point is of
    q: Floats  # (points, outcomes)
    loss: Floats | None  # (points,), where losses are stated
    by_root: Floats  # (replicates, roots): means

    def by_replicate(self, values: Floats) -> Floats:
        """Means of values (points, ...) over each replicate."""
        return np.stack([values[self.replicate == r].mean(axis=0) for r in range(len(self.by_root))])

    def quantiles(self, values: Floats) -> "Estimate":
        """Quantiles (`results.QUANTILES`, …) of values (points, …), with their error from the replicates."""
        return quantiles(values, self.replicate)


@dataclass(frozen=True)
class Model:
    """A compiled story and what has been asked of it so far. Build it with `running.prepare`."""

    story: Story
    graph: Graph
    circuit: Circuit
    settings: Settings
    progress: Progress = no_progress
    _engines: dict[bytes, ExactEngine] = field(default_factory=dict, repr=False, compare=False)

    @property
    def outcomes(self) -> list[str]:
        """The outcomes, in the order written."""
        return [end.name for end in self.circuit.ends]

    @cached_property
    def mean_p(self) -> Floats | None:
        """The coins' means (1, coins) where they alone decide all means, E q(p) = q(E p); else none."""
        return mean_probabilities(self.circuit)

    def engine(self, gates: Sequence[int] | Ints) -> ExactEngine:
        """The engine that answers for these gates; compiled once."""
        wanted = np.asarray(gates, np.int32)
        key = wanted.tobytes()
        if key not in self._engines:
            self._engines[key] = compile_exact(
                self.circuit,
                roots=wanted,
                node_budget=self.settings.node_budget,
                seconds=self.settings.seconds,
                progress=lambda done, of: self.progress("building diagrams", done / max(of, 1)),
            )
        return self._engines[key]

    @cached_property
    def ends(self) -> ExactEngine:
        """The engine for all (outcome, step) roots and, after them, further gates that losses depend on."""
        roots = [root.gate for root in self.circuit.roots]
        return self.engine([*roots, *sorted({loss.gate for loss in self.circuit.losses} - set(roots))])

    @cached_property
    def by_outcome(self) -> Floats:
        """The matrix (gates of `ends`, outcomes) that adds up an outcome's steps."""
        place = {name: i for i, name in enumerate(self.outcomes)}
        matrix = np.zeros((len(self.ends.diagram.roots), len(place)))
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
        coins, parameters = len(self.circuit.coins), len(self.circuit.parameters)
        sample = passes * (size + GIVEN * coins) + DRAWN * parameters + 1
        affordable = int(self.settings.work / (sample * self.settings.replicates))
        return max(min(asked, 1 << max(affordable, 1).bit_length() - 1), 2)

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

    def _draw(self, points: int) -> Iterator[Block]:
        size = max(min(BLOCK, points, WIDEST // self.width), 1)
        return self.sampler.blocks(replicates=self.settings.replicates, points=points, block=size)

    @cached_property
    def samples(self) -> Samples:
        """Outcomes and loss at every point of the run."""
        engine, losses, roots = self.ends, self.circuit.losses, len(self.circuit.roots)
        gates = [root.gate for root in self.circuit.roots]
        gates += sorted({loss.gate for loss in losses} - set(gates))
        column = {gate: i for i, gate in enumerate(gates)}
        cost = [column[loss.gate] for loss in losses]
        programs = np.array([loss.program for loss in losses], np.int32)
        require_mean(self.circuit, programs)
        replicate, q, loss = [], [], []
        by_root = np.zeros((self.replicates, roots))
        for block in self.blocks(self.points_for(1, engine.size)):
            values = engine.probabilities(block.p)
            replicate.append(np.full(len(values), block.replicate, np.int32))
            q.append(values @ self.by_outcome)
            by_root[block.replicate] += values[:, :roots].sum(axis=0)
            if losses:
                loss.append(self._loss(values[:, cost], evaluate(self.circuit, programs, block.theta)))
        of = np.concatenate(replicate)
        by_root /= np.bincount(of, minlength=len(by_root))[:, None]
        return Samples(of, np.concatenate(q), np.concatenate(loss) if losses else None, by_root)

    def _loss(self, chances: Floats, losses: Floats) -> Floats:
        """The expected loss at each sample, of the losses (samples, losses) and the chances of each.

        Raises `RunError` where a loss is so large that no spread of it could be told.
        """
        beyond = ~(np.abs(losses) <= LARGEST_LOSS)
        if beyond.any():
            wrong = self.circuit.losses[int(np.argmax(beyond.any(axis=0)))]
            raise RunError(
                f"outcomes.{wrong.outcome}.loss: a loss beyond {LARGEST_LOSS:g} is too large to compute with"
            )
        total: Floats = (chances * losses).sum(axis=1)
        return total

    def average(
        self, engine: ExactEngine, combine: Floats | None = None, forces: Sequence[Force] = (Force(),)
    ) -> Estimate:
        """Means over the parameters of the engine's roots, or of combinations of them, under each force.

        Shapes: `combine` (roots, k); the estimate's (forces, k). Exact where the coins' means decide;
        else over as many points as the work allows, with the error from the replicates' spread.
        """
        outputs = len(engine.diagram.roots) if combine is None else combine.shape[1]
        if self.mean_p is not None:
            mean = self.under(engine, self.mean_p, combine, forces)[:, 0]
            return Estimate(mean, np.zeros_like(mean))
        sums = np.zeros((self.replicates, len(forces), outputs))
        counts = np.zeros(self.replicates)
        for block in self.blocks(self.points_for(len(forces), engine.size)):
            sums[block.replicate] += self.under(engine, block.p, combine, forces).sum(axis=1)
            counts[block.replicate] += len(block.p)
        return spread(sums / counts[:, None, None])

    @staticmethod
    def under(engine: ExactEngine, p: Floats, combine: Floats | None, forces: Sequence[Force]) -> Floats:
        """The outputs (forces, samples, k) at each sample under each force, several forces in one call."""
        samples = len(p)
        group = max(AT_ONCE // max(p.size, 1), 1)
        parts = []
        for start in range(0, len(forces), group):
            these = forces[start : start + group]
            q = engine.probabilities(_side_by_side(p, these))
            q = q if combine is None else q @ combine
            parts.append(q.reshape(len(these), samples, q.shape[1]))
        return np.concatenate(parts)


def quantiles(values: Floats, replicate: Ints) -> Estimate:
    """Quantiles of values (points, …) over all points; the error is from those of each replicate alone.

    The error is somewhat too large: a quantile of fewer points is less than proportionally worse.
    """
    alone = [np.quantile(values[replicate == r], QUANTILES, axis=0) for r in np.unique(replicate)]
    return Estimate(np.quantile(values, QUANTILES, axis=0), spread(np.stack(alone)).error)


def spread(replicates: Floats) -> Estimate:
    """The mean over independent replicates (first axis) and its standard error.

    One alone is that of a story without parameters, and exact.
    """
    count = len(replicates)
    mean = replicates.mean(axis=0)
    error = replicates.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros_like(mean)
    return Estimate(mean, error)


def _side_by_side(p: Floats, forces: Sequence[Force]) -> Floats:
    """The coins' probabilities (forces x samples, coins) under each force, coin by coin in memory."""
    columns = np.repeat(p.T[:, None, :], len(forces), axis=1)
    for i, force in enumerate(forces):
        columns[force.coins, i] = force.values[:, None]
    return columns.reshape(p.shape[1], len(forces) * len(p)).T  # there may be no coin
