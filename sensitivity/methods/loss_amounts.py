"""How much each loss is on average where it is met, if parameters decide it."""

from collections.abc import Mapping

import numpy as np

from sensa.kernels.program import Floats
from sensa.kernels.programs import interval_arithmetic
from sensa.methods.conditional_means import Rest
from sensa.sampling.parameters import evaluate
from sensa.session import Session


def amounts(session: Session, held: Mapping[int, float]) -> Floats:
    """Bounds (2, losses) of the mean of each loss, with these parameters held, wherever it is met.

    Both at the parameters' means if these decide it; else the ends over all that the parameters may be: a
    loss may be met where it is largest, and its mean may be far above its value at the parameters' means.
    """
    circuit = session.circuit
    programs = np.array([one.program for one in circuit.losses], np.int32)
    rest = Rest(session, tuple(held))
    decided = {program: rest.loss_decided(program) for program in set(programs.tolist())}
    known = np.array([decided[program] for program in programs.tolist()])
    mean = evaluate(circuit, programs, holding(Rest(session, ()).certain, held))
    if known.all():
        return np.repeat(mean, 2, axis=0)
    support = np.array([one.support for one in session.points.sampler.marginals])
    low, high = (holding(end[None], held) for end in support.T)
    ends = np.concatenate(interval_arithmetic.programs(circuit.reals, low, high, programs))
    return np.where(known, mean, ends)


def holding(theta: Floats, held: Mapping[int, float]) -> Floats:
    """The values (samples, parameters) with these parameters held."""
    if not held:
        return theta
    there = np.array(theta)
    there[:, list(held)] = list(held.values())
    return there
