"""Fault trees as stories: by hand, by closed forms, and two published ones."""

import math
import re
from pathlib import Path

import pytest

from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from sensa.pipeline import analyse, prepare
from sensa.stories.reading import parse
from tests.exchange.enumeration import measured

ARALIA = Path(__file__).parent / "aralia"


def model(gates: str, *, more: str = "", **chances: float) -> bytes:
    events = "".join(
        f'<define-basic-event name="{name}"><float value="{chance}"/></define-basic-event>'
        for name, chance in chances.items()
    )
    tree = f'<define-fault-tree name="t">{gates}</define-fault-tree>'
    return f"<opsa-mef>{tree}<model-data>{events}{more}</model-data></opsa-mef>".encode()


def basic(*names: str) -> str:
    return "".join(f'<basic-event name="{name}"/>' for name in names)


def top(formula: str) -> str:
    return f'<define-gate name="top">{formula}</define-gate>'


def risk(data: bytes, **ends: str) -> float:
    (found,) = measured(imported(data, "tree.xml", ends=Ends(**ends)), "P(catastrophic)")
    return found


@pytest.mark.parametrize(
    ("name", "published"), [("chinese", 0.001170581810758669), ("isp9605", 1.3717088054554771e-05)]
)
def test_published_trees(name: str, published: float) -> None:
    assert risk((ARALIA / f"{name}.xml").read_bytes()) == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (f"<and>{basic('a', 'b')}</and>", 0.02),
        (f"<or>{basic('a', 'b')}</or>", 1 - 0.9 * 0.8),
        (f"<nand>{basic('a', 'b')}</nand>", 0.98),
        (f"<nor>{basic('a', 'b')}</nor>", 0.72),
        (f"<xor>{basic('a', 'b')}</xor>", 0.1 * 0.8 + 0.9 * 0.2),
        (f"<iff>{basic('a', 'b')}</iff>", 0.1 * 0.2 + 0.9 * 0.8),
        (f"<imply>{basic('a', 'b')}</imply>", 1 - 0.1 * 0.8),
        (f"<not>{basic('a')}</not>", 0.9),
        (f'<atleast min="2">{basic("a", "b", "c")}</atleast>', 0.02 * 0.7 + 0.03 * 0.8 + 0.06 * 0.9 + 0.006),
        (
            f'<cardinality min="1" max="2">{basic("a", "b", "c")}</cardinality>',
            1 - 0.9 * 0.8 * 0.7 - 0.1 * 0.2 * 0.3,
        ),
        (f"<and><not>{basic('a')}</not><or>{basic('b', 'c')}</or></and>", 0.9 * (1 - 0.8 * 0.7)),
        (f"<or><nand>{basic('a', 'b')}</nand><imply>{basic('c', 'a')}</imply></or>", 0.98 + 0.02),
        ('<and><basic-event name="a"/><house-event name="on"/></and>', 0.1),
        ('<or><basic-event name="a"/><constant value="true"/></or>', 1.0),
        ('<basic-event name="c"/>', 0.3),
    ],
)
def test_formulas(formula: str, wanted: float) -> None:
    house = '<define-house-event name="on"><constant value="true"/></define-house-event>'
    data = model(top(formula), more=house, a=0.1, b=0.2, c=0.3)
    assert risk(data, catastrophe="top") == pytest.approx(wanted, abs=1e-14)


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ('<exponential><float value="1e-3"/><parameter name="t"/></exponential>', 1 - math.exp(-0.1)),
        (
            '<Weibull><float value="50"/><float value="2"/><float value="0"/><parameter name="t"/></Weibull>',
            1 - math.exp(-((100 / 50) ** 2)),
        ),
        (
            '<GLM><float value="0.1"/><float value="0.02"/><float value="0.03"/><parameter name="t"/></GLM>',
            0.4 - (0.4 - 0.1) * math.exp(-0.05 * 100),
        ),
        ('<div><parameter name="t"/><int value="400"/></div>', 0.25),
        ('<sub><int value="1"/><mul><float value="0.5"/><float value="0.5"/></mul></sub>', 0.75),
        ('<pow><float value="0.5"/><int value="3"/></pow>', 0.125),
    ],
)
def test_expressions_by_their_formulas(number: str, wanted: float) -> None:
    more = (
        f'<define-basic-event name="a">{number}</define-basic-event>'
        '<define-parameter name="t"><label>hours</label><float value="100"/></define-parameter>'
    )
    assert risk(model(top(basic("a")), more=more)) == pytest.approx(wanted, abs=1e-14)


WEAR = "<exponential><float value='1e-3'/><system-mission-time/></exponential>"


def worn(*names: str, more: str = "") -> bytes:
    events = "".join(f'<define-basic-event name="{name}">{WEAR}</define-basic-event>' for name in names)
    return model(top(f"<and>{basic(*names)}</and>"), more=events + more)


def test_the_mission_time_is_one_number_of_all_who_read_it() -> None:
    """Both fail within t with 1 - exp(-t / 1000), so both with its square; twice as long with another t."""
    text = imported(worn("a", "b"), "tree.xml", mission_time=100.0)
    for story, t in ((text, 100), (text.replace("value = 100", "value = 200"), 200)):
        (found,) = measured(story, "P(catastrophic)")
        assert found == pytest.approx((1 - math.exp(-t / 1000)) ** 2, abs=1e-14)


