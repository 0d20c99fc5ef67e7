"""The uncertain numbers themselves: the distribution of each."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sensa.kernels.distributions.levels import at_levels
from sensa.results import QUANTILES, UNDEFINED, described
from sensa.sampling.parameters import RunError, mean
from sensa.session import Session

if TYPE_CHECKING:
    from sensa.graph import Parameter


def numbers(session: Session) -> xr.Dataset:
    """Each uncertain number's distribution in words, its mean and its quantiles.

    `claimed`, `mean` (number); `quantiles` (number, quantile). Each by itself: `[[dependence]]` changes none
    of these. An interval claims only its bounds, and its mean is that of a uniform distribution, which nobody
    stated. A mean that does not exist is NaN.
    """
    parameters = session.circuit.parameters
    levels = at_levels(np.array(QUANTILES))
    with np.errstate(over="ignore"):
        quantiles = [marginal.inverse(levels) for marginal in session.points.sampler.marginals]
    means = []
    for parameter in parameters:
        try:
            means.append(mean(parameter))
        except RunError:
            means.append(UNDEFINED)
    data = xr.Dataset(
        {
            "claimed": ("number", [_words(p) for p in parameters]),
            "mean": ("number", np.array(means)),
            "quantiles": (("number", "quantile"), np.array(quantiles).reshape(-1, len(QUANTILES))),
        },
        coords={"number": [p.path for p in parameters], "quantile": list(QUANTILES)},
    )
    note = "a mean is infinite or not defined" if np.isnan(data["mean"]).any() else ""
    return described(data, exact=True, note=note)


def _words(parameter: "Parameter") -> str:
    """`beta(8, 2)`; of a pool, its parts."""
    said = parameter.distribution
    if said.parts:
        names = said.names or ("",) * len(said.parts)
        parts = [_words(replace(parameter, distribution=part)) for part in said.parts]
        components = [f"{name} {part}".strip() for name, part in zip(names, parts, strict=True)]
        return f"{said.family.replace('_', ' ')} of {', '.join(components)}"
    if said.family == "extrapolate_families":
        return _extrapolated(said.args, said.names)
    if said.family == "extrapolate":
        at, scales = said.args[0], said.args[1::3]
        return (
            f"extrapolated to {at:g} from trials at {len(scales)} scales, {min(scales):g} to {max(scales):g}"
        )
    return f"{said.family}({', '.join(f'{arg:g}' for arg in said.args)})"


def _extrapolated(args: tuple[float, ...], names: tuple[str, ...]) -> str:
    """`extrapolated to 1e+13, for a, from trials of a and b`, and how the law may bend."""
    at, of, chance, sd = args[:4]
    tried = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    target = "a new family" if of < 0 else names[int(of)]
    bend = f"; the law bends with {chance:g}, by an sd of {sd:g} a decade" if chance * sd else ""
    return f"extrapolated to {at:g}, for {target}, from trials of {tried}{bend}"
