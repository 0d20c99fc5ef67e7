"""Names for the parts of a diagram, by the author's nodes, for messages and listings."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from sensa.engines.exact.diagram_compiler import Assembled
from sensa.engines.exact.network import Network


def literal_name(network: Network, labels: Mapping[int, str], literal: int) -> str:
    """The author's label of a literal's gate, or the gate's number, with its negation."""
    origin = network.origin[literal >> 1]
    name = labels.get(origin >> 1, f"gate {origin >> 1}")
    return f"not {name}" if (literal ^ origin) & 1 else name


def nearest_label(network: Network, labels: Mapping[int, str], node: int) -> str:
    """The place of a node in the author's words: its own label, or the nearest above, else below it."""
    gate = network.origin[node] >> 1
    if gate in labels:
        return f"`{labels[gate]}`"
    readers: list[list[int]] = [[] for _ in range(network.size)]
    for reader, args in enumerate(network.args):
        for arg in args:
            readers[arg >> 1].append(reader)
    below = [[arg >> 1 for arg in args] for args in network.args]
    for where, links in (("within", readers), ("over", below)):
        found = _nearest(network, labels, node, links)
        if found is not None:
            return f"a gate {where} `{found}`"
    return f"gate {gate}"


def _nearest(
    network: Network, labels: Mapping[int, str], node: int, links: Sequence[Sequence[int]]
) -> str | None:
    """The label that takes the fewest links to reach."""
    waiting, seen = deque([node]), {node}
    while waiting:
        for other in links[waiting.popleft()]:
            if network.origin[other] >> 1 in labels:
                return labels[network.origin[other] >> 1]
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return None


def diagram_lines(
    network: Network, assembled: Assembled, labels: Mapping[int, str], coins: Sequence[str], most: int
) -> Iterator[str]:
    """Lines for at most `most` nodes, by module, children first."""
    diagram = assembled.diagram
    first = 2 + diagram.coins

    def slot(index: int) -> str:
        if index < 2:
            return ("false", "true")[index]
        return coins[index - 2] if index < first else f"#{index - first}"

    def variable(index: int) -> str:
        head = assembled.heads.get(index)
        return slot(index) if head is None else f"{slot(index)} ({literal_name(network, labels, head)})"

    starts: dict[int, str] = {}
    for start, top, order in zip(diagram.modules[:-1], assembled.tops, assembled.order, strict=False):
        what = (
            literal_name(network, labels, network.origin[top] & 1 | 2 * top) if top else "what modules share"
        )
        starts.setdefault(int(start), f"module {what}, order: {order}")
    for node in range(min(most, diagram.size)):
        if node in starts:
            yield starts[node]
        yield (
            f"  #{node} = {slot(int(diagram.high[node]))} if {variable(int(diagram.variable[node]))} "
            f"else {slot(int(diagram.low[node]))}"
        )
    if diagram.size > most:
        yield f"  and {diagram.size - most:,} more nodes"
    for number, root in enumerate(diagram.roots.tolist()):
        yield f"root {number} = {slot(root)}"
