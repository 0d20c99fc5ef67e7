"""Search for the smallest diagram of a module over several orders, with growing budgets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import Network
from sensa.engines.exact.plans import Plan, plan_module
from sensa.engines.exact.variable_orders import Terrain, orders
from sensa.kernels.bdd import build_python
from sensa.kernels.bdd.build_python import DONE, Built
from sensa.kernels.compiled_work import seconds_to_load
from sensa.kernels.work_clock import clock

FIRST_NODE_BUDGET = (
    1_000  # the first budget, or four times the variables; each next one is three times the last
)
MAX_PYTHON_NODES = 10_000  # up to this budget plain Python builds, so that small work loads no compiled code,
PLAIN_SECONDS_PER_NODE = 3.2e-6  # while all of it takes less than loading that
COMPILED = "sensa.kernels.bdd.build_compiled"
MIN_COMPILED_INSTRUCTIONS = 50  # below as many, the tables of the compiled builder cost more than they save
HALVING_NODE_BUDGET = 25_000  # from here on only half of the orders continue, but at least three
LAST_NODE_BUDGET = 2_000_000  # for the orders that were left behind, once all others have failed
SECOND_NODE_BUDGET = 200_000  # beyond it all orders are tried again: one that starts slowly may go far
FEW_NODE_BUDGET = 500_000  # from here on only the two orders that came furthest continue
LOSER_NODE_RATIO = 1.25  # once an order has succeeded, others may create this many times its nodes
SMALL_NODES = 4_000  # created for a diagram whose search ends after
MAX_LOSERS_IN_A_ROW = 3  # orders that are no better: trying more takes longer than a better one saves


@dataclass(frozen=True)
class Budget:
    """The limits of a compilation: nodes created for one module's diagram, and the end time."""

    nodes: int
    until: float


class TooLargeError(Exception):
    """A budget ran out at this node of the network."""

    def __init__(self, node: int, variables: int, nodes: int | None) -> None:
        super().__init__(node, variables, nodes)
        self.node = node
        self.variables = variables  # of the module
        self.nodes = nodes  # None: out of time


@dataclass(frozen=True)
class Found:
    """A module's diagram, and the order it was built in."""

    order: str
    leaves: list[int]
    built: Built


@dataclass(eq=False)
class _Candidate:
    order: str
    leaves: list[int]
    plan: Plan | None = None  # made on first use: many modules need only the first
    reached: float = 0.0  # share of the plan completed within the last budget
    stuck: int = 0  # the network's node at which that budget ran out


def smallest(
    network: Network, terrain: Terrain, module: Module, budget: Budget, only: str | None = None
) -> Found:
    """The module's smallest diagram; raises `TooLargeError`."""
    field = [_Candidate(name, leaves) for name, leaves in orders(terrain, module, only)]

    def plan(candidate: _Candidate) -> Plan:
        if candidate.plan is None:
            candidate.plan = plan_module(network, module, candidate.leaves)
        return candidate.plan

    running = field
    for most in _rungs(len(module.leaves), budget.nodes):
        if 3 * SECOND_NODE_BUDGET >= most > SECOND_NODE_BUDGET:
            running = field
        found = _round(running, plan, most, budget.until)
        if found is not None:
            return found
        if clock() > budget.until:
            raise TooLargeError(_furthest(field)[0].stuck, len(module.leaves), None)
        running = _promising(running, most)
    if len(running) < len(field):
        rest = [candidate for candidate in field if candidate not in running]
        found = _round(rest, plan, min(budget.nodes, LAST_NODE_BUDGET), budget.until)
        if found is not None:
            return found
    late = clock() > budget.until
    raise TooLargeError(_furthest(field)[0].stuck, len(module.leaves), None if late else budget.nodes)


def _rungs(variables: int, nodes: int) -> Iterator[int]:
    """The budgets, each at least three times the last, so that no round repeats another for little more."""
    most = max(FIRST_NODE_BUDGET, 4 * variables)
    while 3 * most <= nodes:
        yield most
        most *= 3
    yield nodes


def _furthest(field: list[_Candidate]) -> list[_Candidate]:
    return sorted(field, key=lambda candidate: -candidate.reached)


def _promising(running: list[_Candidate], most: int) -> list[_Candidate]:
    """The candidates at least half as far as the furthest; after long runs the better half, then two."""
    ranked = _furthest(running)
    if most >= FEW_NODE_BUDGET:
        return ranked[:2]
    kept = [candidate for candidate in ranked if 2 * candidate.reached >= ranked[0].reached]
    return kept[: max(3, (len(running) + 1) // 2)] if most >= HALVING_NODE_BUDGET else kept


def _round(
    field: list[_Candidate], planned: Callable[[_Candidate], Plan], most: int, until: float
) -> Found | None:
    """The smallest diagram of any candidate with at most `most` nodes created."""
    best: Found | None = None
    losers = 0  # in a row, since the best
    for tried, candidate in enumerate(field):
        if best is not None and losers >= MAX_LOSERS_IN_A_ROW and best.built.created <= SMALL_NODES:
            break
        plan = planned(candidate)
        build = builder(most, len(field) - tried, len(plan.left))
        built = build(plan.variables, plan.left, plan.right, plan.heads, most, until)
        losers += 1
        if built.stopped != DONE:
            candidate.reached = built.stopped / len(plan.left)
            candidate.stuck = plan.node[built.stopped]
            continue
        if best is None or len(built.level) < len(best.built.level):
            best, losers = Found(candidate.order, candidate.leaves, built), 0
            most = min(most, max(FIRST_NODE_BUDGET, int(LOSER_NODE_RATIO * built.created)))
        if len(built.level) <= len(candidate.leaves):
            break  # a node for each variable: none can be smaller
    return best


class Plain:
    """The builder in plain Python, with the number of nodes that this process has created by it."""

    def __init__(self) -> None:
        self.created = 0

    def build(self, *plan: Any) -> Built:
        """As `build_python.build`."""
        built = build_python.build(*plan)
        self.created += built.created
        return built


plain = Plain()


def builder(most: int, orders: int, instructions: int) -> Callable[..., Built]:
    """The builder for these orders, of at most `most` nodes each: plain or compiled; both build the same.

    Plain Python where what it has built and may now build takes less than loading compiled code.
    """
    if most <= MAX_PYTHON_NODES:
        nodes = plain.created + orders * most
        little = nodes * PLAIN_SECONDS_PER_NODE <= seconds_to_load(COMPILED)
        if little or instructions < MIN_COMPILED_INSTRUCTIONS:
            return plain.build
    from sensa.kernels.bdd import build_compiled

    return build_compiled.build


def expect_much() -> None:
    """Load the compiled builder, which is worth it for many small diagrams; results are the same."""
    from sensa.kernels.bdd import build_compiled

    assert build_compiled
