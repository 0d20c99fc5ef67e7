"""One question a file: each analysis is a function of a `Session` and gives a dataset (`sensa.results`).

A row of the table is all that names an analysis; it is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import xarray as xr

    from sensa.session import Session


class Analysis(NamedTuple):
    """An analysis by the name of its function, in the module of that name where none is given."""

    name: str
    answers: str
    usual: bool = False  # in every run
    module: str = ""

    def __call__(self, session: "Session") -> "xr.Dataset":
        """The dataset of a session."""
        module = import_module(f"sensa.analyses.{self.module or self.name}")
        found: xr.Dataset = getattr(module, self.name)(session)
        return found


TABLE = (
    Analysis("outcomes", "how the story ends", usual=True),
    Analysis("kinds", "how it ends by kind: catastrophic, fail-safe, success", usual=True),
    Analysis("failing_safely", "of the failures, the share that is safe", usual=True),
    Analysis("carried_by", "which failure modes carry the risk", usual=True),
    Analysis("violations", "what violating an assumption does", usual=True),
    Analysis("pairs", "what violating two together does", usual=True, module="violations"),
    Analysis("criteria", "the four evaluation criteria", usual=True),
    Analysis("sobol_credence", "which unknown number matters", usual=True),
    Analysis("minimal_sets", "what has to go wrong together", usual=True),
    Analysis("tipping_points", "how sure of an assumption one must be", usual=True),
    Analysis("meeting", "what it takes to meet the story's own limits", usual=True),
    Analysis("expectations", "what the story says it must give", usual=True),
    Analysis("cut_sets", "minimal sets of draws, not of assumptions alone", module="minimal_sets"),
    Analysis("nearest_move", "how little all credences together have to move"),
    Analysis("importance", "what each violation contributes"),
    Analysis("nodes", "what events, challenges, safeguards and options do"),
    Analysis("numbers", "what is claimed of each uncertain number"),
    Analysis("sobol_truth", "which unknown fact matters"),
    Analysis("groups", "which part, criterion, phase, tag or owner matters"),
    Analysis("second_order", "which two unknowns interact"),
    Analysis("shapley", "shares of the uncertainty that add up"),
    Analysis("bounds", "how far intervals can move it"),
    Analysis("value_of_information", "what knowing a number would be worth"),
    Analysis("value_of_facts", "what knowing a fact would be worth"),
    Analysis("frechet", "how far it can go without independence"),
    Analysis("dependence", "what if credences go up and down together"),
    Analysis("experts", "whose numbers these are"),
)
ANALYSES = {row.name: row for row in TABLE}
DEFAULT = {row.name: row for row in TABLE if row.usual}
