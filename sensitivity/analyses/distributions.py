"""How the probabilities of the outcomes are distributed over the uncertain numbers."""

import numpy as np
import xarray as xr

from sensa.kernels.program import Floats
from sensa.methods.expected_loss import expected_loss
from sensa.methods.over_points import at_points, quantile_errors, quantiles_of_loss
from sensa.methods.sums_of_outcomes import summed
from sensa.results import described
from sensa.session import Session

LEVELS = tuple(i / 40 for i in range(1, 40))  # with those of `results.QUANTILES`, and of 20 equal parts


def distributions(session: Session) -> xr.Dataset:
    """Quantiles of each outcome's probability, of each kind's, and of the expected loss, at 39 levels.

    `outcomes` (outcome, level), `kinds` (kind, level), `loss` (level): what the probability would be if the
    uncertain numbers were known; each has its `…_error`. They mislead where numbers that rise and fall
    together are stated as independent: the distribution is then too narrow. Over the run's points; the noise
    of sampled worlds is removed as in `outcomes`, and what they meet too rarely is NaN.
    """
    by_kind, expected = session.circuit.by_kind, expected_loss(session, session.ended)

    def levels(dims: tuple[str, str], together: Floats, error: Floats) -> dict[str, tuple[object, Floats]]:
        found = session.samples.sources.quantiles(at_points(session, together), LEVELS)
        errors = quantile_errors(session.ends, found, error)
        return {f"{dims[0]}s": (dims, found.mean.T), f"{dims[0]}s_error": (dims, errors)}

    data = xr.Dataset(
        levels(("outcome", "level"), np.eye(len(session.outcomes)), session.ended.error)
        | levels(("kind", "level"), by_kind, summed(session, by_kind)[0].error),
        coords={"outcome": session.outcomes, "kind": session.circuit.kinds, "level": list(LEVELS)},
    )
    if expected is not None:
        loss, error = quantiles_of_loss(session, expected, LEVELS)
        data["loss"], data["loss_error"] = ("level", loss), ("level", error)
    how = session.how(session.ends)
    return described(data, how="parameters-sampled" if how == "exact" and session.circuit.parameters else how)
