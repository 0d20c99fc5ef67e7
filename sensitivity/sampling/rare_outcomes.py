"""Re-estimate rare outcomes by importance sampling."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit, address
from sensa.engines.protocol import Draws, Engine
from sensa.kernels.program import Floats
from sensa.sampling.budget import WORLDS
from sensa.sampling.estimates import of_unmet, spread
from sensa.sampling.rare_numbers import RARE_WORDS, unsampled
from sensa.sampling.rare_pairs import unsampled_pairs
from sensa.sampling.run import CUT_SHORT, RARE_PROBABILITY, Run, Totals

if TYPE_CHECKING:
    from sensa.engines.montecarlo.importance_sampling import RareEstimate

RELATIVE_ERROR: Final = 0.05  # wanted standard error of a rare outcome, relative to it
MIN_WORLDS, MAX_WORLDS = 1 << 18, 1 << 24  # worlds that this may take,
MAX_GATE_WORLDS: Final = 4e10  # or worlds times gates
RARE_SHARE: Final = 0.02  # of a mean: what rare values of numbers move by less is left out


@dataclass(frozen=True)
class Ended:
    """The probability of each outcome, with its error and 95 % interval."""

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    refined: npt.NDArray[np.bool_]
    note: str
    rare: Floats  # how far each may be off by values of numbers too rare for the sample; 0 if by little
    rare_numbers: tuple[str, ...] = ()  # these numbers, by path, or two of them


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
    error = of_unmet(error, mean, high)
    all_outcomes = Ended(mean, error, low, high, refined, "; ".join(notes), np.zeros(len(outcomes)))
    sampled = run.mean_p is None and totals.stopped not in CUT_SHORT
    return _with_rare_numbers(run, all_outcomes) if sampled else all_outcomes


def _with_rare_numbers(run: Run, found: Ended) -> Ended:
    """Errors and intervals as wide as values of numbers that are too rare for the sample may make them."""
    of, off = _unsampled(run, found.mean)
    least, most = np.minimum(off.sum(axis=1).min(axis=0), 0.0), np.maximum(off.sum(axis=1).max(axis=0), 0.0)
    far = np.maximum(most, -least)
    wide = (far > (found.high - found.low) / 2) & (far > RARE_SHARE * found.mean)
    notes = [found.note] if found.note else []
    named = []
    for i in np.flatnonzero(wide):
        numbers = of[int(np.abs(off[..., i]).max(axis=0).argmax())]
        paths = " and ".join(f"`{run.circuit.parameters[number].path}`" for number in numbers)
        named.append(paths)
        notes.append(f"{run.circuit.ends[i].name}: values of {paths} too rare for the sample may matter")
    return Ended(
        found.mean,
        np.where(wide, np.maximum(found.error, far), found.error),
        np.where(wide, np.minimum(found.low, np.maximum(found.mean + least, 0.0)), found.low),
        np.where(wide, np.maximum(found.high, np.minimum(found.mean + most, 1.0)), found.high),
        found.refined,
        "; ".join(notes),
        np.where(wide, far, 0.0),
        tuple(dict.fromkeys(named)),
    )


def _unsampled(run: Run, means: Floats) -> tuple[list[tuple[int, ...]], Floats]:
    """How far values of numbers that are too rare for the sample may move outcomes; see `unsampled`.

    The numbers, each alone and, where worlds are exact, in pairs, and for each (2, these, outcomes).
    """
    engine, sampler, words = run.ends, run.points.sampler, RARE_WORDS * (run.ends.way != "exact")

    def results(theta: Floats) -> Floats:
        found = engine.probabilities(sampler.probabilities(theta), draws=Draws(words=max(words, 1)))
        return found[:, : run.roots] @ run.root_outcomes

    points = run.budget.effort(engine, spread=True).points
    numbers = range(len(run.circuit.parameters))
    off = unsampled(sampler, numbers, points, results, words * WORLDS)
    if words:
        return [(number,) for number in numbers], off
    found = unsampled_pairs(sampler, numbers, points, run.budget.replicates, results, means)
    return [*((number,) for number in numbers), *found.pairs], np.concatenate([off, found.off], axis=1)


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
    worlds = _worlds(run.ends)
    run.progress(f"rare outcome {name}", 0.0)
    return estimate(
        circuit.gates,
        circuit.ended[name],
        run.mean_p[0],
        _addresses(circuit),
        seed=run.settings.seed,
        relative=relative,
        worlds=worlds,
        progress=lambda done, of: run.progress(f"rare outcome {name}", min(done / of, 1.0)),
    )


def in_replicates(
    circuit: Circuit, name: str, p: Floats, ends: Engine, *, seed: int, replicates: int
) -> Floats | None:
    """The probability of a rare outcome at the coins' probabilities `p` (coins,), in independent replicates.

    From one proposal, and all from as many worlds as a run takes; None if one of them is degenerate.
    """
    from sensa.engines.montecarlo.importance_sampling import estimates

    found = estimates(
        circuit.gates,
        circuit.ended[name],
        p,
        _addresses(circuit),
        seed=seed,
        replicates=replicates,
        relative=RELATIVE_ERROR,
        worlds=max(_worlds(ends) // replicates, MIN_WORLDS),
    )
    return None if any(one.degenerate for one in found) else np.array([one.mean for one in found])


def _addresses(circuit: Circuit) -> npt.NDArray[np.uint64]:
    return np.array([address(coin.draw) for coin in circuit.coins], np.uint64)


def _worlds(ends: Engine) -> int:
    return int(np.clip(MAX_GATE_WORLDS / max(ends.info.sampled_gates, 1), MIN_WORLDS, MAX_WORLDS))
