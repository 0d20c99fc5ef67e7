"""Methods that take any sample: the run's own scrambled Sobol' points, and dependent parameters too.

A statistic is the mean over the run's independent replicates, `…_error` its standard error and `…_conf` half
its 95 % interval by Student's t. SALib's own intervals are not used.
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

BY_FACTOR = ("factor",)  # the dimensions of an index
PAWN_SLICES = 10  # of a factor's range
MIN_OF_DELTA = 128  # points: ten in each of SALib's ten bins
SLOW_SHARE = 0.25  # of the points, for what takes kernel densities or all pairs of points
REGIONAL_BINS = 10  # of a factor's range, in regional sensitivity analysis
MIN_OF_HDMR = 300  # points, which SALib asks for
TIED = "parameters that `[[dependence]]` ties take credit for each other"


def rbd_fast(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """First-order indices by random balance designs (Tarantola et al. 2006, 10.1016/j.ress.2005.06.003).

    `S1`, in Plischke's form for any sample (2010, 10.1016/j.ress.2009.11.005) with Tissot and Prieur's
    correction (2012, 10.1016/j.ress.2012.06.010).

    Misleads for effects that change fast along a parameter, beyond ten harmonics. Intervals do not hold its
    bias on scrambled points, some 0.005 in a usual run. No total indices: what matters only with others
    looks like nothing.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import rbd_fast as analyser

        found = analyser.analyze(spec, x, y, num_resamples=SALIB_RESAMPLES, seed=seed)
        return {name: np.asarray(found[name], np.float64) for name in names}

    names = ("S1",)
    return _run(session, outcome, dict.fromkeys(names, BY_FACTOR), {}, analyse, Base())


