"""Paths to an end, and paths that the safeguards do not tell from the one that is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from sensa.kernels.program import Floats
from sensa.methods.conjunctions import Conjunctions
from sensa.methods.likeliest_paths import Path, Start, likeliest
from sensa.methods.statistics_of_means import of_means
from sensa.path_circuit import Course, Occurrence
from sensa.sampling.estimates import Estimate
from sensa.session import Session

E = TypeVar("E")
HAPPENS = ("choice", "event")


@dataclass(frozen=True)
class Told(Generic[E]):
    """A path in words, one for each step up to its end, and the event that it is.

    `happens` has what happens at each step; `record` which safeguards fire at each step, in the likeliest
    case; `chance` and `bound` as in `Path`.
    """

    outcome: str
    happens: list[str]
    record: list[tuple[bool, ...]]
    event: E
    chance: float
    bound: float

    @property
    def end(self) -> int:
        """The step at which it ends."""
        return len(self.happens) - 1


@dataclass(frozen=True)
class Paths(Generic[E]):
    """The paths of a story: the likeliest to each end, and those that look like the wanted one."""

    session: Session
    course: Course
    events: Conjunctions[E]

    @cached_property
    def likeliest(self) -> dict[str, Told[E] | None]:
        """The likeliest path to each outcome."""
        return {name: self._to(name) for name in self.session.outcomes}

    @cached_property
    def wanted(self) -> Told[E] | None:
        """The likeliest path to a success; without one, to what is not catastrophic."""
        for kinds in (("success",), ("fail_safe",)):
            ends = [end.name for end in self.session.circuit.ends if end.kind in kinds]
            found = [path for name in ends if (path := self.likeliest[name]) is not None]
            if found:
                return max(found, key=lambda path: path.chance)
        return None

    def share(self, path: Told[E]) -> Estimate:
        """The share of its outcome that the path is."""
        return of_means(_ratio, self.events.shares(path.event), self._ended(path.outcome))

    def _ended(self, outcome: str) -> Floats:
        """P(the story ends so) in each replicate."""
        return self._sum([event for _, event in self._ends(outcome)])

    def _sum(self, apart: Sequence[E]) -> Floats:
        """The probability, in each replicate, of events that exclude each other."""
        return np.asarray(np.sum([self.events.shares(event) for event in apart], axis=0))

    def same_record(self) -> tuple[Estimate, Estimate]:
        """Of each outcome (outcomes, steps): how many of its paths look like the wanted one, and how it ends.

        The first is P(reached, and the record up to the step is that of the wanted path | outcome), the
        second P(outcome | the same). NaN where the condition is impossible.
        """
        names, steps = self.session.outcomes, len(self.course.reached)
        whole, joint = [], []  # (steps, replicates), (steps, outcomes, replicates)
        for step in range(steps):
            looks = self.events.both(self.events.gate(self.course.reached[step]), self._as_wanted(step))
            whole.append(self.events.shares(looks))
            ends = [[self.events.both(looks, end) for _, end in self._ends(name)] for name in names]
            joint.append([self._sum(apart) for apart in ends])
        both, looked = np.transpose(joint, (2, 1, 0)), np.transpose(whole)[:, None]
        ended = np.transpose([self._ended(name) for name in names])[:, :, None]
        return of_means(_ratio, both, ended), of_means(_ratio, both, looked)

    def unseen(self, outcome: str) -> Estimate:
        """The share of an outcome's paths that no safeguard tells from the wanted one before they end."""
        alike = [self.events.both(end, self._as_wanted(step)) for step, end in self._ends(outcome)]
        return of_means(_ratio, self._sum(alike), self._ended(outcome))

    def alike(self, outcome: str) -> Told[E] | None:
        """The likeliest of these paths."""
        return self._to(outcome, alike=True)

    def departs(self, path: Told[E]) -> int:
        """The first step at which what happens is not what happens on the wanted path."""
        assert self.wanted is not None
        return _first_difference(path.happens, self.wanted.happens)

    def told_apart(self, path: Told[E]) -> int:
        """The first step at which its record is not that of the wanted path, or at which it ends."""
        assert self.wanted is not None
        return _first_difference(path.record, self.wanted.record)

    def _ends(self, outcome: str) -> list[tuple[int, E]]:
        roots = [root for root in self.course.circuit.roots if root.outcome == outcome]
        return [(root.step, self.events.gate(root.gate)) for root in roots]

    def _as_wanted(self, step: int) -> E:
        """The event that safeguards fire up to a step as on the wanted path."""
        assert self.wanted is not None
        known = [one for one in self.course.of("safeguard") if one.begins <= min(step, self.wanted.end)]
        event = self.events.neither(self.events.neither(self._always))
        for one in known:
            place = [other.name for other in self._at(one.begins, ("safeguard",))].index(one.name)
            fired = self.wanted.record[one.begins][place]
            gate = self.events.gate(one.gates[0])
            event = self.events.both(event, gate if fired else self.events.neither(gate))
        return event

    @property
    def _always(self) -> E:
        return self.events.gate(self.course.reached[0])

    def _at(self, step: int, kinds: Sequence[str]) -> list[Occurrence]:
        return [one for one in self.course.of(*kinds) if one.begins == step]

    def _splits(self, end: int, kinds: Sequence[str]) -> list[tuple[Occurrence, tuple[E, ...]]]:
        """What a path that ends at a step decides, in order, each with its alternatives."""
        found = []
        for step in range(end + 1):
            for one in self._at(step, kinds):
                gates = tuple(self.events.gate(gate) for gate in one.gates)
                found.append((one, gates if one.options else (*gates, self.events.neither(gates[0]))))
        return found

    def _to(self, outcome: str, *, alike: bool = False) -> Told[E] | None:
        ends = self._ends(outcome)
        if alike:
            ends = [(step, self.events.both(end, self._as_wanted(step))) for step, end in ends]
        splits = {step: self._splits(step, HAPPENS) for step, _ in ends}
        starts = [Start(end, tuple(split for _, split in splits[step])) for step, end in ends]
        path = likeliest(self.events, starts)
        if path is None:
            return None
        end = ends[path.start][0]
        happens = _told(end, [one for one, _ in splits[end]], path)
        record = self._record(end, path.event)
        return Told(outcome, happens, record, path.event, path.chance, path.bound)

    def _record(self, end: int, event: E) -> list[tuple[bool, ...]]:
        """The likeliest record of a path, step by step."""
        splits = self._splits(end, ("safeguard",))
        found = likeliest(self.events, [Start(event, tuple(split for _, split in splits))])
        assert found is not None
        fired = [taken == 0 for taken in found.taken]
        begins = [one.begins for one, _ in splits]
        return [
            tuple(yes for yes, step in zip(fired, begins, strict=True) if step == at) for at in range(end + 1)
        ]


def _ratio(part: Floats, whole: Floats) -> Floats:
    """A share, NaN of nothing."""
    whole = np.broadcast_to(whole, part.shape)
    found = np.full(part.shape, np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def _told(end: int, known: Sequence[Occurrence], path: Path[E]) -> list[str]:
    """What happens at each step: options where they change, and events."""
    before: dict[str, str] = {}
    words: list[list[str]] = [[] for _ in range(end + 1)]
    for one, taken in zip(known, path.taken, strict=True):
        if one.options:
            if before.get(one.name) != one.options[taken]:
                words[one.begins].append(f"{one.name}: {one.options[taken]}")
            before[one.name] = one.options[taken]
        elif taken == 0:
            words[one.begins].append(one.name)
    return [", ".join(each) for each in words]


def _first_difference(here: Sequence[object], there: Sequence[object]) -> int:
    """The first step at which two paths differ; the end of the first where they do not."""
    return next((step for step, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), len(here) - 1)
