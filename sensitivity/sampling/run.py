"""A run whose outcomes are sampled, what it has, and when it has enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit
from sensa.engines.protocol import Engine
from sensa.interrupts import TimeUp
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import Budget
from sensa.sampling.estimates import Interval, Precision, Sources, Worlds, interval, spread
from sensa.sampling.journal import Journal, Kept, Stored
from sensa.sampling.parameter_blocks import Points
from sensa.sampling.settings import Progress, Settings
from sensa.sampling.workers import Workers

Stopped = Literal["exact", "points", "samples", "precision", "seconds", "interrupted"]
CUT_SHORT = ("seconds", "interrupted")  # before everything requested was done
RARE_PROBABILITY = 1e-4  # smaller probabilities are too expensive for plain worlds

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

    @property
    def sources(self) -> Sources:
        """What the values come from."""
        return Sources(self.replicate, self.points / self.worlds if self.worlds else 0.0)


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


def totals_of(run: Run, samples: Samples) -> Totals:
    """The roots' probabilities from the samples over the parameters."""
    worlds = Worlds(samples.worlds, samples.points)
    return Totals(samples.by_root, samples.by_loss, worlds, samples.stopped, run.ends.constant[: run.roots])


def stopped_by(interrupt: KeyboardInterrupt) -> Stopped:
    """The status of a result after an interrupt."""
    return "seconds" if isinstance(interrupt, TimeUp) else "interrupted"


def stopped_after(run: Run, found: Totals) -> Stopped:
    """Whether a precision is reached, else what has run out."""
    precision = run.settings.precision
    if precision is not None and precision.met(*_judged(run, found, precision)):
        return "precision"
    return "samples" if found.worlds.count else "points"


def completed_share(run: Run, found: Totals, of_round: float) -> float:
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
