"""What all formats have in common: nothing is computed, nothing heavy is loaded, no text is too much."""

import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from sensa.properties.verdicts import Judgement
from sensa.reports.file_paths import relative, uri
from sensa.reports.formats import TABLE, found, kinds, names, render
from sensa.reviewing.review import Review
from sensa.stories.problems import Place
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import VERDICTS, example, review

NAMES = names("review")
LIGHT = [name for name in NAMES if not found("review", name).source]
HEAVY = ("numpy", "pydantic", "xarray", "rich.console", "numba", "scipy", "jinja2", "typer", "hypothesis")


def test_every_format_has_a_name() -> None:
    assert list(NAMES) == ["text", "json", "html", "markdown", "sarif", "junit", "github"]
    assert list(kinds("review")) == ["json", "html", "md", "sarif", "junit"]
    assert list(names("result")) == ["text", "json", "html"]
    assert list(kinds("result")) == ["nc", "zarr", "json", "html"]
    for name in NAMES:
        assert render([review()], name) != ""
    assert render([review()], "md") == render([review()], "markdown")


def test_the_documentation_has_the_table() -> None:
    """`python docs/formats.py` puts it there."""
    docs = Path(__file__).parents[2] / "docs"
    made = runpy.run_path(str(docs / "formats.py"))
    assert made["page"]() == (docs / "review-output.md").read_text("utf-8")
    for row in TABLE:
        assert (f"| `{row.name}` |" in made["table"]()) == ("review" in row.of)


@pytest.mark.parametrize("name", LIGHT)
def test_formats_load_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from tests.reports.reviews import hostile, review; "
        "from sensa.reports.formats import render; "
        f"render([review(), hostile()], {name!r}); "
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert found.stdout.strip() == "[]"


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_any_review_can_be_written(one: Review) -> None:
    """Only GitHub's annotations may be empty, where nothing is wrong."""
    for name in NAMES:
        text = render([one, one], name)
        assert text.endswith("\n") or (name == "github" and not text and one.state == "passed")
        assert text == render([one, one], name)


@pytest.mark.parametrize("name", NAMES)
def test_no_story_is_no_error(name: str) -> None:
    assert isinstance(render([], name), str)


@pytest.mark.parametrize("name", ["markdown", "sarif", "junit", "github", "html"])
def test_no_path_of_the_machine_is_shown(name: str) -> None:
    one = review(
        file="/secret/place/story.toml", judgement=Judgement(), problems=(), state="error", exit_code=4,
        message="it broke", comparison=None, before=None,
    )  # fmt: skip
    rule = replace(VERDICTS[1], place=Place("/secret/place/rules.toml", 3, 4))
    ruled = replace(one, judgement=Judgement((rule,)), state="failed", exit_code=1, message="")
    text = render([one, ruled], name)
    assert "/secret" not in text
    assert "story.toml" in text
    command = "sensa explain story.toml cx-0a1b2c3d --properties rules.toml"
    assert command in text or name == "html"  # which has no commands


@pytest.mark.parametrize("name", LIGHT)
def test_the_documentation_shows_real_output(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "review-output.md").read_text("utf-8")
    _, _, section = text.partition(f"\n## {name}\n")
    shown = re.split("^```[a-z]*\n", section, maxsplit=2, flags=re.MULTILINE)[1]
    assert len(shown.splitlines()) > 1
    assert shown in render([example()], name)


def test_files_are_named_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(str(tmp_path / "plans" / "a.toml")) == "plans/a.toml"
    assert relative("/elsewhere/a.toml") == "a.toml"
    assert relative("plans/../a.toml") == "plans/../a.toml"
    assert uri("plans/a b,c:d%é.toml") == "plans/a%20b%2Cc%3Ad%25%C3%A9.toml"
    assert uri("a\udcff.toml") == "a%FF.toml"
    assert uri("a\ud800.toml") == "a%3F.toml"
