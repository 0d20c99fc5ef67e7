"""The minimum of a function over a box by branch and bound, with certified bounds."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.kernels.programs.bernstein import Minimum
from sensa.kernels.ties import ranks

CANDIDATE_VALUES = 9  # values of a parameter to try if the function is not linear in it
MIN_RANGE_STEP = 1e-7  # of a parameter's range, in the search for a good point
Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Box:
    """A search over points (dimensions,) between `low` and `high`."""

    low: Floats
    high: Floats
    linear: tuple[
        bool, ...
    ]  # whether the ends of each side are sufficient: the function is monotone along it
    value: Function  # (points, dimensions) to (points,)
    below: Callable[[Floats, Floats], Floats]  # boxes, each end (boxes, dimensions), to lower bounds (boxes,)

    def minimum(self, *, tolerance: float, boxes: int) -> Minimum:
        """The minimum, and a point where it is attained.

        If the search ends before value and bound meet, both are still valid.
        """
        value, point = self.descend((self.low + self.high) / 2)
        order = itertools.count()
        root = float(self.below(self.low[None], self.high[None])[0])
        heap = [(root, next(order), self.low, self.high)]
        for _ in range(boxes):
            bound, _, low, high = heap[0]
            if value - bound <= tolerance or not (high > low).any():
                break
            heapq.heappop(heap)
            for low_, high_, least in self._children(low, high, value):
                heapq.heappush(heap, (max(least, bound), next(order), low_, high_))
            at = np.array([(child[2] + child[3]) / 2 for child in heap[:2]] or [point])
            tried = self.value(at)
            if tried.min() < value:
                value, point = float(tried.min()), at[ranks(tried.tolist()).index(0)]
            if not heap:
                return Minimum(value, value, point)
        return Minimum(min(heap[0][0], value), value, point)

    def _children(self, low: Floats, high: Floats, value: float) -> list[tuple[Floats, Floats, float]]:
        """The two parts of a box, cut where the bound rises most, without parts that cannot be better."""
        open_ = np.flatnonzero(high > low)
        lows, highs = (
            np.repeat(low[None], 2 * len(open_), axis=0),
            np.repeat(high[None], 2 * len(open_), axis=0),
        )
        for row, i in enumerate(open_):
            cut = (low[i], high[i]) if self.linear[i] else ((low[i] + high[i]) / 2,) * 2
            highs[2 * row, i], lows[2 * row + 1, i] = cut
        least = self.below(lows, highs).reshape(-1, 2)
        widths = ((high - low) / (self.high - self.low + (self.high == self.low)))[open_]
        gain = least.min(axis=1) + 1e-3 * least.max(axis=1)
        best = int(np.lexsort((widths, np.minimum(gain, value)))[-1])
        rows = (2 * best, 2 * best + 1)
        return [(lows[r], highs[r], float(least[best, r % 2])) for r in rows if least[best, r % 2] < value]

    def descend(self, point: Floats) -> tuple[float, Floats]:
        """A local minimum and its value: no change of a single parameter is lower."""
        value, reach = float(self.value(point[None])[0]), 1.0
        while reach > MIN_RANGE_STEP:
            tried = self._neighbours(point, reach)
            found = self.value(tried)
            best = ranks(found.tolist()).index(0)
            if found[best] < value - 1e-15 * abs(value):
                value, point = float(found[best]), tried[best]
            elif all(self.linear):
                break
            else:
                reach /= 4
        return value, point

    def _neighbours(self, point: Floats, reach: float) -> Floats:
        """Points that differ from this one in one parameter."""
        found = []
        for i, linear in enumerate(self.linear):
            radius = reach * (self.high[i] - self.low[i])
            near = np.linspace(point[i] - radius, point[i] + radius, CANDIDATE_VALUES)
            ends = (self.low[i], self.high[i])
            for x in ends if linear else np.clip(near, *ends):
                neighbour = point.copy()
                neighbour[i] = x
                found.append(neighbour)
        return np.array(found)
