"""Runs through parameters and worlds until what was asked for is reached, or someone has had enough."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from sensa.engines.protocol import Draws, Engine
from sensa.interrupts import TimeUp
from sensa.kernels.program import Floats, Ints
from sensa.sampling.estimates import Estimate, Interval, Worlds, interval, quantiles, spread
from sensa.sampling.parameters import Block, RunError, evaluate, require_mean
from sensa.sampling.rare_outcomes import RARE

if TYPE_CHECKING:
    from sensa.session import Model

Stopped = Literal["exact", "points", "samples", "precision", "seconds", "interrupted"]
CUT_SHORT = ("seconds", "interrupted")  # before all that was asked for

WORLDS = 64  # in a word
BATCHES = 16  # independent runs of worlds where parameters stand at their means
SECOND = 1 << 20  # added to a replicate's number: worlds that are independent of its own
PIECE = 1 << 29  # operations between two looks at whether to go on, and
LEAST = 64  # words of a batch, which are worked through together
KEPT = 1 << 17  # parameter values, or as many as were asked for, at which what happens is kept
MOST_POINTS = 1 << 24  # parameter values that a precision may cost, where nothing else is said
MOST_WORLDS = 1 << 32
LARGEST_LOSS = 1e150  # its square is still a number, as a spread needs


@dataclass(frozen=True)
class Effort:
    """What an analysis can afford: parameter values of a replicate, and words of worlds for each of them."""

    points: int
    words: int


BRIEF = Effort(64, 16)  # for what else is needed of a run that was interrupted


@dataclass(frozen=True)
class Samples:
    """What happens at the parameter values of the run: means over all, values at the first ones."""

    replicate: Ints  # (kept,): which scrambling a point is of
    q: Floats  # (kept, outcomes)
    loss: Floats | None  # (kept,), where losses are stated
    by_root: Floats  # (replicates, roots): means
    by_loss: Floats  # (replicates, losses): how likely each of the circuit's losses falls due
    mean_loss: Floats | None  # (replicates,)
    points: int  # in all, of which the first of each replicate are kept
    worlds: int  # sampled in all; 0 where worlds are exact
    stopped: Stopped

    def quantiles(self, values: Floats) -> Estimate:
        """Quantiles (`results.QUANTILES`, …) of values (kept, …), with their error from the replicates."""
        return quantiles(values, self.replicate)


@dataclass(frozen=True)
class Totals:
    """The roots' probabilities, parameters and worlds taken together, in independent replicates."""

    by_root: Floats  # (replicates, roots); one row where it is exact
    by_loss: Floats  # (replicates, losses): how likely each of the circuit's losses falls due
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
    """Sums of all blocks, as far as they have come, and what the first points of each replicate gave."""

    replicates: int
    keep: int  # points of a replicate
    replicate: list[Ints] = field(default_factory=list)
    readings: list[list[Floats]] = field(default_factory=lambda: [[], []])  # outcomes, and the loss
    sums: list[Floats] = field(default_factory=list)  # of a round that is not done
    done: _Done | None = None

    def take(self, block: Block, readings: Sequence[Floats], rows: Floats) -> None:
        """Take what a block gave: rows (points, columns) to add up, readings to keep."""
        kept = min(self.keep - block.start, len(rows))
        if kept > 0:
            self.replicate.append(np.full(kept, block.replicate, np.int32))
            for part, reading in zip(self.readings, readings, strict=False):
                part.append(reading[:kept].copy())  # a view would hold all of it
        before = np.zeros((1, rows.shape[1])) if self.done is None else self.done.sums[block.replicate][None]
        self.sums.append(np.concatenate([before, rows]).sum(axis=0))  # row by row, whatever the blocks
        if len(self.sums) == self.replicates:
            self.done = _Done(np.stack(self.sums), block.start + len(rows), len(self.replicate))
            self.sums = []


def totals(model: "Model") -> Totals:
    """The roots' probabilities, as exact as the engine and the parameters allow.

    Where a precision is wanted, samples grow until every outcome has it or their limit is reached.
    """
    roots = len(model.circuit.roots)
    if model.mean_p is None:
        samples = model.samples
        return _of(samples, model)
    if model.ends.way == "exact":
        q = model.ends.probabilities(model.mean_p)
        by_loss = q[:, model.loss_columns]
        return Totals(q[:, :roots], by_loss, Worlds(), "exact", model.ends.constant[:roots])
    return _worlds(model, roots)


