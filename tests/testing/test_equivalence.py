"""Stories that end alike in every world, and worlds in which they do not."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

import sensa
from sensa.stories.story import Story
from sensa.testing import StoriesDiffer, assert_equivalent
from sensa.testing.strategies.whole import SMALL, texts
from tests.testing.watched import STORY

PLAN = sensa.loads(STORY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("plans and not seen and not watch", "not (not plans or seen or watch)"),
        ('when = "plans"', 'when = "plans and (seen or watch)"'),  # harm comes first
        ("credence = 0.8", "credence = { beta = [1, 9] }"),
        ('action = "warn"', 'action = "halt"'),
    ],
)
def test_another_way_to_say_the_same(before: str, after: str) -> None:
    assert before in STORY
    assert_equivalent(PLAN, sensa.loads(STORY.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("not seen and not watch", "not seen", "the first story ends in `stopped`, the second in `harm`"),
        ("plans and not seen", "idle and not seen", "the first story ends in `works`, the second in `harm`"),
        ("outcomes.works", "outcomes.done", "ends in `works`, the second in `done`, where all assumptions"),
    ],
)
def test_a_difference_comes_with_a_world(before: str, after: str, said: str) -> None:
    with pytest.raises(StoriesDiffer, match=said):
        assert_equivalent(PLAN, sensa.loads(STORY.replace(before, after)))


def test_the_world_is_the_one_by_hand() -> None:
    """Without the watch they differ only where it plans unseen and the watch would have fired."""
    with pytest.raises(StoriesDiffer) as caught:
        assert_equivalent(PLAN, sensa.loads(STORY.replace("not seen and not watch", "not seen")))
    true = {draw for draw, value in caught.value.world.items() if value}
    assert {draw for draw in true if "idle" not in draw} == {
        "events.plans.chance",
        next(d for d in caught.value.world if d.startswith("safeguards.watch.power")),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(SMALL))
def test_a_story_is_equivalent_to_itself(text: str) -> None:
    assert_equivalent(sensa.loads(text), sensa.loads(text))


CONDITIONS = [
    *("a and b", "a or b", "not a", "a and not b", "b and (a or b)", "b"),
    *("a if b else not a", "not (not a and not b)"),
]


@pytest.mark.parametrize(("x", "y"), list(product(CONDITIONS, CONDITIONS)))
def test_it_is_decided_as_by_a_truth_table(x: str, y: str) -> None:
    """Over assumptions a and b, which are drawn once: all four worlds, by Python's own `eval`."""

    def plan(condition: str) -> Story:
        text = STORY.replace("narrow", "a").replace("seen", "b").replace('"a-agent"', '"narrow-agent"')
        return sensa.loads(text.replace("plans and not b and not watch", condition))

    alike = all(
        bool(eval(x, {"a": a, "b": b})) == bool(eval(y, {"a": a, "b": b}))
        for a, b in product((True, False), repeat=2)
    )
    if alike:
        assert_equivalent(plan(x), plan(y))
    else:
        with pytest.raises(StoriesDiffer):
            assert_equivalent(plan(x), plan(y))
