"""Story to graph: what each rule of the format becomes, in printed form."""

from pathlib import Path

import pytest

from sensa.compiling import compile_story
from sensa.defects import DefectiveStory
from sensa.lowering import lower
from sensa.showing.circuit_text import show_circuit
from sensa.showing.graph_text import drawn, edges_of, show_dot, show_graph, show_mermaid
from sensa.stories.reading import parse
from sensa.verify import verify_circuit, verify_graph
from tests.short_stories import ASSUMPTION, story


def nodes(text: str) -> list[str]:
    """The lines of the printed graph between its nodes and its outcomes."""
    lines = show_graph(verify_graph(compile_story(parse(text)))).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("nodes"))
    end = next(i for i, line in enumerate(lines) if line.startswith("outcomes"))
    return [line.strip() for line in lines[start + 1 : end]]


def test_rebutting_comes_before_undercutting_before_given_before_the_credence() -> None:
    body = (
        ASSUMPTION.format(name="a", credence=0.9)
        + '[[assumptions.a.given]]\nif = "b"\ncredence = 0.8\n'
        + ASSUMPTION.format(name="b", credence=0.5)
        + '[challenges.u]\nagainst = "a"\nkind = "undercut"\nclaim = "c"\nstands = 0.2\nleaves = 0.1\n'
        + '[challenges.r]\nagainst = "a"\nkind = "rebut"\nclaim = "c"\nstands = 0.3\n'
    )
    printed = nodes(story(body, "not a"))
    assert printed[printed.index("assumption a") :] == [
        "assumption a",
        "if r: 0",
        "if u: 0.1",
        "if b: 0.8",
        "if true: 0.9",
    ]


def test_an_event_leaks_where_it_is_not_active() -> None:
    body = (
        ASSUMPTION.format(name="a", credence=0.9)
        + ASSUMPTION.format(name="b", credence=0.9)
        + '[events.e]\nwhen = "not a"\nrequires = ["b"]\nchance = 0.3\nleak = 0.01\n'
        + '[[events.e.given]]\nif = "b"\nchance = 0.6\n'
    )
    assert nodes(story(body, "e"))[-4:] == [
        "event e",
        "if not (not a and b): 0.01",
        "if b: 0.6",
        "if true: 0.3",
    ]


def test_steps_are_unrolled_and_prev_reads_the_step_before() -> None:
    body = (
        '[[phases]]\nname = "p"\nrepeat = 3\naxes = { shift = "0.1 * round" }\n'
        '[events.e]\nevery_step = true\nwhen = "prev.e"\nchance = "axis.shift"\nleak = 0.5\n'
    )
    assert nodes(story(body, "e")) == [
        "event e@1",
        "if true: 0.5",
        "if true: 0",
        "event e@2",
        "if not e@1: 0.5",
        "if true: 0.1",
        "event e@3",
        "if not e@2: 0.5",
        "if true: 0.2",
    ]


def test_the_coins_of_a_version_keep_their_addresses_in_the_next() -> None:
    first = story(ASSUMPTION.format(name="b", credence=0.5), "not b")
    second = story(
        ASSUMPTION.format(name="a", credence=0.5) + ASSUMPTION.format(name="b", credence=0.5),
        "not b and not a",
    )
    draws = [{coin.draw for coin in lower(compile_story(parse(text))).coins} for text in (first, second)]
    assert draws[0] == {"assumptions.b.credence"}
    assert draws[0] < draws[1]


def test_equal_gates_are_one_and_constants_are_folded() -> None:
    body = (
        ASSUMPTION.format(name="a", credence=0.5)
        + '[events.x]\nwhen = "not a"\n[events.y]\nwhen = "not a and 1 < 2"\n'
        + '[events.never]\nwhen = "2 < 1"\n'
    )
    circuit = verify_circuit(lower(compile_story(parse(story(body, "x and y or never", "y")))))
    assert {root.outcome: root.gate for root in circuit.roots}["bad"] == circuit.violated_and["a"]["bad"]
    gates = show_circuit(circuit).split("gates ")[1].split("roots ")[0].splitlines()[1:]
    assert len([line for line in gates if "not" in line]) == 1


def test_a_comparison_and_its_complement_share_one_coin() -> None:
    body = (
        "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
        '[events.above]\nwhen = "q > 0.5"\n[events.below]\nwhen = "q <= 0.5"\n'
    )
    circuit = lower(compile_story(parse(story(body, "above and below", "above or below"))))
    assert circuit.coins == ()
    never, always = (circuit.ended[name] for name in ("bad", "poor"))
    assert [int(circuit.gates.op[gate]) for gate in (never, always)] == [0, 1]


