"""Shapley effects of the single parameters by sampling, including those that `[[dependence]]` ties."""

import numpy as np

from sensa.engines.protocol import FIRST_DRAWS
from sensa.kernels.distributions.levels import at_levels, at_scores
from sensa.kernels.program import Floats, Ints
from sensa.variance.saltelli import Design

PERMUTATION_POINTS = 64  # points of one permutation


def permutations(design: Design, points: int) -> tuple[Floats, Floats]:
    """Parts (replicates, parameters, outputs) of the variance, and the variance (replicates, outputs).

    In a random order of the parameters each adds to the closed index of those before it; its Shapley effect
    is the mean over orders (Song, Nelson and Staum 2016, 10.1137/15M1048070), here from two points by
    Goda 2021 (10.1016/j.cam.2021.113542): with z_j at A in the first j of the order and at B in the others,
    the one in place j adds (f(A) - (f(z_j-1) + f(z_j)) / 2) (f(z_j) - f(z_j-1)). Tied parameters are drawn
    given those before them: the copula's normal scores by the Cholesky factor in that order.
    """
    session = design.session
    count = len(session.circuit.parameters)
    parts = np.zeros((session.settings.replicates, count, design.outputs))
    for replicate in range(session.settings.replicates):
        for start in range(0, points, PERMUTATION_POINTS):
            size = min(PERMUTATION_POINTS, points - start)
            a, b = design.levels(replicate, start, size)
            rng = np.random.default_rng([session.settings.seed, replicate, start // (2 * PERMUTATION_POINTS)])
            order = rng.permutation(count).astype(np.int32)
            if start // PERMUTATION_POINTS % 2:
                order = order[::-1]  # antithetic orders
            parts[replicate] += _run(design, a, b, order)
        session.progress("shapley", (replicate + 1) / session.settings.replicates)
    parts /= points
    return parts, parts.sum(axis=1)


def _run(design: Design, a: Floats, b: Floats, order: Ints) -> Floats:
    """Sums (parameters, outputs) over the points of one order; levels (points, parameters) at A and at B."""
    session = design.session
    sampler, circuit = session.points.sampler, session.circuit
    tied = [int(i) for i in order if i in set(circuit.correlated.tolist())]
    place = {int(parameter): row for row, parameter in enumerate(circuit.correlated)}
    rows = [place[i] for i in tied]
    factor = np.linalg.cholesky(circuit.correlation[np.ix_(rows, rows)]) if tied else np.empty((0, 0))
    scores = [_scores(side[:, tied]) for side in (a, b)]

    def values(side: Floats) -> Floats:
        found = np.empty_like(side)
        for i, marginal in enumerate(sampler.marginals):
            if i not in place:
                found[:, i] = marginal.inverse(at_levels(np.ascontiguousarray(side[:, i])))
        return found

    at_a, at_b = values(a), values(b)

    def theta(done: int) -> Floats:
        """Parameter values with the first `done` of the order from A."""
        mixed = at_b.copy()
        first = order[:done]
        mixed[:, first] = at_a[:, first]
        if tied:
            known = set(first.tolist())
            taken = [i in known for i in tied]
            normal = np.where(taken, scores[0], scores[1]) @ factor.T
            for column, i in enumerate(tied):
                mixed[:, i] = sampler.marginals[i].inverse(at_scores(np.ascontiguousarray(normal[:, column])))
        return mixed

    thetas = np.concatenate([theta(done) for done in range(len(order) + 1)])
    q = design.engine.probabilities(sampler.probabilities(thetas), draws=FIRST_DRAWS) @ design.rows.T
    outputs = design.outputs_at(q, design.costs(thetas)).reshape(len(order) + 1, len(a), -1)
    steps = np.diff(outputs, axis=0)
    gains = (outputs[-1] - (outputs[1:] + outputs[:-1]) / 2) * steps
    found = np.empty((len(order), outputs.shape[2]))
    found[order] = gains.sum(axis=1)
    return found


def _scores(levels: Floats) -> Floats:
    """The normal scores of levels, of any shape."""
    return at_levels(levels.ravel()).score.reshape(levels.shape)
