"""Failing safely: the share of failures that are fail-safe."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.circuit import FAILURES
from sensa.kernels.program import Floats, Ints
from sensa.methods.over_points import at_points, quantile_errors
from sensa.methods.sums_of_outcomes import share
from sensa.results import QUANTILES, UNDEFINED, described
from sensa.sampling.estimates import Estimate, deviation, quantiles, spread
from sensa.sampling.rare_outcomes import Ended
from sensa.session import Session

_NEVER_SAFE = "the story has no outcome of the kind `fail_safe`"
_NEVER_FAILS = "the story never fails, so the share of safe failures is not defined"
_NO_WORLD_FAILS = "no sampled world fails, so the share of safe failures is not known"


def failing_safely(session: Session) -> xr.Dataset:
    """P(fail_safe | not success) = E[q_fail_safe] / (1 - E[q_success]).

    The value is the ratio of the means; `sd` and `quantiles` are of the ratio at each parameter value,
    without points where the story cannot fail, with errors from the replicates. Not defined (NaN, with a
    note) if the story never fails, or no sampled world does; rare failures that are estimated again count as
    estimated. If no sampled world met a possible way to fail, the error is as large as its upper limit makes
    it.
    Misleads if failures are rare at some parameter values: all points count the same in the quantiles,
    however likely failure is there. Empty (with a note) if no outcome of the story is fail-safe.
    """
    of_kind = session.circuit.of_kind
    if not of_kind("fail_safe").any():
        return described(xr.Dataset(), exact=True, note=_NEVER_SAFE)
    safe, failing = of_kind("fail_safe") > 0, of_kind(*FAILURES) > 0
    value, error = share(session, safe, failing)
    failed, safely = at_points(session, np.stack([failing, safe], axis=1).astype(float)).T
    kept = ~(failed <= 0)
    ratios = np.where(safely == 0.0, 0.0, safely)[kept] / np.where(safely == 0.0, 1.0, failed)[kept]
    worlds = session.samples.worlds / session.samples.points * failed[kept].mean() if kept.any() else 0.0
    sd, levels = _over_points(ratios, session.samples.replicate[kept], 1 / worlds if worlds else 0.0)
    data = xr.Dataset(
        {
            "fail_safe_given_failure": ((), value),
            "error": ((), error),
            "sd": ((), float(sd.mean)),
            "sd_error": ((), float(sd.error)),
            "quantiles": ("quantile", levels.mean),
            "quantiles_error": ("quantile", quantile_errors(session.ends, levels, np.asarray(error))),
        },
        coords={"quantile": list(QUANTILES)},
    )
    return described(
        data,
        how=session.how(session.ends),
        note=_undefined(session.ended, failing) if np.isnan(value) else "",
    )


def _over_points(ratios: Floats, replicate: Ints, step: float) -> tuple[Estimate, Estimate]:
    """The deviation and the quantiles of ratios (points,), with errors from the replicates; NaN without any.

    The errors of quantiles contain the `step` that one sampled world makes.
    """
    if not len(ratios):
        unknown = np.full(len(QUANTILES), UNDEFINED)
        return Estimate(unknown[0], unknown[0]), Estimate(unknown, unknown)
    alone = [deviation(ratios[replicate == number]) for number in np.unique(replicate)]
    levels, sd = quantiles(ratios, replicate), Estimate(deviation(ratios), spread(np.stack(alone)).error)
    return sd, Estimate(levels.mean, np.hypot(levels.error, step if float(sd.mean) > 0 else 0.0))


def _undefined(ended: Ended, failing: npt.NDArray[np.bool_]) -> str:
    return _NEVER_FAILS if (ended.high[failing] == 0).all() else _NO_WORLD_FAILS
