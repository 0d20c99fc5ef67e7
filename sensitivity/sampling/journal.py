"""Results of blocks that are kept as they are done, so that an interrupted loop can go on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from sensa.kernels.program import Floats

T = TypeVar("T")


@dataclass(frozen=True)
class Stored:
    """Results as they are kept: a matrix (rows, columns), and a text beside it."""

    values: Floats
    note: str = ""


class Journal(Protocol):
    """Keeps results by the name of their loop and their place in it."""

    def find(self, loop: str, index: int) -> Stored | None:
        """The results at a place, if they are kept and intact."""
        ...

    def keep(self, loop: str, index: int, stored: Stored) -> None:
        """Keep results; once this returns, neither a kill nor a loss of power loses them."""
        ...


class Kept(Generic[T]):
    """How the results of a loop are kept: under a name that says all that decides them, some blocks together.

    `pack` gives the form of a block's result; `unpack` gives it back, and raises `ValueError` for what cannot
    be one. Each `group` of consecutive blocks is kept once all of them are done, so a kill loses at most
    the groups in work.
    """

    def __init__(
        self,
        journal: Journal,
        loop: str,
        pack: Callable[[T], Stored],
        unpack: Callable[[Stored], T],
        group: int = 1,
    ) -> None:
        self._journal, self._loop, self._group = journal, loop, group
        self._pack, self._unpack = pack, unpack
        self._waiting: dict[int, dict[int, T]] = {}  # groups that are not complete
        self._last: tuple[int, list[T] | None] | None = None  # the group that was read last

    def find(self, index: int) -> tuple[T] | None:
        """The result of a block, if it is kept."""
        group, place = divmod(index, self._group)
        if self._last is None or self._last[0] != group:
            self._last = group, self._read(group)
        found = self._last[1]
        return (found[place],) if found is not None and place < len(found) else None

    def keep(self, index: int, found: T) -> None:
        """Keep the result of a block, once its group is complete."""
        group, place = divmod(index, self._group)
        waiting = self._waiting.setdefault(group, {})
        waiting[place] = found
        if len(waiting) == self._group:
            self._write(group)

    def finish(self) -> None:
        """Keep the last group, which has fewer blocks."""
        for group in sorted(self._waiting):
            if sorted(self._waiting[group]) == list(range(len(self._waiting[group]))):
                self._write(group)

    def _write(self, group: int) -> None:
        waiting = self._waiting.pop(group)
        parts = [self._pack(waiting[place]) for place in sorted(waiting)]
        note = json.dumps([[len(part.values), part.note] for part in parts])
        self._journal.keep(self._loop, group, Stored(np.concatenate([part.values for part in parts]), note))

    def _read(self, group: int) -> list[T] | None:
        stored = self._journal.find(self._loop, group)
        if stored is None:
            return None
        try:
            return [self._unpack(part) for part in _parts(stored, self._group)]
        except (ValueError, RecursionError):
            return None


def _parts(stored: Stored, most: int) -> Sequence[Stored]:
    """The parts of a group. Raises `ValueError` for what is none."""
    found = json.loads(stored.note)
    if not isinstance(found, list) or not 0 < len(found) <= most:
        raise ValueError("not the parts of a group")
    parts, start = [], 0
    for part in found:
        match part:
            case [int(rows), str(note)] if rows >= 0:
                parts.append(Stored(stored.values[start : start + rows], note))
                start += rows
            case _:
                raise ValueError("not a part of a group")
    if start != len(stored.values):
        raise ValueError("rows that are of no part")
    return parts
