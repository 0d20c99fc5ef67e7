"""Searching all cases of a property by size, the fewest violations first, for those that break it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from time import monotonic

from sensa.estimates import Interval
from sensa.properties.cases import Case, Scope
from sensa.properties.sides import Sides
from sensa.properties.verdicts import Range

MOST_KEPT = 20_000  # breaking cases remembered
MANY = 5_000  # cases: from there on a proof that violations never help is worth having
BATCHES = (1, 16, 256)  # cases asked at once, the first ones few, so that a slow one is noticed

Ask = Callable[[Sequence[Case]], Sides]


@dataclass(frozen=True, slots=True)
class Found:
    """A case and its sides."""

    case: Case
    left: Range
    right: Range
    margin: float  # the least it may be; where nothing bounds that, the most

    @property
    def order(self) -> tuple[int, float, tuple[str, ...]]:
        """Nearer ones first: of fewer parts, then by how much they break, then by name."""
        return len(self.case.names), self.margin, tuple(sorted(self.case.names))


@dataclass(frozen=True)
class Searched:
    """What a search has found."""

    examined: int
    complete: bool
    least: Found | None  # the case of the least margin, of those that are not vacuous
    breaking: tuple[Found, ...] = ()
    broken: int = 0  # how many break it; more than were kept, perhaps
    undecided: int = 0
    vacuous: int = 0
    unanswered: Found | None = None  # the undecided case that may break it by most
    pruned: int = 0  # cases that were not looked at, since they contain one that breaks it
    bounded: bool = False  # one case, with everything violated, was enough

    @property
    def minimal(self) -> list[Found]:
        """Breaking cases no part of which breaks it, the nearest first."""
        kept: list[Found] = []
        for found in sorted(self.breaking, key=lambda each: each.order):
            if not any(other.case.names < found.case.names for other in kept):
                kept.append(found)
        return kept

    @property
    def worst(self) -> Found | None:
        """The breaking case of the least margin; of equals the smallest."""
        return min(self.breaking, key=lambda each: (each.margin, *each.order), default=None)


@dataclass
class _Tally:
    examined: int = 0
    least: Found | None = None
    breaking: list[Found] = field(default_factory=list)
    broken: int = 0
    undecided: int = 0
    vacuous: int = 0
    unanswered: Found | None = None

    def contains_a_breaking_one(self, case: Case) -> bool:
        """Whether a part of the case is known to break it; of the smallest such parts, few are looked at."""
        return any(found.case.names < case.names for found in self.breaking)

    def take(self, cases: Sequence[Case], sides: Sides) -> None:
        """Count what a batch gave."""
        self.examined += len(cases)
        vacuous, breaks, holds = sides.vacuous, sides.breaks, sides.holds
        for i, case in enumerate(cases):
            if vacuous[i]:
                self.vacuous += 1
                continue
            found = Found(case, _range(sides.left, i), _range(sides.right, i), least(sides.margin, i))
            if self.least is None or found.margin < self.least.margin:
                self.least = found
            if breaks[i]:
                self.broken += 1
                self.breaking.append(found)
            elif not holds[i]:
                self.undecided += 1
                if self.unanswered is None or found.margin < self.unanswered.margin:
                    self.unanswered = found
        if len(self.breaking) > 2 * MOST_KEPT:
            self.breaking = sorted(self.breaking, key=lambda each: each.order)[:MOST_KEPT]


def _range(between: Interval, i: int) -> Range:
    return Range(float(between.low[i]), float(between.high[i]))


def least(margin: Interval, i: int) -> float:
    """The least that a margin may be; where nothing bounds it from below, the most."""
    low, high = float(margin.low[i]), float(margin.high[i])
    return low if isfinite(low) else high if isfinite(high) else 0.0


def search(scope: Scope, ask: Ask, until: float, *, falling: bool = False, prune: bool = True) -> Searched:
    """Every case, by size, until a moment of `time.monotonic`; the first one whatever the time.

    Where violations never help (`falling`), the case of all of them comes first: if it holds, all do. Else
    cases that contain a breaking one are passed over, if `prune`: they break too. A search that ends early
    says so: what it found holds, and what it did not find may be there.
    """
    tally = _Tally()
    complete, pruned = True, 0
    if falling:
        everything = Case(scope.names)
        sides = ask([everything])
        if sides.holds[0]:
            tally.take([everything], sides)
            return Searched(1, True, tally.least, bounded=True)
    for batch in _batches(scope):
        if tally.examined and monotonic() > until:
            complete = False
            break
        if falling and prune:
            kept = [case for case in batch if not tally.contains_a_breaking_one(case)]
            pruned += len(batch) - len(kept)
            batch = kept
        if batch:
            tally.take(batch, ask(batch))
    return Searched(
        tally.examined,
        complete,
        tally.least,
        tuple(tally.breaking),
        tally.broken,
        tally.undecided,
        tally.vacuous,
        tally.unanswered,
        pruned,
    )


def _batches(scope: Scope) -> Iterator[list[Case]]:
    for size in scope.sizes:
        cases = scope.of_size(size)
        number = 0
        while batch := list(islice(cases, BATCHES[min(number, len(BATCHES) - 1)])):
            number += 1
            yield batch
