"""`sensa check` as pipelines meet it: its exit code, its files, what it remembers, what is never green."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.reviewing.first_look import Readable
from sensa.reviewing.review import Review
from tests.cli.conftest import problem
from tests.comparing.repositories import committed

Call = Callable[..., Result]
FORMATS = ["text", "json", "markdown", "sarif", "junit", "github"]
STORY = (Path(__file__).parents[1] / "stories" / "rules" / "properties.toml").read_text("utf-8")
LIBRARY = (Path(__file__).parents[2] / "stories" / "library" / "staged_release.toml").read_text("utf-8")
RULES = '[properties.rule]\nrequire = "P(failure) <= 0.{}"\n'
TODAY = ["--today", "2026-11-20"]
DAY = (
    "note: the day is 2026-11-20 (--today), not that of the clock; waivers and stale credences depend on it\n"
)
CODES = {"passed": 0, "failed": 1, "wrong": 2, "undecided": 3}


class Reviewer:
    """Stands for `sensa.reviewing.pipeline.review`: the file's name says how it ends."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, looked: Readable, **options: Any) -> Review:
        file = looked.story.file
        self.asked.append({"file": file, **options})
        state: Any = Path(file).stem.split("_")[0]
        if state == "ours":
            raise ZeroDivisionError("division by zero")
        if state == "stopped":
            raise KeyboardInterrupt
        problems = (problem(file),) if state == "wrong" else ()
        return Review(file, "T", "0" * 64, state, CODES[state], problems=problems)


@pytest.fixture
def reviewer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reviewer:
    found = Reviewer()
    monkeypatch.setattr("sensa.reviewing.pipeline.review", found)
    for name in (*CODES, "ours", "stopped"):
        (tmp_path / f"{name}.toml").write_text(STORY, "utf-8")
    return found


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["passed"], 0),
        (["passed", "undecided"], 3),
        (["undecided", "failed", "passed"], 1),
        (["failed", "wrong", "undecided"], 2),
        (["passed", "ours", "wrong"], 4),
        (["stopped", "ours"], 130),
    ],
)
def test_the_worst_counts_whatever_the_format(
    sensa_at: Call, reviewer: Reviewer, format: str, files: list[str], code: int
) -> None:
    stories = [f"{name}.toml" for name in files]
    assert sensa_at("check", *stories, "--format", format, *TODAY).exit_code == code
    assert sensa_at("check", *stories, "--format", format, "--quiet", *TODAY).exit_code == code


