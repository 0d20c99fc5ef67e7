"""Measures to graph expressions: what is measured, over all steps that the story reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sensa import folding
from sensa.compiling.resolving import Context, Value, resolve_bool
from sensa.graph import Bool, Measured, Reached
from sensa.stories import syntax
from sensa.stories.properties.measures import Measure, tree_of


def measured(measure: Measure, steps: Sequence[Context], ends: Mapping[str, Bool]) -> Measured:
    """A measure, with the meaning of names at each step; `ends` are words about the story as a whole."""
    if measure.of is None:
        return Measured(None)
    story = _Story(steps, ends)
    given = None if measure.given is None else story.at_some_step(tree_of(measure.given))
    return Measured(story.at_some_step(tree_of(measure.of)), given)


class _Story:
    def __init__(self, steps: Sequence[Context], ends: Mapping[str, Bool]) -> None:
        self.ends = ends
        self.steps = [self._with_ends(context) for context in steps]

    def at_some_step(self, expression: syntax.Expression) -> Bool:
        """Whether an expression is true at some step that the story reaches, the last one included."""
        found = [resolve_bool(expression, context) for context in self.steps]
        if all(each == found[0] for each in found[1:]):
            return found[0]  # every story reaches its first step
        return folding.disjunction(
            folding.conjunction([Reached(step), each]) if step else each for step, each in enumerate(found)
        )

    def _all_steps(self, expression: syntax.AllSteps) -> Bool:
        violated = self.at_some_step(syntax.Not(expression.arg))
        return violated if expression.word == "violated" else folding.negation(violated)

    def _with_ends(self, context: Context) -> Context:
        def value(name: str, prev: bool) -> Value:
            return self.ends[name] if name in self.ends and not prev else context.value(name, prev)

        return replace(context, value=value, all_steps=self._all_steps)
