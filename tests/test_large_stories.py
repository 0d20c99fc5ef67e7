"""Stories as large as `benchmarks/growth_stories.py` measures: every default analysis, by exact worlds."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sensa.pipeline import run
from sensa.stories.reading import parse

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import growth_stories

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("make", "size"), [(growth_stories.steps, 1_000), (growth_stories.nodes, 10_000)], ids=["steps", "nodes"]
)
def test_a_large_story_has_exact_worlds_and_all_answers(make: Callable[[int], str], size: int) -> None:
    """1,000 steps once took a quarter of an hour by sampled worlds, and 10,000 nodes an internal error."""
    found = run(parse(make(size)))
    assert found.attrs["engine"] == "exact"
    assert found["outcomes"]["mean"].sum() == pytest.approx(1, abs=1e-6)
    assert {"violations", "sobol_credence", "tipping_points", "minimal_sets"} <= set(found.children)
