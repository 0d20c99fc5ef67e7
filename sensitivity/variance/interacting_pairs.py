"""Pairs of uncertain numbers that pay only together: knowing either alone explains almost nothing."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from sensa.kernels.program import Floats
from sensa.kernels.ties import PROBABILITY_ROUNDING, largest
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session
from sensa.variance.exact_indices import closed
from sensa.variance.moments import EntangledError, credence_outputs
from sensa.variance.saltelli import Design, sampled

MIN_PAIR_SHARE = 0.1  # of the variance: a pair must explain more beyond its two first-order indices
MAX_FACTORS = 4  # factors whose pairs are all considered
MIN_POINTS = 64  # a replicate


def candidates(first: Floats, total: Floats) -> list[tuple[int, int]]:
    """The strongest pairs of factors whose interactions exceed what each explains alone."""
    apart = np.where(np.isnan(total), 0.0, total - first)
    order = largest(apart.tolist(), len(apart), absolute=PROBABILITY_ROUNDING)
    likely = [f for f in order if apart[f] >= max(MIN_PAIR_SHARE, first[f])]
    return list(combinations(sorted(likely[:MAX_FACTORS]), 2))


def closed_pairs(
    session: Session, groups: Sequence[tuple[int, ...]], pairs: Sequence[tuple[int, int]]
) -> Estimate | None:
    """Closed indices (kinds, pairs): the share of the variance that knowing both removes."""
    try:
        found, layer, made = credence_outputs(session)
    except EntangledError:
        return _sampled(session, groups, pairs)
    sets = np.zeros((len(pairs), layer.factors), np.bool_)
    for row, pair in enumerate(pairs):
        sets[row, list(pair)] = True
    values = closed(layer, made, sets)[0][list(found.kinds.values())]
    return Estimate(values, np.where(np.isnan(values), np.nan, 0.0))


def _sampled(
    session: Session, groups: Sequence[tuple[int, ...]], pairs: Sequence[tuple[int, int]]
) -> Estimate | None:
    design = Design(session, tuple((*groups[i], *groups[j]) for i, j in pairs))
    points = session.budget.points_for(design.passes, design.engine.size)
    if design.engine.way != "exact" or points < MIN_POINTS:
        return None
    both = spread(sampled(design, points, what="pairs").first.transpose(0, 2, 1))
    ends = len(session.outcomes)
    rows = slice(ends, ends + len(session.circuit.kinds))
    return Estimate(both.mean[rows], both.error[rows])
