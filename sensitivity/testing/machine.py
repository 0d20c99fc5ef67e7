"""A state machine of a story's edits, for Hypothesis: invariants are asked after every edit, in any order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sensa.pipeline import prepare
from sensa.properties.evaluate import Meter
from sensa.session import Session, World
from sensa.stories.problems import unknown
from sensa.stories.story import Story
from sensa.testing.strategies.worlds import STEPS, moved

CLOSE = 1e-9  # what sums of probabilities may be off by


def _of(names: str) -> st.SearchStrategy[Any]:
    """One of the names that a machine has there."""
    return st.runner().flatmap(lambda machine: st.sampled_from(getattr(machine, names)))


class StoryMachine(RuleBasedStateMachine):
    """Edits of a story, one after the other. Subclass it, name the story, and add invariants.

    `class Plan(StoryMachine): story = sensa.load("story.toml")`, with methods decorated by Hypothesis'
    `invariant()` that ask `self.P("catastrophic")`; then `TestPlan = Plan.TestCase`. An edit violates an
    assumption, lets it hold, or leaves it as the story says; moves an uncertain number within its central
    90 % interval (those tied by `[[dependence]]` stay); lets a safeguard never act; or takes the last edit
    back. `world` is what the edits come to, and nothing is compiled again after the first. A failure lists
    the edits that lead to it, as few as Hypothesis finds.
    """

    story: ClassVar[Story]
    _prepared: ClassVar[tuple[Story, Session] | None] = None

    @initialize()
    def begin(self) -> None:
        """The story as it was written."""
        document = self.story.document
        self.world, self.before = World(), list[World]()
        self._asked: Mapping[str, float] | None = None
        tied = {path for pair in document.dependence for path in pair.between}
        paths = [parameter.path for parameter in self.session.circuit.parameters]
        self._place = {path: i for i, path in enumerate(paths) if path not in tied}
        self._meter = Meter(self.session, (), {})
        self.assumptions, self.numbers = list(document.assumptions), list(self._place)
        self.safeguards = list(document.safeguards)

    @precondition(lambda self: self.assumptions)
    @rule(name=_of("assumptions"))
    def violate(self, name: str) -> None:
        """An assumption is violated."""
        self.edit(self.world.violate(name))

    @precondition(lambda self: self.assumptions)
    @rule(name=_of("assumptions"))
    def hold(self, name: str) -> None:
        """An assumption holds for sure."""
        restored = self.world.restore(name)
        self.edit(replace(restored, holds=tuple(dict.fromkeys((*restored.holds, name)))))

    @precondition(lambda self: self.world.violated)
    @rule()
    def restore(self) -> None:
        """What was violated last is as the story says again."""
        self.edit(self.world.restore(self.world.violated[-1]))

    @precondition(lambda self: self.numbers)
    @rule(path=_of("numbers"), step=STEPS)
    def move(self, path: str, step: int) -> None:
        """A number is known: so many twentieths of the way from its stated value to an end."""
        self._set({path: moved(self._meter, self._place[path], step)})

    @precondition(lambda self: self.safeguards)
    @rule(name=_of("safeguards"))
    def disable(self, name: str) -> None:
        """A safeguard never acts."""
        keys = ["power"]
        if self.story.document.safeguards[name].false_alarm is not None:
            keys.append("false_alarm")
        self._set({f"safeguards.{name}.{key}": 0.0 for key in keys})

    @precondition(lambda self: self.before)
    @rule()
    def undo(self) -> None:
        """The last edit is taken back."""
        self.world, self._asked = self.before.pop(), None

    @invariant()
    def the_story_ends(self) -> None:
        """The probabilities of the outcomes add up to 1."""
        total = sum(self.P(name) for name in self.story.document.outcomes)
        assert abs(total - 1.0) < CLOSE, f"the outcomes' probabilities add up to {total}"

    @property
    def session(self) -> Session:
        """The story ready for questions: compiled once for all runs of the machine."""
        kind = type(self)
        if kind._prepared is None or kind._prepared[0] is not self.story:
            kind._prepared = self.story, prepare(self.story)
        return kind._prepared[1]

    def P(self, of: str, given: str | None = None) -> float:  # noqa: N802
        """The mean probability of an outcome, a kind or `failure` after the edits; or given one of these.

        A conditional is the ratio of the means, NaN where what is given is impossible.
        """
        if given is None:
            return self._sum(self._outcomes(of))
        below = self._sum(self._outcomes(given))
        return self._sum(self._outcomes(of) & self._outcomes(given)) / below if below else float("nan")

    def edit(self, world: World) -> None:
        """Another edit, for rules of your own: the world that it gives."""
        self.before.append(self.world)
        self.world, self._asked = world, None

    def _set(self, numbers: Mapping[str, float]) -> None:
        self.edit(replace(self.world, credences={**self.world.credences, **numbers}))

    def _outcomes(self, word: str) -> frozenset[str]:
        """The outcomes that a word means."""
        ends = self.story.document.outcomes
        kinds = {end.kind for end in ends.values()}
        if word not in (*ends, *kinds, "failure"):
            raise ValueError(unknown("outcome or kind", word, (*ends, *kinds, "failure")))
        failed = word == "failure"
        return frozenset(
            name
            for name, end in ends.items()
            if word in (name, end.kind) or (failed and end.kind != "success")
        )

    def _sum(self, outcomes: frozenset[str]) -> float:
        if self._asked is None:
            means = self.session.evaluate(self.world)["mean"]
            names = means["output"].values.tolist()
            self._asked = dict(zip(names, means.values.tolist(), strict=True))
        return sum(self._asked[name] for name in sorted(outcomes))
