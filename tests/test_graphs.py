"""Models built in Python, with no story: a fault tree and a Bayesian network, held to closed forms."""

from dataclasses import replace
from itertools import product

import pytest
import xarray as xr

import sensa
from sensa.analyses import ANALYSES
from sensa.graph import (
    FALSE,
    TRUE,
    And,
    Bool,
    Case,
    Constant,
    Derived,
    FirstCase,
    Graph,
    Holds,
    Label,
    Node,
    Not,
    Or,
    Origin,
    Outcome,
    Parameter,
    Pick,
    Picks,
    Quantity,
    Real,
    Rule,
    Uncertain,
)
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.stories.numbers.distribution import Distribution
from sensa.verify import BrokenStage

WORKS = {"pump": (8.0, 2.0), "valve": (9.0, 1.0)}  # Beta distributions: means .8 and .9


def drawn(name: str, *cases: tuple[Bool, Real], kind: str = "event") -> Node:
    law = FirstCase(
        tuple(
            Case(when, chance, f"plant.{name}.case{i}", f"plant.{name}.case{i}")
            for i, (when, chance) in enumerate(cases)
        )
    )
    return Node(name, kind, f"plant.{name}", law)  # type: ignore[arg-type]


def ends(top: Bool, safe: Bool = FALSE) -> tuple[Outcome, ...]:
    return (
        Outcome("flood", "catastrophic", "ends.flood", (top,), (Constant(10.0),)),
        Outcome("stop", "fail_safe", "ends.stop", (safe,)),
        Outcome("dry", "success", "ends.dry", ()),
    )


def fault_tree() -> Graph:
    """Floods where pump and valve fail or power is cut (0.01), and stops where one of the two fails."""
    parameters = tuple(
        Parameter(f"plant.{name}.case0", Distribution("beta", args), f"plant.{name}", "probability")
        for name, args in WORKS.items()
    )
    nodes = (
        drawn("pump", (TRUE, Uncertain(0)), kind="assumption"),
        drawn("valve", (TRUE, Uncertain(1)), kind="assumption"),
        drawn("cut", (TRUE, Constant(0.01))),
    )
    fails = Not(Holds(0)), Not(Holds(1))
    return Graph(
        parameters=parameters,
        quantities=(),
        nodes=nodes,
        steps=("",),
        outcomes=ends(Or((And(fails), Holds(2))), Or(fails)),
        modes={"cut": "outside"},
        limits={0.01: ("the licence",)},
        memberships={"plant.pump": (Label("owner", "Ada"),), "plant.valve": (Label("owner", "Bo"),)},
        origin=Origin("Plant"),
    )


def results(graph: Graph, *names: str, **settings: object) -> xr.DataTree:
    return sensa.analyse(sensa.prepare(graph, sensa.Settings(**settings)), names or None)  # type: ignore[arg-type]


def test_a_fault_tree_gives_the_usual_analyses() -> None:
    """P(flood) = 1 - .99 (1 - .2 x .1) = .0298, P(stop) = .99 (.28 - .02) = .2574."""
    tree = results(fault_tree())
    assert tree["outcomes"]["mean"].values.tolist() == pytest.approx([0.0298, 0.2574, 0.7128], abs=1e-14)
    assert float(tree["outcomes"]["loss"]) == pytest.approx(0.298, abs=1e-13)
    assert float(tree["failing_safely"]["fail_safe_given_failure"]) == pytest.approx(
        0.2574 / 0.2872, abs=1e-13
    )
    assert tree["carried_by"]["share"].sel(event="cut").item() == pytest.approx(0.0098 / 0.0298, abs=1e-12)
    assert tree["carried_by"]["mode"].values.tolist() == ["outside"]
    violated = tree["violations"]["do_violated"].sel(outcome="flood").values
    assert violated.tolist() == pytest.approx([1 - 0.99 * 0.9, 1 - 0.99 * 0.8], abs=1e-14)
    assert {data.attrs["how"] for data in tree.children.values()} == {"exact"}
    assert (tree.attrs["story"], tree.attrs["file"], len(tree.attrs["digest"])) == ("Plant", "", 64)


