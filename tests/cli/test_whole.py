"""The commands with everything behind them: library stories, the starting story, answers of others."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

from sensa.stories.checking.all_checks import check
from sensa.stories.reading import read
from sensa.stories.schema.vocabulary import GoalClass
from tests.reports.result.held_to_schema import held_to_schema

Call = Callable[..., Result]
LIBRARY = sorted((Path(__file__).parents[2] / "stories" / "library").glob("*.toml"))
QUICK = ["--points", "1024"]
FOLDER = Path(__file__).parents[2] / "stories" / "invalid"

UNCLAIMED = """
format = "training-story/1"
[story]
title = "Nothing claimed yet"
[goal]
class = ["other"]
specification = "x"
desirability = "x"
[rationale]
class = ["other"]
constraints = ["x"]
nudges = ["x"]
[assumptions.fits]
claim = "It fits"
part = "rationale.constraints"
[assumptions.harmless]
claim = "It is harmless"
part = "goal.desirability"
credence = { beta = [1, 1] }
[outcomes.catastrophic]
kind = "catastrophic"
when = "not fits and not harmless"
[outcomes.fail_safe]
kind = "fail_safe"
when = "not fits"
[outcomes.success]
kind = "success"
otherwise = true
"""

CERTAIN = UNCLAIMED.replace("{ beta = [1, 1] }", "0.75").replace(
    'part = "rationale.constraints"', 'part = "rationale.constraints"\ncredence = 0.5'
)


def without_verdicts(report: str) -> str:
    """The report without the section of the story's properties, of which there may be any number."""
    parts = report.split("\n\n")
    return "\n\n".join(part for part in parts if not part.startswith("Properties\n"))


