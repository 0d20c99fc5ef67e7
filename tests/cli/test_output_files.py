"""`--output`: which kind of file a path means."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa import store
from sensa.cli import app
from tests.short_stories import ASSUMPTION, story

KINDS = "is not KIND=PATH with KIND one of nc, zarr, json, html, nor does it end in one"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plan.toml").write_text(story(ASSUMPTION.format(name="a", credence=0.8), "not a"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["run", "plan.toml", "-q", "--analyses", "outcomes", *options])
    return done.exit_code, " ".join(done.stderr.split())


def test_the_ending_says_the_kind(place: Path) -> None:
    outputs = ("a.b.json", "result.nc", "results.v2.zarr/", "page.html")
    code, _ = run(*(part for path in outputs for part in ("-o", path)))
    assert code == 0
    assert json.loads((place / "a.b.json").read_text())["stories"][0]["outcomes"]
    assert store.read("result.nc").identical(store.read("results.v2.zarr"))
    assert (place / "page.html").read_text().startswith("<!doctype html>")


def test_a_kind_goes_before_the_ending(place: Path) -> None:
    assert run("--output", "json=result.nc")[0] == 0
    assert json.loads((place / "result.nc").read_text())["exit_code"] == 0


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("json", f"`json` {KINDS}"),
        (".json", f"`.json` {KINDS}"),
        ("out.txt", f"`out.txt` {KINDS}"),
        ("md=out.html", f"`md=out.html` {KINDS}"),
        ("jsn=out", f"`jsn=out` {KINDS} (did you mean `json`?)"),
        ("json=", f"`json=` {KINDS}"),
        ("", f"`` {KINDS}"),
        ("-", "-: name a file; `--format` says what is printed"),
        ("html=-", "print it by `--format html`"),
        ("out.json/", "out.json/: expected a file, got a directory"),
    ],
)
def test_what_says_no_kind(output: str, said: str, place: Path) -> None:
    code, message = run("--output", output)
    assert code == 2
    assert said in message
    assert [path.name for path in place.iterdir()] == ["plan.toml"]
