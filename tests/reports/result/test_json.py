import json
import math
from typing import Any

import jsonschema
import pytest
import xarray as xr

from sensa.reports.result.from_tree import answers
from sensa.reports.result.json import answered_story, dumps, run_document, unanswered_story
from sensa.stories.problems import Place, Problem
from tests.reports.result.held_to_schema import SCHEMA, held_to_schema
from tests.reports.trees import hand_made, with_expectations
from tests.short_stories import ASSUMPTION, result, story

PROBLEM = Problem("open-challenge", "warning", Place("cat.toml", 3, 4), "challenges.c", "nobody answered it")


def document(tree: xr.DataTree) -> dict[str, Any]:
    return run_document([answered_story(answers(tree), exit_code=0, problems=[PROBLEM])], 0)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = run_document([], 0)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    for key in document:
        missing = {name: value for name, value in document.items() if name != key}
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(missing), key


def test_crossings_have_their_errors() -> None:
    """P(bad) = (1 - c) / 2 with c = .8 reaches .2 at .6; 0 where it is exact, null where it is searched."""
    event = '[events.s]\nchance = 0.5\nmode = "other"\n'
    simple = ASSUMPTION.format(name="a", credence=0.8)
    cases = f'{simple}given = [{{ if = "s", credence = 0.7 }}]\n'
    tried = ((simple, "exact", 0.0), (simple, "montecarlo", 0.01), (cases, "exact", None))
    for body, engine, error in tried:
        tree = result(story(event + body, "not a and s"), engine=engine, points=64, samples=1 << 16)
        (found,) = held_to_schema(document(tree))["stories"]
        one = next(each for each in found["tipping_points"]["crossings"] if each["limit"] == 0.2)
        if error is None:
            assert one["credence_error"] is one["move_error"] is None
            continue
        assert one["credence"] == pytest.approx(0.6, abs=8 * one["credence_error"] + 1e-12)
        assert one["move"] == pytest.approx(math.log(0.6 / 0.4 / 4), abs=8 * one["move_error"] + 1e-12)
        assert 0 <= one["credence_error"] <= error
        assert (one["move_error"] > 0) == (error > 0)


def test_values_come_through_by_the_authors_names() -> None:
    story = held_to_schema(document(hand_made()))["stories"][0]
    assert story["title"] == "Cat classifier"
    assert story["outcomes"]["catastrophic"]["mean"] == 0.0014
    assert story["outcomes"]["catastrophic"]["quantiles"]["0.95"] == 4.8e-3
    assert story["outcomes"]["fail_safe"]["by_step"] == [0.37]
    assert story["fail_safe_given_failure"] == 0.9963
    assert story["violated"]["not_dangerous"]["catastrophic"] == 0.0686
    assert story["holds"]["heuristics_simple"]["fail_safe"] == 0.19
    assert story["both_violated"]["idle"]["not_dangerous"]["success"] == 0.53
    assert story["probability_violated"]["heuristics_simple"] == 0.7
    assert story["criteria"]["rationale_alignment"]["mean"] == 0.24
    factor = story["sobol_credence"]["events.harmful_plan.chance"]
    assert factor["total"]["catastrophic"] == 0.74
    assert factor["members"] == ["events.harmful_plan.chance"]
    assert story["how"] == "parameters-sampled"
    assert story["problems"][0]["line"] == 3


def test_nan_is_null_with_a_note_beside_it() -> None:
    story = held_to_schema(document(hand_made(safely=math.nan)))["stories"][0]
    assert story["fail_safe_given_failure"] is None
    assert story["fail_safe_given_failure_note"] == "the story never fails"
    assert story["observed_violated"]["idle"]["success"] is None
    assert story["observed_violated_note"] == "null: not defined"
    assert "violated_note" not in story


def test_expectations_come_through() -> None:
    story = held_to_schema(document(with_expectations(hand_made())))["stories"][0]
    assert story["expectations"]["P(fail_safe | failure)"] == {
        "value": 0.9963, "error": 1e-5, "stated": 0.9, "within": 0.001, "met": False,
        "decided": True,
    }  # fmt: skip
    assert story["expectations"]["P(success | idle)"]["value"] is None
    assert story["expectations_note"] == "null: not defined"


def test_importance_and_kinds_come_through_by_name_and_what_is_infinite_in_words() -> None:
    """rrw is q / q0, infinite where q0 is 0; not defined where q is 0 too. It stays among the others."""
    both = ("node", "output")
    data = xr.Dataset(
        {
            "violated": ("node", [0.2]),
            "birnbaum": (both, [[0.5, 0.0]]),
            "rrw": (both, [[math.inf, math.nan]]),
        },
        coords={"node": ["not_dangerous"], "output": ["catastrophic", "failure"]},
        attrs={"how": "exact", "note": "of probability 0, so shares of it are not defined: failure"},
    )
    sobol = hand_made()["sobol_credence"].to_dataset()
    sobol["kind_total"] = ("factor", "kind"), [[0.5], [0.6]]
    sobol["kind_first"] = ("factor", "kind"), [[0.4], [0.5]]
    sobol["kind"] = ["catastrophic"]
    tree = xr.DataTree.from_dict({**hand_made().to_dict(), "importance": data})
    tree["sobol_credence"].dataset = sobol
    story = held_to_schema(document(tree))["stories"][0]
    assert story["importance"] == {
        "birnbaum": {"not_dangerous": {"catastrophic": 0.5, "failure": 0.0}},
        "rrw": {"not_dangerous": {"catastrophic": "inf", "failure": None}},
    }
    assert story["importance_note"] == data.attrs["note"]
    assert story["others"]["importance"]["variables"]["violated"]["values"] == [0.2]
    assert story["sobol_credence"]["events.harmful_plan.chance"]["kind_total"] == {"catastrophic": 0.5}


def test_an_infinity_is_never_written() -> None:
    tree = hand_made()
    tree["outcomes"]["loss"] = math.inf
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(document(tree))


def test_the_same_result_gives_the_same_bytes_in_ascii() -> None:
    title = "猫 \x1b[31m \u2028"
    first, second = (dumps(document(hand_made(title=title))) for _ in range(2))
    assert first == second
    assert first.isascii()
    assert json.loads(first)["stories"][0]["title"] == title


def test_only_what_was_asked_for() -> None:
    tree = hand_made().filter(lambda node: node.name in (None, "outcomes"))
    story = held_to_schema(document(tree))["stories"][0]
    assert "violated" not in story
    assert "sobol_credence" not in story
    assert list(story["analyses"]) == ["outcomes"]


def test_a_story_without_an_answer() -> None:
    failed = unanswered_story("x.toml", status="wrong", message="1 error", exit_code=2, problems=[PROBLEM])
    story = held_to_schema(run_document([failed], 2))["stories"][0]
    assert story["status"] == "wrong"
    assert "outcomes" not in story
