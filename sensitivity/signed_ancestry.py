"""Which nodes help a condition come true: by being true, or by being false."""

from collections.abc import Iterable, Iterator

from sensa.graph import (
    And,
    AnyCause,
    AtLeast,
    Bool,
    Compare,
    FirstCase,
    Graph,
    Holds,
    Law,
    Not,
    Or,
    Picks,
    Real,
)
from sensa.showing.graph_text import parts, parts_of

Signed = tuple[int, bool]  # a node, and whether it helps by being true
BOTH = (True, False)


def helping(graph: Graph, conditions: Iterable[Bool]) -> frozenset[Signed]:
    """The nodes on which some condition depends, each with the truth by which it can help.

    Signs are those of how the conditions are written: under `not` they change. Where a number depends on a
    condition (a `given`, a nudge, `if … else`), either sign may help.
    """
    waiting = [one for condition in conditions for one in _read(graph, condition, True)]
    seen = set[Signed]()
    while waiting:
        node, sign = waiting.pop()
        if (node, sign) not in seen:
            seen.add((node, sign))
            waiting.extend(_read_by_law(graph, graph.nodes[node].law, sign))
    return frozenset(seen)


def _read(graph: Graph, condition: Bool, sign: bool) -> Iterator[Signed]:
    match condition:
        case Holds(node) | Picks(node, _):
            yield node, sign
        case Not(arg):
            yield from _read(graph, arg, not sign)
        case And(args) | Or(args) | AtLeast(_, args):
            for arg in args:
                yield from _read(graph, arg, sign)
        case Compare(_, left, right):
            yield from _either(graph, (left, right))


def _either(graph: Graph, expressions: Iterable[Bool | Real]) -> Iterator[Signed]:
    for expression in expressions:
        for part in parts(expression, graph):
            if isinstance(part, Holds | Picks):
                yield from ((part.node, sign) for sign in BOTH)


def _read_by_law(graph: Graph, law: Law, sign: bool) -> Iterator[Signed]:
    match law:
        case FirstCase(cases):
            for case in cases:
                if case.kind != "caused":  # where a leak is drawn no cause acts; what is rebutted is false
                    yield from _read(graph, case.when, not sign)
                else:
                    yield from _either(graph, (case.when,))
                yield from _either(graph, (case.chance,))
        case AnyCause(causes):
            for case in causes:
                yield from _read(graph, case.when, sign)
                yield from _either(graph, (case.chance,))
        case _:
            yield from _either(graph, parts_of(law))
