"""Arguments in BayesDown and as goal structures."""

from pathlib import Path

import pytest

from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.exporting import exported
from sensa.exchange.importing import imported, left_out
from sensa.pipeline import prepare
from sensa.stories.loading import load
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
    for name, challenge in before.document.challenges.items():
        again = after.document.challenges[name]
        assert (again.claim, again.status, again.answer) == (
            challenge.claim,
            challenge.status,
            challenge.answer,
        )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("supportedBy: [G4]", "supportedBy: [G9]", "node `G2` refers to `G9`, which is not there"),
        ("supportedBy: [G4]", "supportedBy: [G1]", "node `G2` supports itself|node `G1` supports itself"),
        ("supportedBy: [G2, G3]", "supportedBy: [G2]", "2 goals support no other; say which is the top"),
        ("challenges: G4", "challenges: G1", "`CG1` challenges `G1`, which is no goal without subgoals"),
        ("text: Pump A works", "txt: Pump A works", "node `G4` has no `text`"),
        ("\nC1:", "\nX1: { text: y }\nC1:", "the id `X1` says no type of node"),
        ("module: {", "module: [", "no YAML"),
        ("text: Pump A works", "text: 2026-11-03", "`text` of node `G4` is no text: put it in quotes"),
        ("text: Two trains", "text: 2026-13-45", "is no YAML"),
        ("module: {", "deep: " + "[" * 3000, "nests too deep"),
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
    with pytest.raises(ExchangeError, match=r"^line 1: no plain YAML$"):
        imported(b'G1: !!python/object/apply:os.system ["true"]', "p.gsn.yaml")


def test_what_no_story_carries_is_named() -> None:
    """Layers of one's own, what is unquoted, a credence that is no number; not what only a drawing needs."""
    text = GOALS.replace(
        "credence: 0.9", "credence: 2026-01-01, since: 2026-11-01, owner: Ana, classes: [red]"
    )
    text = text.replace("text: Two trains", "text: Two trains, url: page.html")
    text = text.replace(
        "undeveloped: true, credence", "undeveloped: true, falsified_by: 2026-11-03, credence"
    )
    assert left_out(text.encode(), "pumps.gsn.yaml") == (
        "`url` of `C1`",
        "`since` and `owner` of `G3`",
        "`credence` of `G3`, which is no number: `2026-01-01`",
        "`falsified_by` of `G4`, which is no text (put it in quotes)",
    )


@pytest.mark.parametrize(
    "fate", ["status: gone", "status: answered", "status: open, answer: 3", "answer: no"]
)
def test_a_fate_that_is_none_is_left_out(fate: str) -> None:
    text = GOALS.replace("challenges: G4", f"challenges: G4, {fate}").encode()
    (said,) = left_out(text, "pumps.gsn.yaml")
    assert said.endswith("of `CG1`")
    (challenge,) = parse(imported(text, "pumps.gsn.yaml"), "s").document.challenges.values()
    assert challenge.status == "open"


def test_our_own_goal_structures_leave_nothing_out() -> None:
    for name in ("cat_classifier", "staged_release"):
        before = load(LIBRARY / f"{name}.toml")
        assert left_out(exported(before, prepare(before), "gsn").encode(), "cat.gsn.yaml") == ()