def test_the_minimal_cut_sets_of_a_fault_tree() -> None:
    """Pump and valve together; the cut comes by itself, so that nothing need be violated at all."""
    sets = results(fault_tree(), "cut_sets")["cut_sets"].sel(output="flood")
    assert sorted(name for name in sets["sets"].values.tolist() if name) == [
        "not plant.pump.case0, not plant.valve.case0",
        "plant.cut.case0",
    ]
    assert sets["chance"].values[:2].tolist() == pytest.approx([0.02, 0.01], abs=1e-14)
    minimal = results(fault_tree(), "minimal_sets")["minimal_sets"].sel(output="flood", way="certain")
    assert [name for name in minimal["sets"].values.tolist() if name] == ["pump, valve"]
    unmodelled = replace(fault_tree(), modes={"cut": "unmodelled"})
    possible = results(unmodelled, "minimal_sets")["minimal_sets"].sel(output="flood", way="possible")
    assert [name for name in possible["sets"].values.tolist() if name] == ["pump, valve"]


def test_the_sobol_indices_of_a_product() -> None:
    """P(flood) = 1 - .99 (1 - x y) with x ~ Beta(2, 8), y ~ Beta(1, 9): indices of a product of two."""
    tree = results(fault_tree(), "sobol_credence", "groups")
    (mx, vx), (my, vy) = (0.2, 16 / 1100), (0.1, 9 / 1100)
    total = vx * my**2 + vy * mx**2 + vx * vy
    found = tree["sobol_credence"].sel(outcome="flood")
    assert found["first"].values.tolist() == pytest.approx(
        [vx * my**2 / total, vy * mx**2 / total], abs=1e-12
    )
    shares = [vx * (my**2 + vy) / total, vy * (mx**2 + vx) / total]
    assert found["total"].values.tolist() == pytest.approx(shares, abs=1e-12)
    assert tree["groups"]["group"].values.tolist() == ["owner: Ada", "owner: Bo"]


def test_the_limits_of_a_graph_are_its_own() -> None:
    """P(flood) = .01 is reached only where pump or valve never fails: 1 - .99 (1 - .1 x) = .01 for x = 0."""
    tree = results(fault_tree(), "tipping_points", "meeting")
    tips = tree["tipping_points"]
    assert tips["limit"].values[tips["own"].values].tolist() == [0.01]
    assert tips["credence"].sel(limit=0.05, assumption="pump").item() == pytest.approx(
        1 - (0.05 - 0.01) / (0.99 * 0.1), abs=1e-12
    )
    assert float(tree["meeting"]["all_hold"]) == pytest.approx(0.01, abs=1e-14)


WET = {(True, True): 0.99, (True, False): 0.9, (False, True): 0.8, (False, False): 0.0}  # sprinkler, rain


def network() -> Graph:
    """Rain, a sprinkler and wet grass (Russell and Norvig's tables)."""
    rain, sprinkler = Holds(0), Holds(1)

    def row(s: bool, r: bool) -> Bool:
        return And((sprinkler if s else Not(sprinkler), rain if r else Not(rain)))

    return Graph(
        parameters=(),
        quantities=(),
        nodes=(
            drawn("rain", (TRUE, Constant(0.2))),
            drawn("sprinkler", (rain, Constant(0.01)), (TRUE, Constant(0.4))),
            drawn("wet", *((row(*parents), Constant(p)) for parents, p in WET.items())),
        ),
        steps=("",),
        outcomes=ends(Holds(2)),
    )


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
def test_a_bayesian_network_is_summed_over_its_worlds(engine: str) -> None:
    """By enumeration P(wet) = .44838 and P(wet | rain) = .8019. Of 2^20 worlds, 5 standard errors of .0005:
    wrong once in 10^6."""
    worlds = {}
    for rain, sprinkler in product((True, False), repeat=2):
        p = (0.2 if rain else 0.8) * (0.01 if rain else 0.4) ** sprinkler
        p *= 1 if sprinkler else 1 - (0.01 if rain else 0.4)
        worlds[rain, sprinkler] = p * WET[sprinkler, rain]
    wet, with_rain = sum(worlds.values()), worlds[True, True] + worlds[True, False]
    assert (wet, with_rain / 0.2) == pytest.approx((0.44838, 0.8019), abs=1e-12)
    tree = results(
        network(), "outcomes", "nodes", engine=engine, samples=None if engine == "exact" else 1 << 20
    )
    off = 1e-13 if engine == "exact" else 5 * 0.0005
    assert float(tree["outcomes"]["mean"].sel(outcome="flood")) == pytest.approx(wet, abs=off)
    if engine == "exact":
        seen = tree["nodes"]["seen"].sel(node="rain", outcome="flood")
        assert float(seen) == pytest.approx(with_rain / 0.2, abs=1e-13)


