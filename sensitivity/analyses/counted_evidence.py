"""The trials that credences are counted from, and where they are from."""

import numpy as np
import xarray as xr

from sensa.kernels.distributions.levels import at_levels
from sensa.results import QUANTILES, described
from sensa.sampling.parameters import mean
from sensa.session import Session

_TEXTS = ("source", "scorer", "task", "model", "revision", "subset", "sha256")


def counted_evidence(session: Session) -> xr.Dataset:
    """Each entry of evidence with counts, with its source; and the numbers that come from it.

    `held` of `trials` (entry), `unscored` samples left out, `used`: whether the number of its `node` comes
    from its evidence; `source` (or the log), `scorer`, `task`, `model`, `revision`, `date`, `subset` (what
    the log is limited to), `sha256`: as the story states them. `mean`, `quantiles` (number): of the numbers
    that come from it, the posterior Beta after the trials of all its entries.

    The counts are the story's: a run reads no log, so that a result depends on the story alone, and a story
    runs where its logs are not. `sensa check` compares the two. Misleads where the trials are not
    independent, or not of the question that the claim is about.
    """
    found = session.graph.counted
    if not found:
        return described(xr.Dataset(), exact=True)
    data = xr.Dataset(
        {
            "held": ("entry", np.array([one.held for one in found])),
            "trials": ("entry", np.array([one.trials for one in found])),
            "unscored": ("entry", np.array([one.unscored for one in found])),
            "used": ("entry", np.array([one.used for one in found])),
            **{name: ("entry", [getattr(one, name) for one in found]) for name in _TEXTS},
            "date": ("entry", [one.day for one in found]),
        },
        coords={"entry": [one.path for one in found], "node": ("entry", [one.node for one in found])},
    )
    used = {one.number for one in found if one.used}
    numbers = [(i, p) for i, p in enumerate(session.circuit.parameters) if p.path in used]
    if numbers:
        levels = at_levels(np.array(QUANTILES))
        quantiles = [session.points.sampler.marginals[i].inverse(levels) for i, _ in numbers]
        data = data.assign(
            mean=("number", np.array([mean(p) for _, p in numbers])),
            quantiles=(("number", "quantile"), np.array(quantiles)),
        ).assign_coords(number=[p.path for _, p in numbers], quantile=list(QUANTILES))
    return described(data, exact=True)
