"""The state machine of edits: what it does to a small story, by arithmetic, and how it shows a failure."""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

import sensa
from sensa.testing import StoryMachine
from tests.testing.watched import STORY

UNHURRIED = settings(
    max_examples=25, stateful_step_count=8, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


class Watched(StoryMachine):
    """The numbers as edits leave them, kept beside the story."""

    story = sensa.loads(STORY)
    found: ClassVar[set[float]] = set()

    @invariant()
    def harm_is_as_arithmetic_says(self) -> None:
        """P(harm) = P(not narrow) x chance x P(not seen) x (1 - power), and half of it given failure."""
        drifts = 1.0 if "narrow" in self.world.violated else 0.0 if "narrow" in self.world.holds else 0.2
        unseen = 1.0 if "seen" in self.world.violated else 0.0 if "seen" in self.world.holds else 0.5
        chance = self.world.credences.get("events.plans.chance", 0.5)
        power = self.world.credences.get("safeguards.watch.power", 0.75)
        assert self.P("harm") == pytest.approx(drifts * chance * unseen * (1 - power), abs=1e-12)
        assert self.P("failure") == pytest.approx(drifts * chance, abs=1e-12)
        self.found.add(self.P("harm"))
        if drifts:
            assert self.P("harm", given="failure") == pytest.approx(unseen * (1 - power), abs=1e-9)


def test_the_story_follows_its_edits() -> None:
    """Edits of every kind, which take harm to more values than the four of the two assumptions alone."""
    run_state_machine_as_test(Watched, settings=UNHURRIED)
    assert len(Watched.found) > 4


class Careless(StoryMachine):
    story = sensa.loads(STORY)

    @invariant()
    def harm_stays_rare(self) -> None:
        assert self.P("harm") <= 0.1


def test_a_failure_lists_the_fewest_edits() -> None:
    """0.0125 at first. One edit takes it to at most 0.0625 (narrow violated); two that are enough: 0.125
    with both violated, 0.25 without the watch."""
    many = settings(UNHURRIED, max_examples=200, derandomize=True)
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(Careless, settings=many)
    steps = [line for note in caught.value.__notes__ for line in note.splitlines()]
    edits = [line.strip() for line in steps if ".violate(" in line or ".disable(" in line or ".move(" in line]
    others = [line for line in steps if ".hold(" in line or ".undo(" in line or ".restore(" in line]
    assert len(edits) == 2, steps
    assert others == []


def test_a_word_that_is_no_outcome() -> None:
    machine = Careless()
    machine.begin()
    with pytest.raises(ValueError, match=r"`harn`.*did you mean `harm`"):
        machine.P("harn")
