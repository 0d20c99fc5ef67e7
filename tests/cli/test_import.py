"""`sensa import` at the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.stories.reading import parse
from tests.exchange.files import ASIA
from tests.short_stories import story

ARALIA = Path(__file__).parents[1] / "exchange" / "aralia"


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_a_story_is_written_once(imported: Callable[..., Result]) -> None:
    tree = ARALIA / "chinese.xml"
    done = imported(tree, "-o", "tree.toml")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "next: sensa check tree.toml" in done.stderr
    assert CliRunner().invoke(app, ["check", "tree.toml"]).exit_code == 0
    again = imported(tree, "-o", "tree.toml")
    assert again.exit_code == 2
    assert again.stderr == "sensa: tree.toml: already exists, and is left as it is\n"


def test_a_story_is_printed(imported: Callable[..., Result]) -> None:
    done = imported(ARALIA / "chinese.xml", "--catastrophe", "g2", "--fail-safe", "r1")
    assert done.stdout.startswith("# From chinese.xml, a fault tree in Open-PSA's format.")
    assert '[outcomes.catastrophe]\nkind = "catastrophic"\nwhen = "g2"\n' in done.stdout
    assert '[outcomes.safe_failure]\nkind = "fail_safe"\nwhen = "r1"\n' in done.stdout
    assert "[[allow]]" not in done.stdout


def test_a_network_is_pruned(imported: Callable[..., Result]) -> None:
    Path("asia.bif").write_text(ASIA, "utf-8")
    done = imported("asia.bif", "--catastrophe", "either=yes", "--prune")
    assert sorted(parse(done.stdout).document.events) == ["asia", "either", "lung", "smoke", "tub"]
    assert imported(ARALIA / "chinese.xml", "--prune").stderr.endswith(
        "chinese.xml: a fault tree in Open-PSA's format is read whole; only networks are pruned\n"
    )


def test_a_mission_time(imported: Callable[..., Result]) -> None:
    Path("wear.xml").write_text(
        '<opsa-mef><define-basic-event name="a"><exponential><float value="1e-3"/><system-mission-time/>'
        "</exponential></define-basic-event></opsa-mef>",
        "utf-8",
    )
    assert imported("wear.xml").stderr == (
        "sensa: wear.xml: `a`: reads `system-mission-time`, which is not in the file; "
        "say it with `--mission-time`\n"
    )
    document = parse(imported("wear.xml", "--mission-time", "8760").stdout).document
    assert document.quantities["system_mission_time"].value == 8760


def test_what_cannot_be_imported_is_said(imported: Callable[..., Result]) -> None:
    Path("notes.txt").write_text("a", "utf-8")
    for arguments, said in (
        (("none.bif",), "sensa: none.bif: no such file or directory\n"),
        (
            ("notes.txt",),
            "sensa: notes.txt: its name does not say what it is; "
            "say so with `--from` (bif, xdsl, open-psa, gsn, bayesdown)\n",
        ),
        (("notes.txt", "--from", "xdsl"), "sensa: notes.txt: line 1: no XML: syntax error\n"),
        (
            ("notes.txt", "--from", "bif"),
            "sensa: notes.txt: line 1: expected `variable` or `probability`, not `a`\n",
        ),
    ):
        done = imported(*arguments)
        assert (done.exit_code, done.stdout, done.stderr) == (2, "", said)


def test_what_is_left_out_and_what_is_hidden_is_said(imported: Callable[..., Result]) -> None:
    """A key that no story has is named; a change of direction in a claim or a name is an escape."""
    name = "pumps\u202e.gsn.yaml"
    Path(name).write_text("G1: { text: It is \u202ekcehc, undeveloped: true, owner: Ana }\n", "utf-8")
    done = imported(name)
    assert done.exit_code == 0
    assert done.stderr == "sensa: pumps\\u202e.gsn.yaml: left out: `owner` of `G1`\n"
    assert 'claim = "It is \\u202ekcehc"' in done.stdout
    assert "\u202e" not in done.stdout
    assert parse(done.stdout, "s").document.assumptions["g1"].claim == "It is \u202ekcehc"


def test_a_fault_tree_without_a_gate(imported: Callable[..., Result]) -> None:
    event = '<define-basic-event name="{}"><float value="0.1"/></define-basic-event>'
    for inside, said in (
        ("", "defines no gate and no basic event"),
        (
            event.format("a") + event.format("b"),
            "no gate, but several basic events (`a`, `b`): say which is the catastrophe",
        ),
    ):
        Path("t.xml").write_text(f"<opsa-mef><model-data>{inside}</model-data></opsa-mef>")
        assert imported("t.xml").stderr == f"sensa: t.xml: {said}\n"


def test_a_story_is_not_overwritten_by_its_own_export(tmp_path: Path) -> None:
    file = tmp_path / "story.toml"
    file.write_text(story("[events.e]\nchance = 0.1\n", "e"), "utf-8")
    before = file.read_text("utf-8")
    done = CliRunner().invoke(app, ["export", str(file), "--to", "bif", "-o", str(file)])
    assert done.exit_code == 2
    assert "is an input file, and is not overwritten" in " ".join(done.stderr.split())
    assert file.read_text("utf-8") == before
