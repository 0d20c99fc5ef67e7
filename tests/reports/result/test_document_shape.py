"""What is called a misfit is what jsonschema calls one, missing and further keys apart."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sensa import pipeline
from sensa.reports.layout import Paper
from sensa.reports.result import json as as_json
from sensa.reports.result.document_shape import misfit
from sensa.reports.result.from_json import results
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import StoryResult
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from tests.reports.result.held_to_schema import SCHEMA

LIBRARY = Path(__file__).parents[3] / "stories" / "library"
ODD: tuple[Any, ...] = (None, "", -1, 0.5, [], {}, True, "x", [[]], {"a": {}}, [None], {"0.5": "x"}, 10**9)


@pytest.fixture(scope="module")
def document() -> Any:
    session = pipeline.prepare(load(LIBRARY / "cat_classifier.toml"), Settings(points=64))
    part = as_json.part(StoryResult(session.story.file, 0, answers(pipeline.analyse(session))), Paper())
    return json.loads(as_json.whole([part], 0))


def validator(key: str) -> jsonschema.Draft202012Validator:
    """Of one key of a story with a result."""
    schema = SCHEMA["$defs"]["answered"]["properties"][key]
    return jsonschema.Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in parts:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(document)
    at = found["stories"][0]
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return found


def test_it_agrees_with_jsonschema(document: Any) -> None:
    assert misfit(document) is None
    rng = random.Random(3)
    paths = sorted({path for path in places(document["stories"][0]) if path != ("status",)}, key=str)
    wrong = 0
    for path in rng.sample(paths, 100):
        found = changed(document, path, rng.choice(ODD))
        errors = {error.validator for error in validator(path[0]).iter_errors(found["stories"][0][path[0]])}
        wanted = bool(errors - {"required", "additionalProperties"})
        assert (misfit(found) is not None) is wanted, (path, errors)
        wrong += wanted
    assert 20 < wrong < 100


@pytest.mark.parametrize(
    "number",
    [1e301, -1e301, 10**310, float("inf"), float("nan")],
    ids=["1e301", "-1e301", "long", "inf", "nan"],
)
def test_numbers_that_a_report_cannot_compute_with(document: Any, number: float) -> None:
    found = changed(document, ("kinds", "catastrophic", "mean"), number)
    assert misfit(found) == "stories[0].kinds.catastrophic.mean"
    with pytest.raises(ValueError, match=r"catastrophic.mean`|no NetCDF, Zarr or JSON"):
        results(json.dumps(found))


def test_keys_that_an_older_result_lacks(document: Any) -> None:
    del document["stories"][0]["further"]
    assert misfit(document) is None
