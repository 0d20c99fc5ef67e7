"""Modules: parts of a network that share nothing with the rest, so that each can be solved alone.

Dutuit and Rauzy, A linear-time algorithm to find modules of fault trees, IEEE Transactions on
Reliability 45 (1996), 10.1109/24.537011; here for several roots, through a virtual top that reads them.
"""

from dataclasses import dataclass

from sensa.engines.exact.network import AND, AT_LEAST, COIN, Network


@dataclass(frozen=True)
class Module:
    """A part of the network: `inner` nodes in topological order, over coins and other modules."""

    top: int  # its node; 0 for the virtual top
    inner: tuple[int, ...]
    leaves: tuple[int, ...]  # coins and modules, in the order of first occurrence
    heads: tuple[int, ...]  # its required literals


def find_modules(network: Network) -> tuple[Module, ...]:
    """All modules, each after those it reads; the virtual top, if any, is the last."""
    tops = list(dict.fromkeys(root >> 1 for root in network.roots if root > 1))
    is_module = _modular(network, tops)
    wanted = _polarities(network)
    modules = [
        _gather(network, is_module, node, [node], _heads(network, wanted, node))
        for node in range(1, network.size)
        if is_module[node]
    ]
    loose = [top for top in tops if not is_module[top] and network.kind[top] != COIN]
    if loose:
        within = set(loose)
        heads = dict.fromkeys(root for root in network.roots if root >> 1 in within)
        modules.append(_gather(network, is_module, 0, loose, tuple(heads)))
    return tuple(modules)


def _modular(network: Network, tops: list[int]) -> list[bool]:
    """Whether all visits below each node are between the first and the last step of its own traversal."""
    size = network.size
    first, finished, last = [0] * size, [0] * size, [0] * size
    date = 0
    waiting = [(top, False) for top in reversed(tops)]
    while waiting:
        node, done = waiting.pop()
        date += 1
        last[node] = date
        if done:
            finished[node] = date
        elif not first[node]:
            first[node] = date
            waiting.append((node, True))
            waiting += [(arg >> 1, False) for arg in reversed(network.args[node])]
    earliest, latest = first[:], last[:]
    modular = [False] * size
    for node in range(1, size):
        if network.kind[node] in (AND, AT_LEAST):
            below = [arg >> 1 for arg in network.args[node]]
            low, high = min([earliest[arg] for arg in below]), max([latest[arg] for arg in below])
            modular[node] = first[node] < low and high < finished[node]
            earliest[node] = min(first[node], low)
            latest[node] = max(last[node], high)
    return modular


def _polarities(network: Network) -> list[int]:
    """The sign with which each node enters the roots: 1 plain, 2 negated, 3 both."""
    wanted = [0] * network.size
    for root in network.roots:
        wanted[root >> 1] |= 1 + (root & 1)
    for node in range(network.size - 1, 0, -1):
        here = wanted[node]
        turned = (here >> 1) | (here & 1) << 1
        for arg in network.args[node]:
            wanted[arg >> 1] |= turned if arg & 1 else here
    return wanted


def _heads(network: Network, wanted: list[int], node: int) -> tuple[int, ...]:
    """The sign with which a module is stored: that with which it enters the roots.

    1 - x loses the small digits of x if x is near 1, so rare events are stored as such.
    """
    asked = tuple(dict.fromkeys(root for root in network.roots if root >> 1 == node))
    sign = wanted[node] - 1 if wanted[node] in (1, 2) else network.origin[node] & 1
    return asked or (2 * node + sign,)


def _gather(
    network: Network, is_module: list[bool], top: int, tops: list[int], heads: tuple[int, ...]
) -> Module:
    inner: set[int] = set()
    leaves: dict[int, None] = {}
    waiting = list(reversed(tops))
    while waiting:
        node = waiting.pop()
        if node in inner or node in leaves:
            continue
        if network.kind[node] == COIN or (is_module[node] and node != top):
            leaves[node] = None
        else:
            inner.add(node)
            waiting += [arg >> 1 for arg in reversed(network.args[node])]
    return Module(top, tuple(sorted(inner)), tuple(leaves), heads)
