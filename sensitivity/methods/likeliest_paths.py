"""The likeliest path to an end: what happens, step by step, by best-first search."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

from sensa.methods.conjunctions import Conjunctions

MAX_EXPANSIONS = 4000  # of one search

E = TypeVar("E")


@dataclass(frozen=True)
class Start(Generic[E]):
    """An end to find the likeliest path to: its event, and the alternatives that a path decides, in order."""

    event: E
    splits: tuple[tuple[E, ...], ...]


@dataclass(frozen=True)
class Path(Generic[E]):
    """The likeliest path found: the alternative taken at each of the splits of a start.

    `event` is the path together with its end, `chance` its probability; no path has more than `bound`.
    """

    start: int
    taken: tuple[int, ...]
    event: E
    chance: float
    bound: float


def likeliest(
    events: Conjunctions[E], starts: Sequence[Start[E]], most: int = MAX_EXPANSIONS
) -> Path[E] | None:
    """The likeliest path among all starts; None if none of them is possible.

    A beginning of a path is at least as probable as all of it, so the most probable open beginning is
    extended first, and the first path that is complete is the likeliest (A*, Hart, Nilsson and Raphael 1968,
    10.1109/TSSC.1968.300136). Beyond `most` extensions the best path found is returned, with the bound.
    """
    waiting: list[tuple[float, int, int]] = []  # -chance, -depth, place in `held`
    held: list[tuple[int, tuple[int, ...], E]] = []

    def hold(start: int, taken: tuple[int, ...], event: E) -> float:
        chance = events.chance(event)
        if chance > 0:
            alike = float(f"{chance:.12e}")  # what differs by rounding alone is in the order of the story
            heappush(waiting, (-alike, -len(taken), len(held)))
            held.append((start, taken, event))
        return chance

    for i, start in enumerate(starts):
        hold(i, (), start.event)
    for _ in range(most):
        if not waiting:
            return None
        _, _, place = heappop(waiting)
        number, taken, event = held[place]
        splits = starts[number].splits
        if len(taken) == len(splits):
            chance = events.chance(event)
            return Path(number, taken, event, chance, chance)
        for option, alternative in enumerate(splits[len(taken)]):
            hold(number, (*taken, option), events.both(event, alternative))
    return _best_of(events, starts, [held[place] for _, _, place in waiting], -waiting[0][0])


def _best_of(
    events: Conjunctions[E],
    starts: Sequence[Start[E]],
    open_: Sequence[tuple[int, tuple[int, ...], E]],
    bound: float,
) -> Path[E]:
    """The best path by going on greedily from the most probable beginnings."""
    found: list[Path[E]] = []
    for number, taken, event in sorted(open_, key=lambda one: (-len(one[1]), -events.chance(one[2])))[:32]:
        for alternatives in starts[number].splits[len(taken) :]:
            extended = [events.both(event, alternative) for alternative in alternatives]
            option = max(range(len(extended)), key=lambda i: (events.chance(extended[i]), -i))
            taken, event = (*taken, option), extended[option]
        found.append(Path(number, taken, event, events.chance(event), bound))
    return max(found, key=lambda path: path.chance)
