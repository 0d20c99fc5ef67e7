"""What a file says twice, or leaves unsaid, is refused, since either would be read wrongly."""

import pytest

from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from tests.exchange.enumeration import measured
from tests.exchange.files import ASIA, GOALS, LAWN, TREE


def tree(formula: str, more: str = "") -> bytes:
    """A top gate over `a` (0.1) and `b` (0.2)."""
    events = "".join(
        f'<define-basic-event name="{name}"><float value="{chance}"/></define-basic-event>'
        for name, chance in (("a", 0.1), ("b", 0.2))
    )
    gate = f'<define-gate name="top">{formula}</define-gate>'
    return (
        f'<opsa-mef><define-fault-tree name="t">{gate}</define-fault-tree>'
        f"<model-data>{events}{more}</model-data></opsa-mef>"
    ).encode()


BOTH = '<basic-event name="a"/><basic-event name="b"/>'
GROUP = '<define-CCF-group name="{0}" model="beta-factor"><members><basic-event name="{1}"/>\
<basic-event name="y"/></members><distribution><{2}/></distribution>\
<factors><factor level="2"><float value="0.1"/></factor></factors></define-CCF-group>'
UNIFORM = "uniform-deviate><float value='0'/><float value='0.1'/></uniform-deviate"


@pytest.mark.parametrize(
    ("formula", "more", "message"),
    [
        (f"<atleast>{BOTH}</atleast>", "", "`atleast` without `min`"),
        (f'<cardinality min="1">{BOTH}</cardinality>', "", "`cardinality` without `max`"),
        (f'<atleast min="1_0">{BOTH}</atleast>', "", "`atleast` whose `min` is no whole number: `1_0`"),
        (f'<or>{BOTH}<constant value="True"/></or>', "", "a constant is `true` or `false`, not `True`"),
        (
            f"<or>{BOTH}</or>",
            '<define-house-event name="b"><constant value="false"/></define-house-event>',
            "`b` is a house event and a gate or a basic event",
        ),
        (
            f"<or>{BOTH}</or>",
            '<define-parameter name="g"><float value="1"/></define-parameter>'
            + GROUP.format("g", "x", UNIFORM).replace("/></distribution>", "></distribution>"),
            "`g` is a parameter and a common-cause group",
        ),
        (
            f"<or>{BOTH}</or>",
            '<define-parameter name="p}q"><float value="1"/></define-parameter>',
            "the name of parameter `p}q` has a brace",
        ),
    ],
)
def test_fault_trees(formula: str, more: str, message: str) -> None:
    assert measured(imported(tree(f"<or>{BOTH}</or>"), "tree.xml"), "P(catastrophic)") == pytest.approx(
        [0.28]
    )
    with pytest.raises(ExchangeError) as caught:
        imported(tree(formula, more), "tree.xml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "old", "new", "message"),
    [
        ("g.gsn.yaml", GOALS, "G4: {", "G3: {", "line 10: `G3` is there twice"),
        ("g.gsn.yaml", GOALS, "credence: 0.9", "credence: 0.9, credence: 0.1", "`credence` is there twice"),
        (
            "l.bayesdown",
            LAWN,
            '"p(rain_TRUE)": "0.2"',
            '"p(rain_TRUE)": 0.2, "p(rain_TRUE)": 0.3',
            "line 2: `p(rain_TRUE)` is there twice",
        ),
        (
            "l.bayesdown",
            LAWN,
            '"p(rain_TRUE)": "0.2"',
            '"p(rain_TRUE)": 0.2, "P( rain_TRUE )": 0.3',
            "line 2: `P( rain_TRUE )` is there twice",
        ),
        (
            "l.bayesdown",
            LAWN,
            "   - [Rain]",
            '   - [Rain]: It rains. {"instantiations": ["rain_TRUE", "rain_FALSE"], '
            '"priors": {"p(rain_TRUE)": "0.3"}}',
            "line 4: `Rain` is there twice, with other numbers",
        ),
        (
            "t.xml",
            TREE,
            "<factors>",
            '<factors><factor level="2"><float value="0"/></factor>',
            "the level `2` has two factors",
        ),
        ("t.xml", TREE, 'value="0.1"', 'value="0_1"', "expected a number, not `float` with the value `0_1`"),
        ("l.bayesdown", LAWN, '"0.2"', "true", "p(rain_TRUE) is `true`, which is no number"),
        ("l.bayesdown", LAWN, '"0.2"', "9" * 400, "p(rain_TRUE) is `1e300 and more`, which is no finite"),
        ("a.bif", ASIA, "table 0.01, 0.99", "table 0.0_1, 0.99", "`0.0_1` is no number"),
        ("a.bif", ASIA, "network unknown", "/* network", "line 2: a comment that does not end"),
    ],
)  # fmt: skip
def test_other_files(file: str, text: str, old: str, new: str, message: str) -> None:
    imported(text.encode(), file)
    assert old in text
    with pytest.raises(ExchangeError) as caught:
        imported(text.replace(old, new, 1).encode(), file)
    assert message in str(caught.value)


def test_a_node_may_be_repeated_as_it_is() -> None:
    rain = LAWN.splitlines()[1].replace(" + ", "   - ")
    repeated = LAWN.replace("   - [Rain]", rain)
    assert imported(repeated.encode(), "l.bayesdown") == imported(LAWN.encode(), "l.bayesdown")


def test_a_credence_that_is_more_than_one_is_left_out() -> None:
    """Text that ends the number and goes on, and text that nests too deep for the parser."""
    for stated in ('"0.5\\nother = 1"', f'"{"[" * 2000}"'):
        text = imported(GOALS.replace("credence: 0.9", f"credence: {stated}").encode(), "g.gsn.yaml")
        assert "credence = 0.5" not in text
        assert text.count("credence =") == 1


@pytest.mark.parametrize("name", ["catastrophe", "none_of_these", "safe_failure"])
def test_a_part_may_be_called_as_our_outcomes_are(name: str) -> None:
    data = tree(f"<or>{BOTH}</or>").decode().replace('"a"', f'"{name}"')
    assert measured(imported(data.encode(), "tree.xml"), "P(catastrophic)") == pytest.approx([0.28])
    network = ASIA.replace("dysp", name)
    wanted = measured(imported(ASIA.encode(), "a.bif"), "P(catastrophic)")
    assert measured(imported(network.encode(), "a.bif"), "P(catastrophic)") == pytest.approx(wanted)
