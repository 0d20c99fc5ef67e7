"""Static variable orders of a module to try: none is best for all stories.

Depth-first orders keep variables together that are read together. Orders by coin follow the story, once-only
draws first and then step by step; last step first is the one that lets the roots of all steps share
one chain (with the first step on top each root has a chain of its own). Within a step and a table the
draws that select a row come before the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import Network


@dataclass(frozen=True, eq=False)
class Terrain:
    """The data for orders: the network, and the step of each coin (-1: once-only; empty: no steps)."""

    network: Network
    step: list[int]

    @cached_property
    def first_coin(self) -> list[int]:
        """The smallest coin below each node."""
        found = [1 << 62]
        for coin, args in zip(self.network.k[1:], self.network.args[1:], strict=True):
            found.append(min(found[arg >> 1] for arg in args) if args else coin)
        return found

    @cached_property
    def weight(self) -> list[float]:
        """The number of coins below each node, over all paths."""
        found = [0.0]
        for args in self.network.args[1:]:
            found.append(min(1e300, sum(found[arg >> 1] for arg in args)) if args else 1.0)
        return found


Order = Callable[[Terrain, Module], list[int]]


def _depth_first(terrain: Terrain, module: Module, sort: Callable[[list[int]], list[int]]) -> list[int]:
    """The module's leaves in depth-first order, with arguments in the order of `sort`."""
    network, leaves = terrain.network, set(module.leaves)
    tops = [module.top] if module.top else [head >> 1 for head in module.heads]
    met: dict[int, None] = {}
    seen: set[int] = set()
    waiting = sort(tops)[::-1]
    while waiting:
        node = waiting.pop()
        if node in leaves:
            met[node] = None
        elif node not in seen:
            seen.add(node)
            waiting.extend(reversed(sort([arg >> 1 for arg in network.args[node]])))
    return list(met)


def _written(terrain: Terrain, module: Module) -> list[int]:
    return _depth_first(terrain, module, lambda nodes: nodes)


def _written_backwards(terrain: Terrain, module: Module) -> list[int]:
    return _depth_first(terrain, module, lambda nodes: nodes[::-1])


def _light_first(terrain: Terrain, module: Module) -> list[int]:
    return _depth_first(terrain, module, lambda nodes: sorted(nodes, key=terrain.weight.__getitem__))


def _heavy_first(terrain: Terrain, module: Module) -> list[int]:
    return _depth_first(terrain, module, lambda nodes: sorted(nodes, key=lambda node: -terrain.weight[node]))


def _by_coin(terrain: Terrain, module: Module) -> list[int]:
    return sorted(module.leaves, key=terrain.first_coin.__getitem__)


def _by_coin_backwards(terrain: Terrain, module: Module) -> list[int]:
    return _by_coin(terrain, module)[::-1]


def _last_step_first(terrain: Terrain, module: Module) -> list[int]:
    def place(leaf: int) -> tuple[int, int]:
        coin = terrain.first_coin[leaf]
        return -terrain.step[coin], coin

    return sorted(module.leaves, key=place)


def _once_then_last_step_first(terrain: Terrain, module: Module) -> list[int]:
    def place(leaf: int) -> tuple[bool, int, int]:
        coin = terrain.first_coin[leaf]
        return terrain.step[coin] >= 0, -terrain.step[coin], coin

    return sorted(module.leaves, key=place)


ORDERS: dict[str, Order] = {
    "depth-first": _written,
    "depth-first, light first": _light_first,
    "depth-first, heavy first": _heavy_first,
    "depth-first, backwards": _written_backwards,
    "by coin, backwards": _by_coin_backwards,
    "by coin": _by_coin,
}
STEP_ORDERS: dict[str, Order] = {
    "last step first": _last_step_first,
    "once-only, then last step first": _once_then_last_step_first,
}


def orders(terrain: Terrain, module: Module, only: str | None = None) -> Iterator[tuple[str, list[int]]]:
    """The distinct orders to try, with their names."""
    choice = STEP_ORDERS | ORDERS if terrain.step else ORDERS
    seen: set[tuple[int, ...]] = set()
    for name, order in choice.items():
        if only in (None, name):
            leaves = order(terrain, module)
            if tuple(leaves) not in seen:
                seen.add(tuple(leaves))
                yield name, leaves
