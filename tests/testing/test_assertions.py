"""Assertions of stories, by arithmetic: P(harm) = 0.2 x 0.5 x 0.5 x 0.25 = 0.0125 as the story is."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sensa
from sensa.cli import app
from sensa.properties.asserting import from_toml, to_toml
from sensa.testing import PropertyFailed, PropertyUndecided, assert_holds, assert_monotone
from tests.testing.watched import STORY

PLAN = sensa.loads(STORY)


@pytest.mark.parametrize(
    ("require", "options"),
    [
        ("P(harm) <= 0.0126", {}),
        ("P(harm) <= 0.0626", {"violate": 1}),  # 1 x 0.5 x 0.5 x 0.25
        ("P(harm) <= 0.126", {"violate": 2}),
        ("P(harm) <= 0.0401", {"at": "worst"}),  # 0.2 x 0.8 x 0.5 x 0.5
        ("P(harm) <= 0.0501", {"omit": "watch"}),  # 0.2 x 0.5 x 0.5
        ("P(harm | failure) >= 0.12", {}),  # 0.5 x 0.25
        ("P(harm) <= 0.0626", {"violate": {"max": 3, "among": ["narrow"]}}),
    ],
)
def test_what_holds_passes(require: str, options: dict) -> None:
    assert_holds(PLAN, require, **options)


@pytest.mark.parametrize(
    ("require", "options", "violated", "left"),
    [
        ("P(harm) <= 0.0124", {}, (), 0.0125),
        ("P(harm) <= 0.0624", {"violate": 1}, ("narrow",), 0.0625),
        ("P(harm) <= 0.0626", {"violate": 3}, ("narrow", "seen"), 0.125),
        ("P(harm) <= 0.0399", {"at": "worst"}, (), 0.04),
    ],
)
def test_what_breaks_is_the_nearest_case(require: str, options: dict, violated: tuple, left: float) -> None:
    with pytest.raises(PropertyFailed) as caught:
        assert_holds(PLAN, require, **options)
    case = caught.value.case
    assert case is not None
    assert case.violated == violated
    assert case.left == pytest.approx(left, abs=1e-9)


def test_an_impossible_condition_is_no_pass() -> None:
    certain = sensa.loads(STORY.replace("{ interval = [0.1, 0.6] }", "1.0"))
    with pytest.raises(PropertyFailed, match="vacuous"):
        assert_holds(certain, "P(harm | violated(idle)) <= 1")


def test_a_requirement_of_what_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"unknown name `harmm`; did you mean `harm`"):
        assert_holds(PLAN, "P(harmm) <= 0.5")
    with pytest.raises(ValueError, match="no assumption is named `nobody`"):
        assert_holds(PLAN, "P(harm) <= 0.5", violate={"max": 1, "among": ["nobody"]})
    with pytest.raises(ValueError, match="max: field required"):
        assert_holds(PLAN, "P(harm) <= 0.5", violate={"least": 1})


def test_the_command_prints_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is what `sensa explain` prints, with the claim and its line, and how it was found."""
    monkeypatch.delenv("COLUMNS", raising=False)
    file = tmp_path / "plan.toml"
    file.write_text(STORY)
    with pytest.raises(PropertyFailed) as caught:
        assert_holds(sensa.load(file), "P(harm) <= 0.0624", violate=2)
    message = str(caught.value)
    line = STORY.splitlines().index("[assumptions.narrow]") + 1
    assert f"{file}:{line}: narrow: It stays narrow" in message
    (command,) = re.findall("replay: (.*)", message)
    words = shlex.split(command)
    assert words[:3] == ["sensa", "explain", str(file)]
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.output
    assert done.stdout in message
    assert re.search(r"harm +1\.2 % +6\.2 % +\+5\.0 pts", done.stdout)


def test_a_property_of_the_story_keeps_its_name(tmp_path: Path) -> None:
    """The same requirement and range: `sensa check` gives the case the same name."""
    file = tmp_path / "plan.toml"
    file.write_text(
        f'{STORY}\n[properties.p]\nrequire = "P(harm) <= 0.06"\nforall = {{ violate = {{ max = 1 }} }}\n'
    )
    with pytest.raises(PropertyFailed) as caught:
        assert_holds(sensa.load(file), "P(harm) <= 0.06", violate=1)
    assert caught.value.case is not None
    shown = CliRunner().invoke(app, ["check", str(file)]).stdout
    assert f"nearest {caught.value.case.name}: narrow violated" in shown
    assert f"replay: sensa explain {file} {caught.value.case.name}" in str(caught.value)


def test_keys_go_to_toml_and_back() -> None:
    table = {"require": "loss < 1", "forall": {"violate": {"max": 1, "among": ["a"]}}, "quantile": 0.9}
    assert from_toml(to_toml(table)) == table
    with pytest.raises(ValueError, match="keys of a property"):
        from_toml("require")


def test_a_safeguard_helps_and_a_chance_does_not() -> None:
    assert_monotone(PLAN, raising="safeguards.*", lowers="P(harm)", violate=3)
    assert_monotone(PLAN, raising="events.plans.chance", raises="P(harm)")
    assert_monotone(PLAN, lowering="assumptions.*.credence", raises="P(catastrophic)")
    with pytest.raises(PropertyFailed, match=r"events\.plans\.chance from 0\.5 to 0\.8"):
        assert_monotone(PLAN, raising="*", lowers="P(harm)")
    with pytest.raises(ValueError, match="expected"):
        assert_monotone(PLAN, raising="*")


MANY = STORY + "\n".join(
    f'[assumptions.d{i}]\nclaim = "Distraction {i}"\npart = "goal.desirability"\ncredence = 0.9'
    for i in range(40)
)


def long_story(needed: str) -> str:
    """Forty-three assumptions, of which some together are the end of it."""
    return MANY.replace('when = "plans and not seen and not watch"', f'when = "{needed}"')


def test_hypothesis_finds_what_time_is_too_short_for() -> None:
    """P(harm) = 1 where d7 and d31 are violated, 0.1 where one is; one of some 14,000 cases."""
    plan = sensa.loads(long_story("not d7 and not d31"))
    with pytest.raises(PropertyFailed) as caught:
        assert_holds(plan, "P(harm) <= 0.5", violate=3, seconds=0.0)
    assert caught.value.case is not None
    assert caught.value.case.violated == ("d7", "d31")
    assert caught.value.case.left == pytest.approx(1.0)
    assert "found by Hypothesis" in str(caught.value)


def test_what_is_not_decided_is_no_pass() -> None:
    """Four violations would break it, three are looked at; the proof by all violated together fails."""
    plan = sensa.loads(long_story("not d3 and not d7 and not d20 and not d31"))
    with pytest.raises(PropertyUndecided, match="Hypothesis found no counterexample in 5 examples"):
        assert_holds(plan, "P(harm) <= 0.5", violate=3, seconds=0.0, examples=5)
    assert_holds(plan, "P(harm) <= 0.5", violate=3, seconds=0.0, examples=5, undecided="pass")
