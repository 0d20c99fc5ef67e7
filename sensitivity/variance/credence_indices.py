"""First-order and total indices of the parameters for outcomes, kinds, the loss and the safe share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.kernels import confidence_intervals
from sensa.kernels.program import Floats
from sensa.results import UNDEFINED, How
from sensa.sampling.estimates import Estimate, Interval, spread
from sensa.session import Session
from sensa.variance.exact_indices import indices, lone_indices
from sensa.variance.factors import factors
from sensa.variance.moments import EntangledError, covariances_of, credence_layer
from sensa.variance.safe_share import OfShare, share
from sensa.variance.saltelli import Design, Sampled, sampled
from sensa.variance.shared_parameters import mixture_indices
from sensa.variance.sobol_outputs import Outputs, outputs

MIN_POINTS = 64  # a replicate; with fewer the indices are not worth reporting
MAX_POINTS = 1 << 12  # of a replicate, if worlds are sampled
MAX_REPLICATE_SHARE = 0.2  # of the variance: errors mislead if replicates differ by more
MIN_RELATIVE_DEVIATION = 1e-12  # of the mean: a standard deviation below it is rounding
NO_PARAMETERS = "no parameters: nothing is uncertain"


@dataclass
class CredenceIndices:
    """First and total indices by output: (outputs, factors)."""

    outcome: tuple[Estimate, Estimate]
    kind: tuple[Estimate, Estimate]
    loss: tuple[Estimate, Estimate] | None
    conditional: tuple[Estimate, Estimate] | None


def credence_indices(
    session: Session, members: list[tuple[int, ...]]
) -> tuple[CredenceIndices, How, list[str]]:
    """The indices of factors, exact if the structure of the story allows, else sampled."""
    if not members:
        return _unknown(session, members), "exact", [NO_PARAMETERS]
    try:
        found, notes = _exact(session)
        how: How = "exact"
        _conditional(session, found)
    except EntangledError as entangled:
        found, how, notes = _sampled(session, members, str(entangled))
    return _where_it_varies(session, found), how, notes


def _exact(session: Session) -> tuple[CredenceIndices, list[str]]:
    found = outputs(session, "credence")
    if found is None:
        raise EntangledError("there is no diagram within the budget")
    try:
        layer = credence_layer(session, found)
    except EntangledError:
        both, shared = mixture_indices(session, found)
        each = "which moves several draws" if len(shared) == 1 else "which each move several draws"
        notes = [f"by quadrature over {', '.join(shared)}, {each}"]
        idle = []
    else:
        if layer.lone:
            both = lone_indices(layer, found.engine, found.combine)
        else:
            both = indices(layer, covariances_of(session, found))
        notes = []
        idle = [f for f, coins in enumerate(layer.coins) if not coins]
    parts = [Estimate(index, np.where(np.isnan(index), np.nan, 0.0)) for index in (both.first, both.total)]
    if idle:
        groups = factors(session.circuit)
        paths = [session.circuit.parameters[groups[f][0]].path for f in idle]
        notes.append(f"nothing depends on {', '.join(paths)}")
    return _split(session, found, parts), notes


def _split(session: Session, found: Outputs, parts: Sequence[Estimate]) -> CredenceIndices:
    def rows(at: Sequence[int]) -> tuple[Estimate, Estimate]:
        first, total = (Estimate(part.mean[list(at)], part.error[list(at)]) for part in parts)
        return first, total

    loss = None if found.loss is None else rows([found.loss])
    return CredenceIndices(rows(range(len(session.outcomes))), rows(list(found.kinds.values())), loss, None)


def _conditional(session: Session, found: CredenceIndices) -> None:
    """Add the indices that are always sampled, and those of a loss that is not a linear combination."""
    groups = tuple(factors(session.circuit))
    found.conditional = _rows(_estimates(share(OfShare(session, groups))), [0])
    if found.loss is None and session.circuit.losses:
        design = Design(session, groups)
        points = session.budget.points_for(design.passes, design.engine.size)
        found.loss = _rows(_estimates(sampled(design, points)), [-2])


def total_interval(session: Session, factor: int, kind: str, *, level: float) -> Interval:
    """A confidence interval for the total index of a factor for a kind's probability.

    Both ends equal an exact value; NaN if the kind does not vary. Unbounded if sampling exceeds the budget.
    """
    members = factors(session.circuit)
    row = [str(each) for each in session.circuit.kinds].index(kind)
    try:
        total = np.array(_exact(session)[0].kind[1].mean[row][factor])
        return Interval(total, total)
    except EntangledError:
        found, _ = _drawn(session, members)
    if found is None:
        return Interval(np.array(-np.inf), np.array(np.inf))
    at = len(session.outcomes) + row
    return Interval(*confidence_intervals.ratio(found.total[:, factor, at], found.whole[:, at], level=level))


def _drawn(session: Session, members: list[tuple[int, ...]]) -> tuple[Sampled | None, How]:
    """The sampled indices, or None beyond the budget, and how they were computed."""
    design = Design(session, tuple(members))
    effort = session.budget.effort(design.engine, design.passes, spread=True)
    how: How = "parameters-sampled" if design.engine.way == "exact" else "worlds-sampled"
    points, words = effort.points, effort.words
    if how == "worlds-sampled":  # more points of one word each: better than more worlds at each
        points, words = min(points * max(words // 2, 1), MAX_POINTS), 1
    if points < min(MIN_POINTS, session.settings.points // session.settings.replicates):
        return None, how
    return sampled(design, points, words), how


def _sampled(
    session: Session, members: list[tuple[int, ...]], why: str
) -> tuple[CredenceIndices, How, list[str]]:
    drawn, how = _drawn(session, members)
    if drawn is None:
        return (
            _unknown(session, members),
            how,
            [f"not computed: sampling takes more work than the budget allows, and {why}"],
        )
    estimates = _estimates(drawn)
    ends, kinds = len(session.outcomes), len(session.circuit.kinds)
    tails = drawn.whole[:, :ends].std(axis=0, ddof=1) > MAX_REPLICATE_SHARE
    heavy = ", ".join(np.array(session.outcomes)[tails])
    notes = [f"the variance of {heavy} rests on few points: errors are too small"] if heavy else []
    return (
        CredenceIndices(
            _rows(estimates, range(ends)),
            _rows(estimates, range(ends, ends + kinds)),
            _rows(estimates, [-2]) if session.circuit.losses else None,
            _rows(estimates, [-1]) if how == "parameters-sampled" else None,
        ),
        how,
        [*notes, f"sampled, since {why}"],
    )


def _estimates(found: Sampled) -> tuple[Estimate, Estimate]:
    first, total = (spread(part.transpose(0, 2, 1)) for part in (found.first, found.total))
    return first, total


def _rows(parts: tuple[Estimate, Estimate], at: Sequence[int]) -> tuple[Estimate, Estimate]:
    first, total = (Estimate(part.mean[list(at)], part.error[list(at)]) for part in parts)
    return first, total


def _unknown(session: Session, members: list[tuple[int, ...]]) -> CredenceIndices:
    def nothing(rows: int) -> tuple[Estimate, Estimate]:
        blank = Estimate(*np.full((2, rows, len(members)), UNDEFINED))
        return blank, blank

    kinds = len(session.circuit.kinds)
    return CredenceIndices(
        nothing(len(session.outcomes)), nothing(kinds), nothing(1) if session.circuit.losses else None, None
    )


def _where_it_varies(session: Session, found: CredenceIndices) -> CredenceIndices:
    """The indices, undefined (NaN) for outputs that vary only by rounding."""
    if session.ends.way != "exact":
        return found
    q = session.samples.q
    of_kind = q @ session.circuit.by_kind

    def masked(parts: tuple[Estimate, Estimate], values: Floats) -> tuple[Estimate, Estimate]:
        still = values.std(axis=0) <= MIN_RELATIVE_DEVIATION * values.mean(axis=0)
        first, total = (
            Estimate(*(np.where(still[:, None], UNDEFINED, part) for part in (estimate.mean, estimate.error)))
            for estimate in parts
        )
        return first, total

    return replace(found, outcome=masked(found.outcome, q), kind=masked(found.kind, of_kind))
