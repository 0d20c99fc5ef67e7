"""The expression language: text to tree, types, and back to text.

`parse` reads, `type_problems` checks types, `show` prints with the fewest parentheses, `names` lists what is
read, `bounds` encloses the value of a real expression, and `constant` computes it. Nothing here runs Python
code: the language has its own parser.
"""

from sensa.stories.expressions.constants import NoValue, constant
from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.expression_bounds import bounds, decided
from sensa.stories.expressions.parsing import MAX_DEPTH, MAX_LENGTH, MAX_NODES, parse
from sensa.stories.expressions.printing import show
from sensa.stories.expressions.scope import Choice, Scope
from sensa.stories.expressions.tokens import NAME, RESERVED, snake_case
from sensa.stories.expressions.trees import names, walk
from sensa.stories.expressions.types import type_problems

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "NAME",
    "RESERVED",
    "Choice",
    "ExpressionError",
    "NoValue",
    "Scope",
    "bounds",
    "constant",
    "decided",
    "names",
    "parse",
    "show",
    "snake_case",
    "type_problems",
    "walk",
]
