"""What is unknown, as factors of Sobol' indices: parameters, nodes, and groups of them."""

from sensa.circuit import Circuit


def factors(circuit: Circuit) -> list[tuple[int, ...]]:
    """The parameters as factors: each alone, but those tied by the copula together."""
    import numpy as np

    parent = {int(i): int(i) for i in circuit.correlated}

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in np.argwhere(np.triu(circuit.correlation, 1) != 0):
        parent[root(int(circuit.correlated[j]))] = root(int(circuit.correlated[i]))
    groups: dict[int, list[int]] = {}
    for parameter in range(len(circuit.parameters)):
        groups.setdefault(root(parameter) if parameter in parent else parameter, []).append(parameter)
    return [tuple(group) for group in groups.values()]
