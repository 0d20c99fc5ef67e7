"""Variants of whole generated stories: each is what the story written with these values gives."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sensa.engines.protocol import EngineRefusal
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.stories import traversal
from sensa.stories.problems import StoryError, path_text
from sensa.stories.reading import parse
from sensa.stories.story import Story
from tests.strategies import SMALL, stories

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SETTINGS = Settings(points=512)
ERRORS = 40  # of the difference of two means: with 8 replicates each, beyond it with a chance below 1e-9


def check(story: Story, data: st.DataObject) -> None:
    numbers = {path_text(number.path): number.form for number in traversal.numbers(story.document)}
    tied = {path for one in story.document.dependence for path in one.between}
    free = [path for path in numbers if path not in tied]
    assume(free)
    paths = data.draw(st.lists(st.sampled_from(free), min_size=1, max_size=2, unique=True))
    changes = {path: data.draw(st.sampled_from([0.0, 0.125, 0.5, 0.75, 1.0])) for path in paths}
    try:
        written = prepare(story.with_values(changes), SETTINGS).at({}, points=SETTINGS.points)
        ready = prepare(story, SETTINGS)
        before = ready.at({}, points=SETTINGS.points)
    except (StoryError, RunError, EngineRefusal):
        assume(False)
    found = ready.at(changes, points=SETTINGS.points)
    off = ERRORS * np.hypot(found["error"].values, written["error"].values) + 1e-9
    assert (np.abs(found["mean"].values - written["mean"].values) <= off).all()
    stated = {path: float(numbers[path]) for path in paths if isinstance(numbers[path], int | float)}
    again = ready.at(stated, points=SETTINGS.points)
    sampled = (before["error"].values == 0) & (again["error"].values > 0)  # exact without the variant
    off = np.where(sampled, ERRORS * again["error"].values, 0.0) + 1e-9
    assert (np.abs(again["mean"].values - before["mean"].values) <= off).all()


@settings(max_examples=30, deadline=None, suppress_health_check=UNHURRIED)
@given(stories(SMALL), st.data())
def test_a_variant_is_the_story_written_so(text: str, data: st.DataObject) -> None:
    """And at the values that the story states nothing moves, but for what is then sampled and was exact."""
    check(parse(text), data)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=UNHURRIED)
@given(stories(SMALL), st.data())
def test_many_variants_are_the_stories_written_so(text: str, data: st.DataObject) -> None:
    check(parse(text), data)
