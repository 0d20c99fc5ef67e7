"""What two uncertain numbers that are extreme at once may add to a sample's means.

n points of a replicate are some in every part of the levels of two numbers with a share well above 1/n, and
may miss a smaller one, such as two experts of weight 10^-3 who are right at once. So the interaction of each
pair is looked at where its levels u and v have a product below 1/n: what the results change by there, beyond
what either number changes alone, from where the product is 1/n. It is counted in layers of u and v, with the
results at the near corner and at the far one. The truth lies between if the interaction is monotone in both
tails. First each pair is looked at with both at their ends, which is enough for what matters little even
if all of that share were so. Work is bounded by that of the sample itself: first come the numbers with the
farthest ends, and the pairs that may move a mean the most, relative to it; the rest is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import isqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.kernels.program import Floats, Ints
from sensa.sampling.parameters import RunError, Sampler
from sensa.sampling.rare_numbers import LAYER_RATIO, OTHERS, Results

LAYERS: Final = 25  # of the levels 4^-k of each number
MAX_PAIRED: Final = 45  # numbers whose pairs are looked at: 990, at less than the cost of a usual sample
GRIDS_COST: Final = 4  # of the sample: what all layers may cost, at the pairs of ends that may matter most
MIN_GRIDS: Final = 2
MAX_UNITS: Final = 1 << 20  # parameter values at once
GRID: Final = OTHERS * (LAYERS + 1) ** 2  # parameter values for all layers
ROUNDING: Final = 1e-12  # of the results: a smaller interaction is none
PAIR_SHARE: Final = 0.1  # of a mean: what a pair moves by less is left out, as the sample has most of it

Bools = npt.NDArray[np.bool_]
Corner = tuple[tuple[int, bool], tuple[int, bool]]  # two numbers, and whether each is at its upper end


@dataclass(frozen=True)
class UnsampledPairs:
    """How far means may be off by pairs of numbers (2, pairs, …, columns), by near and by far corners."""

    pairs: Sequence[tuple[int, int]]
    off: Floats


def unsampled_pairs(
    sampler: Sampler, parameters: Sequence[int], points: int, replicates: int, results: Results, means: Floats
) -> UnsampledPairs:
    """How far `means` (…, columns) of `points` in each replicate may be off by pairs of these parameters.

    `results` gives (…, samples, columns) at parameter values (samples, parameters), exactly.
    """
    sample = points * replicates
    most = min(max(isqrt(sample // (2 * OTHERS)), 2), MAX_PAIRED)
    pairs = list(combinations(_far_reaching(sampler, parameters, points, most), 2))
    off = np.zeros((2, len(pairs), *means.shape))
    if not pairs:
        return UnsampledPairs(pairs, off)
    cells = _Cells.of(points)
    corners: list[Corner] = [
        ((i, upper), (j, also)) for i, j in pairs for upper, also in product((False, True), repeat=2)
    ]
    at_ends = _at_ends(sampler, corners, results)
    may_add = np.abs(at_ends) * cells.share
    least = PAIR_SHARE * np.abs(means)
    matters = ~(may_add <= least)
    for c in _ranked(may_add, means, matters)[: max(GRIDS_COST * sample // GRID, MIN_GRIDS)]:
        found = _in_layers(sampler, corners[c], results, cells)
        off[:, c // 4] += np.where(matters[c] & (np.abs(found).max(axis=0) > least), found, 0.0)
    return UnsampledPairs(pairs, off)


def _ranked(may_add: Floats, means: Floats, matters: Bools) -> list[int]:
    """The corners that matter, those first that may add the most to a mean, relative to it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(matters, np.nan_to_num(may_add, nan=np.inf) / np.abs(means), 0.0)
    most, largest = (part.reshape(len(may_add), -1).max(axis=1) for part in (share, np.nan_to_num(may_add)))
    order = np.lexsort((np.arange(len(most)), -largest, -most))
    return [c for c in order.tolist() if most[c] > 0]


@dataclass(frozen=True)
class _Cells:
    """The cells of two numbers' layers that a replicate may miss, and where each is seen."""

    near: Ints  # (2, cells): the layers of both numbers at the near corner
    seen: Ints  # (2, cells): layers on the way to the middle where the product is 1/n
    mass: Floats  # (cells,)

    @property
    def share(self) -> float:
        return float(self.mass.sum())

    @classmethod
    def of(cls, points: int) -> "_Cells":
        """The cells beyond the product of levels 1 / points, and those that it cuts."""
        boundary = np.log(points) / np.log(LAYER_RATIO)
        every = np.arange(1, LAYERS + 1, dtype=np.int32)
        layers = np.stack(np.meshgrid(every, every, indexing="ij")).reshape(2, -1)
        near = layers[:, layers.sum(axis=0) >= boundary - 1.0]
        masses = -np.diff(LAYER_RATIO ** -np.arange(1.0, LAYERS + 1), append=0.0)
        seen = np.floor(near * np.minimum(boundary / near.sum(axis=0), 1.0)).astype(np.int32)
        return cls(near, seen, masses[near[0] - 1] * masses[near[1] - 1])


