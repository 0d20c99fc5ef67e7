"""How a story's circuit ends, for tests of compiling."""

import numpy as np

from sensa.compiling import compile_story
from sensa.engines.exact.engine import compile_exact
from sensa.lowering import lower
from sensa.sampling.parameters import coin_probabilities
from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse
from sensa.verify import verify_circuit, verify_graph


def ends(text: str) -> dict[str, float]:
    """The probability of each outcome of a story without parameters."""
    parsed = parse(text)
    assert [str(p) for p in check(parsed) if p.severity == "error"] == []
    circuit = verify_circuit(lower(verify_graph(compile_story(parsed))))
    q = compile_exact(circuit).probabilities(coin_probabilities(circuit, np.zeros((1, 0))))[0]
    found = dict.fromkeys(circuit.ended, 0.0)
    for root, value in zip(circuit.roots, q, strict=True):
        found[root.outcome] += float(value)
    return found
