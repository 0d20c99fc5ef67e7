"""The numbers of a cell, as a row laid out by `Options.places`."""

from collections.abc import Sequence

import numpy as np

from sensa.circuit import FAILURES, Circuit
from sensa.kernels.program import Floats
from sensa.methods.expected_loss import expected_loss
from sensa.methods.over_points import at_points, losses_at_points
from sensa.methods.sums_of_outcomes import summed
from sensa.methods.variants import case_of
from sensa.portfolios.plan import OUTPUTS, Options
from sensa.results import QUANTILES, UNDEFINED, How
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

WAYS: tuple[How, ...] = ("exact", "parameters-sampled", "worlds-sampled")
_ANSWERED = 0.0  # the place of `answered` in `STATUSES`


def row(session: Session, options: Options) -> Floats:
    """How a story ends: means with errors, the share of safe failures, and quantiles if wanted.

    The numbers are, to the last bit, those of the analyses `kinds` and `outcomes`.
    """
    circuit = session.circuit
    (kinds, _), (failure, _) = summed(session, circuit.by_kind), summed(session, _failing(circuit))
    expected = expected_loss(session, session.ended)
    loss = None if expected is None else expected.loss
    each = Estimate(session.ended.mean[None], session.ended.error[None])
    ways = Estimate(
        *(_ways(circuit, *pair) for pair in ((kinds.mean, failure.mean), (kinds.error, failure.error)))
    )
    found = _means(session, options, ways, loss, each)
    found[:, options.places["how"]] = WAYS.index(session.how(session.ends))
    if not options.means_only:
        quantiles = np.full((len(QUANTILES), len(OUTPUTS)), UNDEFINED)
        by_kind, failing = (at_points(session, matrix) for matrix in (circuit.by_kind, _failing(circuit)))
        levels = [np.quantile(values, QUANTILES, axis=0) for values in (by_kind, failing)]
        quantiles[:, :-1] = _ways(circuit, *levels)
        if expected is not None:
            quantiles[:, -1] = np.quantile(losses_at_points(session, expected), QUANTILES)
        found[:, options.places["quantiles"]] = quantiles.T.ravel()
    whole: Floats = found[0]
    return whole


def by_variant(session: Session, paths: Sequence[str], rows: Floats, options: Options) -> Floats:
    """Means and errors at many values (rows, paths) of some numbers at once, as rows.

    Raises `EngineRefusal` without a diagram, and `RunError` if any of the values breaks the story.
    """
    known = {parameter.path for parameter in session.circuit.parameters}
    columns = [i for i, path in enumerate(paths) if path in known]
    case = case_of(session, [paths[i] for i in columns], {})
    by_end = case.means(rows[:, columns])
    ends = by_end[:, :, : len(session.outcomes)]
    loss = spread(by_end[:, :, case.outputs.of.index("loss")]) if session.circuit.losses else None
    found = _means(
        session,
        options,
        spread(_ways(session.circuit, ends @ session.circuit.by_kind, ends @ _failing(session.circuit))),
        loss,
        spread(ends),
    )
    found[:, options.places["how"]] = WAYS.index("exact" if case.holding.exact else "parameters-sampled")
    return found


def _means(
    session: Session, options: Options, kinds: Estimate, loss: Estimate | None, each: Estimate
) -> Floats:
    """Rows with the means and errors of kinds (rows, kinds), loss (rows,) and outcomes (rows, outcomes)."""
    found = np.full((len(kinds.mean), options.width), UNDEFINED)
    place = options.places
    found[:, place["status"]] = _ANSWERED
    columns = [options.outcomes.index(name) for name in session.outcomes] if options.outcomes else []
    for part in ("mean", "error"):
        values = found[:, place[part]]  # a view
        values[:, :-1] = getattr(kinds, part)
        if loss is not None:
            values[:, -1] = getattr(loss, part)
        if columns:
            found[:, place[f"outcome_{part}"]][:, columns] = getattr(each, part)
    mean = found[:, place["mean"]]
    failing = mean[:, OUTPUTS.index("failure")]
    safe = mean[:, OUTPUTS.index("fail_safe")]
    found[:, place["share"]] = np.divide(safe, failing, out=np.full(len(mean), UNDEFINED), where=failing > 0)[
        :, None
    ]
    return found


def _ways(circuit: Circuit, kinds: Floats, failure: Floats) -> Floats:
    """Values by kind (…, kinds) and of failure (…, 1) as `OUTPUTS` without the loss; a kind without
    outcomes is 0."""
    kinds = np.atleast_2d(kinds)
    found = np.zeros((*kinds.shape[:-1], len(OUTPUTS) - 1))
    found[..., [OUTPUTS.index(kind) for kind in circuit.kinds]] = kinds
    found[..., -1:] = np.atleast_2d(failure)
    return found


def _failing(circuit: Circuit) -> Floats:
    """The matrix (outcomes, 1) that sums the failures."""
    return circuit.of_kind(*FAILURES)[:, None]