def _far_reaching(sampler: Sampler, parameters: Sequence[int], points: int, most: int) -> list[int]:
    """The parameters, or `most` of them whose ends are farthest from the levels that most points have."""
    if len(parameters) <= most:
        return list(parameters)
    level, end = points**-0.5, LAYER_RATIO**-LAYERS
    levels = np.array([end, level, 0.25, 0.75, 1.0 - level, 1.0 - end])
    at = sampler.theta(np.repeat(levels[:, None], len(sampler.circuit.parameters), axis=1))[
        :, list(parameters)
    ]
    reach = np.maximum(np.abs(at[0] - at[1]), np.abs(at[5] - at[4]))
    scaled = reach / np.maximum(np.abs(at[3] - at[2]), np.finfo(float).tiny)
    return sorted(np.asarray(parameters)[np.argsort(-scaled, kind="stable")[:most]].tolist())


def _at_ends(sampler: Sampler, corners: Sequence[Corner], results: Results) -> Floats:
    """The interaction (corners, …, columns) of numbers at their ends; NaN where the story is not valid."""
    ends = sorted({end for corner in corners for end in corner})
    asked = [(), *((end,) for end in ends), *corners]
    found = _means(sampler, asked, results)
    at = {end: 1 + place for place, end in enumerate(ends)}
    first, second = (found[[at[corner[side]] for corner in corners]] for side in (0, 1))
    return _joint(found[1 + len(ends) :], first, second, found[:1])


def _joint(both: Floats, first: Floats, second: Floats, none: Floats) -> Floats:
    """What both change beyond what each does alone, without rounding."""
    found = both - first - second + none
    largest = np.maximum(np.maximum(np.abs(both), np.abs(first)), np.maximum(np.abs(second), np.abs(none)))
    return np.where(np.abs(found) <= ROUNDING * largest, 0.0, found)


def _means(sampler: Sampler, asked: Sequence[Sequence[tuple[int, bool]]], results: Results) -> Floats:
    """Mean results (asked, …, columns) with these numbers at their ends; NaN where the story is not valid."""
    others = sampler.units(replicate=0, start=0, count=OTHERS)
    at_once = max(MAX_UNITS // max(others.size, 1), 1)
    if len(asked) <= at_once:
        units = np.tile(others, (len(asked), 1, 1))
        for row, ends in zip(units, asked, strict=True):
            for parameter, upper in ends:
                row[:, parameter] = _level(LAYERS, upper=upper)
        try:
            return _averaged(sampler, units, results)
        except RunError:
            if len(asked) == 1:
                blank = np.full_like(_averaged(sampler, others[None], results), np.nan)
                return blank
    half = len(asked) // 2
    return np.concatenate([_means(sampler, part, results) for part in (asked[:half], asked[half:])])


def _averaged(sampler: Sampler, units: Floats, results: Results) -> Floats:
    """Mean results (rows, …, columns) over the points of each row of units (rows, points, parameters)."""
    found = results(sampler.theta(units.reshape(-1, units.shape[-1])))
    each = found.reshape(*found.shape[:-2], *units.shape[:2], found.shape[-1]).mean(axis=-2)
    return np.moveaxis(each, -2, 0)


def _level(layer: int, *, upper: bool) -> float:
    distance = LAYER_RATIO**-layer
    return 1.0 - distance if upper else distance


def _in_layers(sampler: Sampler, corner: Corner, results: Results, cells: _Cells) -> Floats:
    """What the cells may add (2, …, columns), by their near corners and by their far ones."""
    found = _grid(sampler, corner, results)
    last = len(found) - 1

    def joint(layers: Ints) -> Floats:
        (i, j), (near_i, near_j) = np.minimum(layers, last), np.minimum(cells.seen, last)
        return _joint(found[i, j], found[i, near_j], found[near_i, j], found[near_i, near_j])

    ends = joint(cells.near), joint(cells.near + 1)
    return np.stack([np.tensordot(cells.mass, end, axes=1) for end in ends])


def _grid(sampler: Sampler, corner: Corner, results: Results) -> Floats:
    """Mean results (layers, layers, …, columns), each number as it is, and at its levels while valid."""
    others = sampler.units(replicate=0, start=0, count=OTHERS)
    (i, upper), (j, also) = corner
    least, beyond = 0, LAYERS + 1
    found = _averaged(sampler, others[None], results)[None]
    count = LAYERS
    while beyond - least > 1:
        side = count + 1
        units = np.tile(others, (side, side, 1, 1))
        for layer in range(1, side):
            units[layer, :, :, i] = _level(layer, upper=upper)
            units[:, layer, :, j] = _level(layer, upper=also)
        try:
            flat = _averaged(sampler, units.reshape(side * side, *others.shape), results)
            found, least = flat.reshape(side, side, *flat.shape[1:]), count
        except RunError:
            beyond = count
        count = (least + beyond) // 2
    return found
