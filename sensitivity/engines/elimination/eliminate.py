"""Variable elimination of a module's gates: rows counted over several orders, then an arithmetic circuit.

Each conjunction is a table of its four consistent rows, each leaf one of its two, weighted by p and 1 - p,
each head one of its two, weighted by indicators. Eliminating a variable joins the tables that have it and
sums it out (Dechter 1999, 10.1016/S0004-3702(99)00059-4), with nodes of an arithmetic circuit as values
(Chavira and Darwiche 2007, IJCAI). Rows that unit propagation rules out are not joined.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensa.engines.elimination.binary_gates import BinaryGates
from sensa.engines.exact.order_search import Budget
from sensa.kernels.elimination import builder
from sensa.kernels.elimination.arithmetic_circuits import Arithmetic
from sensa.kernels.elimination.builder import Numbers
from sensa.kernels.elimination.elimination_orders import FILL, ROWS
from sensa.kernels.elimination.implications import Bits, as_bits, neighbours
from sensa.kernels.elimination.polynomials import ONE, POINTS, PRIME, ZERO, Nodes, Prints
from sensa.kernels.program import Ints
from sensa.kernels.work_clock import clock

MAX_VARIABLES = 12_000  # leaves and conjunctions of a module: their implications take 72 MB
TRIES = 3  # orders tried by each rule, but by one that needs `SLACK` times the rows of another only once,
# and none again where no rule finds one within the budget
MANY_VARIABLES = 5_000  # of more, one order by each rule: finding others takes longer than they save
BUILT = 2  # orders of the fewest rows that are built, of which the smallest circuit is kept
SLACK = 4  # an order is given up at this many times the rows of the best one so far
SEED = 0x5E15A


class TooManyRowsError(Exception):
    """Every order needs more rows than allowed, or too many variables in a table."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class TooLateError(Exception):
    """The time is up."""


class TooManyGatesError(Exception):
    """More gates and draws than are eliminated."""

    def __init__(self, gates: int) -> None:
        super().__init__(gates)
        self.gates = gates


TOO_LARGE = (TooManyRowsError, TooLateError, TooManyGatesError)


class Table(NamedTuple):
    """Possible joint values of variables, and the node that each row is worth."""

    variables: Ints
    rows: Bits
    nodes: Nodes


@dataclass(frozen=True)
class Eliminated:
    """A circuit, and which of its indicators is of each head being true; or `NEVER`, or `ALWAYS`."""

    circuit: Arithmetic
    heads: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class _Problem:
    gates: BinaryGates
    indicated: tuple[int, ...]  # variables
    given: int | None  # the literal that is held true, if nothing is indicated
    tables: tuple[Table, ...]
    implied: Bits
    related: Bits


def eliminate(gates: BinaryGates, budget: Budget) -> Eliminated:
    """The arithmetic circuit of a module; `budget.nodes` are rows. Raises one of `TOO_LARGE`."""
    proper = dict.fromkeys(head for head in gates.heads if head >= 0)
    if gates.size > MAX_VARIABLES:
        raise TooManyGatesError(gates.size)
    implied, related = builder.implied(gates.left, gates.right)
    given = next(iter(proper)) if len(proper) == 1 else None
    indicated = () if given is not None else tuple(dict.fromkeys(head >> 1 for head in proper))
    tables = tuple(_tables(gates, indicated, given))
    problem = _Problem(gates, indicated, given, tables, implied, related)
    best: Eliminated | None = None
    for rows, order in sorted(_counted(problem, budget), key=lambda found: found[0])[:BUILT]:
        circuit = _built(problem, order, budget)
        if best is None or circuit.size < best.circuit.size:
            best = Eliminated(circuit, _places(problem), rows)
    assert best is not None
    return best


def _places(problem: _Problem) -> tuple[int, ...]:
    """The indicator of each head; without indicators, 0 for the function itself."""
    place = {variable: 2 * i for i, variable in enumerate(problem.indicated)}

    def of(head: int) -> int:
        return head if head < 0 or problem.given is not None else place[head >> 1] + 1 - (head & 1)

    return tuple(0 if head == problem.given else of(head) for head in problem.gates.heads)


def _counted(problem: _Problem, budget: Budget) -> list[tuple[int, Ints]]:
    """The rows that each order needs, of those within the budget. Raises if there are none."""
    joined = np.zeros(problem.gates.size, np.bool_)
    for table in problem.tables:
        joined[table.variables] = True
    graph = neighbours(problem.gates.left, problem.gates.right, joined)
    most = budget.nodes
    found: list[tuple[int, Ints]] = []
    chance = np.random.Generator(np.random.PCG64(SEED))
    rules = [ROWS, FILL]
    for _ in range(TRIES):
        ties = np.argsort(chance.random(problem.gates.size), kind="stable").astype(np.int32)
        ties = ties[joined[ties]]
        for rule in tuple(rules):
            if clock() > budget.until:
                break
            order = builder.elimination_order(graph, problem.related, ties, rule)
            try:
                if len(order) < len(ties):
                    continue
                rows = _eliminated(problem, order, Budget(most, budget.until), None)[0]
            except (TooManyRowsError, TooLateError):
                if found:
                    rules.remove(rule)
                continue
            found.append((rows, order))
            most = min(most, SLACK * rows)
        if not found or len(ties) > MANY_VARIABLES:
            break
    if not found:
        if clock() > budget.until:
            raise TooLateError
        raise TooManyRowsError(budget.nodes)
    return found


