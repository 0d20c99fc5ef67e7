"""Outcomes over parameter values, sampled until a precision, a budget or an interrupt ends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import Draws, Engine
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import BRIEF_EFFORT, WORLDS, Effort
from sensa.sampling.estimates import Sources
from sensa.sampling.executor import Executor
from sensa.sampling.journal import Stored
from sensa.sampling.loss_values import loss_values
from sensa.sampling.parameters import Block, require_mean
from sensa.sampling.run import Packing, Run, Samples, Stopped, stopped_after, stopped_by, totals_of

SECOND_REPLICATE = 1 << 20  # added to a replicate's number for independent worlds
MAX_KEPT_POINTS = 1 << 17  # parameter values, or the requested number, whose results are kept
MAX_POINTS = 1 << 24  # parameter values that a precision may cost by default
KEPT_TOGETHER = 32  # blocks of parameter values, which take milliseconds each


@dataclass(frozen=True)
class _Done:
    """Whole rounds: the next block of every replicate."""

    sums: Floats  # (replicates, gates, and the loss)
    points: int  # of each replicate
    blocks: int  # of those kept


@dataclass
class _Store:
    """Running sums over all blocks, and results at the first points of each replicate."""

    replicates: int
    keep: int  # points of a replicate
    replicate: list[Ints] = field(default_factory=list)
    readings: list[list[Floats]] = field(default_factory=lambda: [[], []])  # outcomes, and the loss
    sums: list[Floats] = field(default_factory=list)  # of an unfinished round
    done: _Done | None = None

    def take(self, block: Block, readings: Sequence[Floats], rows: Floats) -> None:
        """Add a block's results: rows (points, columns) to add up, readings to keep."""
        kept = min(self.keep - block.start, len(rows))
        if kept > 0:
            self.replicate.append(np.full(kept, block.replicate, np.int32))
            for part, reading in zip(self.readings, readings, strict=False):
                part.append(reading[:kept].copy())  # a view would keep the whole array alive
        before = np.zeros((1, rows.shape[1])) if self.done is None else self.done.sums[block.replicate][None]
        self.sums.append(np.concatenate([before, rows]).sum(axis=0))  # row by row, independent of blocks
        if len(self.sums) == self.replicates:
            self.done = _Done(np.stack(self.sums), block.start + len(rows), len(self.replicate))
            self.sums = []


@dataclass(frozen=True)
class Readings:
    """The work of a block: outcomes and losses for each of its readings, and their mean as rows."""

    circuit: Circuit
    engine: Engine
    effort: Effort
    by_outcome: Floats
    loss_columns: tuple[int, ...]

    def __call__(self, block: Block, draws: Draws) -> tuple[list[Floats], Floats]:
        """The readings' outcomes and loss (points, columns) each, and rows to add up."""
        return _outcomes(self, block, _readings(self.engine, self.effort, block))


