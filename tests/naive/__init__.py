"""Stories again, slow and obvious: the oracle of every engine.

Written from the text of the story format alone; it shares no code with the package. It takes the raw
dictionary of a story (`tomllib.loads`) and fixed values of its parameters, by path, and enumerates every
world with its probability. It does not check stories: a wrong one may raise anything.
"""

from tests.naive.expressions import NaiveError
from tests.naive.interpreter import (
    criteria,
    expected_loss,
    joint_violated,
    options_at_the_end,
    outcome_probabilities,
    violated,
)
from tests.naive.measures import joint_and_given
from tests.naive.parameters import declarations, parameters
from tests.naive.sampling import at_levels, sample_theta

__all__ = [
    "NaiveError",
    "at_levels",
    "criteria",
    "declarations",
    "expected_loss",
    "joint_and_given",
    "joint_violated",
    "options_at_the_end",
    "outcome_probabilities",
    "parameters",
    "sample_theta",
    "violated",
]
