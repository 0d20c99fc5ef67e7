"""Bayesian networks of several states, as circuits and as stories, against pyAgrum's junction trees."""

import gzip
import itertools
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from sensa.compiling import compile_story
from sensa.engines.elimination.engine import compile_eliminated, compile_eliminated_gates
from sensa.engines.exact.engine import compile_exact
from sensa.lowering import lower
from sensa.sampling.parameters import at_means
from sensa.stories.reading import parse
from tests.engines.circuits import ints

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from bayesian_networks import Network, Variable, circuit_of, read_network, story_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyagrum


def random_network(rng: np.random.Generator, variables: int, most_states: int) -> Network:
    """Each variable reads up to two before it; some entries of the tables are 0."""
    network: Network = {}
    for i in range(variables):
        names = [f"x{j}" for j in range(i)]
        parents = rng.choice(names, min(i, int(rng.integers(0, 3))), replace=False).tolist() if i else []
        states = int(rng.integers(2, most_states + 1))
        shape = [len(network[parent].states) for parent in parents] + [states]
        table = rng.random(shape) * (rng.random(shape) < 0.8) + 1e-3 * (np.arange(states) == 0)
        table /= table.sum(axis=-1, keepdims=True)
        network[f"x{i}"] = Variable(tuple(f"s{s}" for s in range(states)), tuple(parents), table)
    return network


def marginals(network: Network) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    net = pyagrum.BayesNet()
    for name, variable in network.items():
        net.add(pyagrum.LabelizedVariable(name, "", len(variable.states)))
        for parent in variable.parents:
            net.addArc(parent, name)
    for name, variable in network.items():
        for case in itertools.product(*(range(len(network[parent].states)) for parent in variable.parents)):
            net.cpt(name)[dict(zip(variable.parents, case, strict=True))] = variable.table[case].tolist()
    inference = pyagrum.LazyPropagation(net)
    inference.makeInference()
    return {name: inference.posterior(name).toarray() for name in network}


@pytest.mark.parametrize("seed", range(6))
def test_all_marginals_of_a_network_come_from_one_circuit(seed: int) -> None:
    network = random_network(np.random.default_rng(seed), 12, 4)
    circuit = circuit_of(network)
    roots = [state for states in circuit.states.values() for state in states]
    engine = compile_eliminated_gates(circuit.gates, ints(*roots), coins=len(circuit.p))
    wanted = np.concatenate(list(marginals(network).values()))
    np.testing.assert_allclose(engine.probabilities(circuit.p[None])[0], wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", range(4))
def test_a_network_as_a_story_of_choices_has_its_probabilities(seed: int) -> None:
    """By both exact engines, each variable with the rows of its table."""
    network = random_network(np.random.default_rng(100 + seed), 8, 4)
    top = list(network)[-1]
    circuit = lower(compile_story(parse(story_of(network, "A network", top))))
    wanted = marginals(network)[top]
    p = at_means(circuit).p
    for engine in (compile_eliminated(circuit), compile_exact(circuit)):
        np.testing.assert_allclose(engine.probabilities(p)[0], wanted, rtol=0, atol=1e-13)


def test_a_file_is_read_whatever_the_order_of_its_rows() -> None:
    text = """network unknown {
}
variable b {
  type discrete [ 2 ] { yes, no };
}
variable a {
  type discrete [ 3 ] { <5, 5-12, 12+ };
}
probability ( b | a ) {
  (12+) 1.0, 0.0;
  (<5) 0.25, 0.75;
  (5-12) 0.5, 0.5;
}
probability ( a ) {
  table 0.5, 0.25, 0.25;
}
"""
    found = read_network(gzip.compress(text.encode()))
    assert list(found) == ["a", "b"]
    assert found["a"].states == ("<5", "5-12", "12+")
    assert found["b"].table.tolist() == [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]
    assert marginals(found)["b"][0] == pytest.approx(0.5 * 0.25 + 0.25 * 0.5 + 0.25, abs=1e-12)
