"""One defect, or one doubt, a file: the first line of each is the exact text of the first problem."""

from functools import cache
from pathlib import Path

import pytest

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
    "too-many-problems", "broken-number", "too-many-nodes", "too-many-parameters", "too-much-text",
}  # fmt: skip


@cache
def problems_of(file: Path) -> list[Problem]:
    try:
        problems = check(parse(file.read_bytes().decode(), file.name))
    except StoryError as error:
        problems = error.problems
    return [problem for problem in problems if problem.severity == "error"] or list(problems)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_first_problem_is_the_first_line(file: Path) -> None:
    stated = file.read_bytes().decode().split("\n", 1)[0]
    assert "# " + str(problems_of(file)[0]) == stated


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
