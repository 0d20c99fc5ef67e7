"""Generated stories: every construct of the format comes up, and each story reads, compiles and runs."""

import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel

from sensa.pipeline import run
from sensa.stories import syntax, traversal
from sensa.stories.expressions import parse as parse_expression
from sensa.stories.loading import loads
from sensa.stories.properties import requirements
from sensa.stories.properties.measures import Measure, parse_event, parse_measure
from sensa.stories.properties.requirements import SIGNS, SobolTotal, parse_requirement
from sensa.stories.schema.document import Document
from sensa.stories.sign_offs import sign_offs
from sensa.stories.story import Story
from sensa.testing import SMALL, stories
from sensa.testing.strategies.notes import OTHER_DIGEST

UNHURRIED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def parts_of(annotation: Any) -> Iterator[Any]:
    """The types that a type is made of."""
    yield annotation
    if hasattr(annotation, "__value__"):
        yield from parts_of(annotation.__value__)
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from parts_of(part)


@cache
def format_constructs() -> frozenset[str]:
    """Every key and every word of a closed list that the models of the format know."""
    found, waiting, seen = set(), [Document], set()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            found.add(f"{model.__name__}.{name}")
            for part in parts_of(field.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel):
                    waiting.append(part)
                elif get_origin(part) is Literal:
                    found |= {f"{model.__name__}.{name}={word}" for word in get_args(part)}
    return frozenset(found)


def constructs_in(value: Any) -> Iterator[str]:
    """Those that a document has: keys that are written, and their words."""
    if isinstance(value, BaseModel):
        for name in value.model_fields_set:
            part = getattr(value, name)
            yield f"{type(value).__name__}.{name}"
            words = part if isinstance(part, tuple) else (*part,) if isinstance(part, dict) else (part,)
            yield from (f"{type(value).__name__}.{name}={word}" for word in words if isinstance(word, str))
            yield from constructs_in(part)
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from constructs_in(part)


def tree_constructs(module: types.ModuleType, union: Any) -> frozenset[str]:
    """Every kind of node of a tree of expressions, with its operators and functions."""
    found = set()
    for kind in get_args(union):
        found.add(kind.__name__)
        for field in fields(kind):
            words = field.type if not isinstance(field.type, str) else getattr(module, field.type, None)
            if get_origin(words) is Literal:
                found |= {f"{kind.__name__} {word}" for word in get_args(words)}
    return frozenset(found)


def constructs_in_tree(tree: Any) -> Iterator[str]:
    if isinstance(tree, tuple):
        for part in tree:
            yield from constructs_in_tree(part)
    elif is_dataclass(tree):
        yield type(tree).__name__
        for field in fields(tree):
            value = getattr(tree, field.name)
            if isinstance(value, str):
                yield f"{type(tree).__name__} {value}"
            yield from constructs_in_tree(value)


def constructs_in_measure(measure: Measure | SobolTotal) -> Iterator[str]:
    if isinstance(measure, Measure):
        for text in (measure.of, measure.given):
            yield from constructs_in_tree(parse_event(text)) if text is not None else ()


NEVER_WRITTEN = {"Measured change"}  # what `after` is above `before`, which no text names
EXPRESSIONS = tree_constructs(syntax, syntax.Expression)
REQUIREMENTS = tree_constructs(requirements, requirements.Term)


def constructs_of(story: Story) -> Iterator[str]:
    yield from constructs_in(story.document)
    for text in traversal.texts(story.document):
        yield from constructs_in_tree(parse_expression(text.text))
    for measure in (*story.document.expect, *story.document.stated):
        yield from constructs_in_measure(parse_measure(measure))
    for stated in story.document.properties.values():
        requirement = parse_requirement(stated.require)
        yield from constructs_in_tree((requirement.left, requirement.right))
        yield f"Requirement {requirement.sign}"
        for one in requirement.measured:
            yield from constructs_in_measure(one.measure)


def test_the_constructs_are_all_of_the_format() -> None:
    """A few that anyone would name, of each sort, and that nothing was found twice over."""
    named = {"Document.waivers", "Challenge.kind=rebut", "LowHigh.level", "Violate.kinds=event"}
    assert named <= format_constructs()
    assert {"Call race", "Comparison !=", "Phase", "IfElse", "Axis"} <= EXPRESSIONS
    assert {"SobolTotal", "Measured", "Arithmetic /"} <= REQUIREMENTS | {"SobolTotal"}
    assert len(format_constructs()) > 200


@pytest.mark.slow
def test_generated_stories_have_every_construct() -> None:
    found: set[str] = set()

    @settings(UNHURRIED, max_examples=1500, derandomize=True)
    @given(stories())
    def collect(story: Story) -> None:
        found.update(constructs_of(story))

    collect()
    wanted = format_constructs() | EXPRESSIONS | REQUIREMENTS | {f"Requirement {sign}" for sign in SIGNS}
    assert sorted(wanted - NEVER_WRITTEN - found) == []


def runs(story: Story) -> None:
    """It was read and checked; it is written as it is read, compiles, and how it ends adds up to 1.

    Only what was signed as something else counts as edited, however it is laid out.
    """
    for written in (story, replace(story, text="")):  # with its own layout, and with ours
        again = loads(written.to_toml())
        assert again.document == story.document
        signed = [one for one in sign_offs(again.document, again.values) if one.signature is not None]
        assert [one.edited for one in signed] == [one.signature.digest == OTHER_DIGEST for one in signed]
    tree = run(story, points=16, replicates=2, analyses=["outcomes"])
    assert float(tree["outcomes"]["mean"].sum()) == pytest.approx(1.0, abs=1e-9)


@settings(UNHURRIED, max_examples=20)
@given(stories(SMALL))
def test_small_stories_run(story: Story) -> None:
    runs(story)


@pytest.mark.slow  # minutes
@settings(UNHURRIED, max_examples=1000)
@given(stories())
def test_a_thousand_stories_run(story: Story) -> None:
    runs(story)