def samples(run: Run, *, brief: bool = False) -> Samples:
    """Outcomes and loss over the points of the run, all replicates growing together.

    `brief` takes few points, as after an interrupt. Memory does not grow with the points: means are running
    sums, and single values are kept for the first points only.
    """
    engine, circuit, settings = run.ends, run.circuit, run.settings
    require_mean(circuit, np.array([loss.program for loss in circuit.losses], np.int32))
    effort = BRIEF_EFFORT if brief else run.budget.effort(engine, spread=True)
    decides = run.mean_p is None  # else the means do not need these points
    per_point = max(effort.words, 0) * WORLDS or 1
    replicates = run.budget.replicates
    most = (settings.samples or MAX_POINTS * per_point) // (replicates * per_point)
    store, done, wanted = (
        _Store(replicates, max(MAX_KEPT_POINTS, settings.points) // replicates),
        0,
        effort.points,
    )
    executor = Executor(run.progress, workers=run.workers if effort.words else None)
    at = Readings(circuit, engine, effort, run.by_outcome, tuple(run.loss_columns))
    packing = _packing(run.by_outcome.shape[1] + bool(circuit.losses), 2 if effort.words else 1)

    def share(block: Block) -> float:
        return min((block.start + len(block.p)) / wanted, 1.0)

    while True:
        blocks = run.points.blocks(wanted, start=done)
        try:
            kept = None if brief else run.kept("samples", done, (effort, wanted), packing)
            for block, (readings, rows) in executor.map(
                at, blocks, effort, what="sampling parameters", share=share, kept=kept
            ):
                store.take(block, readings, rows)
        except KeyboardInterrupt as stop:
            if store.done is None:
                raise
            return _gathered(run, effort, store, stopped_by(stop))
        found = _gathered(run, effort, store, "samples" if effort.words else "points")
        if not decides or not circuit.parameters or settings.precision is None:
            return found
        stopped = stopped_after(run, totals_of(run, found))
        if stopped == "precision" or 2 * wanted > most:
            return replace(found, stopped=stopped)
        done, wanted = wanted, 2 * wanted


def spread_of(run: Run, engine: Engine) -> tuple[Floats, Sources]:
    """An engine's roots (points, roots) at parameter values, as varied as without the noise of worlds."""
    effort = run.budget.effort(engine, spread=True)
    replicate, readings = [], []
    for block, found in Executor().map(
        lambda block, draws: _readings(engine, effort, block), run.points.blocks(effort.points), effort
    ):
        replicate.append(np.full(len(block.p), block.replicate, np.int32))
        readings.append(found)
    parts = [np.concatenate(part) for part in zip(*readings, strict=True)]
    sources = Sources(np.concatenate(replicate), 1.0 / (effort.words * WORLDS) if effort.words else 0.0)
    return _combined(parts, sources.replicate), sources


def _readings(engine: Engine, effort: Effort, block: Block) -> list[Floats]:
    """All roots at a block's samples: once if exact, else from each half of the worlds."""
    if not effort.words:
        return [engine.probabilities(block.p)]
    half = effort.words // 2
    numbers = block.replicate, block.replicate + SECOND_REPLICATE
    return [engine.probabilities(block.p, draws=Draws(r, block.start, half)) for r in numbers]


def _packing(columns: int, readings: int) -> Packing[tuple[list[Floats], Floats]]:
    """How readings of some columns, and rows, are kept: side by side."""

    def pack(found: tuple[list[Floats], Floats]) -> Stored:
        return Stored(np.column_stack([*found[0], found[1]]))

    def unpack(stored: Stored) -> tuple[list[Floats], Floats]:
        values = stored.values
        cuts = [columns * (i + 1) for i in range(readings)]
        if values.shape[1] <= cuts[-1]:
            raise ValueError("too few columns")
        *parts, rows = np.split(values, cuts, axis=1)
        return list(map(np.ascontiguousarray, parts)), np.ascontiguousarray(rows)

    return Packing(pack, unpack, KEPT_TOGETHER)


def _outcomes(of: Readings, block: Block, readings: list[Floats]) -> tuple[list[Floats], Floats]:
    """Outcomes and the loss for each of a block's readings, and their mean as rows to add up."""
    losses = of.circuit.losses
    kept = [reading @ of.by_outcome for reading in readings]
    rows: Floats = np.mean(readings, axis=0)
    if losses:
        amounts = loss_values(of.circuit, block.theta)
        at = [(reading[:, of.loss_columns] * amounts).sum(axis=1) for reading in readings]
        kept = [np.column_stack(pair) for pair in zip(kept, at, strict=True)]
        rows = np.column_stack([rows, np.mean(at, axis=0)])
    return kept, rows


def _gathered(run: Run, effort: Effort, store: _Store, stopped: Stopped) -> Samples:
    done = store.done
    assert done is not None
    replicate = np.concatenate(store.replicate[: done.blocks])
    readings = [np.concatenate(part[: done.blocks]) for part in store.readings if part]
    values, means = _combined(readings, replicate), done.sums / done.points
    outcomes, stated = run.by_outcome.shape[1], bool(run.circuit.losses)
    points = done.points * store.replicates
    return Samples(
        replicate=replicate,
        q=values[:, :outcomes],
        loss=values[:, outcomes] if stated else None,
        by_root=means[:, : run.roots],
        by_loss=means[:, run.loss_columns],
        mean_loss=means[:, -1] if stated else None,
        points=points,
        worlds=points * effort.words * WORLDS,
        stopped=stopped,
    )


def _combined(readings: list[Floats], replicate: Ints) -> Floats:
    """A single reading unchanged; two readings shrunk to the variance of the true values."""
    if len(readings) == 1:
        return readings[0]
    from sensa.engines.montecarlo.shrinkage import shrunken  # compiled code, which sampled worlds need anyway

    few = len(np.unique(replicate)) < 3
    return (readings[0] + readings[1]) / 2 if few else shrunken(readings[0], readings[1], replicate)
