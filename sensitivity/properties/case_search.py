"""Searching all cases of a property by size, the fewest violations first, for those that break it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from time import monotonic

from sensa.kernels.ties import above, ranks
from sensa.properties.cases import Case, Scope
from sensa.properties.margins import Sides
from sensa.properties.verdicts import Range
from sensa.sampling.estimates import Interval

MAX_KEPT = 20_000  # breaking cases remembered
ROUNDING = 1e-12  # of the larger side: what of a difference of margins is nothing but rounding
MIN_PROOF_CASES = 5_000  # cases: from there on a proof that violations never help is worth having
BATCH_CASES = (1, 16, 256)  # cases asked at once, the first ones few, so that a slow one is noticed

Ask = Callable[[Sequence[Case]], Sides]


@dataclass(frozen=True, slots=True)
class Found:
    """A case and its sides."""

    case: Case
    left: Range
    right: Range
    margin: float  # the least it may be; where nothing bounds that, the most

    @property
    def rounding(self) -> float:
        """What of the margin is nothing but rounding."""
        ends = (abs(self.left.low), abs(self.left.high), abs(self.right.low), abs(self.right.high))
        return ROUNDING * max((end for end in ends if isfinite(end)), default=0.0)

    def below(self, other: "Found | None") -> bool:
        """Whether its margin is the smaller one by more than rounding, or there is no other."""
        if other is None:
            return True
        return above(other.margin, self.margin, absolute=max(self.rounding, other.rounding))


def nearest_first(found: Sequence[Found]) -> list[Found]:
    """Of fewer parts first, then by how much they break, then, where only rounding differs, by name."""
    margin = _margins(found)

    def place(i: int) -> tuple[int, int, list[str]]:
        names = found[i].case.names
        return len(names), margin[i], sorted(names)

    return [found[i] for i in sorted(range(len(found)), key=place)]


def _margins(found: Sequence[Found]) -> list[int]:
    """Ranks of the margins, 0 for the least."""
    rounding = max((one.rounding for one in found), default=0.0)
    return ranks([one.margin for one in found], absolute=rounding)


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
        for found in nearest_first(self.breaking):
            if not any(other.case.names < found.case.names for other in kept):
                kept.append(found)
        return kept

    @property
    def worst(self) -> Found | None:
        """The breaking case of the least margin; of equals the nearest."""
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
            if found.below(self.least):
                self.least = found
            if breaks[i]:
                self.broken += 1
                self.breaking.append(found)
            elif not holds[i]:
                self.undecided += 1
                if found.below(self.unanswered):
                    self.unanswered = found
        if len(self.breaking) > 2 * MAX_KEPT:
            self.breaking = nearest_first(self.breaking)[:MAX_KEPT]


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
        while batch := list(islice(cases, BATCH_CASES[min(number, len(BATCH_CASES) - 1)])):
            number += 1
            yield batch
