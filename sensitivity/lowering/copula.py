"""The correlation matrix of a Gaussian copula from declared rank correlations."""

import numpy as np
import numpy.typing as npt

from sensa.defects import Defect, DefectiveStory
from sensa.graph import Graph
from sensa.kernels.program import Ints

Matrix = npt.NDArray[np.float64]


def copula(graph: Graph) -> tuple[Ints, Matrix]:
    """The tied parameters and their Pearson correlation in the copula, 2 sin(pi r / 6) for Spearman's r.

    Source: Kruskal 1958 (10.1080/01621459.1958.10501481). Raises `DefectiveStory` with a minimal set of
    parameters whose correlations contradict each other.
    """
    tied = sorted({p for d in graph.dependence for p in (d.first, d.second)})
    place = {parameter: i for i, parameter in enumerate(tied)}
    matrix = np.eye(len(tied))
    for d in graph.dependence:
        i, j = place[d.first], place[d.second]
        matrix[i, j] = matrix[j, i] = 2 * np.sin(np.pi * d.rank_correlation / 6)
    if not _is_positive_definite(matrix):
        offending = _smallest_offending(matrix)
        names = ", ".join(f"`{graph.parameters[tied[i]].path}`" for i in offending)
        path = next(d.path for d in graph.dependence if {place[d.first], place[d.second]} <= set(offending))
        message = f"the rank correlations among {names} contradict each other (not positive definite)"
        fix = "bring them nearer to zero, or state fewer of them"
        raise DefectiveStory((Defect("contradictory-dependence", path, message, fix),))
    return np.array(tied, np.int32), matrix


def _is_positive_definite(matrix: Matrix) -> bool:
    return len(matrix) == 0 or bool(np.linalg.eigvalsh(matrix)[0] > 1e-9)


def _smallest_offending(matrix: Matrix) -> list[int]:
    """A minimal set of parameters whose correlations contradict each other."""
    members = list(range(len(matrix)))
    for candidate in range(len(matrix)):
        rest = [m for m in members if m != candidate]
        if not _is_positive_definite(matrix[np.ix_(rest, rest)]):
            members = rest
    return members
