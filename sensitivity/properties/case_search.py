"""Search all cases of a property, the fewest violations first, for those that break it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import copysign, isfinite
from time import monotonic

import numpy as np

from sensa.kernels.ties import above, ranks
from sensa.properties.cases import Case, Scope
from sensa.properties.sides import Sides
from sensa.properties.verdicts import Range
from sensa.sampling.estimates import Interval

MAX_KEPT = 20_000  # breaking cases remembered
ROUNDING = 1e-12  # relative to the larger side; smaller differences of margins are rounding
MIN_PROOF_CASES = 5_000  # from this many cases on, proving that violations never help pays off
BATCH_CASES = (1, 16, 256)  # cases evaluated at once; few at first, so that a slow one is noticed

Ask = Callable[[Sequence[Case]], Sides]


@dataclass(frozen=True, slots=True)
class Found:
    """A case and its sides."""

    case: Case
    left: Range
    right: Range
    margin: float  # its lower bound; if unbounded, its upper bound
    between: Range  # the margin
    unmet: bool = False  # whether no sampled world meets what it conditions on or divides by

    @classmethod
    def of(cls, case: Case, sides: Sides, i: int) -> "Found":
        """The case at index i of the sides."""
        left, right, between = (_range(each, i) for each in (sides.left, sides.right, sides.margin))
        unmet = bool(np.broadcast_to(sides.unmet, sides.margin.low.shape)[i])
        return cls(case, left, right, least(sides.margin, i), between, unmet)

    @property
    def rounding(self) -> float:
        """The possible rounding error of the margin."""
        ends = (abs(self.left.low), abs(self.left.high), abs(self.right.low), abs(self.right.high))
        return ROUNDING * max((end for end in ends if isfinite(end)), default=0.0)

    def below(self, other: "Found | None") -> bool:
        """Whether its margin is smaller by more than rounding, or there is no other."""
        if other is None:
            return True
        return above(other.margin, self.margin, absolute=max(self.rounding, other.rounding))


def nearest_first(found: Sequence[Found]) -> list[Found]:
    """Sort by number of parts, then by margin, then (for margins equal within rounding) by name."""
    margin = _margins(found)

    def place(i: int) -> tuple[int, int, list[str]]:
        names = found[i].case.names
        return len(names), margin[i], sorted(names)

    return [found[i] for i in sorted(range(len(found)), key=place)]


def _margins(found: Sequence[Found]) -> list[int]:
    """Ranks of the margins, 0 for the smallest."""
    rounding = max((one.rounding for one in found), default=0.0)
    return ranks([one.margin for one in found], absolute=rounding)


@dataclass(frozen=True)
class Searched:
    """The result of a search."""

    examined: int
    complete: bool
    least: Found | None  # the case with the smallest margin that is not vacuous
    breaking: tuple[Found, ...] = ()
    broken: int = 0  # number of breaking cases; may be more than were kept
    undecided: int = 0
    vacuous: int = 0
    unanswered: Found | None = None  # the undecided case that may break it most
    unmet: int = 0  # undecided cases with a condition that no sampled world meets
    pruned: int = 0  # cases skipped because they contain a breaking one
    bounded: bool = False  # the case with everything violated decided all

    @property
    def minimal(self) -> list[Found]:
        """Breaking cases without a breaking part, the nearest first."""
        kept: list[Found] = []
        for found in nearest_first(self.breaking):
            if not any(other.case.names < found.case.names for other in kept):
                kept.append(found)
        return kept

    @property
    def worst(self) -> Found | None:
        """The breaking case with the smallest margin; of equal ones, the nearest."""
        ordered = nearest_first(self.breaking)
        return next((one for one, rank in zip(ordered, _margins(ordered), strict=True) if not rank), None)


@dataclass
class _Tally:
    examined: int = 0
    least: Found | None = None
    breaking: list[Found] = field(default_factory=list)
    broken: int = 0
    undecided: int = 0
    vacuous: int = 0
    unanswered: Found | None = None
    unmet: int = 0

    def contains_a_breaking_one(self, case: Case) -> bool:
        """Whether a part of the case is known to break it."""
        return any(found.case.names < case.names for found in self.breaking)

    def take(self, cases: Sequence[Case], sides: Sides) -> None:
        """Count the results of a batch."""
        self.examined += len(cases)
        vacuous, breaks, holds = sides.vacuous, sides.breaks, sides.holds
        for i, case in enumerate(cases):
            if vacuous[i]:
                self.vacuous += 1
                continue
            found = Found.of(case, sides, i)
            if found.below(self.least):
                self.least = found
            if breaks[i]:
                self.broken += 1
                self.breaking.append(found)
            elif not holds[i]:
                self.undecided += 1
                self.unmet += found.unmet
                if found.below(self.unanswered):
                    self.unanswered = found
        if len(self.breaking) > 2 * MAX_KEPT:
            self.breaking = nearest_first(self.breaking)[:MAX_KEPT]


def _range(between: Interval, i: int) -> Range:
    return Range(float(between.low[i]), float(between.high[i]))


def least(margin: Interval, i: int) -> float:
    """The lower bound of a margin; if unbounded, the upper bound; the largest number if it overflows."""
    low, high = float(margin.low[i]), float(margin.high[i])
    if isfinite(low) or isfinite(high):
        return low if isfinite(low) else high
    return copysign(sys.float_info.max, low) if low == high else 0.0


def search(scope: Scope, ask: Ask, until: float, *, falling: bool = False, prune: bool = True) -> Searched:
    """Search all cases by size until a time of `time.monotonic`; at least the first one.

    If violations never help (`falling`), the case with all of them comes first: if it holds, all do.
    Otherwise cases that contain a breaking one are skipped if `prune`, as they break too. A search that ends
    early is not `complete`: what it found is right, but it may have missed cases.
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
        tally.unmet,
        pruned,
    )


def _batches(scope: Scope) -> Iterator[list[Case]]:
    for size in scope.sizes:
        cases = scope.of_size(size)
        number = 0
        while batch := list(islice(cases, BATCH_CASES[min(number, len(BATCH_CASES) - 1)])):
            number += 1
            yield batch
