"""Minimal sets against enumeration of all worlds, of all sets, and against published counts."""

import json
import math
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.cut_sets.minimal_cut_sets import cut_sets, minimal_sets
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Op
from tests.engines.circuits import Writer, truth
from tests.engines.cut_sets.enumeration import implicants, least, listed
from tests.engines.cut_sets.formulas import formulas

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))
from open_psa import read_fault_tree  # noqa: E402

CASES = ROOT.parent / "shared" / "cases" / "fault_trees"
COUNTS = {  # minimal cut sets of the Aralia set, as published; das9601 is not coherent
    "baobab1": 46188, "baobab2": 4805, "chinese": 392, "das9201": 14217, "das9207": 25988, "edf9201": 579720,
    "edf9205": 21308, "elf9601": 151348, "ftr10": 305, "isp9603": 3434, "isp9605": 5630, "isp9607": 150436,
    "jbd9601": 14007, "das9601": 4259,
}  # fmt: skip
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=100, deadline=None, suppress_health_check=CHECKS)
@given(formulas(), st.data())
def test_sets_are_those_of_enumeration(made, data):
    """Cut sets of what is monotone, prime implicants of the rest; sizes, and the likeliest first."""
    gates, root, coins = made
    table = truth(gates, coins)[root]
    found = minimal_sets(gates, root, coins)
    want = implicants(table, coins)
    assert listed(found, coins) == want
    assert {size: n for size, n in enumerate(found.by_size()) if n} == {
        size: sum(len(each) == size for each in want) for size in {len(each) for each in want}
    }
    p = data.draw(st.lists(st.sampled_from([0.01, 0.2, 0.5, 0.9]), min_size=coins, max_size=coins))
    told = list(found.likeliest(p))
    for chance, facts in told:
        assert chance == pytest.approx(math.prod(p[c] if v else 1 - p[c] for c, v in facts), rel=1e-9)
    assert [chance for chance, _ in told] == sorted((chance for chance, _ in told), reverse=True)
    for most in range(4):
        few = [frozenset(facts) for facts in found.smallest(most)]
        assert [len(facts) for facts in few] == sorted(len(facts) for facts in few)
        assert len(few) == len(set(few))
        assert set(few) == {each for each in want if len(each) <= most}
    assert {frozenset({fact}) for fact in found.single()} == {each for each in want if len(each) == 1}


@settings(max_examples=100, deadline=None, suppress_health_check=CHECKS)
@given(formulas(), st.data())
def test_sets_of_events_are_those_of_enumeration(made, data):
    gates, root, coins = made
    events = data.draw(st.lists(st.booleans(), min_size=coins, max_size=coins))
    assert listed(cut_sets(gates, root, events), coins) == least(truth(gates, coins)[root], events)


@pytest.mark.parametrize("name", list(COUNTS))
def test_published_fault_trees(name):
    """The counts of the Aralia set; where events can undo the top, of its minimal p-cuts."""
    if not CASES.exists():
        pytest.skip("the published trees are not in this checkout")
    assert json.loads((CASES / "answers.json").read_text())[name]["minimal_cut_sets"] == COUNTS[name]
    tree = read_fault_tree(CASES / f"{name}.xml")
    if name == "das9601":
        found = cut_sets(tree.gates, tree.top, [True] * len(tree.events))
    else:
        found = minimal_sets(tree.gates, tree.top, len(tree.events))
        assert found.coherent
    assert found.count() == COUNTS[name]


def test_a_module_that_stands_negated():
    """not (a and b) and c, or d: {not a, c}, {not b, c}, {d}, by hand."""
    w = Writer()
    a, b, c, d = (w.coin() for _ in range(4))
    root = w.gate(Op.OR, w.gate(Op.AND, w.gate(Op.NOT, w.gate(Op.AND, a, b)), c), d)
    found = minimal_sets(w.gates(), root, 4)
    assert found.coherent
    want = [{(0, False), (2, True)}, {(1, False), (2, True)}, {(3, True)}]
    assert listed(found, 4) == {frozenset(each) for each in want}


def test_exclusive_or_has_prime_implicants():
    w = Writer()
    a, b = w.coin(), w.coin()
    root = w.gate(Op.AND, w.gate(Op.OR, a, b), w.gate(Op.NOT, w.gate(Op.AND, a, b)))
    found = minimal_sets(w.gates(), root, 2)
    assert not found.coherent
    assert listed(found, 2) == {frozenset({(0, True), (1, False)}), frozenset({(0, False), (1, True)})}
    assert listed(cut_sets(w.gates(), root, [True, True]), 2) == {
        frozenset({(0, True)}),
        frozenset({(1, True)}),
    }


def test_what_cannot_be_comes_last_with_no_chance():
    """{a}, {b}, {c, d} with a and c impossible: .2, then 0 and 0."""
    w = Writer()
    a, b, c, d = (w.coin() for _ in range(4))
    root = w.gate(Op.OR, a, b, w.gate(Op.AND, c, d))
    told = list(minimal_sets(w.gates(), root, 4).likeliest([0.0, 0.2, 0.0, 0.7]))
    assert [chance for chance, _ in told] == [pytest.approx(0.2, rel=1e-15), 0.0, 0.0]
    assert [facts for _, facts in told] == [((1, True),), ((0, True),), ((2, True), (3, True))]


def test_constants_and_single_draws():
    w = Writer()
    coin, never, always = w.coin(), w.gate(Op.FALSE), w.gate(Op.TRUE)
    gates = w.gates()
    assert minimal_sets(gates, never, 1).count() == 0
    assert listed(minimal_sets(gates, always, 1), 1) == {frozenset()}
    assert listed(minimal_sets(gates, coin, 1), 1) == {frozenset({(0, True)})}


def test_a_budget_refuses():
    """At least 12 of 24 has 2,704,156 cut sets and a diagram of 156 nodes; 20 are not enough."""
    w = Writer()
    root = w.gate(Op.AT_LEAST, *(w.coin() for _ in range(24)), k=12)
    found = minimal_sets(w.gates(), root, 24)
    assert found.count() == math.comb(24, 12)
    with pytest.raises(EngineRefusal, match="counting minimal sets needs more time"):
        found.by_size(seconds=-1.0)
    with pytest.raises(EngineRefusal, match="the next minimal set needs more than 100 steps"):
        list(found.likeliest([0.5] * 24, steps=100))
    with pytest.raises(EngineRefusal, match="needs more than -1 s"):
        minimal_sets(w.gates(), root, 24, seconds=-1.0)
    with pytest.raises(EngineRefusal, match="nodes"):
        minimal_sets(w.gates(), root, 24, node_budget=20)
