"""One small story for each rule of the format: right, and also for the JSON Schema."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from sensa.stories.checking.all_checks import check
from sensa.stories.numbers.canonical import Declared, declared
from sensa.stories.reading import read
from sensa.stories.schema.json_schema import json_schema

FOLDER = Path(__file__).parent / "rules"
ROOT = Path(__file__).parents[2] / "stories"
RIGHT = sorted([*FOLDER.glob("*.toml"), *(ROOT / "library").glob("*.toml")])
INVALID = sorted((ROOT / "invalid").glob("*.toml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
# What the schema must see, too: defects of shape that an editor can show while one writes.
SHAPE = [
    "unknown_key",
    "misspelt_key",
    "missing_key",
    "missing_table",
    "unknown_table",
    "unknown_part",
    "unknown_mode",
    "string_for_a_boolean",
    "number_for_a_string",
    "boolean_for_a_probability",
    "array_for_a_probability",
    "string_for_an_argument",
    "array_of_tables_for_a_table",
    "repeat_of_zero",
    "repeat_of_a_fraction",
    "safeguard_against_nothing",
    "choice_without_options",
    "beta_of_three",
    "normal_for_a_probability",
    "table_that_is_no_form",
    "empty_table_for_a_probability",
    "misspelt_argument",
    "unknown_likelihood",
    "expression_of_an_expert",
    "odds_pool_of_quantities",
    "upper_case_name",
    "name_with_a_dash",
    "name_too_long",
    "option_with_a_space",
    "unknown_goal_class",
    "format_missing",
    "format_of_another_version",
    "negative_tolerance",
    "property_at_a_hundred_percent",
    "waiver_without_end",
]


def plain(value: Any) -> Any:
    """TOML's values as JSON has them: dates in words."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else value.isoformat()


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_a_right_story_has_no_errors(file: Path) -> None:
    assert [str(p) for p in check(read(file)) if p.severity == "error"] == []


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_the_json_schema_takes_it(file: Path) -> None:
    assert [e.message for e in VALIDATOR.iter_errors(plain(tomli.loads(file.read_text("utf-8"))))] == []


@pytest.mark.parametrize("name", SHAPE)
def test_the_json_schema_refuses_defects_of_shape(name: str) -> None:
    text = (ROOT / "invalid" / f"{name}.toml").read_text("utf-8")
    assert not VALIDATOR.is_valid(plain(tomli.loads(text)))


def test_the_json_schema_is_one() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert '"type": "null"' not in str(schema).replace("'", '"')


def test_every_key_is_described() -> None:
    schema = json_schema()
    tables = [schema, *schema["$defs"].values()]
    keys = [(t["title"], name, key) for t in tables for name, key in t.get("properties", {}).items()]
    assert len(keys) > 100
    assert [(table, name) for table, name, key in keys if not key.get("description")] == []
    assert all(t["additionalProperties"] is False for t in tables if t.get("type") == "object")


def numbers(file: str, table: str, key: str, scale: str) -> dict[str, Declared]:
    document = read(FOLDER / f"{file}.toml").document
    return {name: declared(getattr(m, key), scale) for name, m in getattr(document, table).items()}  # type: ignore[arg-type]


def test_each_form_gives_its_family() -> None:
    probabilities = numbers("numbers_of_probabilities", "assumptions", "credence", "probability")
    reals = numbers("numbers_of_quantities", "quantities", "value", "real")
    assert [getattr(v, "family", type(v).__name__) for v in probabilities.values()] == [
        "float",
        "float",
        "float",
        "logit_normal",
        "logit_normal",
        "beta",
        "beta",
        "beta",
        "beta",
        "logit_normal",
        "uniform",
        "triangular",
        "pert",
        "logit_quantiles",
        "uniform",
        "interval",
        "linear_pool",
        "odds_pool",
        "extrapolate",
        "Call",
    ]
    assert [getattr(v, "family", type(v).__name__) for v in reals.values()] == [
        "float",
        "lognormal",
        "normal",
        "normal",
        "beta",
        "normal",
        "lognormal",
        "uniform",
        "triangular",
        "pert",
        "loguniform",
        "gamma",
        "exponential",
        "quantiles",
        "log_quantiles",
        "interval",
        "linear_pool",
        "IfElse",
    ]
