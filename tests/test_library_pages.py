"""The pages about worked stories: their tables and their blocks are what the stories give."""

import re
from pathlib import Path

import pytest

import sensa

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LIBRARY = ROOT / "stories" / "library"


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the table that starts with this heading."""
    lines = (DOCS / page).read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {head} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip(" *") for cell in line.strip("|").split("|")])
    return found


@pytest.mark.parametrize(("column", "name"), [(0, "generations"), (1, "generations_explicit")])
def test_the_table_of_generations_is_what_the_stories_give(column: int, name: str) -> None:
    """The table is of tests/naive, by Gauss and Hermite; half of its last digit, and the sampling's error."""
    story = sensa.load(LIBRARY / f"{name}.toml")
    table = rows("iterative-deployment.md", "generations")
    assert [row[0] for row in table] == ["1", "2", "3", "4", "5", "6"]
    for row in table:
        stopped = story.with_value("quantities.stop_after.value", int(row[0]))
        ends = sensa.run(stopped, analyses=["outcomes"])["outcomes"]
        harm = float(row[1 + column].removesuffix(" %")) / 100
        assert float(ends["mean"].sel(outcome="harm")) == pytest.approx(harm, abs=6e-5)
        assert float(ends["loss"]) == pytest.approx(float(row[3 + column]), abs=6e-5)


def test_blocks_of_the_page_on_generations_are_the_story_s() -> None:
    text = (LIBRARY / "generations.toml").read_text("utf-8")
    page = (DOCS / "iterative-deployment.md").read_text("utf-8")
    for block in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL):
        assert block.split("    #")[0].strip() in text
