"""A declared number."""

from typing import Any

from pydantic import TypeAdapter

from sensa.stories.numbers import forms
from sensa.stories.numbers.canonical import declared
from sensa.stories.numbers.rules import Scale

PROBABILITY: TypeAdapter[Any] = TypeAdapter(forms.Probability)


REAL: TypeAdapter[Any] = TypeAdapter(forms.RealNumber)


def tupled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: tupled(v) for k, v in value.items()}
    return tuple(map(tupled, value)) if isinstance(value, list) else value


def number(written: Any, scale: Scale = "probability") -> Any:
    adapter = PROBABILITY if scale == "probability" else REAL
    return declared(adapter.validate_python(tupled(written)), scale)
