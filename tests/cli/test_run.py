import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from sensa import store
from sensa.cli.exit_codes import Code, worst
from sensa.engines.protocol import EngineRefusal
from sensa.sampling.estimates import Precision
from sensa.stories.problems import StoryError
from tests.cli.conftest import Room, RunError, problem
from tests.reports.result.held_to_schema import held_to_schema

Call = Callable[..., Result]


def test_a_report_on_standard_output(sensa_at: Call, room: Room) -> None:
    result = sensa_at("run", "cat.toml")
    assert result.exit_code == 0
    assert result.stdout.startswith("Cat classifier ")
    assert "0.14 % probability of catastrophe" in result.stdout
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_options_reach_the_run(sensa_at: Call, room: Room) -> None:
    sensa_at(
        "run", "cat.toml", "--seed", "7", "--points", "64", "--engine", "exact", "--analyses", "violations",
        "--precision", "5%", "--samples", "9999",
    )  # fmt: skip
    asked = {
        "seed": 7,
        "points": 64,
        "engine": "exact",
        "precision": Precision(0.05, relative=True),
        "samples": 9999,
        "seconds": 60.0,
        "analyses": ("outcomes", "violations"),
    }
    assert room.asked == [asked]


@pytest.mark.parametrize("text", ["0", "1", "-1e-3", "5", "100%", "nan", "inf", "a", "", "%"])
def test_a_precision_is_a_number_between_0_and_1_or_a_share(sensa_at: Call, text: str) -> None:
    refused = sensa_at("run", "cat.toml", "--precision", text)
    assert refused.exit_code == 2
    assert "expected a number between 0 and 1" in refused.stderr.replace("\n", " ")


def test_variables_give_options_and_flags_beat_them(sensa_at: Call, room: Room) -> None:
    sensa_at("run", "cat.toml", env={"SENSA_SEED": "7", "SENSA_POINTS": "64"})
    sensa_at("run", "cat.toml", "--seed", "8", env={"SENSA_SEED": "7"})
    assert [asked["seed"] for asked in room.asked] == [7, 8]
    assert [asked["points"] for asked in room.asked] == [64, 16384]
    assert sensa_at("run", "cat.toml", env={"SENSA_SEED": "x"}).exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoryError([problem()]), 2, "bad.toml:34:9: events.e.when: unknown name `x` (did you mean `y`?)\n"),
        (StoryError([problem()]), 2, "\n1 error in bad.toml\n"),
        (RunError("events.e.chance is 1.2 at growth = 3"), 2, "events.e.chance is 1.2 at growth = 3"),
        (EngineRefusal("too large; split it"), 3, "sensa: bad.toml: too large; split it"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            ZeroDivisionError("division by zero"),
            4,
            "an internal error, not one of the story: ZeroDivisionError",
        ),
        (MemoryError(), 4, "an internal error"),
    ],
)
def test_each_way_to_fail_has_its_code(
    sensa_at: Call, room: Room, error: BaseException, code: int, said: str
) -> None:
    room.raises["bad.toml"] = error
    result = sensa_at("run", "bad.toml")
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_where_our_error_arose_is_shown_if_asked(sensa_at: Call, room: Room) -> None:
    room.raises["bad.toml"] = ZeroDivisionError("\x1b[31mboo")
    result = sensa_at("run", "bad.toml", "--verbose")
    assert result.exit_code == 4
    assert "Traceback" in result.stderr
    assert "\x1b" not in result.stderr


def test_other_stories_are_still_run_and_the_worst_code_counts(sensa_at: Call, room: Room) -> None:
    room.raises = {
        "bad.toml": StoryError([problem()]),
        "large.toml": EngineRefusal("too large"),
        "ours.toml": ZeroDivisionError(),
    }
    assert sensa_at("run", "large.toml", "good.toml").exit_code == 3
    assert sensa_at("run", "bad.toml", "large.toml", "good.toml").exit_code == 2
    result = sensa_at("run", "ours.toml", "bad.toml", "large.toml", "good.toml")
    assert result.exit_code == 4
    assert "good.toml" in result.stdout


def test_which_code_is_worst() -> None:
    order = [Code.INTERNAL, Code.WRONG, Code.FAILS, Code.UNDECIDED, Code.WELL]
    for i, code in enumerate(order):
        assert worst(reversed(order[i:])) == code
    assert worst([]) == Code.WELL


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_error_in_judging_is_never_green(sensa_at: Call, room: Room, format: str) -> None:
    """The stand-in's model cannot be judged at all: that is our error, in every format."""
    room.properties.add("cat.toml")
    result = sensa_at("run", "cat.toml", "--format", format)
    assert result.exit_code == 4
    assert "answered" not in result.stdout


