"""A story and its base in the same worlds: their draws of one name have the same random numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats
from sensa.properties.cases import Case
from sensa.properties.evaluate import Column, Meter
from sensa.properties.mean_plan import Plan
from sensa.properties.paired_worlds import Compared
from sensa.properties.same_functions import loss_signature, signatures
from sensa.sampling.budget import Effort
from sensa.stories.properties.measures import Measure


def pairable(head: Meter, base: Meter) -> bool:
    """Whether both sample worlds, in the same number of independent replicates."""
    replicates = [meter.session.budget.replicates for meter in (head, base)]
    return not (head.exact or base.exact) and head.decided == base.decided and len(set(replicates)) == 1


def compare_base(
    head: Meter, base: Meter, cases: Sequence[Case], base_cases: Sequence[Case], measures: Sequence[Measure]
) -> Compared:
    """The means of cases of the story and of its base, from as many worlds and parameter values of each.

    A replicate of both has the same random numbers, by the names of draws and parameters, so what they
    share cancels in its difference; what is the same function of the same draws differs by exactly 0.
    Nothing counts the worlds that differ: both stories are sampled on their own.
    """
    plans = [
        meter.plan([*groups, ()], max(map(len, groups.values())))
        for meter, groups in ((head, head.by_held(cases)), (base, base.by_held(base_cases)))
    ]
    points = min(plan.points for plan in plans)
    effort = Effort(min(plan.effort.points for plan in plans), min(plan.effort.words for plan in plans))
    alike: list[Plan] = [replace(plan, points=points, effort=effort) for plan in plans]
    after, before = head.sampled(cases, alike[0]), base.sampled(base_cases, alike[1])
    asked = [measure for measure in dict.fromkeys(measures) if measure.of is not None]
    difference = _arranged(head, after.means, asked) - _arranged(base, before.means, asked)
    column: dict[Measure, Column] = dict.fromkeys(measures, (2 * len(asked), None))
    for i, measure in enumerate(asked):
        column[measure] = (2 * i, None if measure.given is None else 2 * i + 1)
    plain = np.array([case.change is None for case in cases])
    same = plain[:, None] & _same(head, base, asked, column)
    return Compared(after, before, difference, column, None, None, same)


def _same(
    head: Meter, base: Meter, asked: Sequence[Measure], column: Mapping[Measure, Column]
) -> npt.NDArray[np.bool_]:
    """Whether columns are the same functions of the same draws in both stories (columns,)."""
    meters = head, base
    gates = [signatures(meter.session.circuit, meter.kinds) for meter in meters]
    losses = [loss_signature(m.session.circuit, of) for m, of in zip(meters, gates, strict=True)]
    found = np.zeros(2 * len(asked) + 1, np.bool_)
    found[-1] = losses[0] == losses[1]
    for measure in asked:
        ours, theirs = (meter.column[measure] for meter in meters)
        for at, one, other in zip(column[measure], ours, theirs, strict=True):
            if at is not None and one is not None and other is not None:
                found[at] = _signed(head, gates[0], one) == _signed(base, gates[1], other)
    return found


def _signed(meter: Meter, gates: list[bytes], column: int) -> bytes | None:
    return gates[meter.gates[column]] if column < len(meter.gates) else None


def _arranged(meter: Meter, means: Floats, asked: Sequence[Measure]) -> Floats:
    """Means in columns that both stories have: of each measure and its condition, and last the loss."""
    out = np.zeros((*means.shape[:2], 2 * len(asked) + 1))
    out[..., -1] = means[..., -1]
    for i, measure in enumerate(asked):
        chance, given = meter.measure(means, measure)
        out[..., 2 * i] = chance
        if given is not None:
            out[..., 2 * i + 1] = given
    return out
