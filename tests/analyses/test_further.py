"""Which further analyses a report points to: those that have an answer for the story, and no others."""

from pathlib import Path

import pytest

import sensa
from sensa.analyses import ANALYSES, further
from sensa.reports.result.from_tree import answers
from sensa.results import without_empty
from sensa.sampling.settings import Settings

LIBRARY = Path(__file__).parents[2] / "stories" / "library"
POINTED = [name for name, row in ANALYSES.items() if row.suits]


@pytest.mark.parametrize("name", ["stem_ai", "red_doors", "honest_answers", "most_danger_in_training"])
def test_a_report_points_to_the_analyses_that_have_an_answer(name: str) -> None:
    session = sensa.prepare(sensa.load(LIBRARY / f"{name}.toml"), Settings(points=64))
    answered = [one for one in POINTED if without_empty(ANALYSES[one](session)).dims]
    assert further(session.graph, ()) == answered


def test_only_what_was_not_asked_for_is_pointed_to() -> None:
    session = sensa.prepare(sensa.load(LIBRARY / "red_doors.toml"), Settings(points=64))
    every = further(session.graph, ())
    assert further(session.graph, every[:1]) == every[1:]
    assert answers(sensa.analyse(session)).provenance.further == tuple(every)
    assert answers(sensa.analyse(session, ["outcomes"])).provenance.further == ()
