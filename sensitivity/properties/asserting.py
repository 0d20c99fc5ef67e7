"""Properties that a story does not state itself: asserted in a test, or on the command line."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import tomli
from pydantic import ValidationError

from sensa.properties.declared import DeclaredProperty
from sensa.stories.checking import properties
from sensa.stories.checking.view import view_of
from sensa.stories.problems import Place
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.schema.properties import Property
from sensa.stories.story import Story

NAME = "asserted"
MEANING_KEYS = ("require", "at", "quantile", "forall")  # the keys that determine the meaning of a property


def asserted(story: Story, table: Mapping[str, Any]) -> DeclaredProperty:
    """A property from the keys of a table `[properties.NAME]`.

    If the story states the same property, that one is returned, with its name; else it is called `asserted`.
    Raises `ValueError` with all its errors.
    """
    written = _shaped(table)
    for name, own in story.document.properties.items():
        if all(getattr(own, key) == getattr(written, key) for key in MEANING_KEYS):
            place = story.key_place(("properties", name))
            return DeclaredProperty(name, own, place, parse_requirement(own.require))
    document = story.document.model_copy(update={"properties": {NAME: written}, "waivers": ()})
    wrong = [
        problem
        for problem in properties.problems(view_of(replace(story, document=document)))
        if problem.severity == "error"
    ]
    if wrong:
        said = [f"{p.message}; {p.fix}" if p.fix else p.message for p in wrong]
        raise ValueError("\n".join(said))
    requirement = parse_requirement(written.require)
    return DeclaredProperty(NAME, written, Place(story.file, 1, 1), requirement)


def from_toml(text: str) -> dict[str, Any]:
    """Parse the keys of a property, written as inside an inline table. Raises `ValueError`."""
    try:
        found: dict[str, Any] = tomli.loads(f"property = {{ {text} }}")["property"]
    except tomli.TOMLDecodeError as error:
        raise ValueError(
            f'not the keys of a property, such as `require =  "P(failure) <= 0.1"`: {error}'
        ) from None
    return found


def to_toml(table: Mapping[str, Any]) -> str:
    """Write the keys of a property as inside an inline table."""
    return ", ".join(f"{key} = {_value(value)}" for key, value in table.items())


def alone(story: Story) -> Story:
    """The story without its own properties and waivers."""
    return replace(story, document=story.document.model_copy(update={"properties": {}, "waivers": ()}))


def _shaped(table: Mapping[str, Any]) -> Property:
    try:
        return Property.model_validate(_frozen(dict(table)))
    except ValidationError as error:
        said = [f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors()]
        raise ValueError("\n".join(said)) from None


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, Mapping):
        return {key: _frozen(part) for key, part in value.items()}
    return value


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{ {to_toml(value)} }}"
    return repr(value)