def test_a_mission_time_that_the_file_defines() -> None:
    """By a parameter, which may be uncertain: E exp(-t / 1000) = 1 - 1 / e over t uniform in 0 to 1000."""
    uniform = '<uniform-deviate><float value="0"/><float value="1000"/></uniform-deviate>'
    more = f'<define-parameter name="system-mission-time">{uniform}</define-parameter>'
    tree = analyse(prepare(parse(imported(worn("a", more=more), "tree.xml"), "story")), ["kinds"])
    found = float(tree["kinds"]["mean"].sel(kind="catastrophic"))
    assert found == pytest.approx(1 - (1 - math.exp(-1)), abs=1e-5)


@pytest.mark.parametrize(
    ("data", "time", "message"),
    [
        (worn("a"), None, "`a`: reads `system-mission-time`, which is not in the file; say it by `mission_"),
        (worn("a"), -1.0, "a mission time is a number above 0, not -1"),
        (worn("a"), math.nan, "a mission time is a number above 0, not nan"),
        (model(top(basic("a")), a=0.1), 100.0, "no number reads `system-mission-time`, so a mission time"),
        (
            worn(
                "a", more='<define-parameter name="system-mission-time"><int value="1"/></define-parameter>'
            ),
            100.0,
            "`define-parameter` of `system-mission-time` is there twice",
        ),
    ],
)
def test_a_mission_time_that_is_missing_or_wrong(data: bytes, time: float | None, message: str) -> None:
    with pytest.raises(ExchangeError, match=re.escape(message)):
        imported(data, "tree.xml", mission_time=time)


def test_only_fault_trees_have_a_mission_time() -> None:
    with pytest.raises(ExchangeError, match="knows no mission time"):
        imported(b"network n {}", "n.bif", mission_time=1.0)


@pytest.mark.parametrize(
    ("number", "mean"),
    [
        ('<beta-deviate><float value="2"/><float value="6"/></beta-deviate>', 0.25),
        ('<uniform-deviate><float value="0.2"/><float value="0.4"/></uniform-deviate>', 0.3),
        # By the mean, whatever the error factor: hardly any of it is beyond 1.
        (
            '<lognormal-deviate><float value="1e-3"/><float value="3"/><float value="0.95"/>'
            "</lognormal-deviate>",
            1e-3,
        ),
        ('<normal-deviate><float value="0.5"/><float value="0.01"/></normal-deviate>', 0.5),
        ("", 0.5),  # nothing is claimed: an interval
    ],
)
def test_distributions_have_their_means(number: str, mean: float) -> None:
    more = f'<define-basic-event name="a">{number}</define-basic-event>'
    text = imported(model(top(basic("a")), more=more), "tree.xml")
    tree = analyse(prepare(parse(text, "story")), ["kinds"])
    assert float(tree["kinds"]["mean"].sel(kind="catastrophic")) == pytest.approx(mean, rel=1e-9)


def test_a_parameter_that_two_events_share_is_one_number() -> None:
    """Both at rate r ~ uniform(0, 1): P(both) = E r^2 = 1/3, not 1/4."""
    uniform = '<uniform-deviate><float value="0"/><float value="1"/></uniform-deviate>'
    more = f'<define-parameter name="r">{uniform}</define-parameter>'
    more += "".join(
        f'<define-basic-event name="{n}"><parameter name="r"/></define-basic-event>' for n in "ab"
    )
    text = imported(model(top(f"<and>{basic('a', 'b')}</and>"), more=more), "tree.xml")
    tree = analyse(prepare(parse(text, "story")), ["kinds"])
    assert float(tree["kinds"]["mean"].sel(kind="catastrophic")) == pytest.approx(1 / 3, abs=1e-5)


def test_labels_and_names_of_any_kind() -> None:
    gate = (
        '<define-gate name="G-1"><label>Cooling\n fails</label><and>'
        f"{basic('Pump.A', 'and', 'PUMP_A')}</and></define-gate>"
    )
    text = imported(model(gate, **{"Pump.A": 0.5, "and": 0.5, "PUMP_A": 0.5}), "tree.xml", "open-psa")
    assert 'claim = "Cooling fails"\nwhen = "pump_a and n_and and pump_a_2"' in text
    (found,) = measured(text, "P(catastrophic)")
    assert found == pytest.approx(0.125, abs=1e-15)


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (top("<and/>"), "`and` of 0 arguments"),
        (top(f"<xor>{basic('a')}</xor>"), "`xor` of 1 arguments"),
        (top(f"<quorum>{basic('a')}</quorum>"), "the formula `quorum` cannot be carried"),
        (
            top(f"<and>{basic('nobody')}</and>"),
            "gate `top` reads `nobody`, which is not defined here; put a model in several",
        ),
        (
            '<include file="pumps.xml"/>' + top(basic("a")),
            "it includes `pumps.xml`: put the definitions of all files into one `opsa-mef`",
        ),
        (top(basic("a")) + top(basic("a")), "`define-gate` of `top` is there twice"),
        (top('<not><gate name="top"/></not>'), "gate `top` reads itself"),
        (
            top(basic("a")) + f'<define-gate name="b">{basic("a")}</define-gate>',
            "2 gates are read by no",
        ),
        ('<define-CCF-group name="ccf"/>' + top(basic("a")), "common-cause group `ccf`: no `distribution`"),
        ('<define-substitution name="s"/>' + top(basic("a")), "`define-substitution` (`s`) cannot be"),
        (
            top(f'<atleast min="x">{basic("a")}</atleast>'),
            "`atleast` whose `min` is no whole number: `x`",
        ),
    ],
)
def test_what_cannot_be_carried_is_said(gates: str, message: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        imported(model(gates, a=0.1), "tree.xml")
    assert message in str(caught.value)


def test_an_unknown_end_names_the_tops() -> None:
    with pytest.raises(ExchangeError, match="no gate or event `tip`; the gates that no other reads"):
        risk(model(top(basic("a")), a=0.1), catastrophe="tip")
