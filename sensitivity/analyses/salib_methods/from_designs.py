"""Methods with designs of their own: SALib samples, the story answers, SALib analyses.

The run's points are split among independent designs, one for each replicate. A statistic is the mean over
them, `…_error` its standard error and `…_conf` half its 95 % interval by Student's t. SALib's own intervals
are not used: FAST's were 5 to 10 times too wide.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from sensa.analyses.salib_methods.adaptor import (
    MIN_LEVEL,
    SALIB_RESAMPLES,
    Base,
    Statistics,
    Table,
    evaluator,
    levels,
    nameless,
    quiet,
    replicated,
    seed_of,
    undrawn,
    with_errors,
)
from sensa.kernels.program import Floats
from sensa.session import Session

MORRIS_LEVELS = 4  # of the grid
DIFFERENCE_STEP = 0.01  # of finite differences
MIN_OF_FAST = 513  # points on a curve: with fewer, parameters share too few frequencies
BY_FACTOR = ("factor",)  # the dimensions of an index


def morris(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Elementary effects (Morris 1991, 10.1080/00401706.1991.10484804): a screening.

    `mu_star`: mean size of the change of P(outcome) as the level alone moves, for a move over the whole of
    its range; `mu`: with its sign; `sigma`: how much that depends on where the others stand
    (Campolongo et al. 2007, 10.1016/j.envsoft.2006.10.004).
    The four levels are the middles of four equally probable parts of each distribution, 1/8 to 7/8, so that
    unbounded distributions have effects too.

    Misleads in ranking by variance: it does not weigh by how probable values are beyond those four levels,
    and misses what happens in the tails. `mu_star` near 0 is no proof of no effect, and with effects of both
    signs `mu` may be 0. Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], points: int, replicate: int) -> Floats:
        from SALib.sample import morris as sampler

        return np.asarray(
            sampler.sample(_middles(spec), points, num_levels=MORRIS_LEVELS, seed=seed_of(session, replicate))
        )

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import morris as analyser

        found = analyser.analyze(
            _middles(spec), x, y, num_levels=MORRIS_LEVELS, num_resamples=SALIB_RESAMPLES, seed=seed
        )
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("mu", "mu_star", "sigma")
    return _run(session, outcome, names, Base(len(session.circuit.parameters) + 1, least=2), design, analyse)


def _middles(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "bounds": [[1 / (2 * MORRIS_LEVELS), 1 - 1 / (2 * MORRIS_LEVELS)]] * spec["num_vars"]}


def fast(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Extended FAST (Saltelli, Tarantola, Chan 1999, 10.1080/00401706.1999.10485594): `S1` and `ST`.

    A search curve for each parameter, on which it has the highest frequency, of an equal part of the
    replicate's points and at least 513: on 85 points the largest index of x1 x2 + x3 came out 0.15 too low.

    Misleads with many parameters, of which the others share few frequencies: total indices then take up
    aliased effects, and unimportant parameters get some hundredths. What jumps (thresholds, points among
    experts) has harmonics that decay slowly, and S1 is then too low. Intervals come from the curves' random
    phases and hold none of that bias, some 0.002 where the function is smooth, on curves however long.
    Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], points: int, replicate: int) -> Floats:
        from SALib.sample import fast_sampler

        return np.asarray(fast_sampler.sample(spec, points, seed=seed_of(session, replicate)))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import fast as analyser

        found = analyser.analyze(spec, y, num_resamples=SALIB_RESAMPLES, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1", "ST")
    return _run(
        session, outcome, names, Base(len(session.circuit.parameters), least=MIN_OF_FAST), design, analyse
    )


def dgsm(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Derivative-based measures (Sobol' and Kucherenko 2009, 10.1016/j.matcom.2009.01.023).

    `vi`: mean squared derivative of P(outcome) by the level, by finite differences of 1 %, and `vi_std`;
    `dgsm`: vi / (pi^2 Var), an upper bound to the total Sobol' index of a uniform factor. The base points are
    the run's own (SALib's are one stretch of a Sobol' sequence, whatever the seed); steps lead inwards.

    Misleads where read as an index: it is a bound only, often far above, and ranks parameters by slope, not
    by share of variance. Where the slope by the level has no bound, as for unbounded distributions and betas
    of 2 and more at the ends, its mean square may not exist: its intervals then miss a third of the time (at
    2,048 points). Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], points: int, replicate: int) -> Floats:
        base = levels(session, replicate, points)[0][:, None, : spec["num_vars"]]
        step = np.where(base < 0.5, DIFFERENCE_STEP, -DIFFERENCE_STEP) * np.eye(spec["num_vars"])
        rows = np.concatenate([base, base + step], axis=1).reshape(-1, spec["num_vars"])
        within: Floats = np.clip(rows, MIN_LEVEL, 1.0 - MIN_LEVEL)
        return within

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import dgsm as analyser

        found = analyser.analyze(spec, x, y, num_resamples=SALIB_RESAMPLES, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("vi", "vi_std", "dgsm")
    return _run(session, outcome, names, Base(len(session.circuit.parameters) + 1), design, analyse)


def shapley(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Shapley effects by Goda's pick and freeze (2021, 10.1016/j.ress.2021.107702).

    `shapley`: shares of the variance of P(outcome) in its own units; `shapley_normalized`: as shares of 1.

    Misleads where the error is not looked at: plain random trajectories converge slowly, and small effects
    may come out negative. Dependent parameters are refused: the estimator is for independent ones.
    """

    def design(spec: dict[str, Any], points: int, replicate: int) -> Floats:
        from SALib.sample import shapley as sampler

        return np.asarray(sampler.sample(spec, points, seed=seed_of(session, replicate)))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        found = undrawn("shapley").analyze(spec, x, y)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("shapley", "shapley_normalized")
    return _run(session, outcome, names, Base(len(session.circuit.parameters) + 1), design, analyse)


