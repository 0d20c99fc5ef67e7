"""Analyses, one per file: each is a function from a `Session` to a dataset (`sensa.results`).

A new analysis is a file in this folder and a row in `TABLE`. Nothing else names it; it is imported on first
use.
"""

from collections.abc import Callable, Container
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import xarray as xr

    from sensa.session import Session


class Analysis(NamedTuple):
    """An analysis by the name of its function, in the module of that name by default."""

    name: str
    answers: str
    usual: bool = False  # in every run
    module: str = ""
    needs: str = ""  # what it gives nothing without, beyond what every engine answers
    suits: Callable[[Any], bool] | None = None  # graphs where a report without it points to it

    def __call__(self, session: "Session") -> "xr.Dataset":
        """The dataset of a session."""
        module = import_module(f"sensa.analyses.{self.module or self.name}")
        found: xr.Dataset = getattr(module, self.name)(session)
        return found


DIAGRAM = "a diagram of the whole story"
EXACT = "an exact engine for the whole story"

TABLE = (
    Analysis("outcomes", "how the story ends", usual=True),
    Analysis("kinds", "how it ends by kind: catastrophic, fail-safe, success", usual=True),
    Analysis("failing_safely", "the share of failures that are safe", usual=True),
    Analysis("carried_by", "which failure modes carry the risk", usual=True),
    Analysis("violations", "the effect of violating an assumption", usual=True),
    Analysis("pairs", "the effect of violating two assumptions together", usual=True, module="violations"),
    Analysis("criteria", "the four evaluation criteria", usual=True),
    Analysis("sobol_credence", "which unknown number matters", usual=True),
    Analysis("specification_audit", "whether a model as specified can be catastrophic", usual=True),
    Analysis("minimal_sets", "what has to go wrong together", usual=True),
    Analysis("tipping_points", "how probable an assumption must be", usual=True),
    Analysis("meeting", "the nearest move that meets the story's own limits", usual=True),
    Analysis("stated", "results that a source states, beside what the parts give", usual=True),
    Analysis(
        "counted_evidence",
        "the trials that credences are counted from, and where they are from",
        usual=True,
        needs="counts",
    ),
    Analysis(
        "sign_offs",
        "what was edited since it was signed, and what rests on it",
        usual=True,
        needs="signed entries",
    ),
    Analysis("expectations", "the story's expected results, beside the computed ones", usual=True),
    Analysis("cut_sets", "minimal sets of draws, not only of assumptions", module="minimal_sets"),
    Analysis("nearest_move", "the smallest joint move of all credences", needs=EXACT),
    Analysis("importance", "importance measures of each violation and failure"),
    Analysis("nodes", "the effect of events, challenges, safeguards and options"),
    Analysis("numbers", "the distribution of each uncertain number"),
    Analysis("distributions", "how each outcome is distributed over the uncertain numbers"),
    Analysis(
        "capabilities",
        "what dangerous behaviour requires, and the risk without it",
        suits=lambda graph: bool(graph.necessary),
    ),
    Analysis(
        "extrapolation",
        "what smaller models did, carried to the larger one",
        needs="`extrapolate`",
        suits=lambda graph: any(p.distribution.family.startswith("extrapolate") for p in graph.parameters),
    ),
    Analysis(
        "model_space",
        "which models training may give, and what constraints and nudges do",
        suits=lambda graph: any(node.kind == "choice" for node in graph.nodes),
    ),
    Analysis(
        "paths",
        "what paths training may take, and what diverts them",
        needs="several steps",
        suits=lambda graph: len(graph.steps) > 1,
    ),
    Analysis(
        "axes",
        "which difference between training and deployment matters",
        needs="axes",
        suits=lambda graph: bool(graph.axes),
    ),
    Analysis(
        "modes",
        "how much of each outcome runs through each failure mode and criterion",
        suits=lambda graph: len(graph.modes) > 1,
    ),
    Analysis("sobol_truth", "which unknown fact matters"),
    Analysis("groups", "which part, criterion, phase, tag or owner matters", needs=DIAGRAM),
    Analysis("second_order", "which two unknowns interact", needs=DIAGRAM),
    Analysis("shapley", "shares of the uncertainty that add up to 1", needs=DIAGRAM),
    Analysis("exceedance", "how probable a loss of each size is", needs="losses"),
    Analysis("convergence", "whether the sampling has settled"),
    Analysis("bounds", "how far intervals can move the outcomes", needs=EXACT),
    Analysis("value_of_information", "the value of knowing a number", needs=EXACT),
    Analysis(
        "value_of_trials",
        "what more trials of a credence are worth, and how many hold a limit",
        needs=EXACT,
    ),
    Analysis("value_of_facts", "the value of knowing a fact", needs=EXACT),
    Analysis("settling_facts", "which fact would settle it, or tell two experts apart", needs=EXACT),
    Analysis("frechet", "bounds without independence", needs=EXACT),
    Analysis("dependence", "the effect of credences rising and falling together", needs=EXACT),
    Analysis("experts", "the effect of each expert", needs=EXACT),
)
ANALYSES = {row.name: row for row in TABLE}
DEFAULT = {row.name: row for row in TABLE if row.usual}


def further(graph: Any, beside: Container[str]) -> list[str]:
    """The analyses, other than those given, that suit a story and cost too much for every run."""
    return [row.name for row in TABLE if row.suits and row.name not in beside and row.suits(graph)]
