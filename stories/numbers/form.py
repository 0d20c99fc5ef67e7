"""Forms of numbers as rows of a table.

How a number may be written, its JSON Schema, the hints of error messages, its meaning and its place in
docs/story-format.md all derive from the rows.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import Discriminator, Tag
from typing_extensions import TypeAliasType

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.rules import NumberError, Scale
from sensa.stories.problems import quoted

Number = float | str | Frozen  # a number as the models hold it
Support = Callable[[Distribution], tuple[float, float]]


class Meaning(NamedTuple):
    """The model of a form on one of the scales, and its meaning there."""

    model: type[Frozen]
    text: str = "likewise"


@dataclass(frozen=True)
class Form:
    """One way to write a number."""

    name: str  # its name in messages
    example: str  # in TOML
    canonical: Callable[[Any, Scale], float | Distribution]  # checks the rules too: raises `NumberError`
    probability: Meaning | None = None  # None if it is not allowed
    real: Meaning | None = None
    families: Mapping[str, Support] = field(default_factory=dict)  # the distributions that this form adds
    common: bool = False  # messages propose it among the first
    proposal: str = ""  # how messages propose it; its keys by default

    def meaning(self, *, real: bool) -> Meaning | None:
        """The meaning for a real number, or for a probability."""
        return self.real if real else self.probability

    @property
    def models(self) -> tuple[type[Frozen], ...]:
        """Its models, on either scale."""
        return tuple(meaning.model for meaning in (self.probability, self.real) if meaning is not None)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that it requires on every scale: together they identify the form."""
        others = [_required(model) for model in self.models[1:]]
        return tuple(key for key in _required(self.models[0]) if all(key in keys for keys in others))


@dataclass(frozen=True)
class Table:
    """The forms in which a number can be written."""

    rows: tuple[Form, ...]

    def form_of(self, value: object) -> str | None:
        """The form of a raw number, by its keys; None if they match none."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return "number"
        if isinstance(value, str):
            return "text"
        if isinstance(value, Mapping):
            return self._form_of_table(value)
        form = self._by_model.get(type(value))
        return None if form is None else form.name

    def _form_of_table(self, value: Mapping[Any, Any]) -> str | None:
        """The form of which a table has the most identifying keys; the first in the table of forms."""
        found = max(self.rows, key=lambda row: sum(key in value for key in row.keys))
        return found.name if any(key in value for key in found.keys) else None

    def model_of(self, value: object, *, real: bool) -> type[Frozen] | None:
        """The model of the form that a raw number is written in."""
        name = self.form_of(value)
        meaning = next((row.meaning(real=real) for row in self.rows if row.name == name), None)
        return None if meaning is None else meaning.model

    def proposals(self, *, real: bool) -> tuple[str, ...]:
        """The forms as messages propose them, the common ones first."""
        found = [(row, meaning) for row in self.rows if (meaning := row.meaning(real=real)) is not None]
        return tuple(
            f"{{ {row.proposal or ', '.join(_required(meaning.model))} }}"
            for row, meaning in sorted(found, key=lambda each: not each[0].common)
        )

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """All keys by which forms are identified."""
        return tuple(dict.fromkeys(key for row in self.rows for key in row.keys))

    def lengths(self) -> dict[str, int]:
        """The lengths of arrays of fixed length, by key."""
        fields = [field for row in self.rows for model in row.models for field in model.model_fields.items()]
        items = {name: get_args(info.annotation) for name, info in fields}
        return {name: len(each) for name, each in items.items() if each and set(each) == {Finite}}

    def declared(self, number: float | Frozen, scale: Scale) -> float | Distribution:
        """A point, or the canonical distribution; raises `NumberError` if a rule is broken."""
        if isinstance(number, (int, float)):
            return _point(float(number), scale)
        found = self._by_model[type(number)].canonical(number, scale)
        if not isinstance(found, float) and not _is_finite(found):
            raise NumberError("numbers too large to compute with")
        return found

    def support(self, distribution: Distribution) -> tuple[float, float]:
        """The infimum and supremum of a distribution's values."""
        return self.families[distribution.family](distribution)

    @cached_property
    def families(self) -> Mapping[str, Support]:
        """The supports of all canonical distributions, by family."""
        found: dict[str, Support] = {"point": lambda point: (point.args[0], point.args[0])}
        for row in self.rows:
            found |= row.families
        return found

    def union(self, name: str, *, real: bool, text: bool = True) -> TypeAliasType:
        """The type of a number: a point, one of the forms, or (with `text`) an expression.

        The keys identify the form, so a wrong number gets the message of the form that was meant
        instead of one from each form.
        """
        branches: list[Any] = [Annotated[Finite, Tag("as number")]]
        if text:
            branches.append(Annotated[str, Tag("as text")])
        for row in self.rows:
            meaning = row.meaning(real=real)
            if meaning is not None:
                branches.append(Annotated[meaning.model, Tag(f"as {row.name}")])
        return TypeAliasType(name, Annotated[reduce(or_, branches), Discriminator(self._tag)])

    def _tag(self, value: object) -> str | None:
        """The form as a tag that differs from all keys of a story."""
        form = self.form_of(value)
        return None if form is None else f"as {form}"

    @cached_property
    def _by_model(self) -> Mapping[type, Form]:
        return {model: row for row in self.rows for model in row.models}


def _required(model: type[Frozen]) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in model.model_fields.items() if info.is_required())


def _is_finite(found: Distribution) -> bool:
    """Whether all arguments are, but for the ends of a truncated distribution."""
    return all(map(math.isfinite, found.args[:-2] if found.family.startswith("truncated_") else found.args))


def within(low: float, high: float) -> Support:
    """A support that does not depend on the arguments."""
    return lambda _: (low, high)


def between_first_and_last(distribution: Distribution) -> tuple[float, float]:
    """The support of a distribution whose first and last arguments are its ends."""
    return distribution.args[0], distribution.args[-1]


def between_last_two(distribution: Distribution) -> tuple[float, float]:
    """The support of a distribution whose last two arguments are its ends."""
    return distribution.args[-2], distribution.args[-1]


UNIT, POSITIVE, REAL_LINE = within(0.0, 1.0), within(0.0, math.inf), within(-math.inf, math.inf)


def _point(value: float, scale: Scale) -> float:
    if not math.isfinite(value):
        raise NumberError(f"{quoted(value)} is not a finite number")
    if scale == "probability" and not 0.0 <= value <= 1.0:
        percent = f"; for {value:g} % write `{value / 100:g}`" if 2.0 <= value <= 100.0 else ""
        raise NumberError(
            f"{quoted(value)} is not a probability: it must be within [0, 1]{percent}", code="bad-probability"
        )
    return value
