"""A declared number -> its canonical form: a point, a distribution, or an expression."""

from sensa.stories.expressions import parse
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Number
from sensa.stories.numbers.forms import FORMS
from sensa.stories.numbers.rules import Scale
from sensa.stories.syntax import Expression

Declared = float | Distribution | Expression


def declared(number: Number, scale: Scale) -> Declared:
    """The canonical form of a declared number, on its scale.

    A point is a float, not a parameter; a distribution is a parameter; a string is an expression.
    Raises `NumberError` if a rule of the form is broken, and `ExpressionError` if a string is not
    an expression.
    """
    return parse(number) if isinstance(number, str) else FORMS.declared(number, scale)


support = FORMS.support
