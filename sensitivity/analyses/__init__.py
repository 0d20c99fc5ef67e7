"""One question a file. Each analysis is a function of a `Model` and gives a dataset; see `sensa.results`."""

from collections.abc import Callable

import xarray as xr

from sensa.analyses.criteria import criteria
from sensa.analyses.expectations import expectations
from sensa.analyses.failing_safely import failing_safely
from sensa.analyses.kinds import kinds
from sensa.analyses.outcomes import outcomes
from sensa.analyses.sobol_credence import sobol_credence
from sensa.analyses.violations import pairs, violations
from sensa.model import Model

ANALYSES: dict[str, Callable[[Model], xr.Dataset]] = {
    "outcomes": outcomes,
    "kinds": kinds,
    "failing_safely": failing_safely,
    "violations": violations,
    "pairs": pairs,
    "criteria": criteria,
    "sobol_credence": sobol_credence,
    "expectations": expectations,
}