def delta(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Borgonovo's moment-independent importance (2007, 10.1016/j.ress.2006.04.015).

    `delta`: half the mean area between the density of P(outcome) and that with the parameter known, by
    Plischke, Borgonovo, Smith (2013, 10.1016/j.ejor.2012.11.047), between 0 and 1; `S1` by the same
    partition.

    Misleads as small values: densities are estimated by kernels, so a parameter without any effect gets some
    hundredths, more with fewer points; and kernels smooth what is bounded, as probabilities are, and piles up
    at 0 or 1.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import delta as analyser

        found = analyser.analyze(spec, x, y, num_resamples=SALIB_RESAMPLES, seed=seed)
        raw = "delta_raw" if "delta_raw" in found else "delta"  # before SALib 1.6
        keys = (raw, "S1")
        return {name: np.asarray(found[key], np.float64) for name, key in zip(names, keys, strict=True)}

    names = ("delta", "S1")
    return _run(
        session,
        outcome,
        dict.fromkeys(names, BY_FACTOR),
        {},
        analyse,
        Base(least=MIN_OF_DELTA, share=SLOW_SHARE),
    )


def hdmr(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Indices from a fitted sum of functions of one and two parameters (Li et al. 2010, 10.1021/jp9096919).

    `Sa`: structural share of the variance of P(outcome), `Sb`: share by correlation with others, `S`: both;
    `ST`: with the pairs the parameter is in.

    Misleads where effects take three or more parameters together, as a conjunction of many assumptions does:
    the fit leaves them out. Intervals do not hold that, nor where its splines do not follow the function
    (some 0.01 for a beta's quantiles). It needs two parameters and more.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        found = undrawn("hdmr").analyze(spec, x, y, K=SALIB_RESAMPLES, seed=seed)
        single = slice(spec["num_vars"])
        return {name: np.asarray(found[name], np.float64)[single] for name in names}

    names = ("Sa", "Sb", "S", "ST")
    if len(session.circuit.parameters) == 1:
        return Table(session, outcome, with_errors(dict.fromkeys(names, BY_FACTOR))).unknown(
            "one parameter: nothing to share"
        )
    return _run(session, outcome, dict.fromkeys(names, BY_FACTOR), {}, analyse, Base(least=MIN_OF_HDMR))


def pawn(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """PAWN (Pianosi and Wagener 2015, 10.1016/j.envsoft.2015.01.004; 2018, 10.1016/j.envsoft.2018.07.019).

    Kolmogorov and Smirnov's distance between the distribution of P(outcome) and that within each of ten
    slices of the parameter: `minimum`, `mean`, `median`, `maximum`, `stdev` and `CV` over the slices.
    `by_chance` is the median of an input that does nothing.

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
        found = analyser.analyze(wider, x, y, S=PAWN_SLICES, seed=seed)
        values = {name: np.asarray(found[name], np.float64)[:-1] for name in names}
        return {**values, "by_chance": np.asarray(found["median"][-1])}

    names = ("minimum", "mean", "median", "maximum", "CV", "stdev")
    dims: dict[str, tuple[str, ...]] = {**dict.fromkeys(names, BY_FACTOR), "by_chance": ()}
    return _run(session, outcome, dims, {}, analyse, Base(), spare=True)


def rsa(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """Regional sensitivity (Hornberger and Spear 1981; Saltelli et al. 2008, 10.1002/9780470725184).

    For each tenth of P(outcome), `bin`, Cramer and von Mises' distance `rsa` between the parameter's
    levels there and elsewhere: which parameter tells whether the outcome is among the least or the most
    likely.

    Misleads across sample sizes and bins: the statistic grows with the number of points. Compare parameters
    within one bin. NaN where a bin has no two values, as where an outcome is most often impossible.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import rsa as analyser

        found = analyser.analyze(spec, x, y, bins=REGIONAL_BINS, target="Y", seed=seed)
        return {"rsa": np.stack([np.asarray(found[name], np.float64) for name in spec["names"]])}

    middles = ((np.arange(REGIONAL_BINS) + 0.5) / REGIONAL_BINS).tolist()
    return _run(session, outcome, {"rsa": ("factor", "bin")}, {"bin": middles}, analyse, Base())


def discrepancy(session: Session, *, outcome: str | None = None) -> xr.Dataset:
    """How uneven the scatter of each parameter against P(outcome) is (Puy, Roy, Saltelli, arXiv:2206.13470).

    `s_discrepancy`: the wrap-around discrepancy of (level, outcome), as shares of 1 over the parameters.

    Misleads as shares: an outcome that is itself uneven gives every parameter about the same share, 1 over
    their number, so that only differences tell. It takes levels to be even, which tied parameters still are.
    """

    def analyse(spec: dict[str, Any], x: Floats, y: Floats, seed: int) -> Statistics:
        from SALib.analyze import discrepancy as analyser

        unit = {**spec, "bounds": [[0.0, 1.0]] * spec["num_vars"]}
        found = analyser.analyze(unit, x, y)
        return {"s_discrepancy": np.asarray(found["s_discrepancy"], np.float64)}

    return _run(session, outcome, {"s_discrepancy": BY_FACTOR}, {}, analyse, Base(share=SLOW_SHARE))


def _run(
    session: Session,
    outcome: str | None,
    dims: dict[str, tuple[str, ...]],
    coords: dict[str, list[float]],
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
    base: Base,
    *,
    spare: bool = False,
) -> xr.Dataset:
    """By independent replicates, whose spread is the error; with `spare`, one more input that is idle."""
    table = Table(session, outcome, with_errors(dims), coords)
    refusal = table.refused(independent=False)
    if refusal:
        return table.unknown(refusal)
    each = [
        _analysed(session, table, analyse, base.size(session), replicate, spare)
        for replicate in range(session.settings.replicates)
    ]
    return table.dataset(replicated(each), "; ".join(filter(None, (_tied(session), base.note(session)))))


def _analysed(
    session: Session,
    table: Table,
    analyse: Callable[[dict[str, Any], Floats, Floats, int], Statistics],
    points: int,
    replicate: int,
    spare: bool,
) -> dict[str, Statistics]:
    units, own = levels(session, replicate, points)
    spec, seed = nameless(session), seed_of(session, replicate)
    count = spec["num_vars"]
    x = np.ascontiguousarray(np.clip(own[:, : count + spare], MIN_LEVEL, 1.0 - MIN_LEVEL))

    def one(column: Floats) -> Statistics:
        with quiet(seed):
            return analyse(spec, x, column, seed)

    return table.of(evaluator(session)(units[:, :count]), one)


def _tied(session: Session) -> str:
    return TIED if len(session.circuit.correlated) else ""