def _built(problem: _Problem, order: Ints, budget: Budget) -> Arithmetic:
    coins, indicators = problem.gates.leaves, 2 * len(problem.indicated)
    values = Numbers(_leaf_prints(coins, indicators))
    top = _eliminated(problem, order, Budget(budget.nodes, budget.until), values)[1]
    leaves = 2 + 2 * coins + indicators
    number, *arrays = values.kept(top, leaves)
    start, left, right = (array.astype(np.int32) for array in arrays)
    return Arithmetic(coins, indicators, start, left, right, int(number[top]))


def _leaf_prints(coins: int, indicators: int) -> Prints:
    points = np.random.Generator(np.random.PCG64(SEED + 1))
    p = points.integers(2, PRIME - 1, (coins, POINTS)).astype(np.uint64)
    free = points.integers(2, PRIME - 1, (indicators, POINTS)).astype(np.uint64)
    return np.concatenate([p, (PRIME + 1 - p) % PRIME, free])


def _tables(gates: BinaryGates, indicated: Sequence[int], given: int | None) -> Iterator[Table]:
    """What is joined. A leaf that one conjunction reads and nothing else is summed out of its table here."""
    coins = gates.leaves
    single = _read_once(gates, {*indicated, -1 if given is None else given >> 1})
    for leaf in range(coins):
        if leaf not in single:
            yield _table((leaf,), {0: 2 + coins + leaf, 1: 2 + leaf})
    for gate in range(coins, gates.size):
        left, right = int(gates.left[gate]), int(gates.right[gate])
        if left >> 1 in single:
            yield _weighted(gate, left, right, coins)
        elif right >> 1 in single:
            yield _weighted(gate, right, left, coins)
        else:
            yield _conjunction(gate, left, right)
    for i, variable in enumerate(indicated):
        yield _table((variable,), {0: 2 + 2 * coins + 2 * i, 1: 2 + 2 * coins + 2 * i + 1})
    if given is not None:
        yield _table((given >> 1,), {1 - (given & 1): ONE})


def _read_once(gates: BinaryGates, kept: Collection[int]) -> set[int]:
    """Leaves that one conjunction reads and nothing else, at most one for each conjunction."""
    args = np.stack([gates.left[gates.leaves :], gates.right[gates.leaves :]], axis=1) >> 1
    times = np.bincount(args.ravel(), minlength=gates.size)
    found: set[int] = set()
    for pair in args.tolist():
        for variable in pair:
            if variable < gates.leaves and times[variable] == 1 and variable not in kept:
                found.add(variable)
                break
    return found


def _table(variables: Sequence[int], nodes: Mapping[int, int]) -> Table:
    codes = sorted(nodes)
    values = np.array([nodes[code] for code in codes], np.int64)
    return Table(np.array(variables, np.int32), as_bits(codes, len(variables)), values)


def _conjunction(gate: int, left: int, right: int) -> Table:
    variables = sorted((gate, left >> 1, right >> 1))
    at = {variable: 1 << place for place, variable in enumerate(variables)}
    nodes = {
        x * at[left >> 1] | y * at[right >> 1] | ((x ^ left & 1) & (y ^ right & 1)) * at[gate]: ONE
        for x in (0, 1)
        for y in (0, 1)
    }
    return _table(variables, nodes)


def _weighted(gate: int, leaf: int, other: int, coins: int) -> Table:
    """A conjunction without its leaf: as likely as the leaf's literal where the other literal is true."""
    literal = 2 + (leaf >> 1) + coins * (leaf & 1)
    negated = 2 + (leaf >> 1) + coins * (1 - (leaf & 1))
    true = 1 - (other & 1)
    return _table((other >> 1, gate), {1 - true: ONE, true: negated, true | 2: literal})


def _eliminated(problem: _Problem, order: Ints, budget: Budget, values: Numbers | None) -> tuple[int, int]:
    """The rows of all tables made, and the top's node; without values, rows are only counted."""
    place = np.zeros(problem.gates.size, np.int64)
    place[order] = np.arange(len(order))
    waiting: list[list[Table]] = [[] for _ in order]
    for table in problem.tables:
        waiting[place[table.variables].min()].append(table)
    made, top = 0, np.array([ONE], np.int64)
    for i, variable in enumerate(order.tolist()):
        tables = sorted(waiting[i], key=lambda table: len(table.rows))
        waiting[i] = []
        whole = tables[0]
        for table in tables[1:]:
            if clock() > budget.until:
                raise TooLateError
            whole = _joined(problem.implied, whole, table, budget.nodes - made, values)
        made += len(whole.rows)
        if made > budget.nodes:
            raise TooManyRowsError(budget.nodes)
        if not len(whole.rows):
            return made, ZERO
        variables, rows, by, start = builder.without(whole.variables, whole.rows, variable)
        nodes = by if values is None else values.sums(whole.nodes[by], start)
        if len(variables):
            waiting[place[variables].min()].append(Table(variables, rows, nodes))
        elif values is not None:
            top = values.products(top, nodes)
    return made, int(top[0])


def _joined(implied: Bits, a: Table, b: Table, most: int, values: Numbers | None) -> Table:
    found = builder.joined(a.variables, a.rows, b.variables, b.rows, implied, most)
    if found is None:
        raise TooManyRowsError(most)
    variables, rows, from_a, from_b = found
    nodes = from_a if values is None else values.products(a.nodes[from_a], b.nodes[from_b])
    return Table(variables, rows, nodes)