@pytest.mark.parametrize("engine", ["exact", "montecarlo"])
@pytest.mark.parametrize("graph", [fault_tree(), network()], ids=["fault tree", "network"])
def test_every_analysis_takes_a_graph(graph: Graph, engine: str) -> None:
    tree = results(graph, *ANALYSES, engine=engine, points=64, samples=None if engine == "exact" else 4096)
    assert list(tree.children) == list(ANALYSES)
    assert "How it ends" in render(answers(tree), Paper())


def test_numbers_of_a_graph_can_be_given() -> None:
    """P(flood) = 1 - .99 (1 - .2 (1 - v)) for a valve that works with v; a constant is not one."""
    session = sensa.prepare(fault_tree())
    found = session.at({"plant.valve.case0": [0.5, 1.0]})["mean"].sel(output="flood")
    assert found.values.tolist() == pytest.approx([1 - 0.99 * 0.9, 0.01], abs=1e-14)
    with pytest.raises(ValueError, match=r"unknown number `plant\.cut\.case0`"):
        session.at({"plant.cut.case0": 0.5})


def test_one_graph_has_one_digest_and_another_another() -> None:
    one, same, other = (sensa.prepare(graph) for graph in (fault_tree(), fault_tree(), network()))
    assert one.circuit.digest == same.circuit.digest != other.circuit.digest
    louder = replace(fault_tree(), nodes=(*fault_tree().nodes[:2], drawn("cut", (TRUE, Constant(0.02)))))
    assert sensa.prepare(louder).circuit.digest != one.circuit.digest


def test_a_graph_has_no_story() -> None:
    session = sensa.prepare(fault_tree())
    with pytest.raises(TypeError, match="this session is of a graph, which has no text"):
        _ = session.story


def with_node(node: Node) -> Graph:
    return replace(network(), nodes=(*network().nodes, node))


CHOICE = Pick(("a", "b"), (Constant(1.0), Constant(1.0)), ("w.a", "w.b"), (), "plant.which")


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (with_node(drawn("late", (Holds(4), Constant(0.5)))), "`late` reads a node that comes after it"),
        (with_node(drawn("rain", (TRUE, Constant(0.5)))), "nodes: two have the same name"),
        (with_node(drawn("", (TRUE, Constant(0.5)))), "nodes: one has no name"),
        (with_node(drawn("x", (TRUE, Uncertain(0)))), "`x` reads a parameter that does not exist"),
        (with_node(drawn("x", (TRUE, Derived(0)))), "`x` reads a quantity that comes after it"),
        (with_node(drawn("x", (Picks(0, (0,)), Constant(0.5)))), "`x`: a choice is not a bool"),
        (
            replace(network(), nodes=(Node("which", "choice", "plant.which", CHOICE),)),
            "`flood` reads a node that",
        ),
        (with_node(Node("x", "choice", "plant.x", replace(CHOICE, weights=()))), "`x`: weights and options"),
        (replace(network(), steps=()), "there is no step"),
        (replace(network(), outcomes=network().outcomes[:2]), "not one outcome with `otherwise`"),
        (
            replace(network(), criteria={"goal_alignment": Holds(9)}),
            "`goal_alignment` reads a node",
        ),
        (
            replace(network(), quantities=(Quantity("q", "q", Derived(0), 0),)),
            "`q` reads a quantity",
        ),
    ],
)
def test_a_graph_that_breaks_a_rule_is_refused(graph: Graph, message: str) -> None:
    with pytest.raises(BrokenStage, match=message):
        sensa.prepare(graph)


def test_a_chance_above_one_is_refused_when_it_runs() -> None:
    with pytest.raises(sensa.RunError, match=r"plant\.x\.case0"):
        results(replace(with_node(drawn("x", (TRUE, Constant(1.5)))), outcomes=ends(Holds(3))))


def test_a_choice_without_an_option_left_is_named_by_its_path() -> None:
    never = replace(CHOICE, rules=(Rule(TRUE, "plant.which.never", excludes=frozenset({0, 1})),))
    graph = replace(network(), nodes=(*network().nodes, Node("which", "choice", "plant.which", never)))
    graph = replace(graph, outcomes=ends(Picks(3, (0,))))
    with pytest.raises(sensa.StoryError, match=r"^graph:1:1: plant.which: no option is left"):
        sensa.prepare(graph)
