"""Fault trees: small ones by hand, and the Aralia set against the published answers."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sensa.engines.exact.engine import compile_gates
from tests.engines.circuits import ints

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from open_psa import parse_fault_tree, read_fault_tree  # noqa: E402

CASES = ROOT.parent / "shared" / "cases" / "fault_trees"
ANSWERS = json.loads((CASES / "answers.json").read_text()) if CASES.exists() else {}


def tree(body: str, **chances: float):
    events = "".join(
        f'<define-basic-event name="{name}"><float value="{chance}"/></define-basic-event>'
        for name, chance in chances.items()
    )
    return ElementTree.fromstring(
        f"<opsa-mef><define-fault-tree name='t'>{body}</define-fault-tree>"
        f"<model-data>{events}</model-data></opsa-mef>"
    )


def top_of(model: ElementTree.Element) -> float:
    read = parse_fault_tree(model)
    engine = compile_gates(read.gates, ints(read.top), read.labels, coins=read.events)
    return float(engine.probabilities(read.probabilities[None])[0, 0])


def basic(*names: str) -> str:
    return "".join(f'<basic-event name="{name}"/>' for name in names)


def test_two_trains_with_a_common_support():
    """Each train fails by its pump or by the common power: p_c + (1 - p_c) p_a p_b."""
    model = tree(
        '<define-gate name="top"><label>both fail</label>'
        '<and><gate name="one"/><gate name="two"/></and></define-gate>'
        f'<define-gate name="one"><or>{basic("a", "c")}</or></define-gate>'
        f'<define-gate name="two"><or>{basic("b", "c")}</or></define-gate>',
        a=0.1,
        b=0.2,
        c=0.01,
    )
    assert top_of(model) == pytest.approx(0.01 + 0.99 * 0.02, rel=1e-14)


def test_two_of_three_and_a_house_event():
    """Two of three pumps at 0.1: 3 (0.01) 0.9 + 0.001 = 0.028; the house event is on."""
    model = tree(
        f'<define-gate name="top"><and><atleast min="2">{basic("a", "b", "c")}</atleast>'
        '<house-event name="on"/></and>'
        '</define-gate><define-house-event name="on"><constant value="true"/></define-house-event>',
        a=0.1,
        b=0.1,
        c=0.1,
    )
    assert top_of(model) == pytest.approx(0.028, rel=1e-14)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("xor", 0.1 * 0.8 + 0.9 * 0.2),
        ("nand", 1 - 0.1 * 0.2),
        ("nor", 0.9 * 0.8),
        ("or", 1 - 0.9 * 0.8),
    ],
)
def test_formulas(formula, wanted):
    model = tree(
        f'<define-gate name="top"><{formula}>{basic("a", "b")}</{formula}></define-gate>', a=0.1, b=0.2
    )
    assert top_of(model) == pytest.approx(wanted, rel=1e-14)


def test_bridge_network():
    """The five-component bridge, all working with p: 2p^2 + 2p^3 - 5p^4 + 2p^5 (Barlow and Proschan 1975)."""
    p = 0.9
    paths = [("a", "d"), ("b", "e"), ("a", "c", "e"), ("b", "c", "d")]
    gates = "".join(f"<and>{basic(*path)}</and>" for path in paths)
    model = tree(f'<define-gate name="top"><or>{gates}</or></define-gate>', **dict.fromkeys("abcde", p))
    assert top_of(model) == pytest.approx(2 * p**2 + 2 * p**3 - 5 * p**4 + 2 * p**5, rel=1e-14)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            '<define-gate name="g"><iff><basic-event name="a"/><basic-event name="a"/></iff></define-gate>',
            "cannot read the formula `iff`",
        ),
        ('<define-gate name="g"><not><gate name="g"/></not></define-gate>', "reads itself"),
        (
            '<define-gate name="t"><gate name="g"/></define-gate>'
            '<define-gate name="g"><not><gate name="h"/></not></define-gate>'
            '<define-gate name="h"><not><gate name="g"/></not></define-gate>',
            "reads itself",
        ),
    ],
)
def test_trees_that_cannot_be_read(body, message):
    with pytest.raises(ValueError, match=message):
        parse_fault_tree(tree(body, a=0.1))


def published(name: str) -> None:
    read = read_fault_tree(CASES / f"{name}.xml")
    engine = compile_gates(read.gates, ints(read.top), read.labels, coins=read.events)
    q, slopes = engine.gradients(read.probabilities[None])
    np.testing.assert_allclose(q[0, 0], ANSWERS[name]["probability"], rtol=1e-9)
    certain = np.repeat(read.probabilities[None], 2, 0)
    some = int(np.abs(slopes[0, 0]).argmax())
    certain[:, some] = [0.0, 1.0]
    low, high = engine.probabilities(certain)[:, 0]
    np.testing.assert_allclose(slopes[0, 0, some], high - low, rtol=1e-9)


LARGE = ("baobab1", "das9207", "das9601", "jbd9601")


@pytest.mark.skipif(not ANSWERS, reason="the fault trees are not beside the repository")
@pytest.mark.parametrize("name", sorted(set(ANSWERS) - set(LARGE)))
def test_published_trees(name):
    published(name)


@pytest.mark.slow
@pytest.mark.skipif(not ANSWERS, reason="the fault trees are not beside the repository")
@pytest.mark.parametrize("name", LARGE)
def test_published_trees_that_need_compiled_code(name):
    published(name)


@pytest.mark.skipif(not ANSWERS, reason="the fault trees are not beside the repository")
def test_all_fourteen_are_there():
    assert len(ANSWERS) == 14
    assert set(LARGE) < set(ANSWERS)
