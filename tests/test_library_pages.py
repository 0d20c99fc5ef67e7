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


GALLERY = ROOT / "stories" / "gallery"


def risk(story: sensa.Story) -> float:
    return float(sensa.run(story, analyses=["outcomes", "kinds"]).sensa.P("catastrophic"))


def test_the_gallery_s_table_has_every_story_of_it() -> None:
    linked = re.findall(r"gallery/(\w+)\.toml", " ".join(row[0] for row in rows("gallery.md", "argument")))
    assert sorted(linked) == sorted(path.stem for path in GALLERY.glob("*.toml"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("carlsmith_2021", 0.65 * 0.80 * 0.40 * 0.65 * 0.40 * 0.95),
        ("superforecasters_2023", 0.80 * 0.90 * 0.58 * 0.25 * 0.05 * 0.40),
        ("two_camps", (0.25 + 0.001) / 2),
        ("control_or_not", 0.057 + 0.060),
        ("deceptive_alignment", 0.5 * 0.6 * 0.7 * 0.4 * 0.6),
        ("scheming", 0.25 * 0.45),
    ],
)
def test_a_published_argument_gives_what_its_parts_give(name: str, value: float) -> None:
    assert risk(sensa.load(GALLERY / f"{name}.toml")) == pytest.approx(
        value, abs=1e-4 if name == "two_camps" else 1e-12
    )


def test_the_reviewers_of_one_premise_pooled_in_three_ways() -> None:
    """Published: geometric mean of odds .45693, mean .541, odds without the answer of .001 .62262."""
    story = sensa.load(GALLERY / "carlsmith_reviewers.toml")
    path = "assumptions.alignment_is_not_much_harder.credence"
    answers = [0.4, 0.15, 0.75, 0.65, 0.75, 0.7, 0.95, 0.5, 0.001, 0.3, 0.8]
    experts = [{"name": f"r{i}", "credence": 1 - answer} for i, answer in enumerate(answers)]
    milder = [one for one, answer in zip(experts, answers, strict=True) if answer != 0.001]
    others = 0.65 * 0.80 * 0.65 * 0.40 * 0.95
    assert risk(story) == pytest.approx(0.45693 * others, abs=2e-6)
    assert risk(story.with_value(path, {"experts": experts})) == pytest.approx(0.541 * others, abs=1e-5)
    without = story.with_value(path, {"experts": milder, "pool": "odds"})
    assert risk(without) == pytest.approx(0.62262 * others, abs=2e-6)


def test_ranges_of_five_factors_give_a_factor_of_fifty() -> None:
    """Published: 0.5 to 24 %; the products of the ends are .0048 and .24192."""
    story = sensa.load(GALLERY / "deceptive_alignment.toml")
    bounds = sensa.run(story, analyses=["bounds"])["bounds"].sel(output="deceived")
    assert float(bounds["lower"]) == pytest.approx(0.3 * 0.4 * 0.5 * 0.2 * 0.4, abs=1e-12)
    assert float(bounds["upper"]) == pytest.approx(0.7 * 0.8 * 0.9 * 0.6 * 0.8, abs=1e-12)


def test_nine_ways_without_a_number_give_nothing() -> None:
    story = sensa.load(GALLERY / "sabotage_report.toml")
    bounds = sensa.run(story, analyses=["bounds"])["bounds"].sel(output="sabotaged")
    assert (float(bounds["lower"]), float(bounds["upper"])) == pytest.approx((0.0, 1.0), abs=1e-9)
