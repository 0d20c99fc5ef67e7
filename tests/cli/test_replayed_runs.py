"""The page's command runs a result again; every kind of stored result says what was asked for."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa import store
from sensa.cli import app
from sensa.reports.result.answers import Asked
from sensa.reports.result.from_json import results
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import StoryResult
from sensa.sampling.estimates import Precision
from tests.reports.page.pages import page_of, read, result_of
from tests.short_stories import ASSUMPTION, beta, story

TEXT = story(beta("a", 8, 2) + ASSUMPTION.format(name="b", credence=0.5), "not a and not b", "not b")
WHOLE = (
    "--analyses", "violations,carried_by", "--engine", "montecarlo", "--points", "64", "--precision", "20%",
    "--samples", "8192", "--given", "a", "--seed", "3",
)  # fmt: skip
ASKED = Asked(("outcomes", "violations", "carried_by"), "montecarlo", 64, "20%", 8192)


@pytest.fixture(scope="module")
def small() -> StoryResult:
    return result_of(TEXT, analyses=("outcomes", "kinds", "failing_safely"))


def replayed(result: StoryResult) -> list[str]:
    """The words of the command on the page of a result."""
    (command,) = page_of(result)[1].all("pre")
    return shlex.split(command.text)


def asking(result: StoryResult, asked: Asked | None, **changes: object) -> StoryResult:
    assert result.answers is not None
    about = replace(result.answers.provenance, asked=asked, **changes)  # type: ignore[arg-type]
    return replace(result, answers=replace(result.answers, provenance=about))


def test_a_run_says_what_was_asked_for_and_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(TEXT)
    run = CliRunner().invoke(app, ["run", "s.toml", *WHOLE, "--output=nc=r.nc", "--output=json=r.json"])
    assert run.exit_code == 0
    first = store.read("r.nc")
    assert answers(first).provenance.asked == ASKED
    (stored,) = results(Path("r.json").read_text("utf-8"))
    assert stored.answers is not None
    assert stored.answers.provenance.asked == ASKED
    CliRunner().invoke(app, ["report", "r.json", "--output", "html=r.html"])
    (command,) = read(Path("r.html").read_text("utf-8")).all("pre")
    said = shlex.split(command.text)
    assert said[:3] == ["sensa", "run", "s.toml"]
    assert sorted(said[3:]) == sorted(WHOLE)
    assert CliRunner().invoke(app, [*said[1:], "--output=nc=again.nc"]).exit_code == 0
    assert first.identical(store.read("again.nc"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(), ""),
        (Asked(("outcomes",)), "--analyses outcomes"),
        (Asked(("outcomes", "modes", "paths")), "--analyses modes,paths"),
        (Asked(precision="0.0001"), "--precision 0.0001"),
        (Asked(samples=4096, engine="exact"), "--engine exact --samples 4096"),
    ],
)
def test_what_is_usual_is_left_out(small: StoryResult, asked: Asked, words: str) -> None:
    page = asking(small, asked)
    assert replayed(page)[3:] == words.split()
    assert "if they were named" not in page_of(page)[0]


def test_methods_are_asked_for_again(small: StoryResult) -> None:
    assert small.answers is not None
    more = replace(small.answers, how={**small.answers.how, "salib_morris": "parameters-sampled"})
    page = asking(replace(small, answers=more), Asked())
    assert replayed(page)[3:] == ["--method", "morris"]


def test_a_result_of_before_says_what_it_can(small: StoryResult) -> None:
    """By the points and the reason for the engine."""
    old = asking(small, None, points=64, engine_reason="elimination was asked for")
    assert replayed(old)[3:] == ["--engine", "elimination", "--points", "64"]
    assert "with the same analyses, precision and samples, if they were named" in page_of(old)[0]


def test_results_of_before_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(TEXT)
    CliRunner().invoke(app, ["run", "s.toml", "--points=64", "--analyses=outcomes", "--output=json=r.json",
                             "--output=nc=r.nc"])  # fmt: skip
    document = json.loads(Path("r.json").read_text("utf-8"))
    del document["stories"][0]["asked"]
    (old,) = results(json.dumps(document))
    assert old.answers is not None
    assert old.answers.provenance.asked is None
    tree = store.read("r.nc")
    tree.attrs = {key: value for key, value in tree.attrs.items() if not key.startswith("asked_")}
    assert answers(tree).provenance.asked is None


@pytest.mark.parametrize("text", ["5%", "7%", "0.1%", "33.3%", "1e-4", "0.05", "1e-300"])
def test_a_precision_is_read_as_it_is_written(text: str) -> None:
    wanted = Precision.of(text)
    assert Precision.of(str(wanted)) == wanted
