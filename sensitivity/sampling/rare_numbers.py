"""What values of uncertain numbers that are too rare for a sample may add to its means.

Scrambled Sobol' points divide the levels of each number evenly, so n points of a replicate show what lies
between the levels 1/n and 1 - 1/n, and nothing beyond is seen in most samples: how much replicates differ
says nothing of it. Here one number at a time takes ever more extreme levels, at a few values of the others,
and each layer of levels counts with the results at its near end, then with those at its far end. The truth
lies between if results are monotone in a number's tail; `rare_pairs` has what two do together.
A value that breaks a rule of the story, such as a probability above 1, is no error here, as no sample has it:
the last value that breaks none counts.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from sensa.kernels.program import Floats
from sensa.sampling.parameters import RunError, Sampler

Results = Callable[[Floats], Floats]  # (…, samples, columns) at parameter values (samples, parameters)

OTHERS: Final = 4  # points of the other numbers
LAYER_RATIO: Final = 4.0  # of the levels between which a layer lies
LAST_LEVEL: Final = 2.0**-51  # above it 1 - level is exact to a part in four
RARE_WORDS: Final = 4  # of 64 worlds at each value, if results are sampled
MAX_NUMBERS: Final = 1 << 20  # of parameter values at once
MIN_ERRORS: Final = 4.0  # a smaller change of results that are sampled is noise


def levels(points: int) -> Floats:
    """The distances from 0 or 1 of the layers' ends, from the most extreme level sampled."""
    layers = max(int(np.ceil(np.log(1.0 / (points * LAST_LEVEL)) / np.log(LAYER_RATIO))), 1)
    found: Floats = LAYER_RATIO ** -np.arange(layers + 1.0) / points
    return found


def unsampled(
    sampler: Sampler,
    parameters: Sequence[int],
    points: int,
    results: Results,
    worlds: int = 0,
) -> Floats:
    """How far means may be from those of `points` in each replicate, by rare values of these parameters.

    `results` gives (…, samples, columns) at parameter values (samples, parameters), from `worlds` sampled
    worlds each, or exactly (0). Gives (2, parameters, …, columns): with the results at the near and the far
    end of each layer. Each is one and the same case for all columns, so equal columns stay equal.
    """
    distances = levels(points)
    masses, sides = -np.diff(distances, append=0.0), np.stack([distances, 1.0 - distances])
    others = sampler.units(replicate=0, start=0, count=OTHERS)
    at_once = max(MAX_NUMBERS // max(others.size * sides.size, 1), 1)
    near, far = [], []
    for start in range(0, len(parameters), at_once):
        some = parameters[start : start + at_once]
        found = _where_valid(sampler, others, some, sides, results).mean(axis=-4)
        change = _seen(found, worlds)  # (…, some, sides, levels, columns)
        near.append(np.einsum("l,...pslc->p...c", masses, change))
        far.append(np.einsum("l,...pslc->p...c", masses[:-1], change[..., 1:, :]))
    both: Floats = np.stack([np.concatenate(each) for each in (near, far)])
    return both


def _where_valid(
    sampler: Sampler, others: Floats, some: Sequence[int], sides: Floats, results: Results
) -> Floats:
    """The same as `_at`; beyond the last level at which the story is valid, the results at that level."""
    with suppress(RunError):
        return _at(sampler, others, some, sides, results)
    if len(some) > 1:
        each = [_where_valid(sampler, others, [one], sides, results) for one in some]
        return np.concatenate(each, axis=-5)
    if len(sides) > 1:
        each = [_where_valid(sampler, others, some, side[None], results) for side in sides]
        return np.concatenate(each, axis=-3)
    found = results(sampler.theta(others))[..., None, :, None, None, :]
    valid, invalid = 0, sides.shape[1]  # counts of levels
    while invalid - valid > 1:
        count = (valid + invalid) // 2
        try:
            found, valid = _at(sampler, others, some, sides[:, :count], results), count
        except RunError:
            invalid = count
    last: Floats = found[..., np.minimum(np.arange(sides.shape[1]), max(valid - 1, 0)), :]
    return last


def _at(sampler: Sampler, others: Floats, some: Sequence[int], sides: Floats, results: Results) -> Floats:
    """Results (…, some, others, sides, levels, columns) with each of some parameters at the sides' levels."""
    base = np.repeat(others, sides.size, axis=0)
    units = np.tile(base, (len(some), 1, 1))
    units[range(len(some)), :, some] = np.tile(sides.ravel(), len(others))
    found = results(sampler.theta(units.reshape(-1, base.shape[1])))
    return found.reshape(*found.shape[:-2], len(some), len(others), *sides.shape, found.shape[-1])


def _seen(found: Floats, worlds: int) -> Floats:
    """The change of results (…, levels, columns) from the first level; 0 where it may be noise of worlds."""
    change = found - found[..., :1, :]
    if not worlds:
        return change
    share = np.clip((found + found[..., :1, :]) / 2, 0.0, 1.0)
    noise = np.sqrt(2 * share * (1.0 - share) / (OTHERS * worlds))
    return np.where(np.abs(change) > MIN_ERRORS * noise, change, 0.0)
