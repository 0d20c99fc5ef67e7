"""A story without a fail-safe end: what has no meaning is left out."""

from pathlib import Path

import pytest

import sensa
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render

STORY = Path(__file__).parents[2] / "stories" / "invalid" / "no_fail_safe_outcome.toml"


def test_the_report_does_not_speak_of_failing_safely() -> None:
    """P(bad) = 1 - 0.99 (1 - 0.2 x 0.5) = 0.109, and nothing is safe in the rest."""
    tree = sensa.run(STORY)
    found = answers(tree)
    text = render(found, Paper(100))
    assert found.kinds["catastrophic"].mean == pytest.approx(0.109, abs=1e-14)
    assert found.failing_safely is None
    assert "safe" not in text.replace("no_fail_safe_outcome.toml", "")
    assert tree.sensa.P("fail_safe", given="failure") == 0
    assert "fail_safe" in tree["failing_safely"].attrs["note"]


def test_a_warning_says_so() -> None:
    (warning,) = [p for p in sensa.check(STORY) if p.code == "no-fail-safe"]
    assert warning.severity == "warning"
