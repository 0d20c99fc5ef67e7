"""A case that breaks a property, played again: by arithmetic."""

import json
import re
from pathlib import Path

import pytest
from scipy import stats
from typer.testing import CliRunner

from sensa import pipeline
from sensa.cli import app
from sensa.properties.judge import judge
from sensa.properties.replay import Replay, replay
from sensa.properties.verdicts import Counterexample
from sensa.stories.days import today
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.comparing.stories import HEAD

STORY = (
    HEAD
    + """
[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = 0.8
[assumptions.seen]
claim = "A plan would be seen"
part = "goal.desirability"
credence = 0.5

[events.plans]
when = "not narrow"
chance = { beta = [5, 5] }
EVERY
[safeguards.watch]
against = ["plans"]
power = 0.75
action = "warn"
EVERY

[outcomes.harm]
kind = "catastrophic"
when = "plans and not seen and not watch"
[outcomes.stopped]
kind = "fail_safe"
when = "plans"
[outcomes.works]
kind = "success"
otherwise = true

[properties.limit]
require = "P(catastrophic) <= 0.03"
"""
)
ONCE = STORY.replace("EVERY", "")
TWICE = STORY.replace("EVERY", "every_step = true").replace(
    "[properties", '[[phases]]\nname = "train"\nrepeat = 2\n\n[properties'
)


def played(text: str, forall: str) -> tuple[Counterexample, Replay]:
    """The nearest case that breaks the limit, and how it plays."""
    story = load(parse(f"{text}forall = {forall}\n", "s.toml"))
    model = pipeline.prepare(story)
    (verdict,) = judge(model, today=today()).verdicts
    assert verdict.nearest is not None
    return verdict.nearest, replay(model, verdict.nearest)


def test_a_violation() -> None:
    """P(harm) = P(not narrow) x 1/2 x 1/2 x 1/4: 0.0125 as it is, and 0.0625 with narrow violated; the watch
    fires with P(plans) x 3/4; without it harm has 1/4, and none where it is perfect."""
    _, found = played(ONCE, "{ violate = { max = 1 } }")
    assert found.now == pytest.approx({"harm": 0.0125, "stopped": 0.0875, "works": 0.9}, abs=1e-12)
    assert found.there == pytest.approx({"harm": 0.0625, "stopped": 0.4375, "works": 0.5}, abs=1e-12)
    assert found.change == pytest.approx({"harm": 0.05, "stopped": 0.35, "works": -0.4}, abs=1e-12)
    assert set(found.change_error.values()) == {0.0}
    assert found.restored == {"narrow": pytest.approx(found.now, abs=1e-12)}
    watch = found.safeguards["watch"]
    assert (watch.power, watch.fires_now, watch.fires) == pytest.approx((0.75, 0.075, 0.375), abs=1e-12)
    assert watch.perfect["harm"] == pytest.approx(0.0, abs=1e-12)
    assert watch.without["harm"] == pytest.approx(0.25, abs=1e-12)


def test_a_safeguard_left_out_is_restored_and_not_asked() -> None:
    """Without the watch P(harm) = 0.2 x 1/2 x 1/2."""
    _, found = played(ONCE, '{ omit = ["watch"] }')
    assert found.there["harm"] == pytest.approx(0.05, abs=1e-12)
    assert found.restored["watch"]["harm"] == pytest.approx(0.0125, abs=1e-12)
    assert found.safeguards == {}


@pytest.mark.parametrize(
    ("move", "there"),
    [
        ('raise = ["events.plans.chance"]', 0.5 * stats.beta(5, 5).ppf(0.95) / 8),
        ('lower = ["safeguards.watch.power"]', 0.5 * 0.5 * 0.5),
        ('lower = ["assumptions.narrow.credence"]', 1.0 / 16),
    ],
)
def test_a_moved_number(move: str, there: float) -> None:
    """An uncertain one to the end of its 90 % interval, a stated one to 0, a credence likewise."""
    text = ONCE.replace("credence = 0.8", "credence = 0.5").replace("<= 0.03", "<= 0.032")
    counterexample, found = played(text, "{ " + move + " }")
    assert found.there["harm"] == pytest.approx(there, abs=1e-9)
    assert found.there["harm"] == pytest.approx(counterexample.left, abs=1e-9)
    assert list(found.restored) == [counterexample.moves[0].parameter]
    assert next(iter(found.restored.values()))["harm"] == pytest.approx(0.5 / 16, abs=1e-12)


def test_by_step() -> None:
    """With chance c at each of two steps: harm at the first has c/8, at the second (1 - c) c/8; c varies."""
    _, found = played(TWICE, "{ violate = { max = 1 } }")
    first, second = found.by_step["harm"]
    mean = 0.5 * 0.5 - stats.beta(5, 5).var()
    assert first == pytest.approx((0.2 * 0.5 / 8, 0.5 / 8), abs=1e-6)
    assert second == pytest.approx((0.2 * mean / 8, mean / 8), abs=1e-6)


def test_the_command_shows_the_case_beside_the_story(tmp_path: Path) -> None:
    """By the name that the verdict gives it, as text and as JSON."""
    file = tmp_path / "story.toml"
    file.write_text(ONCE + "forall = { violate = { max = 1 } }\n")
    shown = CliRunner().invoke(app, ["check", str(file)]).stdout
    (name,) = set(re.findall(r"nearest (cx-[0-9a-f]{8})", shown))
    text = CliRunner().invoke(app, ["explain", str(file), name, "--quiet"])
    assert text.exit_code == 0
    rows = [re.split(r"\s{2,}", line) for line in text.stdout.splitlines()]
    assert ["harm", "1.2 %", "6.2 %", "+5.0 pts"] in rows
    found = json.loads(CliRunner().invoke(app, ["explain", str(file), name, "--format", "json"]).stdout)
    assert found["kind"] == "counterexample"
    assert found["witness"]["violated"] == ["narrow"]
    assert [table["title"] for table in found["tables"]] == ["outcome", "restored", "safeguard"]
