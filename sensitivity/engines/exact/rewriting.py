"""The same functions as a network with smaller diagrams, for what is large: rewriting of fault trees.

x or F(x) is x or F(false), and x and F(x) is x and F(true): what the root reads alone is settled below it.
Arguments that the same conjunctions read and nothing else, and that share nothing with others, become one
conjunction: a module with a chain for its diagram, in place of as many levels. (Niemelä 1994, *On
simplification of large fault trees*; literals are those of `network`, where disjunctions are negated
conjunctions.)
"""

from collections import defaultdict

from sensa.engines.exact.modules import find_modules
from sensa.engines.exact.network import AND, AT_LEAST, COIN, FALSE, TRUE, Network, coalesced


def rewritten(network: Network) -> Network:
    """A network of the same roots, rewritten until nothing changes."""
    settled = _settled(network)
    while settled is not None:
        network, settled = settled, _settled(settled)
    grouped = _grouped(network)
    while grouped is not None:
        network, grouped = grouped, _grouped(grouped)
    network.known.clear()
    return network


def _settled(network: Network) -> Network | None:
    """With the coins that the only root reads alone settled in the rest of it; None if nothing changes."""
    tops = {root >> 1 for root in network.roots}
    top = max(tops)
    if len(tops) > 1 or network.kind[top] != AND:
        return None
    units, rest = _arguments(network, top)
    below = _below(network, rest)
    values = {unit >> 1: TRUE ^ (unit & 1) for unit in units}
    if below.isdisjoint(values):
        return None
    result = Network()
    literal = [FALSE] * network.size
    for node in sorted(below):
        literal[node] = _copied(result, network, literal, node) if node not in values else values[node]
    parts = [literal[arg >> 1] ^ (arg & 1) for arg in rest]
    parts += [
        result.node(COIN, network.k[unit >> 1], (), network.origin[unit >> 1]) ^ (unit & 1) for unit in units
    ]
    head = result.conjunction(parts, network.origin[top])
    result.roots = tuple(head ^ (root & 1) for root in network.roots)
    return coalesced(result)


def _arguments(network: Network, top: int) -> tuple[list[int], list[int]]:
    """The coins that a conjunction reads, and the rest; for conjunctions that it reads, their arguments."""
    units: dict[int, None] = {}
    rest: dict[int, None] = {}
    waiting = list(network.args[top])[::-1]
    while waiting:
        arg = waiting.pop()
        if network.kind[arg >> 1] == COIN:
            units[arg] = None
        elif network.kind[arg >> 1] == AND and not arg & 1:
            waiting += network.args[arg >> 1][::-1]
        else:
            rest[arg] = None
    return list(units), list(rest)


def _below(network: Network, literals: list[int]) -> set[int]:
    found: set[int] = set()
    waiting = [literal >> 1 for literal in literals]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [arg >> 1 for arg in network.args[node]]
    return found


def _copied(result: Network, network: Network, literal: list[int], node: int) -> int:
    """The literal of a node in another network, which has its arguments."""
    kind, k, origin = network.kind[node], network.k[node], network.origin[node]
    args = [literal[arg >> 1] ^ (arg & 1) for arg in network.args[node]]
    if kind == AND:
        return result.conjunction(args, origin)
    if kind == AT_LEAST:
        return result.at_least(k, args, origin)
    return result.node(COIN, k, (), origin)


def _grouped(network: Network) -> Network | None:
    """With what only the same conjunctions read as a conjunction of its own; None if nothing is."""
    group = {literal: together for together in _together(network) for literal in together}
    if not group:
        return None
    result = Network()
    literal = [FALSE] * network.size
    made: dict[tuple[int, ...], int] = {}
    for node in range(1, network.size):
        inside = {arg: group[arg] for arg in network.args[node] if arg in group}
        if not inside:
            literal[node] = _copied(result, network, literal, node)
            continue
        origin = network.origin[node]
        args = [literal[arg >> 1] ^ (arg & 1) for arg in network.args[node] if arg not in inside]
        for together in dict.fromkeys(inside.values()):
            if together not in made:
                made[together] = result.conjunction(
                    [literal[arg >> 1] ^ (arg & 1) for arg in together], origin
                )
            args.append(made[together])
        literal[node] = result.conjunction(args, origin)
    result.roots = tuple(literal[root >> 1] ^ (root & 1) for root in network.roots)
    return result


def _together(network: Network) -> list[tuple[int, ...]]:
    """Literals of coins and modules, those together that the same conjunctions read and nothing else."""
    alone = {module.top for module in find_modules(network)}
    readers: list[list[int]] = [[] for _ in range(network.size)]
    signs = [0] * network.size  # 1: read plainly, 2: negated, 4: by more than conjunctions
    for root in network.roots:
        signs[root >> 1] |= 4
    for node, args in enumerate(network.args):
        for arg in args:
            readers[arg >> 1].append(node)
            signs[arg >> 1] |= 1 + (arg & 1) if network.kind[node] == AND else 4
    same: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for node in range(1, network.size):
        if signs[node] in (1, 2) and (network.kind[node] == COIN or node in alone):
            same[tuple(readers[node])].append(2 * node + signs[node] - 1)
    return [
        tuple(literals)
        for by, literals in same.items()
        if len(literals) > 1 and len(literals) < max(len(network.args[node]) for node in by)
    ]
