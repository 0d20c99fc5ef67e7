"""One defect, or one doubt, a file: the first line of each is the exact text of the first problem."""

from functools import cache
from pathlib import Path

import pytest

from sensa.pipeline import run
from sensa.reviewing.pipeline import review
from sensa.sampling.parameters import RunError
from sensa.stories.checking.all_checks import check
from sensa.stories.codes import ERRORS, WARNINGS
from sensa.stories.policies import rules
from sensa.stories.problems import Problem, StoryError
from sensa.stories.reading import Contents, parse, read

FOLDER = Path(__file__).parents[2] / "stories" / "invalid"
FILES = sorted(FOLDER.glob("*.toml"))
# What no small text file can show; tests/stories/test_size_limits.py has a test for each.
ELSEWHERE = {
    "no-such-file", "not-a-file", "unreadable", "not-utf-8", "empty-story", "too-large", "too-many-keys",
    "too-many-problems", "too-many-nodes", "too-many-parameters", "too-much-text",
}  # fmt: skip
# What only values of the numbers show, which `sensa check` tries as a run does.
BROKEN = ("gamma_beyond_doubles", "loguniform_beyond_doubles", "loss_too_large_at_some_values")


def first_line(file: Path) -> str:
    return file.read_bytes().decode().split("\n", 1)[0]


@cache
def problems_of(file: Path) -> list[Problem]:
    if file.stem in BROKEN:
        return broken(file)
    try:
        problems = check(parse(file.read_bytes().decode(), file.name))
    except StoryError as error:
        problems = error.problems
    errors = [problem for problem in problems if problem.severity == "error"]
    return errors or list(problems)


def broken(file: Path) -> list[Problem]:
    found = review(Contents(file.name, file.read_bytes()))
    return [problem for problem in found.problems if problem.severity == "error"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_first_problem_is_the_first_line(file: Path) -> None:
    assert "# " + str(problems_of(file)[0]) == first_line(file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_defect_is_told_once(file: Path) -> None:
    assert len({(problem.place, problem.code) for problem in problems_of(file)}) == len(problems_of(file))
    assert len(problems_of(file)) <= 2


@pytest.mark.parametrize("file", sorted((FOLDER / "rules").glob("*.toml")), ids=lambda file: file.stem)
def test_files_of_rules_that_are_wrong(file: Path) -> None:
    text = file.read_bytes()
    story = read(FOLDER.parent / "library" / "cat_classifier.toml")
    with pytest.raises(StoryError) as caught:
        rules(Contents(file.name, text), story)
    assert "# " + str(caught.value) == text.decode().split("\n", 1)[0]


@pytest.mark.parametrize("text", [b"", b"\n", b"# none yet\n", b"[properties]\n", b"\xef\xbb\xbf"])
def test_a_file_of_rules_without_any(text: bytes) -> None:
    story = read(FOLDER.parent / "library" / "cat_classifier.toml")
    with pytest.raises(StoryError, match=r"^r\.toml:1:1: properties: no properties \("):
        rules(Contents("r.toml", text), story)


def test_every_code_has_a_file() -> None:
    found = {problem.code for file in FILES for problem in problems_of(file)}
    assert found - set(WARNINGS) | ELSEWHERE == set(ERRORS)
    assert not found & ELSEWHERE
    assert len(FILES) >= 50


@pytest.mark.parametrize("name", BROKEN)
def test_a_run_refuses_what_a_check_finds_broken(name: str) -> None:
    file = FOLDER / f"{name}.toml"
    with pytest.raises(RunError) as caught:
        run(file, analyses=["outcomes"])
    assert str(problems_of(file)[0]).endswith(f": {caught.value}")
