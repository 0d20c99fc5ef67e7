"""Preprocessing of gates for all engines: coalesce, prune, renumber."""

from collections.abc import Iterable, Mapping, Sequence

from sensa.kernels.program import Op
from sensa.lowering.gate_builder import Key


def preprocess(table: Sequence[Key], kept: Iterable[int]) -> tuple[list[Key], Mapping[int, int]]:
    """The gates that `kept` needs, nested junctions merged; with the new number of each old gate.

    A conjunction that only one other conjunction reads is merged into it, and so for disjunctions;
    gates that no kept gate reaches are dropped. The order stays topological.
    """
    roots = set(kept)
    users = _users(table, roots)
    merged: dict[int, tuple[int, ...]] = {}
    for gate in sorted(users):
        op, _, args = table[gate]
        if op in (Op.AND, Op.OR):
            flat: dict[int, None] = {}
            for arg in args:
                alone = users[arg] == 1 and arg not in roots and table[arg][0] == op
                flat.update(dict.fromkeys(merged[arg] if alone else (arg,)))
            merged[gate] = tuple(flat)
    return _renumber(table, roots, merged)


def _users(table: Sequence[Key], roots: set[int]) -> dict[int, int]:
    """The number of reachable gates that read each reachable gate."""
    users = dict.fromkeys(roots, 0)
    for gate in range(len(table) - 1, -1, -1):
        if gate in users:
            for arg in table[gate][2]:
                users[arg] = users.get(arg, 0) + 1
    return users


def _renumber(
    table: Sequence[Key], roots: set[int], merged: Mapping[int, tuple[int, ...]]
) -> tuple[list[Key], dict[int, int]]:
    needed = set(roots)
    for gate in range(len(table) - 1, -1, -1):
        if gate in needed:
            needed.update(merged.get(gate, table[gate][2]))
    number: dict[int, int] = {}
    out: list[Key] = []
    for gate in sorted(needed):
        op, k, args = table[gate]
        number[gate] = len(out)
        out.append((op, k, tuple(number[a] for a in merged.get(gate, args))))
    return out, number
