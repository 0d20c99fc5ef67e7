"""Stories to fault trees and networks and back, to 1e-12; networks as pyAgrum reads them."""

import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest

from sensa.engines.exact.engine import compile_exact
from sensa.exchange import xdsl, xdsl_writing
from sensa.exchange.exporting import exported
from sensa.exchange.importing import imported
from sensa.exchange.xml import parsed
from sensa.pipeline import prepare
from sensa.sampling.parameters import at_means
from sensa.session import Session
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.exchange.files import NETWORK
from tests.short_stories import ASSUMPTION, story

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # its compiled part warns when it is loaded, and dies of warnings as errors
    import pyagrum

LIBRARY = Path(__file__).parents[2] / "stories" / "library"
SUFFIXES = {"open-psa": ".xml", "bif": ".bif", "xdsl": ".xdsl"}
PYAGRUM = {"bif": 2e-6, "xdsl": 1e-12}  # it keeps numbers of a BIF file in single precision
# At least 5 of 12 fair coins, 1 to 4 of them a half: more than a network's variable has parents.
WIDE = story(
    "".join(ASSUMPTION.format(name=f"a{i}", credence=0.5) for i in range(12)),
    f"at_least(5, {', '.join(f'a{i}' for i in range(12))})",
    f"any({', '.join(f'not a{i}' for i in range(12))})",
)


def of_kinds(session: Session) -> dict[str, float]:
    """The probability of each kind of end at the means of the numbers, by a diagram."""
    circuit = session.circuit
    q = compile_exact(circuit).probabilities(at_means(circuit).p)[0]
    kind_of = {end.name: end.kind for end in circuit.ends}
    found = dict.fromkeys(("catastrophic", "fail_safe"), 0.0)
    for root, value in zip(circuit.roots, q, strict=True):
        if kind_of[root.outcome] in found:
            found[kind_of[root.outcome]] += float(value)
    return found


def back(text: str, target: str) -> dict[str, float]:
    return of_kinds(prepare(parse(imported(text.encode(), f"story{SUFFIXES[target]}"), "story")))


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("name", ["cat_classifier", "power_seeking", "iterative_deployment"])
def test_a_story_of_the_library_comes_back(name: str, target: str) -> None:
    before = load(LIBRARY / f"{name}.toml")
    session = prepare(before)
    assert back(exported(before, session, target), target) == pytest.approx(of_kinds(session), abs=1e-12)


@pytest.mark.parametrize("target", SUFFIXES)
def test_a_table_comes_back(target: str) -> None:
    """a of 0.7 and the second of two options alike: 0.1; without a: all of it."""
    table = """
    [choices.m]
    options = { x = { weight = 1 }, y = { weight = 1 } }
    [choices.c]
    options = { o = {}, p = {}, q = {} }
    rows = [
        { if = { m = "x" }, chances = { p = 1 } },
        { if = { m = "y", a = true }, chances = { o = 0.1, p = 0.4, q = 0.5 } },
        { chances = { o = 1 } },
    ]
    """
    before = parse(story(ASSUMPTION.format(name="a", credence=0.7) + table, "c == 'o'", "c == 'q'"), "table")
    found = back(exported(before, prepare(before), target), target)
    assert found["catastrophic"] == pytest.approx(0.5 * (0.7 * 0.1 + 0.3), abs=1e-12)
    assert found["fail_safe"] == pytest.approx(0.5 * 0.7 * 0.5, abs=1e-12)


@pytest.mark.parametrize("target", SUFFIXES)
def test_counts_among_many(target: str) -> None:
    """P(at least 5 of 12 fair coins) = 1 - (1 + 12 + 66 + 220 + 495) / 4096; in the rest, something fails."""
    before = parse(WIDE, "wide")
    found = back(exported(before, prepare(before), target), target)
    assert found["catastrophic"] == pytest.approx(1 - 794 / 4096, abs=1e-12)
    assert found["fail_safe"] == pytest.approx(794 / 4096, abs=1e-12)


@pytest.mark.parametrize("target", PYAGRUM)
@pytest.mark.parametrize("name", ["cat_classifier", "staged_release"])
def test_pyagrum_reads_the_network(name: str, target: str, tmp_path: Path) -> None:
    before = load(LIBRARY / f"{name}.toml")
    session = prepare(before)
    file = tmp_path / f"story{SUFFIXES[target]}"
    file.write_text(exported(before, session, target), "utf-8")
    network = pyagrum.loadBN(str(file))
    inference = pyagrum.LazyPropagation(network)
    inference.makeInference()
    for kind, wanted in of_kinds(session).items():
        assert inference.posterior(kind)[{kind: "true"}] == pytest.approx(wanted, abs=PYAGRUM[target])


def test_genie_sees_names_and_places() -> None:
    """Each node has one name and one place, no two places overlap, and children are below their parents."""
    root = parsed(exported(parse(WIDE, "wide"), prepare(parse(WIDE, "wide")), "xdsl").encode())
    parents = {node.get("id"): (node.findtext("parents") or "").split() for node in root.iter("cpt")}
    shown = list(root.iter("node"))
    places = {node.get("id"): tuple(map(int, node.findtext("position", "").split())) for node in shown}
    assert sorted(parents) == sorted(node.get("id", "") for node in shown)
    for (a, one), (b, other) in itertools.combinations(places.items(), 2):
        beside = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert beside, f"{a} and {b} overlap"
    assert all(places[above][3] < places[name][1] for name, of in parents.items() for above in of)
    assert "assumptions.a0.credence" in {node.findtext("name") for node in shown}


def test_the_rows_of_a_network_in_xdsl() -> None:
    """Parents of three states and a child of three: what is written is what is read."""
    before = xdsl.read(NETWORK.encode())
    after = xdsl.read(xdsl_writing.written(before).encode())
    assert {v.name: (v.states, v.parents, v.rows) for v in after.variables.values()} == {
        v.name: (v.states, v.parents, v.rows) for v in before.variables.values()
    }


def test_a_story_without_a_fail_safe_end() -> None:
    text = WIDE.replace('kind = "fail_safe"', 'kind = "success"')
    before = parse(text, "wide")
    for target, suffix in SUFFIXES.items():
        again = imported(exported(before, prepare(before), target).encode(), f"story{suffix}")
        assert "no-fail-safe" in again
        assert back(exported(before, prepare(before), target), target)["fail_safe"] == 0


def test_certain_draws_come_back() -> None:
    text = story(ASSUMPTION.format(name="a", credence=1.0) + "[events.e]\nchance = 0.0\n", "e or not a")
    before = parse(text, "certain")
    for target in SUFFIXES:
        assert back(exported(before, prepare(before), target), target)["catastrophic"] == 0
    assert np.isfinite(at_means(prepare(before).circuit).p).all()
