"""Methods that take any sample: the run's own scrambled Sobol' points, and dependent parameters too."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from sensa.analyses.salib_methods.adaptor import (
    EDGE,
    REPLICATES,
    Statistics,
    Table,
    evaluator,
    levels,
    nameless,
    quiet,
    replicated,
    seed_of,
    undrawn,
)
from sensa.kernels.program import Floats
from sensa.model import Model

FACTOR = ("factor",)
SLICES = 10  # of PAWN
BINS = 10  # of regional sensitivity analysis
LEAST_OF_HDMR = 300  # points, which SALib asks for
TIED = "parameters that `[[dependence]]` ties take credit for each other"


def rbd_fast(model: Model, *, outcome: str | None = None, points: int = 2048) -> xr.Dataset:
    """First-order indices by random balance designs (Tarantola et al. 2006, 10.1016/j.ress.2005.06.003).

    `S1`, in Plischke's form for any sample (2010, 10.1016/j.ress.2009.11.005) with Tissot and Prieur's
    correction (2012, 10.1016/j.ress.2012.06.010), and `S1_conf`, half its 95 % bootstrap interval.

    Misleads for effects that change fast along a parameter, beyond ten harmonics, and by intervals from half
    the points, which are too wide. No total indices: what matters only with others looks like nothing.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import rbd_fast as analyser

        found = analyser.analyze(spec, x, y, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1", "S1_conf")
    return _run_once(model, outcome, names, analyse, points)


def delta(model: Model, *, outcome: str | None = None, points: int = 512, resamples: int = 20) -> xr.Dataset:
    """Borgonovo's moment-independent importance (2007, 10.1016/j.ress.2006.04.015).

    `delta`: half the mean area between the density of P(outcome) and that with the parameter known, by
    Plischke, Borgonovo, Smith (2013, 10.1016/j.ejor.2012.11.047), between 0 and 1, and `delta_conf`; `S1`
    and `S1_conf` by the same partition. `…_conf` are halves of 95 % bootstrap intervals.

    Misleads as small values: densities are estimated by kernels, so a parameter without any effect gets some
    hundredths, more with fewer points; and kernels smooth what is bounded, as probabilities are, and piles up
    at 0 or 1.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import delta as analyser

        found = analyser.analyze(spec, x, y, num_resamples=resamples, seed=seed)
        raw = "delta_raw" if "delta_raw" in found else "delta"  # before SALib 1.6
        keys = (raw, f"{raw}_conf", "S1", "S1_conf")
        return {name: np.asarray(found[key], np.float64) for name, key in zip(names, keys, strict=True)}

    names = ("delta", "delta_conf", "S1", "S1_conf")
    return _run_once(model, outcome, names, analyse, points)


def hdmr(model: Model, *, outcome: str | None = None, points: int = 1024, resamples: int = 10) -> xr.Dataset:
    """Indices from a fitted sum of functions of one and two parameters (Li et al. 2010, 10.1021/jp9096919).

    `Sa`: structural share of the variance of P(outcome), `Sb`: share by correlation with others, `S`: both;
    `ST`: with the pairs the parameter is in; `…_conf`: halves of 95 % intervals from subsamples.

    Misleads where effects take three or more parameters together, as a conjunction of many assumptions does:
    the fit leaves them out. SALib's intervals are not confidence intervals of the indices but spreads over
    overlapping subsamples. It needs two parameters and more.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        found = undrawn("hdmr").analyze(spec, x, y, K=resamples, seed=seed)
        single = slice(spec["num_vars"])
        return {name: np.asarray(found[name], np.float64)[single] for name in names}

    names = ("Sa", "Sa_conf", "Sb", "Sb_conf", "S", "S_conf", "ST", "ST_conf")
    if len(model.circuit.parameters) == 1:
        return Table(model, outcome, dict.fromkeys(names, FACTOR)).unknown("one parameter: nothing to share")
    return _run_once(model, outcome, names, analyse, max(points, LEAST_OF_HDMR))


def pawn(model: Model, *, outcome: str | None = None, points: int = 1024) -> xr.Dataset:
    """PAWN (Pianosi and Wagener 2015, 10.1016/j.envsoft.2015.01.004; 2018, 10.1016/j.envsoft.2018.07.019).

    Kolmogorov and Smirnov's distance between the distribution of P(outcome) and that within each of ten
    slices of the parameter: `minimum`, `mean`, `median`, `maximum`, `stdev` and `CV` over the slices, with
    standard errors (`…_error`) over replicates. `by_chance` is the median of an input that does nothing.

    Misleads as small values: what is not well above `by_chance` is nothing. It is no share of anything, and
    slices of one parameter hold what others that are tied to it do.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import pawn as analyser

        wider = {
            "num_vars": spec["num_vars"] + 1,
            "names": [*spec["names"], ""],
            "bounds": [*spec["bounds"], [0, 1]],
        }
        found = analyser.analyze(wider, x, y, S=SLICES, seed=seed)
        values = {name: np.asarray(found[name], np.float64)[:-1] for name in names}
        return {**values, "by_chance": np.asarray(found["median"][-1])}

    names = ("minimum", "mean", "median", "maximum", "CV", "stdev")
    dims: dict[str, tuple[str, ...]] = {**dict.fromkeys(names, FACTOR), "by_chance": ()}
    return _run_often(model, outcome, dims, {}, analyse, points, spare=True)


def rsa(model: Model, *, outcome: str | None = None, points: int = 1024) -> xr.Dataset:
    """Regional sensitivity (Hornberger and Spear 1981; Saltelli et al. 2008, 10.1002/9780470725184).

    For each tenth of P(outcome), `bin`, Cramer and von Mises' distance `rsa` between the parameter's
    levels there and elsewhere: which parameter tells whether the outcome is among the least or the most
    likely. `rsa_error`: standard error over replicates.

    Misleads across sample sizes and bins: the statistic grows with the number of points. Compare parameters
    within one bin. NaN where a bin has no two values, as where an outcome is most often impossible.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import rsa as analyser

        found = analyser.analyze(spec, x, y, bins=BINS, target="Y", seed=seed)
        return {"rsa": np.stack([np.asarray(found[name], np.float64) for name in spec["names"]])}

    middles = ((np.arange(BINS) + 0.5) / BINS).tolist()
    return _run_often(model, outcome, {"rsa": ("factor", "bin")}, {"bin": middles}, analyse, points)


def discrepancy(model: Model, *, outcome: str | None = None, points: int = 512) -> xr.Dataset:
    """How uneven the scatter of each parameter against P(outcome) is (Puy, Roy, Saltelli, arXiv:2206.13470).

    `s_discrepancy`: the wrap-around discrepancy of (level, outcome), as shares of 1 over the parameters, with
    a standard error over replicates.

    Misleads as shares: an outcome that is itself uneven gives every parameter about the same share, 1 over
    their number, so that only differences tell. It takes levels to be even, which tied parameters still are.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import discrepancy as analyser

        unit = {**spec, "bounds": [[0.0, 1.0]] * spec["num_vars"]}
        found = analyser.analyze(unit, x, y)
        return {"s_discrepancy": np.asarray(found["s_discrepancy"], np.float64)}

    return _run_often(model, outcome, {"s_discrepancy": FACTOR}, {}, analyse, points)


def _run_once(
    model: Model,
    outcome: str | None,
    names: tuple[str, ...],
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
    points: int,
) -> xr.Dataset:
    """By one sample; the intervals are the method's own."""
    table = Table(model, outcome, dict.fromkeys(names, FACTOR))
    refusal = table.refused(independent=False)
    if refusal:
        return table.unknown(refusal)
    return table.dataset(_analysed(model, table, analyse, points, 0, False), _tied(model))


def _run_often(
    model: Model,
    outcome: str | None,
    dims: dict[str, tuple[str, ...]],
    coords: dict[str, list[float]],
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
    points: int,
    *,
    spare: bool = False,
) -> xr.Dataset:
    """By independent replicates, whose spread is the error; with `spare`, one more input that is idle."""
    table = Table(model, outcome, {**dims, **{f"{name}_error": of for name, of in dims.items()}}, coords)
    refusal = table.refused(independent=False)
    if refusal:
        return table.unknown(refusal)
    each = [_analysed(model, table, analyse, points, replicate, spare) for replicate in range(REPLICATES)]
    return table.dataset(replicated(each), _tied(model))


def _analysed(
    model: Model,
    table: Table,
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
    points: int,
    replicate: int,
    spare: bool,
) -> dict[str, Statistics]:
    units, own = levels(model, replicate, points)
    spec, seed = nameless(model), seed_of(model, replicate)
    count = spec["num_vars"]
    x = np.ascontiguousarray(np.clip(own[:, : count + spare], EDGE, 1.0 - EDGE))

    def one(column: Floats) -> Statistics:
        with quiet(seed):
            return analyse(spec, x, column, seed)

    return table.of(evaluator(model)(units[:, :count]), one)


def _tied(model: Model) -> str:
    return TIED if len(model.circuit.correlated) else ""