def test_verdicts_keep_to_the_width(sensa_at: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else is too long; a command is one line, since it is to be copied."""
    monkeypatch.setenv("COLUMNS", "80")
    story = next(path for path in LIBRARY if path.stem == "assistance_game")
    lines = sensa_at("run", str(story), *QUICK).stdout.splitlines()
    start = lines.index("Properties")
    told = lines[start : lines.index("", start)]
    assert any(line.startswith("    claimed: ") for line in told)
    assert max(len(line) for line in told if "replay: " not in line) <= 80
    assert "\n".join(told).count("replay: sensa explain ") == 1


@pytest.mark.parametrize("story", LIBRARY, ids=lambda path: path.stem)
def test_library_stories_fit_on_a_screen(sensa_at: Call, story: Path) -> None:
    result = sensa_at("run", str(story), *QUICK)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(without_verdicts(result.stdout).splitlines()) <= 38
    assert max(len(line) for line in lines if "replay: " not in line) <= 100
    assert "nan" not in result.stdout.lower().split()
    assert lines[0].endswith(story.name)


def test_the_starting_story_passes_and_runs(sensa_at: Call) -> None:
    assert sensa_at("new", "story.toml").exit_code == 0
    checked = sensa_at("check", "story.toml")
    assert checked.exit_code == 0
    # The challenge is left open on purpose, to show what that looks like; nothing else is wrong with it.
    assert checked.stdout.splitlines()[-1] == "1 warning in story.toml"
    assert "[warning: open-challenge]" in checked.stdout
    assert sensa_at("run", "story.toml", *QUICK).exit_code == 0


@pytest.mark.parametrize("goal", get_args(GoalClass))
def test_the_starting_story_of_a_goal_passes_and_runs(sensa_at: Call, goal: str) -> None:
    assert sensa_at("new", "story.toml", "--goal", goal).exit_code == 0
    assert "see the end" not in Path("story.toml").read_text("utf-8")  # what was there is left out
    assert check(read("story.toml")) == ()
    assert sensa_at("run", "story.toml", *QUICK).exit_code == 0


def test_every_stage_is_shown(sensa_at: Call) -> None:
    sensa_at("new", "story.toml")
    graph = sensa_at("show", "story.toml", "--stage", "graph").stdout
    circuit = sensa_at("show", "story.toml", "--stage", "circuit").stdout
    diagram = sensa_at("show", "story.toml", "--stage", "diagram").stdout
    assert "assumption simplest_is_meant" in graph
    assert "catastrophic@1 = g" in circuit
    assert "catastrophic@1 = n" in diagram
    assert sensa_at("show", "story.toml", "--stage", "graph", "--format", "dot").stdout.startswith("digraph")
    mermaid = sensa_at("show", "story.toml", "--stage", "graph", "--format", "mermaid").stdout
    assert mermaid.startswith("flowchart")


def test_closed_forms_come_through(sensa_at: Call, tmp_path: Path) -> None:
    """P(catastrophic) = 0.5 x 0.25, P(fail_safe) = 0.5 x 0.75, and each set by hand."""
    (tmp_path / "story.toml").write_text(CERTAIN)
    result = sensa_at("run", "story.toml", "--format", "json", *QUICK)
    story = held_to_schema(json.loads(result.stdout))["stories"][0]
    assert story["outcomes"]["catastrophic"]["mean"] == pytest.approx(0.125, abs=1e-12)
    assert story["outcomes"]["fail_safe"]["mean"] == pytest.approx(0.375, abs=1e-12)
    assert story["fail_safe_given_failure"] == pytest.approx(0.75, abs=1e-12)
    assert story["violated"]["harmless"]["catastrophic"] == pytest.approx(0.5, abs=1e-12)
    assert story["violated"]["fits"]["fail_safe"] == pytest.approx(0.75, abs=1e-12)
    assert story["holds"]["fits"]["success"] == pytest.approx(1.0, abs=1e-12)
    assert story["analyses"]["outcomes"]["how"] == "exact"
    text = sensa_at("run", "story.toml", *QUICK).stdout
    assert "12 % probability of catastrophe; 75 % of failures are safe." in text
    assert "no number is uncertain" in text


def test_what_is_not_claimed_is_said_first(sensa_at: Call, tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(UNCLAIMED)
    lines = sensa_at("run", "story.toml", *QUICK).stdout.splitlines()
    assert lines[1].startswith("Only bounds are given for 1 of 2 numbers (fits):")
    assert "  - Claim a number for fits, which has only bounds." in lines


def test_a_reader_that_leaves_ends_a_run_quietly(tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(CERTAIN)
    command = f"{sys.executable} -m sensa run story.toml --points 64 | head -1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Nothing claimed yet")
    assert done.stderr == ""


def test_the_same_run_gives_the_same_bytes(sensa_at: Call, tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(UNCLAIMED)
    first, second = (sensa_at("run", "story.toml", "--format", "json", *QUICK).stdout for _ in range(2))
    assert first == second
    assert sensa_at("run", "story.toml", "--format", "json", "--seed", "1", *QUICK).stdout != first


def test_what_is_asked_for_by_name_is_shown_stored_and_printed_as_json(
    sensa_at: Call, tmp_path: Path
) -> None:
    """SALib's methods and further analyses stand in the tables, in the JSON by its schema, in the file."""
    import xarray as xr

    story = str(LIBRARY[0])
    asked = ["--analyses", "bounds,value_of_information", "--method", "morris", *QUICK]
    shown = sensa_at("run", story, *asked)
    assert shown.exit_code == 0, shown
    assert all(
        head in shown.stdout for head in ("\nbounds\n", "\nvalue of information\n", "\nsalib morris\n")
    )
    file = tmp_path / "result.nc"
    result = sensa_at("run", story, *asked, "--format", "json", "--output", f"nc={file}")
    document = json.loads(result.stdout)
    held_to_schema(document)
    others = document["stories"][0]["others"]
    assert set(others) == {"bounds", "value_of_information", "salib_morris"}
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        stored = tree["bounds"]["lower"].values.tolist()
    assert others["bounds"]["variables"]["lower"]["values"] == stored


def test_an_unknown_method_is_refused_with_those_there_are(sensa_at: Call) -> None:
    result = sensa_at("run", str(LIBRARY[0]), "--method", "nope")
    assert result.exit_code == 2
    assert "unknown method `nope`; expected one of morris, fast" in " ".join(result.stderr.split())


def test_sampled_worlds_by_the_command_line(sensa_at: Call) -> None:
    """A story whose answer is known: .25 x .5 = .125, to a precision; six of its half-widths: never."""
    Path("certain.toml").write_text(CERTAIN)
    result = sensa_at(
        "run", "certain.toml", "--engine", "montecarlo", "--precision", "1e-3", "--format", "json"
    )
    document = json.loads(result.stdout)
    held_to_schema(document)
    (found,) = document["stories"]
    assert found["engine"]["name"] == "montecarlo"
    assert found["engine"]["stopped"] == "precision"
    assert abs(found["outcomes"]["catastrophic"]["mean"] - 0.125) < 6e-3
    text = sensa_at("run", "certain.toml", "--engine", "montecarlo", "--precision", "1e-3", "--verbose")
    assert "until the outcomes had the requested precision" in " ".join(text.stdout.split())
    assert "this engine because worlds were asked for" in " ".join(text.stdout.split())


@pytest.mark.parametrize("command", ["run", "check"])
def test_an_error_of_a_parameter_value_has_its_place_and_value_once(
    sensa_at: Call, tmp_path: Path, command: str
) -> None:
    text = (FOLDER / "axis_beyond_one.toml").read_text("utf-8")
    required = '[properties.p]\nrequire = "P(catastrophic) <= 0.9"\nquantile = 0.9\n'
    (tmp_path / "axis_beyond_one.toml").write_text(text + required, "utf-8")
    result = sensa_at(command, "axis_beyond_one.toml")
    said = [line for line in (result.stdout + result.stderr).splitlines() if "is not a probability" in line]
    assert result.exit_code == 2
    assert len(said) == 1
    assert re.fullmatch(
        r".*axis_beyond_one.toml:35:10: events.moved.chance: `1\.\d+` is not a probability "
        r"\(from 0 to 1; `clip` would keep it there\) where phases\[0\].axes.real_world = 1\.\d+",
        said[0],
    )


def test_warnings_that_are_turned_off_are_counted_wherever_a_story_is_told(
    sensa_at: Call, tmp_path: Path
) -> None:
    """Two events, by one allowance, and an outcome that only the engine finds impossible."""
    allow = "[[allow]]\nwarning = '{}'\nitem = '{}'\nreason = 'later'\n"
    story = tmp_path / "story.toml"
    story.write_text(
        CERTAIN
        + "[events.one]\nchance = 0.1\n[events.two]\nchance = 0.1\n"
        + "[outcomes.never]\nkind = 'fail_safe'\nwhen = 'fits and not fits'\n"
        + allow.format("idle-event", "events")
        + allow.format("impossible-outcome", "outcomes.never"),
        "utf-8",
    )
    said = sensa_at("check", str(story)).stdout
    assert ", 3 turned off in " in said.splitlines()[-1]
    assert "; 3 turned off" in " ".join(sensa_at("run", str(story)).stdout.split())
    for command in ("check", "run"):
        (one,) = json.loads(sensa_at(command, str(story), "--format", "json").stdout)["stories"]
        assert one["turned_off"] == 3
        assert not {"idle-event", "impossible-outcome"} & {p["code"] for p in one["problems"]}
    assert "; 3 warnings turned off; " in sensa_at("check", str(story), "--format", "markdown").stdout
