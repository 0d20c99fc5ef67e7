"""A diagram as text, read again: by it every world ends as the gates say."""

import re

from sensa.engines.exact.diagram_names import literal_name, nearest_label
from sensa.engines.exact.engine import compile_gates
from sensa.engines.exact.network import simplify
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, ints, truth

NAMES = ("a", "b", "c", "d", "e", "f")
NODE = re.compile(r"  (#\d+) = (\S+) if (\S+)(?: \(.*\))? else (\S+)")


def read(text: str, world: int) -> list[bool]:
    """The roots in a world, of which coin i is bit i."""
    known = {"false": False, "true": True} | {name: bool(world >> i & 1) for i, name in enumerate(NAMES)}
    roots = []
    for line in text.splitlines()[1:]:
        node = NODE.fullmatch(line)
        if node:
            name, high, test, low = node.groups()
            known[name] = known[high] if known[test] else known[low]
        elif line.startswith("root "):
            roots.append(known[line.partition(" = ")[2]])
    return roots


def test_a_listing_is_the_diagram() -> None:
    writer = Writer()
    a, b, c, d, e, f = (writer.coin() for _ in NAMES)
    either, two = writer.gate(Op.OR, a, b), writer.gate(Op.AT_LEAST, c, d, e, k=2)
    top = writer.gate(Op.AND, either, writer.gate(Op.NOT, two), f)
    gates, roots = writer.gates(), ints(top, two)
    engine = compile_gates(gates, roots, {either: "either", two: "two", top: "top"}, coins=NAMES)
    text, table = engine.describe(), truth(gates, len(NAMES))
    for world in range(1 << len(NAMES)):
        assert read(text, world) == [bool(table[root, world]) for root in roots]
    heads = [line.partition(",")[0] for line in text.splitlines() if line.startswith("module ")]
    assert len(heads) == engine.modules
    assert len(set(heads)) == len(heads)
    assert {"module either", "module two"} & set(heads)
    nodes = [line for line in text.splitlines() if NODE.fullmatch(line)]
    assert len(nodes) == engine.size
    assert f"  and {engine.size - 2:,} more nodes" in engine.describe(2).splitlines()


def test_a_literal_has_the_name_of_its_gate_or_that_negated() -> None:
    writer = Writer()
    a, b = writer.coin(), writer.coin()
    either = writer.gate(Op.OR, a, b)
    network = simplify(writer.gates(), ints(either))
    (root,) = network.roots
    assert literal_name(network, {either: "either"}, root) == "either"
    assert literal_name(network, {either: "either"}, root ^ 1) == "not either"


def test_the_nearest_name_is_found_over_a_ladder_of_gates() -> None:
    """Of 80 rungs without names, so with 2^80 paths: a search that enters a gate twice does not end."""
    writer = Writer()
    low, high = writer.coin(), writer.coin()
    deepest = writer.gate(Op.AND, low, high)
    bottom = low, high = deepest, writer.gate(Op.OR, low, high)
    for _ in range(80):
        rung = writer.coin()
        low, high = (
            writer.gate(
                Op.OR, writer.gate(Op.AND, low, rung), writer.gate(Op.AND, high, writer.gate(Op.NOT, rung))
            ),
            writer.gate(
                Op.OR, writer.gate(Op.AND, high, rung), writer.gate(Op.AND, low, writer.gate(Op.NOT, rung))
            ),
        )
    network = simplify(writer.gates(), ints(low, high))
    node = next(node for node in range(network.size) if network.origin[node] >> 1 == bottom[0])
    assert nearest_label(network, {}, node) == f"gate {bottom[0]}"
    assert nearest_label(network, {low: "top"}, node) == "a gate within `top`"
