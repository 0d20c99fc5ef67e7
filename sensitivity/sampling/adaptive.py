"""Sampling of a whole run, until a precision, a budget or an interrupt ends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from sensa import processors
from sensa.circuit import Circuit
from sensa.engines.protocol import Draws, Engine
from sensa.interrupts import TimeUp
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import BRIEF_EFFORT, MEAN_BATCHES, MIN_WORDS, WORLDS, Budget, Effort
from sensa.sampling.estimates import Estimate, Interval, Precision, Worlds, interval, quantiles, spread
from sensa.sampling.executor import Executor
from sensa.sampling.journal import Journal, Kept, Stored
from sensa.sampling.parameter_blocks import Points
from sensa.sampling.parameters import Block, RunError, at_means, evaluate, require_mean
from sensa.sampling.settings import Progress, Settings
from sensa.sampling.workers import Workers

Stopped = Literal["exact", "points", "samples", "precision", "seconds", "interrupted"]
CUT_SHORT = ("seconds", "interrupted")  # before everything requested was done

SECOND_REPLICATE = 1 << 20  # added to a replicate's number for independent worlds
PIECE_OPERATIONS = 1 << 29  # operations between two checks whether to continue
RARE_PROBABILITY = 1e-4  # smaller probabilities are too expensive for plain worlds
MAX_KEPT_POINTS = 1 << 17  # parameter values, or the requested number, whose results are kept
MAX_POINTS = 1 << 24  # parameter values that a precision may cost by default
MAX_WORLDS = 1 << 32
CAUTION = 0.8  # of the estimated work that is done before it is estimated again
MAX_KEPT = 1024  # parts in which a round of worlds is kept: writing one takes some milliseconds
KEPT_TOGETHER = 32  # blocks of parameter values, which take milliseconds each
LARGEST_LOSS = 1e150  # its square is still finite, for standard deviations

T = TypeVar("T")


@dataclass(frozen=True)
class Packing(Generic[T]):
    """The form in which results of blocks are kept, and how many together."""

    pack: Callable[[T], Stored]
    unpack: Callable[[Stored], T]
    group: int = 1


@dataclass(frozen=True)
class Run:
    """The engines and the budget for sampling the outcomes of a circuit."""

    circuit: Circuit
    settings: Settings
    ends: Engine  # for the (outcome, step) roots and, after them, further gates that losses depend on
    by_outcome: Floats  # (gates of `ends`, outcomes): adds up an outcome's steps
    loss_columns: Sequence[int]  # the gate of `ends` of each of the circuit's losses
    mean_p: Floats | None  # the coins' means (1, coins) if only these matter for all means
    budget: Budget
    points: Points
    progress: Progress
    journal: Journal | None = None  # where blocks are kept, so that an interrupted run can go on
    workers: Workers | None = None  # who computes blocks of sampled worlds; by default this process

    def kept(self, of: str, start: int, decided_by: object, packing: "Packing[T]") -> Kept[T] | None:
        """How the blocks of a loop from `start` are kept; its name has a hash of all that decides them."""
        if self.journal is None:
            return None
        whole = (self.circuit.digest, self.settings, self.ends.way, self.ends.size, decided_by)
        name = f"{of}-{sha256(repr(whole).encode()).hexdigest()[:16]}-{start}"
        return Kept(self.journal, name, packing.pack, packing.unpack, packing.group)

    @property
    def roots(self) -> int:
        """The number of (outcome, step) roots."""
        return len(self.circuit.roots)

    @cached_property
    def root_outcomes(self) -> Floats:
        """`by_outcome` of the roots only."""
        matrix: Floats = self.by_outcome[: self.roots]
        return matrix


@dataclass(frozen=True)
class Samples:
    """Results over the parameter values of the run: means over all, values at the first ones."""

    replicate: Ints  # (kept,): the scrambling of each point
    q: Floats  # (kept, outcomes)
    loss: Floats | None  # (kept,), if losses are stated
    by_root: Floats  # (replicates, roots): means
    by_loss: Floats  # (replicates, losses): the probability of each of the circuit's losses
    mean_loss: Floats | None  # (replicates,)
    points: int  # in total; the first of each replicate are kept
    worlds: int  # sampled in total; 0 if worlds are exact
    stopped: Stopped

    def quantiles(self, values: Floats) -> Estimate:
        """Quantiles (`results.QUANTILES`, …) of values (kept, …), with their error from the replicates."""
        return quantiles(values, self.replicate)


@dataclass(frozen=True)
class Totals:
    """The roots' probabilities over parameters and worlds, in independent replicates."""

    by_root: Floats  # (replicates, roots); one row if exact
    by_loss: Floats  # (replicates, losses): the probability of each of the circuit's losses
    worlds: Worlds
    stopped: Stopped
    constant: npt.NDArray[np.bool_]  # roots known to be the same in all worlds

    def interval(self, combine: Floats) -> Interval:
        """95 % intervals of combinations (roots, k) of the roots that are probabilities."""
        between = interval(self.by_root @ combine, self.worlds)
        known = ~combine[~self.constant].any(axis=0)
        mean = self.by_root.mean(axis=0) @ combine
        return Interval(np.where(known, mean, between.low), np.where(known, mean, between.high))


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


