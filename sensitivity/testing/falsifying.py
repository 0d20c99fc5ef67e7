"""Search with Hypothesis for a case that breaks a property, if there are too many to enumerate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from hypothesis import HealthCheck, Phase, find, settings, target
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from sensa.kernels.program import Floats
from sensa.properties.case_search import Found, least
from sensa.properties.cases import Case, Scope
from sensa.properties.counterexamples import CounterexampleBuilder
from sensa.properties.evaluate import Meter
from sensa.properties.margins import MeteredRequirement
from sensa.properties.replay import holding
from sensa.properties.sides import Sides
from sensa.properties.verdicts import Counterexample, Move
from sensa.sampling.estimates import Interval
from sensa.stories.schema.document import Document
from sensa.testing.strategies.worlds import STEPS, moved, subsets

Point = tuple[int, ...]  # a step for each relevant number


@dataclass(frozen=True)
class Falsifier:
    """A requirement, its cases, and the numbers that move between the ends of their intervals."""

    asked: MeteredRequirement
    ranged: Scope
    numbers: tuple[int, ...] = ()

    def search(self, examples: int) -> tuple[Case, Point] | None:
        """The smallest case found that certainly breaks the requirement, by number of violations."""
        quiet = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate, Phase.target, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        try:
            return find(self._cases(), self._breaks, settings=quiet)
        except NoSuchExample:
            return None

    def _cases(self) -> st.SearchStrategy[tuple[Case, Point]]:
        sizes = self.ranged.sizes
        violated = subsets(self.ranged.names, sizes.start, max(sizes.stop - 1, sizes.start))
        changes = st.sampled_from(self.ranged.changes)
        steps = st.tuples(*[STEPS for _ in self.numbers])
        return st.tuples(st.builds(Case, violated, changes), steps)

    def _breaks(self, found: tuple[Case, Point]) -> bool:
        case, point = found
        sides = self.ask(point)([case])
        margin = least(sides.margin, 0)
        if isfinite(margin):
            target(-margin)
        return bool(sides.breaks[0])

    def theta(self, point: Point) -> Floats:
        """The values of all parameters: as stated, except those that are moved."""
        head = self.asked.head
        values = head.middle.copy()
        for parameter, step in zip(self.numbers, point, strict=True):
            values[parameter] = moved(head, parameter, step)
        return values

    def ask(self, point: Point) -> Callable[[Sequence[Case]], Sides]:
        """The function that evaluates cases with the numbers moved to this point."""
        if not self.numbers:
            return self.asked.over_means
        theta = self.theta(point)
        if self.asked.exact and self.asked.base is None:
            return lambda cases: _column(self.asked.at(cases, theta[None]))
        return replace(self.asked, head=_held(self.asked.head, theta)).over_means

    def counterexample(self, name: str, document: Document, found: tuple[Case, Point]) -> Counterexample:
        """The counterexample in full."""
        case, point = found
        ask = self.ask(point)
        theta = {case: self.theta(point)} if self.numbers else {}
        one = Found.of(case, ask([case]), 0)
        return CounterexampleBuilder(name, self.asked, ask, document, with_fix=False, theta=theta).whole(one)


def _column(sides: Sides) -> Sides:
    """The sides at the single sample."""

    def first(each: Interval) -> Interval:
        return Interval(each.low[:, 0], each.high[:, 0])

    return Sides(first(sides.left), first(sides.right), first(sides.margin), sides.strict)


def _held(head: Meter, theta: Floats) -> Meter:
    """A meter of the story with all parameters at these values."""
    parameters = head.session.circuit.parameters
    moves = [Move(one.path, float(value), float(value)) for one, value in zip(parameters, theta, strict=True)]
    return Meter(holding(head.session, moves), head.gates, head.column)