def sobol(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """First-order and total Sobol' indices by Saltelli's design (2010, 10.1016/j.cpc.2009.09.018).

    `S1` and `ST`: the cross-check of `sobol_credence`, which has the same indices without sampling error or
    with less of it. The base sample of a replicate is the greatest power of two, n, for which its points
    allow n x (parameters + 2) evaluations.

    Misleads where small: small indices may be negative. Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], points: int, replicate: int) -> Floats:
        from SALib.sample import sobol as sampler

        power = 1 << (points.bit_length() - 1)
        seed = seed_of(session, replicate)
        return np.asarray(sampler.sample(spec, power, calc_second_order=False, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import sobol as analyser

        found = analyser.analyze(spec, y, calc_second_order=False, num_resamples=SALIB_RESAMPLES, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1", "ST")
    return _run(session, outcome, names, Base(len(session.circuit.parameters) + 2), design, analyse)


def _run(
    session: Session,
    outcome: str | None,
    names: tuple[str, ...],
    base: Base,
    design: Callable[[dict[str, Any], int, int], Floats],
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
) -> xr.Dataset:
    """Independent designs, the story's answers, and the analyses of each outcome; errors by spread."""
    table = Table(session, outcome, with_errors(dict.fromkeys(names, BY_FACTOR)))
    refusal = table.refused(independent=True)
    if refusal:
        return table.unknown(refusal)
    spec, each = nameless(session), []
    for replicate in range(session.settings.replicates):
        seed = seed_of(session, replicate)
        try:
            with quiet(seed):
                x = design(spec, base.size(session), replicate)
        except ImportError:
            return table.unknown("not computed: the SALib that is installed is too old for it")

        def one(column: Floats, x: Floats = x, seed: int = seed) -> Statistics:
            with quiet(seed):
                return analyse(spec, x, column, seed)

        each.append(table.of(evaluator(session)(x), one))
    return table.dataset(replicated(each), base.note(session))
