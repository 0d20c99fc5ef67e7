"""How the probabilities of the outcomes are distributed over the uncertain numbers."""

import numpy as np
import xarray as xr

from sensa.kernels.program import Floats
from sensa.methods.expected_loss import expected_loss
from sensa.methods.over_points import at_points, losses_at_points
from sensa.results import described
from sensa.session import Session

LEVELS = tuple(i / 40 for i in range(1, 40))  # with those of `results.QUANTILES`, and of 20 equal parts


def distributions(session: Session) -> xr.Dataset:
    """Quantiles of each outcome's probability, of each kind's, and of the expected loss, at 39 levels.

    `outcomes` (outcome, level), `kinds` (kind, level), `loss` (level): what the probability would be if the
    uncertain numbers were known. They mislead where numbers that rise and fall together are stated as
    independent: the distribution is then too narrow. Over the run's points; the noise of sampled worlds is
    removed as in `outcomes`, and what they meet too rarely is NaN.
    """
    ended, expected = np.eye(len(session.outcomes)), expected_loss(session, session.ended)

    def levels(values: Floats) -> Floats:
        return np.quantile(values, LEVELS, axis=0).T

    data = xr.Dataset(
        {
            "outcomes": (("outcome", "level"), levels(at_points(session, ended))),
            "kinds": (("kind", "level"), levels(at_points(session, session.circuit.by_kind))),
        },
        coords={"outcome": session.outcomes, "kind": session.circuit.kinds, "level": list(LEVELS)},
    )
    if expected is not None:
        data["loss"] = "level", levels(losses_at_points(session, expected))
    how = session.how(session.ends)
    return described(data, how="parameters-sampled" if how == "exact" and session.circuit.parameters else how)
