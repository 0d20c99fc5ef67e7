import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.problems import (
    Place,
    Problem,
    StoryError,
    cut,
    escaped,
    listed,
    near,
    path_of,
    path_text,
    quoted,
    told_apart,
)

PRINTABLE = st.characters(categories=("L", "N", "P", "S"), exclude_characters="\\")
PATHS = st.lists(st.text(PRINTABLE, min_size=1, max_size=20) | st.integers(0, 10**6), min_size=1, max_size=6)


def problem(line: int, message: str = "wrong", **more: str) -> Problem:
    return Problem(
        "unknown-name", "error", Place("story.toml", line, 9), "assumptions.x.given[0].if", message, **more
    )


def test_the_text_of_a_problem() -> None:
    text = str(problem(34, "unknown name `transparancy`", fix="did you mean `transparency`?"))
    assert text == (
        "story.toml:34:9: assumptions.x.given[0].if: unknown name `transparancy` "
        "(did you mean `transparency`?)"
    )


def test_a_problem_of_the_file_has_no_path() -> None:
    assert str(Problem("not-toml", "error", Place("s.toml", 1, 2), "", "not TOML")) == "s.toml:1:2: not TOML"


def test_an_error_has_its_problems_in_order_and_once() -> None:
    error = StoryError([problem(9), problem(2), problem(9)])
    assert [p.place.line for p in error.problems] == [2, 9]
    assert str(error) == f"{problem(2)}\n{problem(9)}"


def test_control_characters_are_escaped_and_values_cut() -> None:
    assert escaped("a\x1b[31mb\nc\x00\u202e") == "a\\x1b[31mb\\nc\\x00\\u202e"
    assert str(problem(1, "bad \x07 bell")).isprintable()
    assert quoted("x" * 1000) == "`" + "x" * 59 + "…`"
    assert quoted("a`b") == "`a'b`"
    assert quoted(True) == "`true`"
    assert quoted(10**400) == "`1e300 and more`"
    assert escaped("\ud800") == "?"
    assert cut("abcd", 3) == "ab…"


def test_lists_read_as_sentences() -> None:
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"]) == "`a`, `b` or `c`"
    assert listed(["a", "b", "c"], "and", most=2) == "`a`, `b` and 1 more"


def test_near_misses() -> None:
    assert near("transparancy", ["transparency", "trust"]) == "transparency"
    assert near("entirely_else", ["transparency"]) is None


def test_paths_in_the_words_of_the_format() -> None:
    assert path_text(("expect", "P(catastrophic)", "value")) == 'expect."P(catastrophic)".value'
    assert path_text(("phases", 1, "axes", "shift")) == "phases[1].axes.shift"
    assert path_of("choices.m.nudges[0].odds.o") == ("choices", "m", "nudges", 0, "odds", "o")


@given(PATHS)
def test_a_path_is_read_back(path: list[str | int]) -> None:
    assert path_of(path_text(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::stop-commands::x", r"  \x3a:stop-commands::x"),
        ("a ##[error]x", r"a #\x23[error]x"),
        ("a ##vso[task.setvariable variable=x]y", r"a #\x23vso[task.setvariable variable=x]y"),
        ("##VSO[task.complete]", r"#\x23VSO[task.complete]"),
        ("##teamcity[x]", r"#\x23teamcity[x]"),
        ("###[group]", r"##\x23[group]"),
        ("## heading [x]", "## heading [x]"),
        ("é ##[debug]", r"é #\x23[debug]"),
        ("\x1b::error::", r"\x1b::error::"),
        ("a::b", "a::b"),
        ("# [x]", "# [x]"),
    ],
)
def test_what_a_runner_would_obey_is_escaped(text: str, shown: str) -> None:
    """GitHub's runner trims a line and looks for `::` at its start, or for `##[` anywhere.

    Azure Pipelines looks for `##vso[` and `##[` anywhere.
    """
    assert escaped(text) == shown
    assert escaped(shown) == shown


@pytest.mark.parametrize(
    ("value", "stated", "text"),
    [
        (0.99612, 0.9, "0.996"),
        (0.0039916270, 0.0039916323, "0.003991627"),
        (0.5, 0.5, "0.5"),
        (1e-9, 0.0, "1e-09"),
    ],
)
def test_a_value_is_told_apart_from_the_stated_one(value: float, stated: float, text: str) -> None:
    assert told_apart(value, stated, digits=3) == text
