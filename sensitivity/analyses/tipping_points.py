"""Tipping points: how sure of an assumption one must be for the risk to stay below a limit."""

import numpy as np
import xarray as xr

from sensa.analyses.effects import HOLDS, JOINT, VIOLATED, effects
from sensa.model import Model
from sensa.results import UNDEFINED, described

LIMITS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)


def tipping_points(model: Model, limits: tuple[float, ...] = LIMITS) -> xr.Dataset:
    """The probability of each assumption at which P(catastrophic) reaches a limit, all else as it is.

    `credence` (assumption, limit): the probability that it holds at which E q crosses the limit, NaN where no
    probability from 0 to 1 does; `now`: what it is in the story; `risk` and `risk_violated`, `risk_holds`:
    P(catastrophic) now and at the ends. E q is a line in the probability of an assumption that is set from
    outside, so the crossing is exact where the ends are. For an assumption with cases, challenges or several
    steps it is the probability that it is set to hold at all of them, whatever its cases say, and `now` is
    P(it is not violated at any step that the story reaches). Misleads where several are in doubt together:
    each is moved alone.
    """
    names = list(model.circuit.assumption_coins)
    catastrophic = np.array([float(end.kind == "catastrophic") for end in model.circuit.ends])
    found = effects(model, names)
    violated, holds = found.mean[VIOLATED] @ catastrophic, found.mean[HOLDS] @ catastrophic
    wanted = np.array(limits)
    slope = (violated - holds)[:, None]
    share = np.full((len(names), len(limits)), UNDEFINED)
    np.divide(wanted - holds[:, None], slope, out=share, where=slope != 0)
    with np.errstate(invalid="ignore"):
        credence = np.where((share >= 0) & (share <= 1), 1.0 - share, UNDEFINED)
    data = xr.Dataset(
        {
            "credence": (("assumption", "limit"), credence),
            "now": ("assumption", 1.0 - found.mean[JOINT].sum(axis=1)),
            "risk_violated": ("assumption", violated),
            "risk_holds": ("assumption", holds),
            "risk": ((), float(model.ended.mean @ catastrophic)),
        },
        coords={"assumption": names, "limit": wanted},
    )
    note = "" if catastrophic.any() else "no outcome is catastrophic"
    return described(data, how=model.how(model.ends), note=note)
