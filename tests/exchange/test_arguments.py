"""Arguments in BayesDown and as goal structures."""

from pathlib import Path

import pytest

from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.exporting import exported
from sensa.exchange.importing import imported
from sensa.pipeline import load, prepare
from sensa.stories.reading import parse
from tests.exchange.enumeration import measured
from tests.exchange.files import GOALS, LAWN

LIBRARY = Path(__file__).parents[2] / "stories" / "library"

WET = 0.2 * (0.01 * 0.99 + 0.99 * 0.8) + 0.8 * 0.4 * 0.9


def test_bayesdown() -> None:
    text = imported(LAWN.encode(), "lawn.bayesdown")
    found = measured(text, "P(catastrophic)", "P(sprinkler)", "P(rain | grass_wet)")
    wanted = [WET, 0.2 * 0.01 + 0.8 * 0.4, 0.2 * (0.01 * 0.99 + 0.99 * 0.8) / WET]
    assert found == pytest.approx(wanted, abs=1e-14)
    assert 'claim = "It rains."' in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[Rain]: It", "Rain: It", "line 2: expected `[NAME]: text {…}`"),
        ('"priors": {"p(rain_TRUE)": "0.2"}', '"priors": {}', "line 2: `Rain` has no probability"),
        ('"p(rain_TRUE)": "0.2"', '"p(rain_TRUE": "0.2"', "`p(rain_TRUE` is not of the form p(x|a, b)"),
        ('"p(rain_TRUE)": "0.2"', '"p(rain_TRUE)": "high"', "p(rain_TRUE) is `high`, which is no number"),
        ('"p(rain_TRUE)": "0.2"', '"p(rain_TRUE)": "1.2"', "a probability that is negative or no number"),
        (
            '{"instantiations": ["rain_TRUE',
            '{"states": ["rain_TRUE',
            "`Rain` has no `instantiations`",
        ),
        ('"priors": {"p(rain_TRUE)": "0.2"}}', '"priors": {', "line 2: the text in braces is no JSON"),
        ("   - [Rain]", "   - [Grass_Wet]", "in a cycle of parents|no probability given"),
        ("0.01", "", "line 3: p(sprinkler_TRUE|rain_TRUE) is ``, which is no number"),
    ],
)
def test_what_bayesdown_cannot_carry(old: str, new: str, message: str) -> None:
    assert old in LAWN
    with pytest.raises(ExchangeError) as caught:
        imported(LAWN.replace(old, new, 1).encode(), "lawn.bayesdown")
    assert any(part in str(caught.value) for part in message.split("|no "))


def test_braces_within_braces_have_a_bound() -> None:
    with pytest.raises(ExchangeError, match="no JSON"):
        imported(b"[A]: a " + b'{"a":' * 200_000, "deep.bayesdown")


def test_a_goal_structure_by_hand() -> None:
    """Both trains are needed: 1 - 0.9 x 0.9 x P(the pump's challenge does not stand), which is 1/2."""
    text = imported(GOALS.encode(), "pumps.gsn.yaml")
    (found,) = measured(text, "P(catastrophic)")
    assert found == pytest.approx(1 - 0.9 * 0.9 * 0.5, abs=1e-12)
    values = parse(text, "story").values
    assert values["events"]["g1"]["when"] == "g2 and g3"
    assert values["events"]["g2"]["when"] == "g4"
    assert values["assumptions"]["g3"]["evidence"] == [{"source": "Test log of May"}]
    assert [challenge["against"] for challenge in values["challenges"].values()] == ["g4"]
    assert (values["goal"]["specification"], values["rationale"]["constraints"]) == (
        "Two trains",
        ["By trains"],
    )


def test_our_own_goal_structures_come_back() -> None:
    before = load(LIBRARY / "cat_classifier.toml")
    text = imported(exported(before, prepare(before), "gsn").encode(), "cat.gsn.yaml")
    after = parse(text, "story")
    for name, assumption in before.document.assumptions.items():
        again = after.document.assumptions[name]
        assert (again.claim, again.because, again.credence) == (
            assumption.claim, assumption.because, assumption.credence
        )  # fmt: skip
        assert [e.source for e in again.evidence] == [e.source for e in assumption.evidence]
    assert after.document.goal.desirability == before.document.goal.desirability
    assert after.document.challenges.keys() == before.document.challenges.keys()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("supportedBy: [G4]", "supportedBy: [G9]", "node `G2` refers to `G9`, which is not there"),
        ("supportedBy: [G4]", "supportedBy: [G1]", "node `G2` supports itself|node `G1` supports itself"),
        ("supportedBy: [G2, G3]", "supportedBy: [G2]", "2 goals support no other; say which is the top"),
        ("challenges: G4", "challenges: G1", "`CG1` challenges `G1`, which is no goal without subgoals"),
        ("text: Pump A works", "txt: Pump A works", "node `G4` has no `text`"),
        ("\nC1:", "\nX1: { text: y }\nC1:", "the id `X1` says no type of node"),
        ("module: {", "module: [", "no YAML: while parsing a flow"),
    ],
)
def test_what_a_goal_structure_cannot_carry(old: str, new: str, message: str) -> None:
    assert old in GOALS
    with pytest.raises(ExchangeError) as caught:
        imported(GOALS.replace(old, new, 1).encode(), "pumps.gsn.yaml")
    assert any(part in str(caught.value) for part in message.split("|"))


def test_another_goal_may_be_the_end() -> None:
    (found,) = measured(imported(GOALS.encode(), "p.gsn.yaml", ends=Ends("G3")), "P(catastrophic)")
    assert found == pytest.approx(0.1, abs=1e-14)
    with pytest.raises(ExchangeError, match="no goal `G7`"):
        imported(GOALS.encode(), "p.gsn.yaml", ends=Ends("G7"))


def test_yaml_makes_no_objects() -> None:
    with pytest.raises(ExchangeError, match="no YAML: could not determine a constructor"):
        imported(b'G1: !!python/object/apply:os.system ["true"]', "p.gsn.yaml")
