"""Results come back from JSON as they were."""

from datetime import date
from pathlib import Path

import pytest

from sensa import pipeline
from sensa.properties.judge import judge
from sensa.reports.layout import Paper
from sensa.reports.result import json
from sensa.reports.result.from_json import results
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import StoryResult
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.problems import Place, Problem

LIBRARY = Path(__file__).parents[3] / "stories" / "library"
WARNING = Problem("stale", "warning", Place("a.toml", 3, 4), "assumptions.a", "it is stale", "renew it")


@pytest.mark.parametrize("name", ["red_doors", "cat_classifier", "most_danger_in_training"])
def test_a_result_comes_back(name: str) -> None:
    session = pipeline.prepare(load(LIBRARY / f"{name}.toml"), Settings(points=64))
    tree = pipeline.analyse(session)
    before = StoryResult(
        session.story.file,
        1,
        answers(tree),
        problems=(WARNING,),
        turned_off=2,
        unclaimed=("assumptions.a.credence",),
        judgement=judge(session, today=date(2026, 11, 28)),
    )
    text = json.whole([json.part(before, Paper())], 1)
    (after,) = results(text)
    assert after.answers == before.answers
    assert after == before


def test_so_does_a_story_without_a_result() -> None:
    before = StoryResult("a.toml", 2, problems=(WARNING,), status="wrong", message="1 error")
    assert results(json.whole([json.part(before, Paper())], 2)) == (before,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "not sensa-run/1"),
        ('{"format": "sensa-run/1", "stories": [{"file": "a.toml"}]}', "not as sensa-run/1 says: KeyError"),
        ('{"format": "sensa-run/1", "stories": 3}', "not as sensa-run/1 says, at `stories`"),
        ("[" * 100_000, "nests too deep"),
        ("a", "it is no NetCDF, Zarr or JSON"),
    ],
)
def test_anything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        results(text)
