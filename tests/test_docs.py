"""What the documents say is what the program does."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from sensa.reports.review import text as review_text
from sensa.reviewing.pipeline import review
from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("docs/*.md"),
        *(ROOT / f"{n}.md" for n in ("README", "ARCHITECTURE", "CONTRIBUTING", "CHANGELOG")),
    ]
)
OUTPUTS = runpy.run_path(str(ROOT / "docs" / "outputs.py"))


def test_the_pages_show_outputs() -> None:
    assert {page for page, _, _ in OUTPUTS["shown"]()} >= {"README.md", "guide.md", "iterative-deployment.md"}


@pytest.mark.parametrize(("page", "command", "output"), list(OUTPUTS["shown"]()))
def test_an_output_that_is_shown_is_what_the_program_prints(page: str, command: str, output: str) -> None:
    """`python docs/outputs.py` brings the pages up to date."""
    ours = OUTPUTS["without_times"]
    assert ours(OUTPUTS["printed"](command)) == ours(output), page


def readme_commands() -> list[str]:
    return [
        line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv")
    ]


def test_the_readme_has_two_commands_that_start_from_nothing() -> None:
    main, test = readme_commands()
    assert main.split(" && ")[-1] == ".venv/bin/sensa run stories/library/cat_classifier.toml"
    assert test.split(" && ")[-1].startswith(".venv/bin/pytest")


def test_ci_runs_the_commands_of_the_readme() -> None:
    """CI takes each line out of the README by this pattern, and puts its own directory for `.venv`."""
    ci = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r'grep -E "(.+)\$1" README\.md', ci)
    assert pattern is not None
    expression = pattern[1].replace("\\.", "[.]")
    for program in ("sensa", "pytest"):
        assert f"readme_line {program} " in ci
        found = [
            line
            for line in (ROOT / "README.md").read_text().splitlines()
            if re.match(expression + program, line)
        ]
        assert len(found) == 1
    for part in ("main", "test% && *", "test##* && "):
        assert f'bash -ec "${part}"' in ci or f'bash -ec "${{{part}}}"' in ci


def test_the_table_of_codes_is_up_to_date() -> None:
    printed = runpy.run_path(str(ROOT / "docs" / "codes.py"))["page"]()
    assert (ROOT / "docs" / "codes.md").read_text() == printed
    assert all(len(row.split("|")) == 4 for row in printed.splitlines() if row.startswith("|"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        place = (page.parent / file) if file else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors that a Markdown renderer gives to headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def fenced(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text()
    return list(re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", ["docs/story-format.md", "docs/guide.md", "README.md"])
def test_examples_of_stories_are_toml(page: str) -> None:
    blocks = fenced(page, "toml")
    assert blocks
    for block in blocks:
        tomli.loads(block.replace("…", "0.5").replace("[...]", "[1, 2]"))


def guide() -> tuple[str, list[str]]:
    """The guide's story, which is its blocks one after the other, and the blocks that it only tries out."""
    text = (ROOT / "docs" / "guide.md").read_text("utf-8")
    blocks = re.findall(r"(<!-- try it -->\n)?```toml\n(.*?)```", text, flags=re.DOTALL)
    kept = [block for tried, block in blocks if not tried]
    return "\n".join(kept), [block for tried, block in blocks if tried]


def test_the_blocks_of_the_guide_are_the_story_in_the_library() -> None:
    """All of it, in the same order, but for the values that the library expects."""
    whole = tomli.loads((ROOT / "stories" / "library" / "staged_release.toml").read_text("utf-8"))
    del whole["expect"]
    story, _ = guide()
    told = tomli.loads(story)
    assert told == whole
    for table in ("assumptions", "events", "safeguards", "outcomes"):
        assert list(told[table]) == list(whole[table])
    assert check(parse(story)) == ()


def test_what_the_guide_tries_out_does_as_it_says() -> None:
    story, (challenge, wanted) = guide()
    assert {problem.code for problem in check(parse(f"{story}\n{challenge}"))} == {"open-challenge"}
    judged = "\n".join(review_text.of_review(review(parse(f"{story}\n{wanted}"))))
    assert fenced("docs/guide.md", "text")[-1].strip() in judged


@pytest.mark.slow  # runs a story with all analyses
def test_the_examples_in_python_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stories").symlink_to(ROOT / "stories")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in fenced("docs/results.md", "python"):
        exec(compile(block, "results.md", "exec"), names)
    expected = tomli.loads((ROOT / "stories" / "library" / "cat_classifier.toml").read_text())["expect"][
        "P(harm)"
    ]
    assert float(names["harm"]) == pytest.approx(expected["value"], abs=expected["within"])  # type: ignore[arg-type]
    flood = names["tree"]["outcomes"]["mean"].sel(outcome="flood")  # type: ignore[index]
    assert float(flood) == pytest.approx(0.2 * 0.1, abs=1e-15)


@pytest.mark.slow  # imports everything
def test_the_api_reference_builds(tmp_path: Path) -> None:
    line = re.search(r"^\.venv/bin/pdoc -o site (.+)$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert line is not None
    modules = line[1].split()
    done = subprocess.run(
        [sys.executable, "-m", "pdoc", "-o", str(tmp_path), *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr
    for module in modules:
        assert (tmp_path / f"{module.replace('.', '/')}.html").is_file()
    assert "one independent draw" in (tmp_path / "sensa" / "circuit.html").read_text().lower()


def test_the_table_of_analyses_is_the_program_s_own() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "analyses.py"))["page"]()
    assert page == (ROOT / "docs" / "results.md").read_text("utf-8")


def test_the_table_of_plots_is_the_program_s_own() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "plots.py"))["page"]()
    assert page == (ROOT / "docs" / "plots.md").read_text("utf-8")


def test_the_table_of_number_forms_is_the_program_s_own() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "forms.py"))["page"]()
    assert page == (ROOT / "docs" / "story-format.md").read_text("utf-8")
