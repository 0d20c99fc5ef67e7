"""Measures: their names are known, and what they are of is true or false."""

from sensa.stories.checking.texts import Scopes
from sensa.stories.checking.view import View
from sensa.stories.expressions import ExpressionError, type_problems
from sensa.stories.properties.measures import Measure, parse_measure, tree_of


def measure_problems(view: View, text: str) -> tuple[ExpressionError, ...]:
    """What is wrong with a measure as written."""
    try:
        measure = parse_measure(text)
    except ExpressionError as error:
        return (error,)
    return name_problems(view, measure)


def name_problems(view: View, measure: Measure) -> tuple[ExpressionError, ...]:
    """Names that the story does not have, and parts of a wrong type."""
    scope = Scopes(view).measured()
    sides = [side for side in (measure.of, measure.given) if side is not None]
    return tuple(error for side in sides for error in type_problems(tree_of(side), scope))
