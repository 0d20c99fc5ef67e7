"""The parts of the builder of arithmetic circuits, in plain Python or in compiled code.

Both give the same. There is one account of plain work for all of them: compiled code takes over once that is
more than loading it.
"""

from math import inf

from sensa.kernels import compiled_work
from sensa.kernels.elimination import elimination_orders, implications, polynomials, sparse_tables
from sensa.kernels.elimination.implications import Bits
from sensa.kernels.elimination.polynomials import Nodes, Numbering, Prints
from sensa.kernels.elimination.sparse_tables import Places
from sensa.kernels.program import Ints

COMPILED = "sensa.kernels.elimination.sparse_tables_compiled"
MOST_PLAIN_VARIABLES = 600  # the orders of more take longer than loading compiled code
# Seconds in plain Python: for a variable, to propagate both its values, and to order it; for two rows
# that may be joined; for a row of either table; for a product of nodes.
PROPAGATING, ORDERING, PAIR, ROW, PRODUCT = 60e-6, 100e-6, 0.3e-6, 1.5e-6, 2.5e-6


def _pays(seconds: float) -> bool:
    return compiled_work.pays(COMPILED, seconds)


def implied(left: Ints, right: Ints) -> tuple[Bits, Bits]:
    """`implications.implications`."""
    if not _pays(PROPAGATING * len(left) if len(left) <= MOST_PLAIN_VARIABLES else inf):
        return implications.implications(left, right)
    from sensa.kernels.elimination import implications_compiled

    return implications_compiled.implications(left, right)


def elimination_order(neighbours: Bits, related: Bits, ties: Ints, rule: int) -> Ints:
    """`elimination_orders.elimination_order`."""
    if not _pays(ORDERING * len(ties)):
        return elimination_orders.elimination_order(neighbours, related, ties, rule)
    from sensa.kernels.elimination import elimination_orders_compiled

    return elimination_orders_compiled.elimination_order(neighbours, related, ties, rule)


def joined(
    a: Ints, rows_a: Bits, b: Ints, rows_b: Bits, implied: Bits, most: int
) -> tuple[Ints, Bits, Places, Places] | None:
    """`sparse_tables.joined`."""
    if not _pays(PAIR * len(rows_a) * len(rows_b) + ROW * (len(rows_a) + len(rows_b))):
        return sparse_tables.joined(a, rows_a, b, rows_b, implied, most)
    from sensa.kernels.elimination import sparse_tables_compiled

    return sparse_tables_compiled.joined(a, rows_a, b, rows_b, implied, most)


def without(variables: Ints, rows: Bits, variable: int) -> tuple[Ints, Bits, Places, Places]:
    """`sparse_tables.without`."""
    if not _pays(ROW * len(rows)):
        return sparse_tables.without(variables, rows, variable)
    from sensa.kernels.elimination import sparse_tables_compiled

    return sparse_tables_compiled.without(variables, rows, variable)


class Numbers:
    """`polynomials.Numbers`, from these leaves on."""

    def __init__(self, leaves: Prints) -> None:
        self._made: Numbering = polynomials.numbers(leaves)

    def products(self, left: Nodes, right: Nodes) -> Nodes:
        """The nodes of these products."""
        return self._for(len(left)).products(left, right)

    def sums(self, terms: Nodes, start: Places) -> Nodes:
        """The nodes of the sums of `terms[start[i] : start[i + 1]]`."""
        return self._for(len(terms)).sums(terms, start)

    def kept(self, top: int, leaves: int) -> tuple[Nodes, Nodes, Nodes, Nodes]:
        """`polynomials.kept`."""
        arrays = self._made.arrays()
        if not _pays(PRODUCT * len(arrays[1])):
            return polynomials.kept(arrays, top, leaves)
        from sensa.kernels.elimination import polynomials_compiled

        return polynomials.kept(arrays, top, leaves, polynomials_compiled.count_readers)

    def _for(self, products: int) -> Numbering:
        if _pays(PRODUCT * products) and isinstance(self._made, polynomials.Numbers):
            from sensa.kernels.elimination import polynomials_compiled

            self._made = polynomials_compiled.Numbers(self._made)
        return self._made
