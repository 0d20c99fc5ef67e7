"""Means of outcomes and of the loss at given values of some parameters, over all others.

Bounds and the value of information use this noise-free function of the held parameters. Held parameters are
set by intervention: parameters that `[[dependence]]` ties to them keep their own distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sensa.circuit import Circuit, read_by
from sensa.engines.capabilities import SupportsRanges
from sensa.engines.protocol import NO_FORCE, Force
from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.program import Floats
from sensa.kernels.programs.degrees import degrees
from sensa.methods.fixed_numbers import fixed
from sensa.sampling.parameters import evaluate, mean, mean_probabilities
from sensa.session import Session

PROBABILITIES_AT_ONCE = 1 << 22  # coins' probabilities computed at once
MAX_POINTS = 1 << 11  # parameter values of the others, over all replicates


@dataclass(frozen=True)
class Rest:
    """The parameters that are not held, and whether only their means matter."""

    session: Session
    held: tuple[int, ...]

    @cached_property
    def exact(self) -> bool:
        """Whether only the others' means matter."""
        return self.chances_decided and self.losses_decided

    @cached_property
    def chances_decided(self) -> bool:
        """Whether the others' means decide all probabilities."""
        return mean_probabilities(self._fixed) is not None

    @cached_property
    def _fixed(self) -> Circuit:
        """The circuit with the held parameters at values that they can have."""
        return fixed(self.session.circuit, {i: self._middle(i) for i in self.held})

    def _middle(self, parameter: int) -> float:
        return float(self.session.points.sampler.marginals[parameter].inverse(at_levels(np.array([0.5])))[0])

    @cached_property
    def losses_decided(self) -> bool:
        """Whether the others' means decide the amount of each loss; see `loss_decided`."""
        return all(map(self.loss_decided, {loss.program for loss in self._fixed.losses}))

    def loss_decided(self, program: int) -> bool:
        """Whether a loss is linear in each parameter it reads, and these, except held ones, move no draw.

        They must not be tied to parameters that move draws, or to each other.
        """
        circuit, own = self._fixed, read_by(self._fixed, program)
        together = own & (tied := set(circuit.correlated.tolist()))
        coins = set[int]().union(*(read_by(circuit, coin.program) for coin in circuit.coins))
        if own & coins or len(together) > 1 or (together and coins & tied):
            return False
        return not (degrees(circuit.reals, np.array([program], np.int32), sorted(own)) > 1).any()

    def settled(self, theta: Floats) -> Floats:
        """Values (..., parameters), with parameters of losses only at their means, if only these matter.

        Means of losses are then without sampling noise, which is large for a heavy tail.
        """
        circuit = self.session.circuit
        if not circuit.losses or not self.losses_decided:
            return theta
        coins = set[int]().union(*(read_by(circuit, coin.program) for coin in circuit.coins))
        losses = set[int]().union(*(read_by(circuit, loss.program) for loss in circuit.losses))
        alone = sorted(losses - coins - set(self.held))
        there = np.array(theta)
        there[..., alone] = self.certain[0, alone]
        return there

    @cached_property
    def certain(self) -> Floats:
        """One sample: the others at their means, or in the middle if nothing reads them."""
        circuit = self.session.circuit
        programs = [coin.program for coin in circuit.coins] + [loss.program for loss in circuit.losses]
        needed = set[int]().union(*(read_by(circuit, program) for program in set(programs)))
        return np.array(
            [
                mean(p) if i in needed and i not in self.held else self._middle(i)
                for i, p in enumerate(circuit.parameters)
            ]
        ).reshape(1, -1)


@dataclass(frozen=True)
class Holding:
    """Means over all parameters but the held ones, as a function of the values of those.

    `passes` is the number of values it will be called with, so that the others get as many points as the
    work allows; `points` sets their total if their means are not sufficient. `force` is an intervention.
    """

    session: Session
    engine: SupportsRanges
    held: tuple[int, ...]
    passes: int = 1
    points: int = MAX_POINTS
    force: Force = NO_FORCE

    def __call__(self, values: Floats) -> Floats:
        """Means (replicates, values, outcomes + 1), the loss last, at values (values, held); one replicate
        if exact."""
        if self.exact or not self.rest.chances_decided:
            return self._means(values, self._others)
        means = np.repeat(
            self._means(values, self.rest.certain[None]), self.session.budget.replicates, axis=0
        )
        means[:, :, -1] = self._means(values, self._others)[:, :, -1]
        return means

    @cached_property
    def rest(self) -> Rest:
        """The parameters that are not held."""
        return Rest(self.session, self.held)

    @property
    def exact(self) -> bool:
        """Whether only the others' means matter."""
        return self.rest.exact

    @cached_property
    def _others(self) -> Floats:
        """Samples (replicates, points, parameters) of all parameters; the held ones' values are not used."""
        if self.exact:
            return self.rest.certain[None]
        session = self.session
        points = min(
            session.budget.points_for(self.passes, self.engine.size),
            max(self.points // session.budget.replicates, 2),
        )
        drawn = [session.points.theta(r, points) for r in range(session.budget.replicates)]
        return self.rest.settled(np.stack(drawn))

    @property
    def others(self) -> Floats:
        """Samples (samples, parameters) for the means, except the held parameters' values."""
        flat: Floats = np.concatenate(self._others)
        return flat

    @property
    def by_replicate(self) -> Floats:
        """The same (replicates, samples, parameters); one replicate of one sample if exact."""
        return self._others

    def _means(self, values: Floats, others: Floats) -> Floats:
        replicates, points, parameters = others.shape
        ends = len(self.session.outcomes)
        out = np.empty((replicates, len(values), ends + 1))
        group = max(PROBABILITIES_AT_ONCE // max(points * self.session.points.width, 1), 1)
        for r in range(replicates):
            for start in range(0, len(values), group):
                part = values[start : start + group]
                theta = np.repeat(others[r][None], len(part), axis=0)
                theta[:, :, list(self.held)] = part[:, None, :]
                each = self.each(theta.reshape(len(part) * points, parameters)).reshape(
                    len(part), points, ends + 1
                )
                out[r, start : start + group] = each.mean(axis=1)
        return out

    def each(self, theta: Floats) -> Floats:
        """Outcomes and loss (samples, outcomes + 1) at values (samples, parameters) of all parameters."""
        q = self.engine.probabilities(self.session.points.sampler.probabilities(theta), self.force)
        return np.column_stack([q @ self.session.by_outcome, self.losses_at(theta, q)])

    def losses_at(self, theta: Floats, q: Floats) -> Floats:
        """The expected loss at each sample, given the engine's probabilities there; 0 without losses."""
        losses = self.session.circuit.losses
        if not losses:
            return np.zeros(len(theta))
        programs = np.array([loss.program for loss in losses], np.int32)
        at: Floats = (q[:, self.session.loss_columns] * evaluate(self.session.circuit, programs, theta)).sum(
            axis=1
        )
        return at


def interesting(session: Session, family: str) -> Sequence[int]:
    """The parameters of a family that affect a coin or a loss."""
    circuit = session.circuit
    programs = {coin.program for coin in circuit.coins} | {loss.program for loss in circuit.losses}
    needed = set[int]().union(*(read_by(circuit, program) for program in programs))
    return [i for i, p in enumerate(circuit.parameters) if p.distribution.family == family and i in needed]
