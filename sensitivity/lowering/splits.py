"""Decision diagrams over ordered values: a node splits the values of one variable at cuts.

A truth is a variable with the values 0 and 1, a choice has one value per option, and a number has
infinitely many. Diagrams are unique, and neighbouring parts of a split differ, so that a condition that can
never be true is `FALSE` itself.
"""

from bisect import bisect_right
from typing import NamedTuple

FALSE, TRUE = 0, 1
MAX_NODES = 300  # nodes of one diagram, which limits recursion
MAX_PAIRS = 20 * MAX_NODES  # visited for one conjunction

Cut = tuple[float, int]  # just before a value (0), or just after it (1)


class TooWide(Exception):
    """A diagram of more than `MAX_NODES` nodes."""


class _Split(NamedTuple):
    variable: int
    cuts: tuple[Cut, ...]
    parts: tuple[int, ...]  # one more than cuts


class Splits:
    """Diagrams under construction; `FALSE` and `TRUE` always exist."""

    def __init__(self) -> None:
        last = _Split(2**62, (), ())  # of the two ends: after every variable
        self._splits = [last, last]
        self._index: dict[_Split, int] = {}
        self._negations = {FALSE: TRUE, TRUE: FALSE}
        self._conjunctions: dict[tuple[int, int], int] = {}
        self._pairs = 0

    def within(self, variable: int, low: Cut | None, high: Cut | None) -> int:
        """The variable lies between two cuts; None means no bound."""
        cuts = tuple(cut for cut in (low, high) if cut is not None)
        parts = ((FALSE,) if low else ()) + (TRUE,) + ((FALSE,) if high else ())
        return self._split(variable, cuts, parts)

    def _split(self, variable: int, cuts: tuple[Cut, ...], parts: tuple[int, ...]) -> int:
        kept = [i for i in range(len(cuts)) if parts[i] != parts[i + 1]]
        if not kept:
            return parts[0]
        split = _Split(variable, tuple(cuts[i] for i in kept), (*(parts[i] for i in kept), parts[-1]))
        if split not in self._index:
            self._index[split] = len(self._splits)
            self._splits.append(split)
        return self._index[split]

    def negation(self, a: int) -> int:
        """`not a`."""
        if a not in self._negations:
            variable, cuts, parts = self._splits[a]
            found = self._split(variable, cuts, tuple(self.negation(part) for part in parts))
            self._negations[a], self._negations[found] = found, a
        return self._negations[a]

    def conjunction(self, a: int, b: int) -> int:
        """`a and b`; raises `TooWide`."""
        self._pairs = 0
        return self._narrow(self._both(a, b))

    def disjunction(self, a: int, b: int) -> int:
        """`a or b`; raises `TooWide`."""
        return self.negation(self.conjunction(self.negation(a), self.negation(b)))

    def _both(self, a: int, b: int) -> int:
        if a > b:
            a, b = b, a
        if a <= TRUE or a == b:
            return FALSE if a == FALSE else b
        if (a, b) not in self._conjunctions:
            self._pairs += 1
            if self._pairs > MAX_PAIRS:
                raise TooWide
            variable = min(self._splits[a].variable, self._splits[b].variable)
            cuts = tuple(sorted({*self._cuts(a, variable), *self._cuts(b, variable)}))
            parts = [
                self._both(self._part(a, variable, cut), self._part(b, variable, cut))
                for cut in (None, *cuts)
            ]
            self._conjunctions[a, b] = self._split(variable, cuts, tuple(parts))
        return self._conjunctions[a, b]

    def _cuts(self, a: int, variable: int) -> tuple[Cut, ...]:
        return self._splits[a].cuts if self._splits[a].variable == variable else ()

    def _part(self, a: int, variable: int, cut: Cut | None) -> int:
        """The part of a diagram right after a cut, or at the smallest values."""
        split = self._splits[a]
        if split.variable != variable:
            return a
        return split.parts[0 if cut is None else bisect_right(split.cuts, cut)]

    def _narrow(self, a: int) -> int:
        """The diagram; raises `TooWide` beyond the limit."""
        seen, waiting = {a}, [a]
        while waiting:
            below = set(self._splits[waiting.pop()].parts) - seen
            seen |= below
            waiting.extend(below)
            if len(seen) > MAX_NODES:
                raise TooWide
        return a
