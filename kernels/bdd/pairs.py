"""Pairs of nodes of a diagram: the data structures of its self-product."""

from typing import Generic, NamedTuple, TypeVar

from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.program import Floats, Ints

FIRST, SECOND, SAME = 0, 1, 2  # which node's variable a pair tests


T = TypeVar("T", list[int], Ints)


class Frame(NamedTuple, Generic[T]):
    """A diagram in which coins are nodes too, and the order in which variables are tested.

    By slot: `variable`, `low`, `high`, `module` (for a coin, the module that reads it) and `level`
    (of its variable within that module). By module: the module that reads its head, and that head.
    """

    coins: int
    variable: T
    low: T
    high: T
    module: T
    level: T
    outer: T
    head: T


class Pairs(NamedTuple):
    """Pairs of nodes, each after those it depends on; the covariance of pair j is in slot `1 + coins + j`.

    Slot 0 holds 0 and slot `1 + i` the covariance of coin i. A reference is `2 * slot`, plus 1 if
    the nodes of the pair are swapped. A pair that tests one variable has its branches in `both_low`
    and `both_high`, and c(x, w) in `low_high`.
    """

    tests: Ints  # FIRST, SECOND, SAME
    variable: Ints  # a slot of the diagram
    first: Ints  # the nodes of the pair, slots of the diagram
    second: Ints
    shared: Ints  # the slot of the variable's own covariance (SAME)
    both_low: Ints
    low_high: Ints
    high_low: Ints
    both_high: Ints

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self.variable)


class SelfProduct(NamedTuple):
    """A diagram's product with itself, which gives the covariances of some pairs of roots."""

    diagram: Diagram
    pairs: Pairs
    asked: Ints  # references, one for each requested pair of roots
    sign: Floats  # of each


class TooManyPairsError(Exception):
    """The product needs more pairs than allowed (`pairs`), or more time (`pairs` is None)."""

    def __init__(self, pairs: int | None) -> None:
        super().__init__(pairs)
        self.pairs = pairs
