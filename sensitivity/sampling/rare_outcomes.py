"""Re-estimate rare outcomes by importance sampling."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from sensa.circuit import address
from sensa.kernels.program import Floats
from sensa.sampling.estimates import spread
from sensa.sampling.run import CUT_SHORT, RARE_PROBABILITY, Run, Totals

if TYPE_CHECKING:
    from sensa.engines.montecarlo.importance_sampling import RareEstimate

RELATIVE_ERROR: Final = 0.05  # wanted standard error of a rare outcome, relative to it
MIN_WORLDS, MAX_WORLDS = 1 << 18, 1 << 24  # worlds that this may take,
MAX_GATE_WORLDS: Final = 4e10  # or worlds times gates


@dataclass(frozen=True)
class Ended:
    """The probability of each outcome, with its error and 95 % interval."""

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    refined: npt.NDArray[np.bool_]
    note: str


def ended(run: Run, totals: Totals) -> Ended:
    """The outcomes' probabilities from the totals; rare ones at the parameters' means are refined.

    Outcomes are refined if they were sampled, with parameters at their means, and occurred in fewer than one
    world in 10,000. If the proposal may have missed a mode of the outcome, a note says so.
    """
    by, outcomes = run.root_outcomes, [end.name for end in run.circuit.ends]
    estimate, between = spread(totals.by_root @ by), totals.interval(by)
    values = [np.array(part) for part in (estimate.mean, estimate.error, between.low, between.high)]
    refined = np.zeros(len(outcomes), np.bool_)
    notes = []
    for i, name in enumerate(outcomes):
        known = between.low[i] == between.high[i]
        if known or not _wanted(run, totals, estimate.mean[i]):
            continue
        found = _refined(run, name)
        if found.degenerate and values[0][i] > 0:
            continue
        refined[i] = True
        for part, value in zip(values, (found.mean, found.error, found.low, found.high), strict=True):
            part[i] = value
        if found.degenerate:
            notes.append(f"{name}: {found.reason}")
    mean, error, low, high = values
    return Ended(mean, error, low, high, refined, "; ".join(notes))


def _wanted(run: Run, totals: Totals, mean: float) -> bool:
    sampled = run.mean_p is not None and run.ends.way != "exact"
    return sampled and mean < RARE_PROBABILITY and totals.stopped not in CUT_SHORT


def _refined(run: Run, name: str) -> "RareEstimate":
    from sensa.engines.montecarlo.importance_sampling import estimate

    circuit, precision = run.circuit, run.settings.precision
    assert run.mean_p is not None
    relative = (
        min(RELATIVE_ERROR, precision.value / 2)
        if precision is not None and precision.relative
        else RELATIVE_ERROR
    )
    worlds = int(np.clip(MAX_GATE_WORLDS / max(run.ends.info.sampled_gates, 1), MIN_WORLDS, MAX_WORLDS))
    run.progress(f"rare outcome {name}", 0.0)
    return estimate(
        circuit.gates,
        circuit.ended[name],
        run.mean_p[0],
        np.array([address(coin.draw) for coin in circuit.coins], np.uint64),
        seed=run.settings.seed,
        relative=relative,
        worlds=worlds,
        progress=lambda done, of: run.progress(f"rare outcome {name}", min(done / of, 1.0)),
    )
