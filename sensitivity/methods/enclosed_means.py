"""Bounds of means over boxes of the held parameters, by interval arithmetic over programs and diagrams."""

from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats
from sensa.kernels.programs import interval_arithmetic
from sensa.kernels.programs.interval_arithmetic import Range
from sensa.methods.conditional_means import Holding


@dataclass(frozen=True)
class Enclosed:
    """Means with the held parameters in boxes, and the others at samples (samples, parameters)."""

    holding: Holding
    others: Floats

    def below(self, low: Floats, high: Floats, column: Floats) -> Floats:
        """Lower bounds of a combination (outcomes + 1) over boxes, each end (boxes, held)."""
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
        session = self.holding.session
        circuit = session.circuit
        coins = np.array([coin.program for coin in circuit.coins], np.int32)
        p = interval_arithmetic.programs(circuit.reals, low, high, coins)
        gates = self.holding.engine.ranges(*(np.clip(end, 0.0, 1.0) for end in p))
        outcomes = [gate @ session.by_outcome for gate in gates]
        at = interval_arithmetic.programs(
            circuit.reals, low, high, np.array([loss.program for loss in circuit.losses], np.int32)
        )
        columns = session.loss_columns
        products = [q[:, columns] * x for q in gates for x in at]
        losses = [np.min(products, axis=0).sum(axis=1), np.max(products, axis=0).sum(axis=1)]
        return Range(*(np.column_stack([q, x]) for q, x in zip(outcomes, losses, strict=True)))


def _exhaustive(q: Range) -> Range:
    """Ranges (boxes, outcomes) of probabilities that add up to 1."""
    low, high = np.clip(q.low, 0.0, 1.0), np.clip(q.high, 0.0, 1.0)
    rest = Range(1 - (high.sum(axis=1, keepdims=True) - high), 1 - (low.sum(axis=1, keepdims=True) - low))
    return Range(np.maximum(low, rest.low), np.minimum(high, rest.high))
