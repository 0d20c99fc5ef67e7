"""The exact engine against other libraries: `dd` (diagrams in Python) and pyAgrum (junction trees)."""

import warnings

import numpy as np
import pytest
from dd.autoref import BDD

from sensa.engines.exact.engine import compile_gates
from sensa.kernels.program import Gates, Op
from tests.engines.circuits import Writer, ints, random_gates

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # its compiled part warns when it is loaded, and dies of warnings as errors
    import pyagrum


def in_dd(gates: Gates, coins: int) -> tuple[BDD, list[object]]:
    """Each gate as a function of `dd`."""
    bdd = BDD()
    bdd.declare(*(f"b{coin}" for coin in range(coins)))
    functions: list[object] = []
    for gate in range(gates.size):
        args = [functions[arg] for arg in gates.args[gates.start[gate] : gates.start[gate + 1]]]
        match int(gates.op[gate]):
            case Op.COIN:
                made = bdd.var(f"b{gates.k[gate]}")
            case Op.NOT:
                made = ~args[0]
            case Op.AT_LEAST:
                counts = [bdd.true] + [bdd.false] * max(0, int(gates.k[gate]))
                for arg in args:
                    for j in range(len(counts) - 1, 0, -1):
                        counts[j] |= counts[j - 1] & arg
                made = counts[-1]
            case Op.AND | Op.TRUE:
                made = bdd.true
                for arg in args:
                    made &= arg
            case _:
                made = bdd.false
                for arg in args:
                    made |= arg
        functions.append(made)
    return bdd, functions


@pytest.mark.parametrize("seed", range(6))
def test_as_many_models_as_dd_counts(seed):
    """At p = 1/2 everywhere a probability is the share of models, and dd counts models."""
    coins = 24
    gates = random_gates(np.random.default_rng(seed), coins, 60)
    bdd, functions = in_dd(gates, coins)
    roots = ints(*range(gates.size - 12, gates.size))
    q = compile_gates(gates, roots, coins=coins).probabilities(np.full((1, coins), 0.5))[0]
    counted = [bdd.count(functions[root], nvars=coins) / 2.0**coins for root in roots]
    np.testing.assert_array_equal(q, counted)  # no rounding: all are multiples of 2^-24


@pytest.mark.parametrize("seed", range(6))
def test_constants_are_those_of_dd(seed):
    coins = 10
    gates = random_gates(np.random.default_rng(100 + seed), coins, 80)
    bdd, functions = in_dd(gates, coins)
    engine = compile_gates(gates, ints(*range(gates.size)), coins=coins)
    assert [engine.is_false(gate) for gate in range(gates.size)] == [f == bdd.false for f in functions]
    constant = [f in (bdd.false, bdd.true) for f in functions]
    assert engine.constant.tolist() == constant


def in_pyagrum(gates: Gates, p: np.ndarray) -> pyagrum.BayesNet:
    net = pyagrum.BayesNet()
    for gate in range(gates.size):
        net.add(pyagrum.LabelizedVariable(f"g{gate}", "", 2))
        args = gates.args[gates.start[gate] : gates.start[gate + 1]].tolist()
        for arg in args:
            net.addArc(arg, gate)
        table = net.cpt(gate)
        if gates.op[gate] == Op.COIN:
            chance = p[gates.k[gate]]
            table.fillWith([1 - chance, chance])
            continue
        many = len(args)
        for row in range(1 << many):
            bits = [row >> i & 1 for i in range(many)]
            holds = {Op.NOT: not all(bits), Op.AND: all(bits), Op.OR: any(bits)}.get(
                int(gates.op[gate]), sum(bits) >= gates.k[gate]
            )
            table[{f"g{arg}": bit for arg, bit in zip(args, bits, strict=True)}] = [1 - holds, holds]
    return net


@pytest.mark.parametrize("seed", range(4))
def test_probabilities_are_those_of_a_junction_tree(seed):
    rng = np.random.default_rng(seed)
    writer = Writer()
    for _ in range(12):
        writer.coin()
    for _ in range(25):
        op = Op(rng.choice([Op.NOT, Op.AND, Op.OR, Op.AT_LEAST]))
        among = rng.choice(np.arange(max(0, len(writer.op) - 12), len(writer.op)), 3, replace=False).tolist()
        writer.gate(op, *(among[:1] if op == Op.NOT else among), k=2)
    gates, p = writer.gates(), rng.uniform(0.05, 0.95, 12)
    inference = pyagrum.LazyPropagation(in_pyagrum(gates, p))
    inference.makeInference()
    wanted = [inference.posterior(gate)[1] for gate in range(gates.size)]
    q = compile_gates(gates, ints(*range(gates.size)), coins=12).probabilities(p[None])[0]
    np.testing.assert_allclose(q, wanted, rtol=0, atol=1e-12)