def _of(samples: Samples, model: "Model") -> Totals:
    constant = model.ends.constant[: len(model.circuit.roots)]
    worlds = Worlds(samples.worlds, samples.points)
    return Totals(samples.by_root, samples.by_loss, worlds, samples.stopped, constant)


def stopped_by(interrupt: KeyboardInterrupt) -> Stopped:
    """What an interrupt means for a result."""
    return "seconds" if isinstance(interrupt, TimeUp) else "interrupted"


def _worlds(model: "Model", roots: int) -> Totals:
    """Worlds at the parameters' means, in batches that grow together."""
    engine, p = model.ends, model.mean_p
    assert p is not None
    wanted = model.effort(engine).words
    piece = min(max(PIECE // (max(engine.size, 1) * BATCHES), LEAST), wanted)
    piece = 1 << piece.bit_length() - 1
    most = (model.settings.samples or MOST_WORLDS) // (WORLDS * BATCHES)
    sums = np.zeros((BATCHES, engine.roots))
    done = 0

    def batches(number: int) -> Floats:
        draws = [Draws(batch, number, piece) for batch in range(BATCHES)]
        with ThreadPoolExecutor() as pool:
            return np.stack(list(pool.map(lambda each: engine.probabilities(p, draws=each)[0], draws)))

    def found(stopped: Stopped) -> Totals:
        count = WORLDS * BATCHES * done * piece
        worlds = Worlds(count, count, counted=engine.way == "montecarlo")
        means = sums / max(done, 1)
        by_loss = means[:, model.loss_columns]
        return Totals(means[:, :roots], by_loss, worlds, stopped, engine.constant[:roots])

    while True:
        try:
            for number in range(done, max(wanted // piece, 1)):
                sums, done = sums + batches(number), number + 1
                model.progress("sampling worlds", _share(model, found("samples"), done * piece / wanted))
        except KeyboardInterrupt as stop:
            if not done:
                raise
            return found(stopped_by(stop))
        stopped = _stopped(model, found("samples"))
        more = max(wanted // 4 // piece, 1) * piece
        if stopped == "precision" or wanted + more > most or model.settings.precision is None:
            return found(stopped)
        wanted += more


def _stopped(model: "Model", found: Totals) -> Stopped:
    precision = model.settings.precision
    if precision is not None:
        mean, between = spread(found.by_root @ _by_outcome(model)).mean, found.interval(_by_outcome(model))
        if model.mean_p is not None and precision.relative:  # rare outcomes are refined otherwise
            frequent = mean >= RARE
            mean, between = mean[frequent], Interval(between.low[frequent], between.high[frequent])
        if precision.met(mean, between):
            return "precision"
    return "samples" if found.worlds.count else "points"


def _by_outcome(model: "Model") -> Floats:
    matrix: Floats = model.by_outcome[: len(model.circuit.roots)]
    return matrix


def _share(model: "Model", found: Totals, of_round: float) -> float:
    """How much of the work is done: of the round, or of what the precision is likely to take."""
    precision = model.settings.precision
    if precision is None:
        return of_round
    mean = spread(found.by_root @ _by_outcome(model)).mean
    between = found.interval(_by_outcome(model))
    wanted = precision.value * mean if precision.relative else np.full_like(mean, precision.value)
    width = (between.high - between.low) / 2
    return float((wanted / np.maximum(wanted, np.maximum(width, 1e-300))).min() ** 2)


def samples(model: "Model") -> Samples:
    """Outcomes and loss over the points of the run, all replicates growing together.

    Memory does not grow with them: means are running sums, and single values are kept of the first points.
    """
    engine, circuit = model.ends, model.circuit
    require_mean(circuit, np.array([loss.program for loss in circuit.losses], np.int32))
    effort = model.effort(engine, spread=True)
    decides = model.mean_p is None  # else the means come without these points
    if not decides and model.totals.stopped in CUT_SHORT:
        effort = BRIEF
    per_point = max(effort.words, 0) * WORLDS or 1
    most = (model.settings.samples or MOST_POINTS * per_point) // (model.replicates * per_point)
    keep = max(KEPT, model.settings.points) // model.replicates
    store, done, wanted = _Store(model.replicates, keep), 0, effort.points
    while True:
        try:
            for block in model.drawn(done, wanted):
                _take(model, effort, block, store)
                model.progress("sampling parameters", min((block.start + len(block.p)) / wanted, 1.0))
        except KeyboardInterrupt as stop:
            if store.done is None:
                raise
            return _gathered(model, effort, store, stopped_by(stop))
        found = _gathered(model, effort, store, "samples" if effort.words else "points")
        if not decides or not model.circuit.parameters or model.settings.precision is None:
            return found
        stopped = _stopped(model, _of(found, model))
        if stopped == "precision" or 2 * wanted > most:
            return replace(found, stopped=stopped)
        done, wanted = wanted, 2 * wanted


def spread_of(model: "Model", engine: Engine) -> Floats:
    """An engine's roots (points, roots) at parameter values, without the noise of their worlds."""
    effort = model.effort(engine, spread=True)
    replicate, readings = [], []
    for block in model.blocks(effort.points):
        replicate.append(np.full(len(block.p), block.replicate, np.int32))
        readings.append(_readings(engine, effort, block))
    parts = [np.concatenate(part) for part in zip(*readings, strict=True)]
    return _combined(parts, np.concatenate(replicate))


def _readings(engine: Engine, effort: Effort, block: Block) -> list[Floats]:
    """All roots at a block's samples: once where that is exact, else from two halves of the worlds."""
    if not effort.words:
        return [engine.probabilities(block.p)]
    half = effort.words // 2
    numbers = block.replicate, block.replicate + SECOND
    return [engine.probabilities(block.p, draws=Draws(r, block.start, half)) for r in numbers]


def _take(model: "Model", effort: Effort, block: Block, store: _Store) -> None:
    readings, losses = _readings(model.ends, effort, block), model.circuit.losses
    kept = [reading @ model.by_outcome for reading in readings]
    rows: Floats = np.mean(readings, axis=0)
    if losses:
        programs = np.array([loss.program for loss in losses], np.int32)
        amounts = _bounded(model, evaluate(model.circuit, programs, block.theta))
        at = [(reading[:, model.loss_columns] * amounts).sum(axis=1) for reading in readings]
        kept = [np.column_stack(pair) for pair in zip(kept, at, strict=True)]
        rows = np.column_stack([rows, np.mean(at, axis=0)])
    store.take(block, kept, rows)


def _gathered(model: "Model", effort: Effort, store: _Store, stopped: Stopped) -> Samples:
    done = store.done
    assert done is not None
    replicate = np.concatenate(store.replicate[: done.blocks])
    readings = [np.concatenate(part[: done.blocks]) for part in store.readings if part]
    values, means = _combined(readings, replicate), done.sums / done.points
    roots, outcomes, stated = len(model.circuit.roots), len(model.outcomes), bool(model.circuit.losses)
    points = done.points * store.replicates
    return Samples(
        replicate=replicate,
        q=values[:, :outcomes],
        loss=values[:, outcomes] if stated else None,
        by_root=means[:, :roots],
        by_loss=means[:, model.loss_columns],
        mean_loss=means[:, -1] if stated else None,
        points=points,
        worlds=points * effort.words * WORLDS,
        stopped=stopped,
    )


def _combined(readings: list[Floats], replicate: Ints) -> Floats:
    """One reading as it is; two drawn in until they vary as what they read."""
    if len(readings) == 1:
        return readings[0]
    from sensa.engines.montecarlo.shrinkage import shrunken  # compiled code, as sampled worlds need anyway

    few = len(np.unique(replicate)) < 3
    return (readings[0] + readings[1]) / 2 if few else shrunken(readings[0], readings[1], replicate)


def _bounded(model: "Model", losses: Floats) -> Floats:
    """Losses (samples, losses); raises `RunError` where one is so large that no spread could be told."""
    beyond = ~(np.abs(losses) <= LARGEST_LOSS)
    if beyond.any():
        wrong = model.circuit.losses[int(np.argmax(beyond.any(axis=0)))]
        said = f"a loss beyond {LARGEST_LOSS:g} is too large to compute with"
        raise RunError(said, f"outcomes.{wrong.outcome}.loss")
    return losses
