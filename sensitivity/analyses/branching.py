"""The least mean over a box by branch and bound, certified from both sides."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensa.analyses.holding import Holding, loss_columns
from sensa.kernels import enclosing
from sensa.kernels.bernstein import Minimum
from sensa.kernels.enclosing import Range
from sensa.kernels.program import Floats

CANDIDATES = 9  # values of a parameter that are tried, where it is not linear
FINEST = 1e-7  # of a parameter's range, in the search for a good point
Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Box:
    """A search over values of the held parameters in [low, high] (held,)."""

    holding: Holding
    low: Floats
    high: Floats
    linear: tuple[bool, ...]  # whether each enters linearly, so that its ends are enough
    others: Floats  # (samples, parameters): what the means are over

    def minimum(self, column: Floats, *, tolerance: float, boxes: int) -> Minimum:
        """The least of a combination (outcomes + 1) of the means; `point` is a value of each parameter.

        Where the search ends before value and bound meet, both are still true of the minimum.
        """

        def f(values: Floats) -> Floats:
            means: Floats = self.holding(values).mean(axis=0) @ column
            return means

        value, point = self._descend(f)
        order = itertools.count()
        root = float(self._below(self.low[None], self.high[None], column)[0])
        heap = [(root, next(order), self.low, self.high)]
        for _ in range(boxes):
            bound, _, low, high = heap[0]
            if value - bound <= tolerance or not (high > low).any():
                break
            heapq.heappop(heap)
            for low_, high_, least in self._children(low, high, column, value):
                heapq.heappush(heap, (max(least, bound), next(order), low_, high_))
            at = np.array([(child[2] + child[3]) / 2 for child in heap[:2]] or [point])
            tried = f(at)
            if tried.min() < value:
                value, point = float(tried.min()), at[int(tried.argmin())]
            if not heap:
                return Minimum(value, value, point)
        return Minimum(min(heap[0][0], value), value, point)

    def _children(
        self, low: Floats, high: Floats, column: Floats, value: float
    ) -> list[tuple[Floats, Floats, float]]:
        """The two parts of a box, cut where the bound rises most; without those that cannot be better."""
        open_ = np.flatnonzero(high > low)
        lows, highs = (
            np.repeat(low[None], 2 * len(open_), axis=0),
            np.repeat(high[None], 2 * len(open_), axis=0),
        )
        for row, i in enumerate(open_):
            cut = (low[i], high[i]) if self.linear[i] else ((low[i] + high[i]) / 2,) * 2
            highs[2 * row, i], lows[2 * row + 1, i] = cut
        least = self._below(lows, highs, column).reshape(-1, 2)
        widths = ((high - low) / (self.high - self.low + (self.high == self.low)))[open_]
        gain = least.min(axis=1) + 1e-3 * least.max(axis=1)
        best = int(np.lexsort((widths, np.minimum(gain, value)))[-1])
        rows = (2 * best, 2 * best + 1)
        return [(lows[r], highs[r], float(least[best, r % 2])) for r in rows if least[best, r % 2] < value]

    def _below(self, low: Floats, high: Floats, column: Floats) -> Floats:
        """Lower bounds of the combination over boxes, each end (boxes, held)."""
        holding = self.holding
        samples, parameters = self.others.shape
        ends = []
        for side in (low, high):
            theta = np.repeat(self.others[None], len(side), axis=0)
            theta[:, :, list(holding.held)] = side[:, None, :]
            ends.append(theta.reshape(len(side) * samples, parameters))
        each = self._range(ends[0], ends[1])
        q, loss = Range(*(end[:, :-1] for end in each)), Range(*(end[:, -1] for end in each))
        q = _exhaustive(q)
        weight = column[:-1]
        least = np.where(weight > 0, q.low, q.high) @ weight
        least += np.where(column[-1] > 0, loss.low, loss.high) * column[-1] if column[-1] else 0.0
        below: Floats = least.reshape(len(low), samples).mean(axis=1)
        return below

    def _range(self, low: Floats, high: Floats) -> Range:
        """Ranges (boxes, outcomes + 1) of outcomes and loss over boxes of all parameters."""
        model = self.holding.model
        circuit = model.circuit
        coins = np.array([coin.program for coin in circuit.coins], np.int32)
        p = enclosing.programs(circuit.reals, low, high, coins)
        gates = enclosing.diagram(self.holding.engine.diagram, *(np.clip(end, 0.0, 1.0) for end in p))
        outcomes = [gate @ model.by_outcome for gate in gates]
        at = enclosing.programs(
            circuit.reals, low, high, np.array([loss.program for loss in circuit.losses], np.int32)
        )
        columns = loss_columns(model)
        products = [q[:, columns] * x for q in gates for x in at]
        losses = [np.min(products, axis=0).sum(axis=1), np.max(products, axis=0).sum(axis=1)]
        return Range(*(np.column_stack([q, x]) for q, x in zip(outcomes, losses, strict=True)))

    def _descend(self, f: Function) -> tuple[float, Floats]:
        """A point from which no single parameter leads to anything lower."""
        point = (self.low + self.high) / 2
        value, reach = float(f(point[None])[0]), 1.0
        while reach > FINEST:
            tried = self._neighbours(point, reach)
            found = f(tried)
            best = int(found.argmin())
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
            near = np.linspace(point[i] - radius, point[i] + radius, CANDIDATES)
            ends = (self.low[i], self.high[i])
            for x in ends if linear else np.clip(near, *ends):
                neighbour = point.copy()
                neighbour[i] = x
                found.append(neighbour)
        return np.array(found)


def _exhaustive(q: Range) -> Range:
    """Ranges (boxes, outcomes) of probabilities that add up to 1."""
    low, high = np.clip(q.low, 0.0, 1.0), np.clip(q.high, 0.0, 1.0)
    rest = Range(1 - (high.sum(axis=1, keepdims=True) - high), 1 - (low.sum(axis=1, keepdims=True) - low))
    return Range(np.maximum(low, rest.low), np.minimum(high, rest.high))
