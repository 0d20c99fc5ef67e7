"""The nearest moves of credences that meet the story's own unmet limits."""

import xarray as xr

from sensa.analyses.nearest_move import nearest_move
from sensa.kernels.program import Floats
from sensa.methods.interventions import held
from sensa.results import described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

MET = "the story meets all its own limits on P(catastrophic)"


def meeting(session: Session) -> xr.Dataset:
    """The nearest joint move of all credences to each of the story's own limits that P(catastrophic) exceeds.

    Variables as in `nearest_move`, with the coordinate `properties` (limit): those that set it. Without such
    a limit only `risk`. `all_hold`, `all_hold_error`: P(catastrophic) if every assumption is set to hold,
    which no move of the credences goes below unless violating an assumption helps.
    """
    of = session.graph.limits
    kinds = session.circuit.of_kind("catastrophic")
    risk = float(session.ended.mean @ kinds)
    broken = tuple(limit for limit in of if risk > limit)
    if not broken:
        return described(xr.Dataset({"risk": ((), risk)}), how=session.how(session.ends), note=MET)
    found = nearest_move(session, broken)
    left = _all_hold(session, kinds)
    return found.assign(all_hold=((), left.mean), all_hold_error=((), left.error)).assign_coords(
        properties=("limit", [", ".join(of[limit]) for limit in broken])
    )


def _all_hold(session: Session, kinds: Floats) -> Estimate:
    """P(catastrophic) if every assumption is set to hold."""
    force = held(session.circuit, dict.fromkeys(session.circuit.assumption_coins, True))
    each = session.replicated(session.ends, session.by_outcome, [force])[:, 0]
    return spread(each @ kinds)
