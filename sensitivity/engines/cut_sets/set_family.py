"""A family of minimal sets: counted by size, and listed from the likeliest, as far as is wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, prod

from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.zero_suppressed import MAX_STATES, Counted, FamilyRefusal, likeliest
from sensa.kernels.program import Floats
from sensa.kernels.work_clock import clock

NODE_BUDGET = 16_000_000  # nodes created for the diagram, and of a family
MAX_SECONDS = 60.0  # to make one, or to count its sets
MIN_PROBABILITY = 1e-300  # what probability 0 counts as in the ordering
Fact = tuple[int, bool]  # a draw (or an assumption) and its value


@dataclass(frozen=True)
class MinimalSets:
    """A family of minimal sets; `facts` has the meaning of each variable of the family."""

    families: Counted
    family: int
    facts: Mapping[int, Fact]
    inner: Mapping[int, int] = field(default_factory=dict)  # variables for families, innermost first
    coherent: bool = True  # whether these are minimal cut sets, not prime implicants

    def by_size(self, *, seconds: float = MAX_SECONDS) -> list[int]:
        """The numbers of sets with 0, 1, 2, … members. Raises `EngineRefusal` when out of time."""
        until = clock() + seconds
        sizes: dict[int, list[int]] = {}
        try:
            for variable, family in self.inner.items():
                sizes[variable] = self.families.by_size(family, sizes, until)
            return self.families.by_size(self.family, sizes, until)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"counting minimal sets needs {stop}") from None

    def count(self) -> int:
        """The number of sets."""
        return sum(self.by_size())

    def likeliest(
        self, p: Sequence[float] | Floats, *, steps: int = MAX_STATES
    ) -> Iterator[tuple[float, tuple[Fact, ...]]]:
        """Yield sets with their probability, in descending order; `p` has the probability of each draw.

        Members count as independent. Sets with impossible members come last, those with the fewest first.
        Raises `EngineRefusal` after `steps` steps of the search.
        """
        chance = {
            variable: float(p[index]) if value else 1.0 - float(p[index])
            for variable, (index, value) in self.facts.items()
        }
        for weight, members in self._first(
            {one: log(max(q, MIN_PROBABILITY)) for one, q in chance.items()}, steps
        ):
            cannot = any(chance[member] <= 0 for member in members)
            yield 0.0 if cannot else exp(weight), tuple(sorted(self.facts[member] for member in members))

    def smallest(self, most: int) -> Iterator[tuple[Fact, ...]]:
        """The sets of at most `most` members, the smallest first. Raises as `likeliest`."""
        for weight, members in self._first(dict.fromkeys(self.facts, -1.0), MAX_STATES):
            if -weight > most:
                return
            yield tuple(sorted(self.facts[member] for member in members))

    def single(self) -> tuple[Fact, ...]:
        """The facts that suffice alone. Empty if nothing is needed."""
        return tuple(facts[0] for facts in self.smallest(1) if facts)

    def _first(self, weight: Mapping[int, float], steps: int) -> Iterator[tuple[float, tuple[int, ...]]]:
        try:
            yield from likeliest(self.families, self.family, weight, self.inner, most=steps)
        except FamilyRefusal as stop:
            raise EngineRefusal(f"the next minimal set needs {stop}") from None


def chance_of(facts: Sequence[Fact], p: Floats) -> float:
    """The probability that all facts hold, if independent; `p` is that of each draw."""
    return prod(float(p[i]) if value else 1.0 - float(p[i]) for i, value in facts)
