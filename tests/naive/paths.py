"""Every path of a story, by what happens at each of its steps, with its probability."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.naive.interpreter import Story, Theta, World, ending, known_for_good, worlds

KINDS = ("assumptions", "challenges", "choices", "events", "safeguards")


class Path(NamedTuple):
    """One path: its outcome, and the values of all nodes at each step that it reached."""

    outcome: str
    steps: tuple[tuple[tuple[str, Any], ...], ...]
    probability: float

    def values(self, step: int) -> dict[str, Any]:
        return dict(self.steps[step])

    def seen(self, names: set[str]) -> tuple[tuple[Any, ...], ...]:
        """The values of some nodes, step by step."""
        return tuple(tuple(value for name, value in step if name in names) for step in self.steps)


def paths(doc: dict[str, Any], theta: Theta) -> list[Path]:
    """All paths that are possible."""
    story = Story(doc, theta)
    names = [name for kind in KINDS for name in doc.get(kind, {})]
    return list(_followed(story, names))


def _followed(story: Story, names: list[str]) -> Iterator[Path]:
    states: dict[Any, float] = {(frozenset(), frozenset(), ()): 1.0}
    for step in range(len(story.steps)):
        later: dict[Any, float] = defaultdict(float)
        for (once, before, history), probability in states.items():

            def ask(world: World) -> Any:
                values = tuple((name, world.look(name)) for name in names)
                remembered = frozenset((name, world.look(name)) for name in story.remembered)
                return ending(world), values, known_for_good(world), remembered

            for (end, values, known, remembered), chance in worlds(
                story, step, dict(before), dict(once), ask
            ):
                here = (*history, values)
                if end is not None:
                    yield Path(end, here, probability * chance)
                else:
                    later[known, remembered, here] += probability * chance
        states = later
