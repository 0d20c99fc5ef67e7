"""`sensa report`: a stored result gives the report and the page of the run."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from sensa import store
from sensa.cli import app

LIBRARY = Path(__file__).parents[2] / "stories" / "library"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A story, and its result in every kind of file."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "doors.toml").write_text((LIBRARY / "red_doors.toml").read_text("utf-8"), "utf-8")
    outputs = [f"--output={kind}={folder / 'doors'}.{kind}" for kind in ("nc", "zarr", "json", "html")]
    made = sensa("run", str(folder / "doors.toml"), "--points", "256", "--today", "2026-11-28", *outputs)
    assert made.exit_code == 0
    (folder / "doors.txt").write_text(made.stdout, "utf-8")
    return folder


def sensa(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


@pytest.mark.parametrize("kind", ["nc", "zarr", "json"])
def test_a_stored_result_gives_the_same_report_and_page(folder: Path, tmp_path: Path, kind: str) -> None:
    """Only the time that the run took is not stored."""
    page = tmp_path / "page.html"
    found = sensa("report", str(folder / f"doors.{kind}"), f"--output=html={page}", "--today", "2026-11-28")
    assert found.exit_code == 0
    lines = (folder / "doors.txt").read_text("utf-8").splitlines()
    assert [line.split("; seed 0")[0] for line in found.stdout.splitlines()] == [
        line.split("; seed 0")[0] for line in lines
    ]
    assert page.read_text("utf-8") == (folder / "doors.html").read_text("utf-8")


def test_without_its_story_the_page_has_the_numbers(folder: Path, tmp_path: Path) -> None:
    story = tmp_path / "other.toml"
    story.write_text((folder / "doors.toml").read_text("utf-8") + "# changed\n", "utf-8")
    named = sensa("report", str(folder / "doors.nc"), "--story", str(story))
    assert named.exit_code == 2
    assert "other.toml is not the story that the result is of (digest " in " ".join(named.stderr.split())

    kept = folder / "doors.toml"
    moved = kept.rename(folder / "moved.toml")
    try:
        page = tmp_path / "page.html"
        found = sensa("report", str(folder / "doors.nc"), f"--output=html={page}")
        assert found.exit_code == 0
        assert "the story is not shown: " in found.stderr
        html = page.read_text("utf-8")
        assert "ends in" in html
        assert "was not at hand" in html
        assert "what-if-data" not in html.split("<script>", maxsplit=1)[0]
        again = sensa("report", str(folder / "doors.nc"), "--story", str(moved), f"--output=html={page}")
        assert again.exit_code == 0
        assert "The agent can perceive its score" in page.read_text("utf-8")
    finally:
        moved.rename(kept)


def test_what_is_no_result_is_refused(folder: Path) -> None:
    text = sensa("report", str(folder / "doors.toml"))
    assert (text.exit_code, text.stdout) == (2, "")
    why = "does not hold a readable result (it is no NetCDF, Zarr or JSON)"
    assert text.stderr.endswith(f": {folder / 'doors.toml'}: {why}\n")
    missing = sensa("report", "missing.nc")
    assert missing.exit_code == 2
    assert "no such file or directory" in missing.stderr
    stored = sensa("report", str(folder / "doors.nc"), "--output", "nc=copy.nc")
    assert stored.exit_code == 2
    assert "a report is text" in stored.stderr


def test_a_result_whose_parts_do_not_fit_together_is_refused(folder: Path) -> None:
    """A pair without one of its names in JSON, and words in the place of means in NetCDF."""
    document = json.loads((folder / "doors.json").read_text("utf-8"))
    both = document["stories"][0]["both_violated"]
    del both[min(both)][max(both)]
    (folder / "edited.json").write_text(json.dumps(document), "utf-8")
    tree = store.read(folder / "doors.nc")
    outcomes = tree["outcomes"].to_dataset()
    words = np.array(["x"] * outcomes.sizes["outcome"], dtype=object)
    tree["outcomes"] = outcomes.assign(mean=("outcome", words))
    store.write(tree, folder / "edited.nc", "nc")
    unfit = "what it holds does not fit together; changed, or of another version (KeyError: "
    strange = "is not as results are written; changed, or of another version (`outcomes`: `mean` has other"
    for name, why in (("edited.json", unfit), ("edited.nc", strange)):
        path = folder / name
        found = sensa("report", str(path), "--format", "html")
        assert (found.exit_code, found.stdout) == (2, "")
        last = found.stderr.splitlines()[-1]
        assert f": {path}: {why}" in last
