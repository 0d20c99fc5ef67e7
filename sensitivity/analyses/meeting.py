"""What it takes for a story to meet the limits that it sets itself and does not meet."""

import xarray as xr

from sensa.analyses.nearest_move import nearest_move
from sensa.model import Model
from sensa.own_limits import own_limits
from sensa.results import described

MET = "the story meets every limit that it sets P(catastrophic) itself"


def meeting(model: Model) -> xr.Dataset:
    """The nearest joint move of all credences to each limit of the story's own that P(catastrophic) is above.

    As `nearest_move` has it, with the coordinate `properties` (limit): which ask for it. Without such a limit
    `risk` alone.
    """
    of = own_limits(model.story.document)
    kinds = [float(end.kind == "catastrophic") for end in model.circuit.ends]
    risk = float(model.ended.mean @ kinds)
    broken = tuple(limit for limit in of if risk > limit)
    if not broken:
        return described(xr.Dataset({"risk": ((), risk)}), how=model.how(model.ends), note=MET)
    found = nearest_move(model, broken)
    return found.assign_coords(properties=("limit", [", ".join(of[limit]) for limit in broken]))
