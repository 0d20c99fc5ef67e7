"""A module as a plan: conjunctions of two earlier results at a time, for the diagram builders.

References are `2 * register + negated`. Register 0 is the constant false, registers 1 to `variables`
are the variables from the top level down, and instruction `i` fills register `1 + variables + i`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import AND, FALSE, TRUE, Network


@dataclass
class Plan:
    """Instruction `i` is the conjunction of `left[i]` and `right[i]`; `heads` are the wanted references."""

    variables: int
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    node: list[int] = field(default_factory=list)  # the network's node that the instruction is for
    heads: list[int] = field(default_factory=list)
    level: list[int] = field(default_factory=list)  # of each register: the smallest level it can depend on

    def conjunction(self, a: int, b: int, node: int) -> int:
        """A reference to `a and b`."""
        if a < 2 or b < 2:
            return a + b - TRUE if TRUE in (a, b) else FALSE
        if a >> 1 == b >> 1:
            return a if a == b else FALSE
        self.left.append(a)
        self.right.append(b)
        self.node.append(node)
        self.level.append(min(self.level[a >> 1], self.level[b >> 1]))
        return 2 * (self.variables + len(self.left))

    def disjunction(self, a: int, b: int, node: int) -> int:
        """A reference to `a or b`."""
        return self.conjunction(a ^ 1, b ^ 1, node) ^ 1

    def deepest_first(self, references: Sequence[int]) -> list[int]:
        """Sort arguments so that the result so far stays below the next one, if the order allows it."""
        return sorted(references, key=lambda reference: -self.level[reference >> 1])


def plan_module(network: Network, module: Module, order: Sequence[int]) -> Plan:
    """The module's conjunctions, with its leaves as variables in this order."""
    plan = Plan(len(order), level=[len(order), *range(len(order))])
    reference = {leaf: 2 * (level + 1) for level, leaf in enumerate(order)}
    for node in module.inner:
        args = plan.deepest_first([reference[arg >> 1] ^ (arg & 1) for arg in network.args[node]])
        if network.kind[node] == AND:
            result = args[0]
            for arg in args[1:]:
                result = plan.conjunction(result, arg, node)
        else:
            result = _threshold(plan, network.k[node], args, node)
        reference[node] = result
    plan.heads = [reference[head >> 1] ^ (head & 1) for head in module.heads]
    return plan


def _threshold(plan: Plan, k: int, args: list[int], node: int) -> int:
    """At least `k` of `args`, by the number still missing: k (n - k + 1) cells, nothing expanded.

    `wanted[j]` is "at least j of the arguments so far". Since that grows as j falls, the choice between
    two of them by an argument needs one conjunction and one disjunction.
    """
    wanted = [TRUE] + [FALSE] * k
    for taken, arg in enumerate(args):
        least = max(1, k - (len(args) - 1 - taken))
        for j in range(min(k, taken + 1), least - 1, -1):
            with_it = plan.conjunction(arg, wanted[j - 1], node)
            wanted[j] = plan.disjunction(with_it, wanted[j], node)
    return wanted[k]