def totals_of(run: Run, samples: Samples) -> Totals:
    """The roots' probabilities from the samples over the parameters."""
    worlds = Worlds(samples.worlds, samples.points)
    return Totals(samples.by_root, samples.by_loss, worlds, samples.stopped, run.ends.constant[: run.roots])


def totals_at_means(run: Run) -> Totals:
    """The same at the parameters' means: exact, or from worlds in batches that grow together.

    With a requested precision, worlds grow until every outcome has it or the limit is reached.
    """
    assert run.mean_p is not None
    if run.ends.way == "exact":
        q = run.ends.probabilities(run.mean_p)
        by_loss = q[:, run.loss_columns]
        return Totals(q[:, : run.roots], by_loss, Worlds(), "exact", run.ends.constant[: run.roots])
    return _worlds(run)


def stopped_by(interrupt: KeyboardInterrupt) -> Stopped:
    """The status of a result after an interrupt."""
    return "seconds" if isinstance(interrupt, TimeUp) else "interrupted"


def _worlds(run: Run) -> Totals:
    engine, p = run.ends, run.mean_p
    assert p is not None
    wanted = run.budget.effort(engine).words
    piece = min(max(PIECE_OPERATIONS // (max(engine.size, 1) * MEAN_BATCHES), MIN_WORDS), wanted)
    piece = 1 << piece.bit_length() - 1
    most = (run.settings.samples or MAX_WORLDS) // (WORLDS * MEAN_BATCHES)
    theta = at_means(run.circuit).theta
    executor = Executor(threads=processors.count(), workers=run.workers)
    sums, rows = np.zeros((MEAN_BATCHES, engine.roots)), np.zeros((MEAN_BATCHES, engine.roots))
    done = 0

    def found(stopped: Stopped) -> Totals:
        count = WORLDS * MEAN_BATCHES * done * piece
        worlds = Worlds(count, count, counted=engine.way == "montecarlo")
        means = sums / max(done, 1)
        by_loss = means[:, run.loss_columns]
        return Totals(means[:, : run.roots], by_loss, worlds, stopped, engine.constant[: run.roots])

    while True:
        pieces = range(done, max(wanted // piece, 1))
        blocks = (Block(batch, number, theta, p) for number in pieces for batch in range(MEAN_BATCHES))
        try:
            kept = run.kept("worlds", done, (piece, wanted), _rows_kept(len(pieces)))
            for block, row in executor.map(Probabilities(engine), blocks, Effort(1, piece), kept=kept):
                rows[block.replicate] = row[0]
                if block.replicate == MEAN_BATCHES - 1:
                    sums, done = sums + rows, block.start + 1
                    run.progress("sampling worlds", _share(run, found("samples"), done * piece / wanted))
        except KeyboardInterrupt as stop:
            if not done:
                raise
            return found(stopped_by(stop))
        stopped = _stopped(run, found("samples"))
        if stopped == "precision" or most - wanted < piece or run.settings.precision is None:
            return found(stopped)
        more = wanted // 4 * quarters_more(_share(run, found("samples"), 0.0))
        wanted += max(min(more, most - wanted) // piece, 1) * piece


@dataclass(frozen=True)
class Probabilities:
    """The work of a block: the engine's roots (samples, roots)."""

    engine: Engine

    def __call__(self, block: Block, draws: Draws) -> Floats:
        """The roots at the block's samples."""
        return self.engine.probabilities(block.p, draws=draws)


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


def quarters_more(share: float) -> int:
    """How much more to sample, in quarters of what there is, once a share of the work is done.

    Rather a little less than estimated, because the estimate is rough; never more than three times as much.
    """
    return int(min(max(4 * (CAUTION / max(share, CAUTION / 4) - 1), 1), 12))


def _stopped(run: Run, found: Totals) -> Stopped:
    precision = run.settings.precision
    if precision is not None and precision.met(*_judged(run, found, precision)):
        return "precision"
    return "samples" if found.worlds.count else "points"


def _share(run: Run, found: Totals, of_round: float) -> float:
    """The completed share of the work: of the round, or of the estimated work for the precision."""
    precision = run.settings.precision
    return of_round if precision is None else precision.share(*_judged(run, found, precision))


def _judged(run: Run, found: Totals, precision: Precision) -> tuple[Floats, Interval]:
    """The means and intervals that have to be as precise: not of rare outcomes that are refined later."""
    mean, between = spread(found.by_root @ run.root_outcomes).mean, found.interval(run.root_outcomes)
    if run.mean_p is None or not precision.relative:
        return mean, between
    frequent = mean >= RARE_PROBABILITY
    return mean[frequent], Interval(between.low[frequent], between.high[frequent])


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
        stopped = _stopped(run, totals_of(run, found))
        if stopped == "precision" or 2 * wanted > most:
            return replace(found, stopped=stopped)
        done, wanted = wanted, 2 * wanted


def spread_of(run: Run, engine: Engine) -> Floats:
    """An engine's roots (points, roots) at parameter values, without the noise of worlds."""
    effort = run.budget.effort(engine, spread=True)
    replicate, readings = [], []
    for block, found in Executor().map(
        lambda block, draws: _readings(engine, effort, block), run.points.blocks(effort.points), effort
    ):
        replicate.append(np.full(len(block.p), block.replicate, np.int32))
        readings.append(found)
    parts = [np.concatenate(part) for part in zip(*readings, strict=True)]
    return _combined(parts, np.concatenate(replicate))


def _readings(engine: Engine, effort: Effort, block: Block) -> list[Floats]:
    """All roots at a block's samples: once if exact, else from each half of the worlds."""
    if not effort.words:
        return [engine.probabilities(block.p)]
    half = effort.words // 2
    numbers = block.replicate, block.replicate + SECOND_REPLICATE
    return [engine.probabilities(block.p, draws=Draws(r, block.start, half)) for r in numbers]


def _rows_kept(pieces: int) -> Packing[Floats]:
    """How rows of a round are kept: some pieces of every batch together, in at most `MAX_KEPT` parts."""
    together = MEAN_BATCHES * max(-(-pieces // MAX_KEPT), 1)
    return Packing(Stored, lambda stored: stored.values, together)


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
        programs = np.array([loss.program for loss in losses], np.int32)
        amounts = _bounded(of.circuit, evaluate(of.circuit, programs, block.theta))
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


def _bounded(circuit: Circuit, losses: Floats) -> Floats:
    """Losses (samples, losses); raises `RunError` if one is too large to compute a spread."""
    beyond = ~(np.abs(losses) <= LARGEST_LOSS)
    if beyond.any():
        wrong = circuit.losses[int(np.argmax(beyond.any(axis=0)))]
        said = f"a loss beyond {LARGEST_LOSS:g} is too large to compute with"
        raise RunError(said, f"outcomes.{wrong.outcome}.loss")
    return losses
