"""Settings that loosen a gate, told by every format, with who set them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.stories import days
from tests.comparing.repositories import committed, git
from tests.comparing.stories import PLAIN

STORY = PLAIN + '\n[properties.budget]\nrequire = "P(harm) <= 0.15"\n'
NEVER = "`fail-on = never` ([tool.sensa]): no property affects the exit code"
ALPHA = "`alpha = 0.5` ([tool.sensa]): above 0.05, so a sampled verdict may well be wrong"
SEED = (
    "`engine = montecarlo` ([tool.sensa]) with `seed = 8` ([tool.sensa]): verdicts are sampled, and another"
    " seed may give others"
)
DAY = "the day is 2026-01-02 (SENSA_TODAY), not that of the clock; waivers and stale credences depend on it"
LOOSE = '[tool.sensa]\nfail-on = "never"\nalpha = 0.5\nengine = "montecarlo"\nseed = 8\n'


def sensa(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--quiet"], prog_name="sensa")


def notes(*arguments: str) -> list[str]:
    found = json.loads(sensa(*arguments, "--format", "json").stdout)["stories"][0]["notes"]
    assert isinstance(found, list)
    return found


@pytest.fixture(autouse=True)
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENSA_CACHE", str(tmp_path / "cache"))
    Path("story.toml").write_text(STORY)


def test_each_setting_of_the_configuration_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text(LOOSE)
    monkeypatch.setenv("SENSA_TODAY", "2026-01-02")
    assert notes("check", "story.toml") == [DAY, NEVER, ALPHA, SEED]
    assert notes("check", "story.toml") == [DAY, NEVER, ALPHA, SEED], "remembered answers too"
    assert notes("diff", "story.toml", "story.toml") == [DAY, NEVER, SEED]


def test_every_format_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSA_TODAY", "2026-01-02")
    outputs = {kind: sensa("check", "story.toml", "--format", kind).stdout for kind in ("text", "github")}
    assert f"note: {DAY}\n" in outputs["text"]
    assert f"::warning title=sensa::{DAY}\n" in outputs["github"]
    assert f"\n- {DAY}\n" in sensa("check", "story.toml", "--format", "markdown").stdout.replace("\\", "")
    (run,) = json.loads(sensa("check", "story.toml", "--format", "sarif").stdout)["runs"]
    told = run["invocations"][0]["toolConfigurationNotifications"]
    assert [one["message"]["text"] for one in told] == [DAY]
    junit = ElementTree.fromstring(sensa("check", "story.toml", "--format", "junit").stdout)
    assert f"note: {DAY}" in str(junit.findtext(".//system-out"))
    assert f"note: {DAY}" in sensa("diff", "story.toml", "story.toml").stdout


def test_flags_are_told_as_flags() -> None:
    assert notes("check", "story.toml", "--fail-on", "never", "--alpha", "0.06") == [
        "`fail-on = never` (--fail-on): no property affects the exit code",
        "`alpha = 0.06` (--alpha): above 0.05, so a sampled verdict may well be wrong",
    ]


@pytest.mark.parametrize(
    "usual",
    [
        (),
        ("--today", str(days.today())),
        ("--alpha", "0.05"),
        ("--fail-on", "warning"),
        ("--engine", "montecarlo"),
        ("--seed", "8"),
        ("--seed", "8", "--engine", "exact"),
    ],
)
def test_what_loosens_nothing_is_not_told(usual: tuple[str, ...]) -> None:
    """A seed alone decides nothing where all is exact; the usual seed was chosen by nobody."""
    assert notes("check", "story.toml", *usual) == []


BEFORE = '[tool.sensa]\nstories = ["*.toml"]\nproperties = "rules.toml"\nseconds = 30\n'
AFTER = '[tool.sensa]\nstories = ["story*.toml"]\nseconds = 5\n'
RULES = 'format = "training-story/1"\n[properties.rule]\nrequire = "P(harm) <= 0.5"\n'
STORIES = '`stories` of [tool.sensa] is ["story*.toml"], and was ["*.toml"] at main'
DROPPED = '`properties` of [tool.sensa] is not set, and was "rules.toml" at main'
SECONDS = "`seconds` of [tool.sensa] is 5, and was 30 at main"


@pytest.fixture
def branch() -> None:
    """A change that takes the rules and a part of the stories out of the configuration."""
    Path("pyproject.toml").write_text(BEFORE)
    Path("rules.toml").write_text(RULES)
    committed(Path())
    git(Path(), "checkout", "-q", "-b", "work")
    Path("pyproject.toml").write_text(AFTER)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "--against", "main"), [STORIES, DROPPED, SECONDS]),
        (("check", "story.toml", "--against", "main", "--seconds", "60"), [DROPPED]),
        (("check", "story.toml", "--against", "main", "--properties", "rules.toml"), [SECONDS]),
        (("check", "story.toml", "--against", "main", "--config-from", "main"), []),
        (("check", "story.toml"), []),
        (("diff", "story.toml", "--against", "main"), [DROPPED, SECONDS]),
        (("diff", "story.toml", "story.toml"), []),
    ],
)
def test_what_a_change_takes_out_of_the_configuration_is_told(
    branch: None, arguments: tuple[str, ...], said: list[str]
) -> None:
    """Where no flag decides, and for stories where none is named."""
    assert notes(*arguments) == said


def test_a_configuration_that_adds_to_the_base_is_not_told(branch: None) -> None:
    Path("pyproject.toml").write_text(BEFORE.replace("seconds = 30", 'seconds = 30\nengine = "exact"'))
    assert notes("check", "story.toml", "--against", "main") == []