def test_a_chain_of_doubling_quantities_stays_small() -> None:
    """A thousand doublings: 2^1000 terms if expressions were copied, one instruction each as they are."""
    chain = "".join(f'[quantities.q{i}]\nvalue = "q{i - 1} + q{i - 1}"\n' for i in range(1, 1001))
    body = (
        "[quantities.q0]\nvalue = { uniform = [0, 1] }\n"
        + chain
        + '[events.e]\nchance = "clip(q1000 / 2 ** 1000, 0, 1) if q1000 > 0 else 0"\n'
    )
    circuit = verify_circuit(lower(verify_graph(compile_story(parse(story(body, "e"))))))
    assert circuit.reals.size < 1020
    assert len(show_graph(compile_story(parse(story(body, "e"))))) < 100_000


def test_too_many_cases_of_one_number_are_refused_by_name() -> None:
    assumptions = "".join(ASSUMPTION.format(name=f"a{i}", credence=0.5) for i in range(11))
    terms = " + ".join(f"({2.0**-i / 4} if a{i} else 0)" for i in range(11))
    body = assumptions + f'[events.e]\nchance = "{terms}"\n'
    with pytest.raises(DefectiveStory) as error:
        lower(compile_story(parse(story(body, "e"))))
    (defect,) = error.value.defects
    assert (defect.code, defect.path) == ("too-many-cases", "events.e")
    assert defect.message.startswith("a number has 2,048 cases by `a0`, `a1`, ")


def test_correlations_that_contradict_each_other_are_named() -> None:
    """Of three pairwise correlations 0.9, 0.9, -0.9 no three variables can have; the fourth is innocent."""
    assumptions = "".join(
        ASSUMPTION.format(name=name, credence="{ low = 0.2, high = 0.8 }") for name in "abcd"
    )
    pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9), ("c", "d", 0.1)]
    ties = "".join(
        f'[[dependence]]\nbetween = ["assumptions.{i}.credence", "assumptions.{j}.credence"]\n'
        f"rank_correlation = {r}\n"
        for i, j, r in pairs
    )
    with pytest.raises(DefectiveStory) as error:
        lower(compile_story(parse(story(assumptions + ties, "not a and not b and not c and not d"))))
    (defect,) = error.value.defects
    assert defect.code == "contradictory-dependence"
    assert all(f"`assumptions.{name}.credence`" in defect.message for name in "abc")
    assert "assumptions.d" not in defect.message


def test_drawings_name_each_node_once_and_dash_what_is_read_a_step_later() -> None:
    body = '[[phases]]\nname = "p"\nrepeat = 2\n[events.e]\nevery_step = true\nwhen = "prev.e"\nleak = 0.5\n'
    graph = compile_story(parse(story(body, "e")))
    mermaid = show_mermaid(graph)
    assert mermaid.splitlines()[0] == "flowchart TD"
    assert mermaid.count('e("e")') == 1
    assert "  e -.-> e" in mermaid
    assert "  e --> bad" in mermaid
    dot = show_dot(graph)
    assert '"e" -> "e" [style=dashed];' in dot
    assert '"e" -> "bad";' in dot


def test_drawings_leave_out_who_of_the_experts_is_right() -> None:
    """It is an uncertain number; a and the outcome, by way of a quantity, read it."""
    opinions = '{ experts = [{ name = "A", credence = 0.9 }, { name = "B", credence = 0.5 }] }'
    body = '[experts]\ndraw = "together"\n' + ASSUMPTION.format(name="a", credence=opinions)
    body += f"[quantities.q]\nvalue = {opinions}\n"
    graph = compile_story(parse(story(body, "not a and q > 0.7")))
    assert "expert" in [node.kind for node in graph.nodes]
    assert list(drawn(graph)) == [
        ("a", "assumption"),
        *((name, "outcome") for name in ("bad", "poor", "good")),
    ]
    assert edges_of(graph) == [("a", "bad", False)]
    assert "experts" not in show_mermaid(graph) + show_dot(graph)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "stories" / "library").glob("*.toml")))
def test_the_library_passes_the_verifier(path: Path) -> None:
    graph = verify_graph(compile_story(parse(path.read_text(), path.name)))
    circuit = verify_circuit(lower(graph))
    assert len(circuit.roots) == len(graph.steps) * (len(graph.outcomes) - 1) + 1
