"""Cases and the same cases before their change, in the same worlds and at the same parameter values.

What both have in common cancels in their difference, so its error may be far below that of either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.engines.capabilities import SupportsTwins
from sensa.engines.protocol import Draws, Force
from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.properties import ranges
from sensa.properties.case_means import CaseMeans
from sensa.properties.cases import Case, force
from sensa.properties.evaluate import Column, Meter
from sensa.properties.mean_plan import Held, Plan, heavy_losses
from sensa.sampling.estimates import MIN_MEAN_ERRORS, Interval, Worlds, interval, spread
from sensa.sampling.executor import Piece
from sensa.stories.properties.measures import Measure

AFTER, BEFORE, GAINED, LOST = range(4)
SHARES = ("first", "second", "only_first", "only_second")


@dataclass(frozen=True, eq=False)
class Compared:
    """Means after and before the change of each case, and their `difference` in columns of its own.

    `gained` and `lost` (replicates, cases, columns) are the shares of the worlds in which something is true
    only after, and only before; None where parts of the worlds are exact, and nothing is counted.
    """

    after: CaseMeans
    before: CaseMeans
    difference: Floats  # (replicates, cases, columns), last of the loss
    column: Mapping[Measure, Column]  # in it
    gained: Floats | None
    lost: Floats | None
    unchanged: npt.NDArray[np.bool_]  # (cases, columns of the difference): certainly equal

    def changes(self, level: float) -> Interval:
        """Intervals (cases, columns) of after minus before; unbounded where the sample shows nothing."""
        by_replicate = _student(self.difference, level)
        of_loss = self._of_loss(level)
        if self.gained is None or self.lost is None:
            chances = _where_many(self.difference[..., :-1], self.after.worlds, by_replicate)
        else:
            chances = self._by_counts(self.gained, self.lost, by_replicate, level)
        ends = ((chances.low, of_loss.low), (chances.high, of_loss.high))
        low, high = (np.where(self.unchanged, 0.0, np.concatenate(each, axis=1)) for each in ends)
        return Interval(low, high)

    def _of_loss(self, level: float) -> Interval:
        """The change of the loss (cases, 1): Student's, and what few worlds have met on either side."""
        level = 1.0 - (1.0 - level) / (1 + self.after.costly + self.before.costly)
        unseen = ranges.minus(self.after.unseen(level), self.before.unseen(level))
        found = _student(self.difference[..., -1], level)
        return Interval((found.low + unseen.low)[:, None], (found.high + unseen.high)[:, None])

    def _by_counts(self, gained: Floats, lost: Floats, by_replicate: Interval, level: float) -> Interval:
        """From the worlds that differ: Student's of the difference if they are many each way.

        Else the difference of their own intervals, which are valid for few.
        """
        up, down = (interval(each, self.after.worlds, level=level) for each in (gained, lost))
        apart = ranges.minus(up, down)
        many = np.logical_and(
            *(one.mean > MIN_MEAN_ERRORS * one.error for one in map(spread, (gained, lost)))
        )
        low, high = (end[:, :-1] for end in (by_replicate.low, by_replicate.high))
        return Interval(np.where(many, low, apart.low), np.where(many, high, apart.high))


def _student(values: Floats, level: float) -> Interval:
    """Student's interval of a mean over replicates; unbounded if they are all equal, as without a hit."""
    found = confidence_intervals.student(values, level=level)
    silent = np.ptp(values, axis=0) == 0
    return Interval(np.where(silent, -np.inf, found.low), np.where(silent, np.inf, found.high))


def _where_many(difference: Floats, worlds: Worlds, by_replicate: Interval) -> Interval:
    """Student's interval where the error is that of many worlds that differ; else unbounded.

    The error is the root of their number, by the number of worlds, at most.
    """
    many = spread(difference).error * worlds.count > MIN_MEAN_ERRORS
    low, high = by_replicate.low[:, :-1], by_replicate.high[:, :-1]
    return Interval(np.where(many, low, -np.inf), np.where(many, high, np.inf))


def compare(meter: Meter, cases: Sequence[Case]) -> Compared:
    """The means of cases after and before their change, if worlds are sampled."""
    groups = meter.by_held(cases)
    plan = meter.plan([*groups, ()], 2 * max(map(len, groups.values())))
    twins = isinstance(meter.engine, SupportsTwins)
    shape = (plan.replicates, len(cases), len(meter.gates) + 1)
    found = [np.zeros(shape) for _ in range(4 if twins else 2)]
    heavy = np.zeros((2, len(cases)), np.bool_)
    for held, at in groups.items():
        each, losses = _group(meter, held, [cases[i] for i in at], plan)
        for whole, part in zip(found, each, strict=True):
            whole[:, at, : part.shape[-1]] = part
        heavy[:, at] = losses
    both, plans = (cases, [case.unchanged for case in cases]), dict.fromkeys([*groups, ()], plan)
    after, before = (meter.whole(both[i], found[i], plans, heavy[i]) for i in (AFTER, BEFORE))
    gained, lost = (found[GAINED][..., :-1], found[LOST][..., :-1]) if twins else (None, None)
    plain = np.array([case.change is None for case in cases])
    unchanged = np.broadcast_to(plain[:, None], shape[1:])
    return Compared(after, before, found[AFTER] - found[BEFORE], meter.column, gained, lost, unchanged)


def _group(
    meter: Meter, held: Held, cases: Sequence[Case], plan: Plan
) -> tuple[list[Floats], npt.NDArray[np.bool_]]:
    """Means (replicates, cases, columns) of what there is; heavy losses (2, cases) after and before."""
    drawn = not (meter.rest(held).losses_decided and meter.rest(()).losses_decided)
    thetas = meter.theta(held, plan), meter.theta((), plan)
    before = [case.unchanged for case in cases]
    forces = [[force(meter.session.circuit, meter.kinds, case) for case in part] for part in (cases, before)]
    engine = meter.engine if isinstance(meter.engine, SupportsTwins) else None

    def at(piece: Piece, draws: Draws) -> list[Floats]:
        there = [theta(piece.replicate) for theta in thetas]
        if engine is not None:
            return _twins(meter, engine, forces, there, draws)
        return [meter.each(part, theta, draws) for part, theta in zip((cases, before), there, strict=True)]

    means, losses = [], []
    for _, each in meter.session.executor.map(at, plan.pieces, plan.effort):
        means.append([part.mean(axis=1) for part in each])
        losses.append([part[:, :, -1] for part in each[:GAINED]])
    heavy = [heavy_losses([one[i] for one in losses] if drawn else [], len(cases)) for i in (AFTER, BEFORE)]
    return [np.stack(parts) for parts in zip(*means, strict=True)], np.stack(heavy)


def _twins(
    meter: Meter, engine: SupportsTwins, forces: list[list[Force]], thetas: list[Floats], draws: Draws
) -> list[Floats]:
    """Results (cases, samples, columns) after and before, and those gained and lost."""
    p, other = map(meter.session.points.sampler.probabilities, thetas)
    found = [
        engine.twins(one.applied(p), two.applied(other), draws) for one, two in zip(*forces, strict=True)
    ]
    roots = [np.stack([getattr(each, name) for each in found]) for name in SHARES]
    after, before = (meter.columns(roots[i], thetas[i]) for i in (AFTER, BEFORE))
    return [after, before, *(roots[i][..., : len(meter.gates)] for i in (GAINED, LOST))]
