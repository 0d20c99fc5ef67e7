"""Methods with designs of their own: SALib samples, the story answers, SALib analyses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from sensa.analyses.salib_methods.adaptor import (
    Statistics,
    Table,
    evaluator,
    nameless,
    quiet,
    seed_of,
    undrawn,
)
from sensa.kernels.program import Floats
from sensa.model import Model

LEVELS = 4  # of Morris' grid
FACTOR = ("factor",)


def morris(model: Model, *, outcome: str | None = None, trajectories: int = 256) -> xr.Dataset:
    """Elementary effects (Morris 1991, 10.1080/00401706.1991.10484804): a screening.

    `mu_star`: mean size of the change of P(outcome) as the level alone moves, for a move over the whole of
    its range; `mu`: with its sign; `sigma`: how much that depends on where the others stand;
    `mu_star_conf`: half its 95 % bootstrap interval (Campolongo et al. 2007, 10.1016/j.envsoft.2006.10.004).
    The four levels are the middles of four equally probable parts of each distribution, 1/8 to 7/8, so that
    unbounded distributions have effects too.

    Misleads in ranking by variance: it does not weigh by how probable values are beyond those four levels,
    and misses what happens in the tails. `mu_star` near 0 is no proof of no effect, and with effects of both
    signs `mu` may be 0. Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], seed: int) -> Floats:
        from SALib.sample import morris as sampler

        return np.asarray(sampler.sample(_middles(spec), trajectories, num_levels=LEVELS, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import morris as analyser

        found = analyser.analyze(_middles(spec), x, y, num_levels=LEVELS, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("mu", "mu_star", "sigma", "mu_star_conf")
    return _run(model, outcome, names, design, analyse)


def _middles(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "bounds": [[1 / (2 * LEVELS), 1 - 1 / (2 * LEVELS)]] * spec["num_vars"]}


def fast(model: Model, *, outcome: str | None = None, points: int = 1025) -> xr.Dataset:
    """Extended FAST (Saltelli, Tarantola, Chan 1999, 10.1080/00401706.1999.10485594): `S1` and `ST`.

    A search curve of `points` points for each parameter, on which it has the highest frequency.

    Misleads with many parameters, of which the others share few frequencies: total indices then take up
    aliased effects, and unimportant parameters get some hundredths. What jumps (thresholds, points among
    experts) has harmonics that decay slowly, and S1 is then too low. `S1_conf` and `ST_conf` come from pieces
    of the curve and are known to be unreliable (SALib issue 649). Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], seed: int) -> Floats:
        from SALib.sample import fast_sampler

        return np.asarray(fast_sampler.sample(spec, points, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import fast as analyser

        found = analyser.analyze(spec, y, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1", "S1_conf", "ST", "ST_conf")
    return _run(model, outcome, names, design, analyse)


def dgsm(model: Model, *, outcome: str | None = None, points: int = 512) -> xr.Dataset:
    """Derivative-based measures (Sobol' and Kucherenko 2009, 10.1016/j.matcom.2009.01.023).

    `vi`: mean squared derivative of P(outcome) by the level, by finite differences of 1 %, and `vi_std`;
    `dgsm`: vi / (pi^2 Var), an upper bound to the total Sobol' index of a uniform factor; `dgsm_conf`:
    half its 95 % bootstrap interval, with the variance as it is (SALib leaves it on the scale of `vi`; here
    it is brought to that of `dgsm`).

    Misleads where read as an index: it is a bound only, often far above, and ranks parameters by slope, not
    by share of variance. For an unbounded distribution the derivative by the level has no bound at the ends,
    and the mean may not exist. SALib's points are a fixed stretch of a Sobol' sequence, whatever the seed.
    Dependent parameters are refused.
    """

    def design(spec: dict[str, Any], seed: int) -> Floats:
        from SALib.sample import finite_diff

        return np.asarray(finite_diff.sample(spec, points, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import dgsm as analyser

        found = analyser.analyze(spec, x, y, seed=seed)
        values = {name: np.asarray(found[name], np.float64) for name in names}
        scale = np.divide(
            values["dgsm"], values["vi"], out=np.zeros_like(values["vi"]), where=values["vi"] > 0
        )
        values["dgsm_conf"] = values["dgsm_conf"] * scale
        return values

    names = ("vi", "vi_std", "dgsm", "dgsm_conf")
    return _run(model, outcome, names, design, analyse)


def shapley(model: Model, *, outcome: str | None = None, trajectories: int = 2048) -> xr.Dataset:
    """Shapley effects by Goda's pick and freeze (2021, 10.1016/j.ress.2021.107702).

    `shapley`: shares of the variance of P(outcome) in its own units; `shapley_normalized`: as shares of 1;
    `…_conf`: half of each 95 % interval by normal approximation.

    Misleads where the interval is not looked at: plain random trajectories converge slowly, and small effects
    may come out negative. Dependent parameters are refused: the estimator is for independent ones.
    """

    def design(spec: dict[str, Any], seed: int) -> Floats:
        from SALib.sample import shapley as sampler

        return np.asarray(sampler.sample(spec, trajectories, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        found = undrawn("shapley").analyze(spec, x, y)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("shapley", "shapley_conf", "shapley_normalized", "shapley_normalized_conf")
    return _run(model, outcome, names, design, analyse)


def sobol(model: Model, *, outcome: str | None = None, points: int = 1024) -> xr.Dataset:
    """First-order and total Sobol' indices by Saltelli's design (2010, 10.1016/j.cpc.2009.09.018).

    `S1`, `ST` and half of their 95 % bootstrap intervals: the cross-check of `sobol_credence`, which has the
    same indices without sampling error or with less of it. `points` (a power of two) is the base sample;
    there are points x (parameters + 2) evaluations.

    Misleads by its intervals: on scrambled Sobol' points, which are not independent, they cover more than
    95 % for first-order and less for total indices. Small indices may be negative. Dependent parameters are
    refused.
    """

    def design(spec: dict[str, Any], seed: int) -> Floats:
        from SALib.sample import sobol as sampler

        return np.asarray(sampler.sample(spec, points, calc_second_order=False, seed=seed))

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import sobol as analyser

        found = analyser.analyze(spec, y, calc_second_order=False, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1", "S1_conf", "ST", "ST_conf")
    return _run(model, outcome, names, design, analyse)


def _run(
    model: Model,
    outcome: str | None,
    names: tuple[str, ...],
    design: Callable[[dict[str, Any], int], Floats],
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
) -> xr.Dataset:
    """A design, the story's answers to it, and the analysis of each outcome, all of one problem and seed."""
    table = Table(model, outcome, dict.fromkeys(names, FACTOR))
    refusal = table.refused(independent=True)
    if refusal:
        return table.unknown(refusal)
    spec, seed = nameless(model), seed_of(model)
    try:
        with quiet(seed):
            x = design(spec, seed)
    except ImportError:
        return table.unknown("not computed: the SALib that is installed is too old for it")
    y = evaluator(model)(x)

    def one(column: Floats) -> Statistics:
        with quiet(seed):
            return analyse(spec, x, column, seed)

    return table.dataset(table.of(y, one))
