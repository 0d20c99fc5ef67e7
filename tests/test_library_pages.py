"""The pages about worked stories: their tables and their blocks are what the stories give."""

import re
import runpy
from pathlib import Path

import pytest
import tomli
from typer.testing import CliRunner

import sensa
from sensa.cli import app
from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse

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


def test_the_page_of_the_library_tells_of_its_stories_as_they_are() -> None:
    """`python docs/library.py > docs/library.md` brings it up to date."""
    printed = runpy.run_path(str(DOCS / "library.py"))["page"]().splitlines()
    assert set((DOCS / "library.md").read_text("utf-8").splitlines()) <= set(printed)


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


def test_what_is_stated_is_the_published_figure() -> None:
    published = {
        "carlsmith_2021": {"P(catastrophe)": 0.05},
        "superforecasters_2023": {"P(catastrophe)": 0.01},
        "dissolving_risk": {"P(catastrophe)": 0.016},
        "control_or_not": {"P(catastrophic)": 0.117, "P(fail_safe)": 0.143, "P(failure)": 0.26},
        "deceptive_alignment": {"P(deceived)": 0.05},
        "scheming": {"P(failure)": 0.25, "P(caught | failure)": 0.55},
    }
    for name, figures in published.items():
        stated = sensa.load(GALLERY / f"{name}.toml").document.stated
        assert {measure: each.value for measure, each in stated.items()} == figures


def test_what_would_close_the_gap_of_the_superforecasters() -> None:
    """The fifth premise at .01 / (.8 x .9 x .58 x .25 x .4) = .2395; its contrary is the credence."""
    done = CliRunner().invoke(app, ["run", str(GALLERY / "superforecasters_2023.toml")])
    assert "corrected_in_time falls from 95.0 % to 76 %" in " ".join(done.stdout.split())


def test_what_is_stated_and_what_the_parts_give_are_told_apart() -> None:
    """3.3 + 10.9 = 14.2 %, and not the 14.3 % that is stated: both would be 14 % in two digits."""
    done = CliRunner().invoke(app, ["run", str(GALLERY / "control_or_not.toml")])
    assert "P(fail_safe): 0.143 is stated; the parts give 0.142 (" in done.stdout


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


# Your first training story.


def steps() -> list[str]:
    """The blocks of the page, from its first step to its last."""
    page = (DOCS / "first-story.md").read_text("utf-8")
    assert re.findall(r"^## (\d+)\. ", page, flags=re.MULTILINE) == [str(n) for n in range(1, 11)]
    return re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)


def test_the_steps_of_the_first_story_are_the_story_in_the_library() -> None:
    """In the same order, but for the values that the library expects."""
    whole = tomli.loads((LIBRARY / "mushrooms.toml").read_text("utf-8"))
    del whole["expect"]
    told = tomli.loads("\n".join(steps()))
    assert told == whole
    for table in ("assumptions", "events", "safeguards", "outcomes"):
        assert list(told[table]) == list(whole[table])
    assert check(parse("\n".join(steps()))) == ()


def test_the_first_story_runs_before_it_has_credences() -> None:
    """Steps 1 to 8 are a story of which no claim has a credence."""
    argued = sensa.loads("\n".join(steps()[:8]))
    assert not any("credence" in raw for raw in tomli.loads("\n".join(steps()[:8]))["assumptions"].values())
    ends = sensa.run(argued, analyses=["outcomes", "kinds"]).sensa
    assert 0 < ends.P("catastrophic") < 1


def test_where_the_mechanistic_goal_is_met_only_accidents_are_left() -> None:
    """The model conforms and the claims of the goal hold: the leak .002 is left, and .001 unforeseen."""
    story = sensa.load(LIBRARY / "mushrooms.toml")
    path = "choices.model.options.{}.weight"
    for option in ("background", "sign_beside_it", "brown_is_good"):
        story = story.with_value(path.format(option), 0)
    for claim in ("it_is_in_the_picture", "keys_are_safe"):
        story = story.with_value(f"assumptions.{claim}.credence", 1)
    left = 0.001 + 0.999 * 0.002 * 0.3 * (1 - 0.8) * (1 - 0.05)
    assert risk(story) == pytest.approx(left, abs=1e-12)


# Common mistakes.

MISTAKES = sorted((ROOT / "stories" / "mistakes").glob("*.toml"))
FINDS = re.compile(
    r"<!-- finds: sensa (\w+) (stories/mistakes/(\w+)\.toml)(.*?) -->\n```text\n(.*?)```", re.DOTALL
)
FOUND = FINDS.findall((DOCS / "common-mistakes.md").read_text("utf-8"))


def test_every_mistake_is_on_the_page() -> None:
    assert sorted(found[2] for found in FOUND) == [path.stem for path in MISTAKES]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found[2])
def test_what_finds_a_mistake_is_printed(found: tuple[str, ...], tmp_path: Path) -> None:
    command, path, _, options, lines = found
    settings = {"COLUMNS": "100", "SENSA_CACHE": str(tmp_path)}
    done = CliRunner().invoke(app, [command, str(ROOT / path), *options.split()], env=settings)
    printed = " ".join(done.stdout.split())
    for line in lines.splitlines():
        assert " ".join(line.split()) in printed, (line, done.stdout)


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: file.stem)
def test_a_mistake_gives_what_it_says(file: Path) -> None:
    """The values are by hand; the arithmetic is right, which is the point."""
    met = sensa.run(sensa.load(file), analyses=["expectations"])["expectations"]
    assert met.sizes["measure"] >= 1
    assert bool(met["met"].all())
    assert {problem.severity for problem in check(parse(file.read_text("utf-8")))} <= {"warning"}


def test_room_for_what_nobody_thought_of_changes_the_result() -> None:
    """1 - .99975 x .999 = .00124975, five times .00025."""
    text = (ROOT / "stories" / "mistakes" / "no_unmodelled.toml").read_text("utf-8")
    room = '[events.unforeseen]\nclaim = "other"\nmode = "unmodelled"\nchance = 0.001\n'
    text = text.replace("[outcomes.harm]", f"{room}\n[outcomes.harm]").replace(
        '"moves_open"', '"unforeseen or moves_open"'
    )
    assert risk(sensa.loads(text)) == pytest.approx(1 - 0.99975 * 0.999, abs=1e-12)