def test_json_of_all_stories_answered_or_not(sensa_at: Call, room: Room) -> None:
    room.raises = {"bad.toml": StoryError([problem()]), "ours.toml": ZeroDivisionError()}
    room.problems = {"cat.toml": (problem("cat.toml", "warning", "open-challenge"),)}
    result = sensa_at("run", "cat.toml", "bad.toml", "ours.toml", "--format", "json")
    document = held_to_schema(json.loads(result.stdout))
    assert document["exit_code"] == result.exit_code == 4
    assert [story["status"] for story in document["stories"]] == ["answered", "wrong", "internal"]
    assert document["stories"][0]["problems"][0]["code"] == "open-challenge"
    assert document["stories"][1]["problems"][0]["line"] == 34


def test_outputs_are_written_beside_the_report(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    result = sensa_at(
        "run", "cat.toml", "--output", "nc=a.nc", "--output", "zarr=a.zarr", "--output", "json=a.json"
    )  # fmt: skip
    assert result.exit_code == 0
    assert store.read(tmp_path / "a.nc").identical(store.read(tmp_path / "a.zarr"))
    assert held_to_schema(json.loads((tmp_path / "a.json").read_text()))["exit_code"] == 0


def test_several_stories_write_several_files(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    result = sensa_at("run", "a.toml", "b.toml", "--output", "nc={name}.nc")
    assert result.exit_code == 0
    assert store.read(tmp_path / "b.nc").attrs["file"] == "b.toml"
    refused = sensa_at("run", "a.toml", "b.toml", "--output", "nc=one.nc")
    assert refused.exit_code == 2
    assert "{name}" in refused.stderr
    assert not (tmp_path / "one.nc").exists()


@pytest.mark.parametrize(
    "output", ["nc=missing/a.nc", "json=missing/a.json", "zarr=.", "nc=/dev/null", "csv=a.csv", "nc", "nc="]
)
def test_places_that_cannot_be_written_stop_the_run_before_it_starts(
    sensa_at: Call, room: Room, output: str
) -> None:
    result = sensa_at("run", "cat.toml", "--output", output)
    assert result.exit_code == 2
    assert room.asked == []
    assert result.stdout == ""


def test_a_story_is_never_written_over(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    (tmp_path / "cat.toml").write_text("mine")
    for path in ("cat.toml", "./{name}.toml"):
        result = sensa_at("run", "cat.toml", "--output", f"json={path}")
        assert result.exit_code == 2
        assert "is an input file, and is not overwritten" in result.stderr
    assert (tmp_path / "cat.toml").read_text() == "mine"
    assert room.asked == []


def test_the_name_of_one_story_stands_in_the_path_of_its_json(
    sensa_at: Call, room: Room, tmp_path: Path
) -> None:
    assert sensa_at("run", "cat.toml", "--output", "json={name}.json").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["cat.json"]
    assert sensa_at("run", "a.toml", "b.toml", "--output", "json={name}.json").exit_code == 2


@pytest.mark.parametrize("kind", ["nc", "json"])
def test_a_place_that_fails_after_all_is_said_and_not_green(
    sensa_at: Call, room: Room, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    result = sensa_at("run", "cat.toml", "--output", f"{kind}=a")
    assert result.exit_code == 2
    assert "no space left on device; nothing was written" in result.stderr
    assert "Cat classifier" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_story_leaves_an_earlier_result(sensa_at: Call, room: Room, tmp_path: Path) -> None:
    sensa_at("run", "cat.toml", "--output", "nc=a.nc")
    before = (tmp_path / "a.nc").read_bytes()
    room.raises["cat.toml"] = StoryError([problem()])
    assert sensa_at("run", "cat.toml", "--output", "nc=a.nc").exit_code == 2
    assert (tmp_path / "a.nc").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "cat.toml", "--analyses", "astrology"],
        ["run", "cat.toml", "--analyses", ","],
        ["run", "cat.toml", "--engine", "steam"],
        ["run", "cat.toml", "--seed", "-1"],
        ["run", "cat.toml", "--seed", str(2**64)],
        ["run", "cat.toml", "--points", "0"],
        ["run", "cat.toml", "--format", "xml"],
        ["walk"],
        ["--fly"],
    ],
)
def test_wrong_usage(sensa_at: Call, room: Room, arguments: list[str]) -> None:
    result = sensa_at(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr != ""


def test_a_hostile_title_is_text(sensa_at: Call, room: Room) -> None:
    room.title = "\x1b]0;owned\x07[bold]title[/bold]"
    result = sensa_at("run", "\x1b[2Jcat.toml")
    assert "\x1b" not in result.output
    assert "[bold]title[/bold]" in result.stdout
