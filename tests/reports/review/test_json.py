"""Reviews as JSON: everything comes through and back, and the schema allows that and nothing else."""

import json
import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings

from sensa.comparing.changes import Comparison
from sensa.properties.verdicts import Judgement, Range
from sensa.reports.review.json import as_review, as_reviews, render, review_document
from sensa.reviewing.review import Review
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import hostile, review, verdict

SCHEMA = json.loads((files("sensa.reports.review") / "review.schema.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)

LATER = {"Comparison": Comparison}  # what a review names without importing it


def by_schema(text: str) -> dict[str, Any]:
    """The document as another program reads it."""
    document: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    VALID.validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(render([]))
    assert VALID.is_valid(document)
    for key in document:
        assert not VALID.is_valid({name: value for name, value in document.items() if name != key}), key


def test_the_schema_names_every_field_and_every_word() -> None:
    for kind in _kinds(Review):
        found = SCHEMA["$defs"][kind.__name__.lower()]
        names = _stored(kind)
        assert list(found["properties"]) == found["required"] == names
        assert found["additionalProperties"] is False
        for name, hint in get_type_hints(kind, localns=LATER).items():
            if name not in names:
                continue
            words = [part for part in (hint, *get_args(hint)) if get_origin(part) is Literal]
            told = json.dumps(found["properties"][name])
            assert all(f'"{word}"' in told for part in words for word in get_args(part)), name


def _stored(kind: type) -> list[str]:
    """The fields that a document has: all but a review's result, which is a run's."""
    assert is_dataclass(kind)
    return [field.name for field in fields(kind) if (kind, field.name) != (Review, "result")]


def _kinds(kind: Any) -> Iterator[type]:
    """A dataclass and all that its fields are made of."""
    if is_dataclass(kind):
        assert isinstance(kind, type)
        yield kind
        for name, hint in get_type_hints(kind, localns=LATER).items():
            yield from _kinds(hint) if name in _stored(kind) else ()
    for part in get_args(kind):
        yield from _kinds(part)


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_any_review_is_read_back_whole(one: Review) -> None:
    text = render([one, one])
    assert text.isascii()
    by_schema(text)
    assert as_reviews(text) == (one, one)
    assert as_review(json.loads(json.dumps(review_document(one)))) == one


@pytest.mark.parametrize("one", [review(), hostile(), Review("f", "", "", "error", 4, "broke")])
def test_reviews_by_hand_are_read_back_whole(one: Review) -> None:
    by_schema(render([one]))
    assert as_reviews(render([one]).encode()) == (one,)


def test_values_stand_under_their_names() -> None:
    story = by_schema(render([review()]))["stories"][0]
    assert story["exit_code"] == 1
    failing = story["judgement"]["verdicts"][1]
    assert failing["nearest"]["fix"] == {"parameter": "events.plans.chance", "stated": 0.5, "to": 0.28}
    assert failing["place"] == {"file": "plans/story.toml", "line": 40, "column": 2, "how": "read"}
    assert story["judgement"]["waivers"][1]["expires"] == "2026-12-31"
    assert story["comparison"]["changes"][0]["effects"][0] == {"outcome": "harm", "share": 0.06, "error": 0.0}
    assert story["before"]["verdicts"][0]["status"] == "pass"


def test_the_worst_code_is_that_of_all() -> None:
    def code(*codes: int) -> int:
        found: int = by_schema(render([review(exit_code=one) for one in codes]))["exit_code"]
        return found

    assert [code(), code(0), code(0, 3), code(3, 1), code(1, 2), code(2, 4), code(4, 130)] == [
        0, 0, 3, 1, 2, 4, 130,
    ]  # fmt: skip


def test_what_is_not_finite_is_a_word() -> None:
    for value, word in ((math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")):
        one = review(judgement=Judgement((verdict("undecided", margin=value, left=Range(value, 1.0)),)))
        text = render([one])
        found = by_schema(text)["stories"][0]["judgement"]["verdicts"][0]
        assert (found["margin"], found["left"]["low"]) == (word, word)
        (again,) = as_reviews(text)
        margin = again.judgement.verdicts[0].margin
        assert margin is not None
        assert margin == value or (math.isnan(margin) and math.isnan(value))


def test_the_same_review_gives_the_same_bytes() -> None:
    assert render([review()]) == render([deepcopy(review())])
    assert json.loads(render([review()])) == json.loads(render(as_reviews(render([review()]))))


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to

    return change


SPOILS = [
    (_set("extra", to=1), "review: not the keys of a review"),
    (_set("state", to="green"), r"\.state: not one of passed"),
    (_set("state", to=["passed"]), r"\.state: not one of passed"),
    (_set("exit_code", to=True), r"\.exit_code: not int"),
    (_set("exit_code", to=7), r"\.exit_code: not one of"),
    (_set("title", to=None), r"\.title: not str"),
    (_set("seconds", to="fast"), r"\.seconds: not float"),
    (_set("problems", to={}), r"\.problems: not list"),
    (_set("problems", 0, "place", "line", to=1.5), r"\.problems\[0\]\.place\.line: not int"),
    (_set("judgement", to=None), r"\.judgement: not the keys of a judgement"),
    (_set("judgement", "waivers", 0, "expires", to="soon"), "soon"),
    (_set("judgement", "verdicts", 0, "status", to="passes"), r"verdicts\[0\]\.status: not one of"),
    (_set("judgement", "verdicts", 0, "complete", to=1), r"\.complete: not bool"),
    (_set("comparison", "changes", 0, to={}), r"changes\[0\]: not the keys of a change"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILS)
def test_what_is_no_review_is_refused(spoil: Callable[[dict[str, Any]], None], words: str) -> None:
    document = review_document(review())
    spoil(document)
    with pytest.raises(ValueError, match=words):
        as_review(document)
    whole = {"format": "sensa-review/1", "exit_code": 0, "stories": [document]}
    assert not VALID.is_valid(whole) or words == "soon"  # a day's digits are not the schema's


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "sensa-review/2", "stories": []}', '{"format": "sensa-review/1"}',
     '{"format": "sensa-review/1", "stories": [NaN]}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        as_reviews(text)


def test_each_key_is_needed() -> None:
    document = review_document(replace(review(), comparison=None))
    for name in document:
        less = {key: value for key, value in document.items() if key != name}
        with pytest.raises(ValueError, match="not the keys of a review"):
            as_review(less)
