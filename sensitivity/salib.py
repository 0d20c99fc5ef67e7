"""A story as a problem and model of SALib, for users of SALib.

    from sensa.salib import evaluator, problem_spec

    spec = problem_spec("story.toml")
    spec.sample_sobol(1024).evaluate(evaluator("story.toml")).analyze_sobol()

`sensa.analyses.salib_methods` has SALib's methods with guards, and documents when each misleads.
"""

from collections.abc import Callable
from typing import Any

from sensa.analyses import salib_methods
from sensa.kernels.program import Floats
from sensa.pipeline import prepare
from sensa.session import Session
from sensa.stories.loading import Source, load


def problem_spec(source: Source | Session) -> Any:
    """SALib's `ProblemSpec` of a story: parameters as levels in (0, 1), outcomes as outputs.

    Raises `StoryError` for a wrong story.
    """
    return salib_methods.problem_spec(_model(source))


def evaluator(source: Source | Session) -> Callable[[Floats], Floats]:
    """The function from levels (points, parameters) to the outcomes' probabilities (points, outcomes)."""
    return salib_methods.evaluator(_model(source))


def _model(source: Source | Session) -> Session:
    return source if isinstance(source, Session) else prepare(load(source))