def test_an_error_of_ours_is_green_nowhere(sensa_at: Call, reviewer: Reviewer, tmp_path: Path) -> None:
    outputs = [f"--output={kind}=out.{kind}" for kind in ("json", "md", "sarif", "junit")]
    result = sensa_at("check", "ours.toml", "passed.toml", *outputs, *TODAY)
    assert result.exit_code == 4
    assert "an internal error, not one of the story: ZeroDivisionError" in result.stderr
    assert "nothing wrong in ours.toml" not in result.stdout
    assert "nothing wrong in passed.toml" in result.stdout, "the others are still checked"
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["exit_code"] == 4
    assert [one["state"] for one in document["stories"]] == ["error", "passed"]
    suites = ElementTree.fromstring((tmp_path / "out.junit").read_text())
    assert len([*suites.iter("error")]) == 1
    sarif = json.loads((tmp_path / "out.sarif").read_text())
    assert sarif["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert [one["level"] for one in sarif["runs"][0]["results"]] == ["error"]
    first = (tmp_path / "out.md").read_text().splitlines()[0]
    assert "pass" not in first.lower()
    github = sensa_at("check", "ours.toml", "--format", "github", *TODAY).stdout
    assert github.startswith("::error file=ours.toml")


def test_an_error_while_rendering_is_one_of_ours(
    sensa_at: Call, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("sensa.reports.formats.render", broken)
    for format in FORMATS:
        result = sensa_at("check", "passed.toml", "--format", format, *TODAY)
        assert result.exit_code == 4
        assert result.stdout == ""


def test_outputs_that_cannot_be_written(sensa_at: Call, reviewer: Reviewer, tmp_path: Path) -> None:
    result = sensa_at("check", "failed.toml", "--output", "json=no/out.json", "--output", "md=out.md", *TODAY)
    assert result.exit_code == 2
    assert "there is no directory" in result.stderr
    assert (tmp_path / "out.md").exists(), "one that fails keeps no other from being written"
    for bad in ("yaml=x", "json=", "json"):
        assert sensa_at("check", "passed.toml", "--output", bad).exit_code == 2
    for twice in (["json=a", "md=a"], ["json=passed.toml"]):
        arguments = [part for one in twice for part in ("--output", one)]
        assert sensa_at("check", "passed.toml", *arguments).exit_code == 2
    assert (tmp_path / "passed.toml").read_text("utf-8") == STORY


def test_what_was_found_is_remembered_until_something_changes(
    sensa_at: Call, reviewer: Reviewer, tmp_path: Path
) -> None:
    def asked(*arguments: str) -> int:
        before = len(reviewer.asked)
        assert sensa_at("check", "passed.toml", *arguments).exit_code == 0
        return len(reviewer.asked) - before

    (tmp_path / "rules.toml").write_text(RULES.format(1))
    assert asked(*TODAY) == 1
    assert asked(*TODAY) == 0
    assert asked(*TODAY, "--format", "github") == 0, "one verdict, any format"
    assert asked(*TODAY, "--no-cache") == 1
    for changed in (
        ["--today", "2026-11-21"],
        [*TODAY, "--seed", "1"],
        [*TODAY, "--engine", "exact"],
        [*TODAY, "--alpha", "0.01"],
        [*TODAY, "--seconds", "9"],
        [*TODAY, "--fail-on", "warning"],
        [*TODAY, "--properties", "rules.toml"],
    ):
        assert (asked(*changed), asked(*changed)) == (1, 0), changed
    (tmp_path / "rules.toml").write_text(RULES.format(2))
    assert asked(*TODAY, "--properties", "rules.toml") == 1
    (tmp_path / "passed.toml").write_text(STORY + "\n", "utf-8")
    assert (asked(*TODAY), asked(*TODAY)) == (1, 0)


def test_what_failed_of_ours_or_was_interrupted_is_asked_again(sensa_at: Call, reviewer: Reviewer) -> None:
    for name in ("ours", "stopped", "wrong"):
        for _ in range(2):
            before = len(reviewer.asked)
            sensa_at("check", f"{name}.toml", *TODAY)
            assert len(reviewer.asked) == before + 1


def test_a_story_changed_while_it_is_checked_is_not_remembered(
    sensa_at: Call, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def meanwhile(looked: Readable, **options: Any) -> Review:
        made = reviewer(looked, **options)
        (tmp_path / "passed.toml").write_text(STORY + f"# {len(reviewer.asked)}\n", "utf-8")
        return made

    monkeypatch.setattr("sensa.reviewing.pipeline.review", meanwhile)
    for count in (1, 2):
        assert sensa_at("check", "passed.toml", *TODAY).exit_code == 0
        assert len(reviewer.asked) == count
        (tmp_path / "passed.toml").write_text(STORY, "utf-8")


def test_the_configuration_names_the_stories(sensa_at: Call, reviewer: Reviewer, tmp_path: Path) -> None:
    result = sensa_at("check", *TODAY)
    assert result.exit_code == 2
    assert "no story given" in result.stderr
    (tmp_path / "pyproject.toml").write_text(
        '[tool.sensa]\nstories = ["[pf]*ed.toml"]\nseed = 5\ncache = false\nformat = "json"\n'
    )
    result = sensa_at("check", *TODAY)
    assert result.exit_code == 1
    assert [one["file"] for one in json.loads(result.stdout)["stories"]] == ["failed.toml", "passed.toml"]
    assert {one["settings"].seed for one in reviewer.asked} == {5}
    assert sensa_at("check", *TODAY).exit_code == 1
    assert len(reviewer.asked) == 4, "without a cache"
    assert sensa_at("check", "passed.toml", *TODAY).exit_code == 0, "a story that is named is the only one"
    (tmp_path / "pyproject.toml").write_text('[tool.sensa]\nstories = ["plans/*.toml"]\n')
    result = sensa_at("check", *TODAY)
    assert result.exit_code == 2, "nothing to check is no pass"
    assert "`plans/*.toml` matches no file" in result.stderr


def test_days_that_are_none(sensa_at: Call, reviewer: Reviewer) -> None:
    result = sensa_at("check", "passed.toml", "--today", "20.11.2026")
    assert result.exit_code == 2
    assert "is not a date" in result.stderr


def test_stale_credences_and_waivers_by_the_day(sensa_at: Call, tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(STORY, "utf-8")
    said = {
        day: sensa_at("check", "story.toml", "--today", day, "--format", "text").stdout
        for day in ("2026-11-20", "2026-12-20", "2027-01-01")
    }
    assert "waiver-laps" not in said["2026-11-20"]
    assert (
        "story.toml:56:11: waivers[0].expires: the waiver of `no_single_point` lapses in 11 days"
        in (said["2026-12-20"])
    )
    assert "lapsed: it expired on 2026-12-31" in said["2027-01-01"]


def test_a_base_that_cannot_be_had_is_no_error_of_ours(sensa_at: Call, tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(STORY, "utf-8")
    result = sensa_at("check", "story.toml", "--against", "main", *TODAY)
    assert result.exit_code == 2
    assert "is not in a git repository" in result.stderr
    assert "error of ours" not in result.output


@pytest.fixture
def repository(sensa_at: Call, tmp_path: Path) -> Callable[[str], None]:
    """Commits a text as `story.toml`."""

    def commit(text: str) -> None:
        (tmp_path / "story.toml").write_text(text, "utf-8")
        committed(tmp_path)

    return commit


def test_a_wrong_story_can_be_fixed(
    sensa_at: Call, repository: Callable[[str], None], tmp_path: Path
) -> None:
    repository(LIBRARY.replace("credence = ", "credance = ", 1))
    (tmp_path / "story.toml").write_text(LIBRARY, "utf-8")
    result = sensa_at("check", "story.toml", "--against", "main", *TODAY)
    assert result.exit_code == 0, result.output
    assert "was a wrong story at main (" in result.stdout
    assert "unknown key `credance`" in result.stdout


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no such file")
def test_a_story_from_a_pipe_is_read_once(sensa_at: Call, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from sensa.cli import app; app()", "check", "/dev/stdin", *TODAY]
    environment = dict(os.environ)  # without what readline sets in this process, as COLUMNS
    done = subprocess.run(
        command, input=LIBRARY, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert done.stdout == f"{DAY}nothing wrong in /dev/stdin\n", done.stderr


def test_a_story_from_standard_input(sensa_at: Call, tmp_path: Path) -> None:
    def checked(text: str | bytes, *more: str) -> Result:
        return CliRunner().invoke(app, ["check", "-", *TODAY, *more], input=text, prog_name="sensa")

    (tmp_path / "-").write_text("format = 1\n")
    assert checked(LIBRARY).stdout == f"{DAY}nothing wrong in -\n"
    wrong = checked(LIBRARY.replace("credence = ", "credance = ", 1))
    assert wrong.exit_code == 2
    assert "-:23:1: assumptions.passes_the_list.credance: unknown key" in wrong.stdout
    assert "not UTF-8: byte 0xff" in checked(b"# \xff").stdout
    assert "the story is empty" in checked("").stdout
    assert checked("#" * (1 << 20) + "\n").stdout.startswith("-:1:1: larger than 1 MiB")
    assert "standard input has no commit" in checked(LIBRARY, "--against", "main").stderr
    (document,) = json.loads(checked(LIBRARY, "--format", "json").stdout)["stories"]
    assert (document["file"], document["state"]) == ("-", "passed")


LISTING = """
import sys
from sensa.cli import app
try:
    app(sys.argv[1:], prog_name="sensa")
except SystemExit as left:
    assert not left.code, left.code
heavy = ("numpy", "scipy", "numba", "xarray", "rich", "sensa.stories.schema", "sensa.session")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""


def test_what_is_remembered_loads_nothing_heavy(tmp_path: Path) -> None:
    story = Path(__file__).parents[2] / "stories" / "library" / "staged_release.toml"
    command = [sys.executable, "-c", LISTING, "check", str(story), *TODAY]
    environment = {
        "SENSA_CACHE": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path), "PATH": "/bin:/usr/bin",
    }  # fmt: skip
    first, again = (
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment) for _ in range(2)
    )
    assert "numpy" in first.stderr
    assert again.stderr == "[]\n"
    assert again.stdout == first.stdout == f"{DAY}nothing wrong in {story}\n"
