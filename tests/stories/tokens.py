"""Tokens of the expression language, for Hypothesis."""

import dataclasses

from sensa.stories.syntax import (
    Expression,
)


def unplaced(expression: Expression) -> Expression:
    """The tree with every `at` 0."""
    changes: dict[str, object] = {"at": 0}
    for field in dataclasses.fields(expression):
        value = getattr(expression, field.name)
        if dataclasses.is_dataclass(value):
            changes[field.name] = unplaced(value)  # type: ignore[arg-type]
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            changes[field.name] = tuple(unplaced(part) for part in value)
    return dataclasses.replace(expression, **changes)  # type: ignore[arg-type]


WORDS = "a b x true 1 2.5 prev.a axis.s m.t min and or not not if else in phase"


SIGNS = '( ( ) ) , + - - * / ** < <= == != "o"'


TOKENS = WORDS.split() + SIGNS.split()
