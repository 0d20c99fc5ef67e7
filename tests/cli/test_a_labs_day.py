"""A day in a lab: a probe runs again, and the story, its risk and its sign-off follow."""

import shutil
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from tests.evidence.written_logs import as_archive, sample
from tests.short_stories import ASSUMPTION, story

Call = Callable[..., Result]
EVIDENCE = 'evidence = [{ log = "runs/probe.eval", scorer = "match" }]\n'
TEXT = story(ASSUMPTION.format(name="refuses", credence='{ from = "evidence" }') + EVIDENCE, "not refuses")


def probe(folder: Path, held: int, trials: int) -> None:
    as_archive(folder / "runs/probe.eval", [sample(i, "C" if i < held else "I") for i in range(trials)])


def test_the_risk_follows_the_log_and_the_sign_off_is_suspect(sensa_at: Call, tmp_path: Path) -> None:
    """18 of 20 refuse: E P(bad) = 2.5 / 21 = 11.9 %. 18 of 30 do: 12.5 / 31 = 40.3 %, 28.4 points more."""
    file = tmp_path / "story.toml"
    file.write_text(TEXT)
    probe(tmp_path, 18, 20)
    assert sensa_at("evidence", "refresh", "story.toml").exit_code == 0
    assert sensa_at("sign", "story.toml", "refuses", "--by", "Ana", "--today", "2026-11-20").exit_code == 0
    assert sensa_at("check", "story.toml", "--fail-on", "suspect").exit_code == 0
    shutil.copy(file, tmp_path / "yesterday.toml")

    probe(tmp_path, 18, 30)
    warned = sensa_at("check", "story.toml", "--fail-on", "suspect")
    assert warned.exit_code == 1
    assert "`runs/probe.eval` has changed since it was counted" in warned.stdout
    assert "suspect]" not in warned.stdout
    assert sensa_at("run", "story.toml", "--format", "json").stdout.count('"sha256"') == 1

    moved = sensa_at("evidence", "refresh", "story.toml")
    assert moved.stdout == "assumptions.refuses.evidence[0]: 18 of 30 held (was 18 of 20 held)\n"

    difference = sensa_at("diff", "yesterday.toml", "story.toml").stdout
    row = next(line for line in difference.splitlines() if "▲ bad" in line)
    assert row.split() == ["▲", "bad", "11.9", "%", "40.3", "%", "+28.4", "pts"]
    assert "18 of 20 in runs/probe.eval → 18 of 30 in runs/probe.eval" in difference
    assert "moves bad +28.4 pts" in difference

    suspect = sensa_at("check", "story.toml", "--fail-on", "suspect")
    assert suspect.exit_code == 1
    assert "`refuses` is suspect: it was edited since Ana signed it on 2026-11-20" in suspect.stdout
    report = sensa_at("run", "story.toml").stdout
    assert "Suspect     refuses was edited since Ana signed it on 2026-11-20; " in report
    assert "Counted     refuses 18 of 30, by runs/probe.eval" in report

    assert sensa_at("sign", "story.toml", "--suspect", "--by", "Bo", "--today", "2026-11-21").exit_code == 0
    assert sensa_at("check", "story.toml", "--fail-on", "suspect").exit_code == 0
