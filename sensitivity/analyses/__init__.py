"""One question a file: each analysis is a function of a `Session` and gives a dataset (`sensa.results`)."""

from collections.abc import Callable

import xarray as xr

from sensa.analyses.bounds import bounds
from sensa.analyses.carried_by import carried_by
from sensa.analyses.criteria import criteria
from sensa.analyses.dependence import dependence
from sensa.analyses.expectations import expectations
from sensa.analyses.experts import experts
from sensa.analyses.failing_safely import failing_safely
from sensa.analyses.frechet import frechet
from sensa.analyses.groups import groups
from sensa.analyses.importance import importance
from sensa.analyses.kinds import kinds
from sensa.analyses.meeting import meeting
from sensa.analyses.minimal_sets import cut_sets, minimal_sets
from sensa.analyses.nearest_move import nearest_move
from sensa.analyses.nodes import nodes
from sensa.analyses.numbers import numbers
from sensa.analyses.outcomes import outcomes
from sensa.analyses.second_order import second_order
from sensa.analyses.shapley import shapley
from sensa.analyses.sobol_credence import sobol_credence
from sensa.analyses.sobol_truth import sobol_truth
from sensa.analyses.tipping_points import tipping_points
from sensa.analyses.value_of_facts import value_of_facts
from sensa.analyses.value_of_information import value_of_information
from sensa.analyses.violations import pairs, violations
from sensa.session import Session

Analysis = Callable[[Session], xr.Dataset]

DEFAULT: dict[str, Analysis] = {
    "outcomes": outcomes,
    "kinds": kinds,
    "failing_safely": failing_safely,
    "carried_by": carried_by,
    "violations": violations,
    "pairs": pairs,
    "criteria": criteria,
    "sobol_credence": sobol_credence,
    "minimal_sets": minimal_sets,
    "tipping_points": tipping_points,
    "meeting": meeting,
    "expectations": expectations,
}
ON_REQUEST: dict[str, Analysis] = {
    "cut_sets": cut_sets,
    "nearest_move": nearest_move,
    "importance": importance,
    "nodes": nodes,
    "numbers": numbers,
    "sobol_truth": sobol_truth,
    "groups": groups,
    "second_order": second_order,
    "shapley": shapley,
    "bounds": bounds,
    "value_of_information": value_of_information,
    "value_of_facts": value_of_facts,
    "frechet": frechet,
    "dependence": dependence,
    "experts": experts,
}
ANALYSES = DEFAULT | ON_REQUEST
