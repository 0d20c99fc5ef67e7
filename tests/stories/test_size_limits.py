"""Files that are no stories, and texts made to hurt: problems within a bounded time, never a traceback."""

import hashlib
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.stories.checking.all_checks import check
from sensa.stories.problems import Problem, StoryError
from sensa.stories.reading import MAX_BYTES, parse, read

RULES = Path(__file__).parent / "rules"
SMALL = (RULES / "credence_left_out.toml").read_text("utf-8")


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        return tuple(p for p in check(parse(text)) if p.severity == "error")
    except StoryError as error:
        return error.problems


def codes(text: str) -> set[str]:
    return {problem.code for problem in problems_of(text)}


def refusal(path: Path | str) -> str:
    with pytest.raises(StoryError) as caught:
        read(path)
    (problem,) = caught.value.problems
    return f"{problem.code}: {problem}"


def test_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert refusal(path) == f"no-such-file: {path}:1:1: no such file"


def test_a_directory(tmp_path: Path) -> None:
    fix = f"`'{tmp_path}/**/*.toml'`, in quotes, names the stories in it"
    assert refusal(tmp_path) == f"not-a-file: {tmp_path}:1:1: is a directory, not a story ({fix})"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    os.mkfifo(path)
    assert refusal(path) == f"not-a-file: {path}:1:1: is not an ordinary file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_is_written_to_slowly_is_read_to_its_end() -> None:
    """As of `sensa check <(generate)`."""
    code = "import time; time.sleep(0.3); print('format =', flush=True); time.sleep(0.3); print(1)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert refusal(f"/dev/fd/{writer.stdout.fileno()}").startswith("not-toml: ")


def test_a_path_with_nul() -> None:
    assert refusal("a\x00b.toml") == "unreadable: a\\x00b.toml:1:1: cannot be read: embedded null byte"


def test_a_path_that_is_too_long() -> None:
    assert refusal("a" * 5000).startswith("unreadable: ")


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b'format = "x"\n\xc3\xa9 = "\xff"')
    assert refusal(path) == f"not-utf-8: {path}:2:6: not UTF-8: byte 0xff"


def test_a_lone_surrogate() -> None:
    (problem,) = problems_of('format = "\ud800"')
    assert str(problem) == "story.toml:1:11: a lone surrogate, which no UTF-8 text holds"


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, "utf-8")
    assert refusal(path).startswith("empty-story: ")


def test_more_than_a_mebibyte(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SMALL + "#" * MAX_BYTES, "utf-8")
    assert refusal(path) == f"too-large: {path}:1:1: larger than 1 MiB, the most a story may have"
    path.write_text(SMALL + "#" * (MAX_BYTES - len(SMALL)), "utf-8")
    assert read(path).document.story.title


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(SMALL.replace("\n", "\r\n").encode())
    assert read(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read(path).place("events.fails.when", 4).column == len('when = "not ') + 1


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse("\ufeff" + SMALL).place(("format",)) == parse(SMALL).place(("format",))


def story(*tables: str) -> str:
    return SMALL + "\n".join(tables)


QUANTITY = "[quantities.q{}]\nvalue = {{ normal = [0, 1] }}\n"
WORDS = " + ".join(["1.0"] * 900)
NUDGE = "{claim='',part='rationale.nudges'}"
MOST_SECONDS = 20  # far above what each takes, and far below what a quadratic step would
TOO_MUCH = {
    "too-many-keys": "a = [" + "1," * 200_000 + "]",
    "too-deep": "a." * 100_000,
    "too-long": "a = " + "9" * 100_000,
    "not-toml": "a = " + "{" * 15,
    "too-many-nodes": story(
        '[[phases]]\nname = "p"\nrepeat = 9999\n', *(f"[events.e{i}]\nevery_step = true\n" for i in range(21))
    ),
    "too-many-parameters": story("[assumptions]", *(f"a{i}={NUDGE}" for i in range(20_001))),
    "too-much-text": story(*(f"[quantities.q{i}]\nvalue = '{WORDS}'\n" for i in range(60))),
    "too-many-problems": story(*(f"[events.e{i}]\nwhen = 'x{i} or y{i}'\n" for i in range(4000))),
    "bad-name": story(f'[assumptions."{"x" * 500_000}"]\nclaim = ""\npart = "goal.desirability"\n'),
    "cycle": story(*(f"[events.e{i}]\nwhen = 'e{(i + 1) % 2000}'\n" for i in range(2000))),
    "unknown-key": story(*(f"k{i} = 1" for i in range(5_000))),
    "wrong-type": story(*(f"[quantities.q{i}]\nvalue = []\n" for i in range(5_000))),
    "missing-key": story(*(f"[assumptions.a{i}]\n" for i in range(5_000))),
}


SLOW = ("too-many-parameters", "too-many-problems", "too-many-keys")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(*item, id=item[0], marks=[pytest.mark.slow] * (item[0] in SLOW))
        for item in TOO_MUCH.items()
    ],
)
def test_texts_made_to_hurt(code: str, text: str) -> None:
    start = time.perf_counter()
    found = problems_of(text)
    took = time.perf_counter() - start
    assert code in {problem.code for problem in found}
    assert took < MOST_SECONDS
    assert all(len(str(problem)) < 2000 for problem in found)


@pytest.mark.slow
def test_a_long_chain_is_no_problem() -> None:
    chain = [f"[events.e{i}]\nwhen = 'e{i + 1}'\n" for i in range(5000)]
    assert problems_of(story(*chain, "[events.e5000]\n")) == ()


@pytest.mark.parametrize(
    "name", ["__proto__", "../../etc/passwd", "a\\nb", "a\\u0000", "", "𝕒", "ａ", "a\\u202eb"]
)
def test_strange_names_are_refused_in_print(name: str) -> None:
    (problem,) = problems_of(story(f'[events."{name}"]\n'))
    assert problem.code == "bad-name"
    assert str(problem).isprintable()


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = SMALL.replace('"rationale.nudges"', '"\\u001b[31m\\u0007\\u202e"')
    (problem,) = problems_of(text)
    assert "`\\x1b[31m\\x07\\u202e`" in str(problem)
    assert str(problem).isprintable()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_change_of_a_text_gives_a_traceback(data: st.DataObject) -> None:
    text = (RULES / data.draw(st.sampled_from(["steps.toml", "choices.toml", "challenges.toml"]))).read_text(
        "utf-8"
    )
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 12)))
    put = data.draw(
        st.sampled_from(["", "nan", "{}", "[]", '"', "'", "=", "\n", "-1", "1e999", "[[", "true", "x"])
    )
    for problem in problems_of(text[:at] + put + text[until:]):
        assert problem.place.line >= 1
        assert str(problem).isprintable()


def test_a_missing_file_offers_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "story.toml").touch()
    path = str(tmp_path / "storry.toml")
    assert refusal(path) == f"no-such-file: {path}:1:1: no such file (did you mean `story.toml`?)"


@pytest.mark.parametrize("through", ["story.toml", "plans"])
def test_a_link_that_leaves_the_repository_is_not_read(tmp_path: Path, through: str) -> None:
    """A pull request may link to a file of the machine's, and reports quote what is no TOML."""
    outside, top = tmp_path / "outside", tmp_path / "top"
    outside.mkdir()
    top.mkdir()
    (outside / "story.toml").write_text("secret = hunter2 is the word\n")
    assert "hunter2" in refusal(outside / "story.toml")  # read by its own name, it is quoted
    (top / ".git").mkdir()
    (top / through).symlink_to(outside / "story.toml" if through.endswith("toml") else outside)
    path = top / through if through.endswith("toml") else top / through / "story.toml"
    assert refusal(path) == f"not-a-file: {path}:1:1: is a link to a file outside of its repository"


def test_a_link_within_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.toml").write_text("a = .5\n")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert refusal(tmp_path / "b.toml").startswith("not-toml: ")


def test_a_table_is_no_expression() -> None:
    """40 by 40 cases of options with long names: more characters than expressions may have."""
    long = [f"o{i}_{'x' * 90}" for i in range(40)]
    options = ", ".join(f"{name} = {{ weight = 1 }}" for name in long)
    lines = [f"[choices.{name}]\noptions = {{ {options} }}" for name in ("m", "n")]
    lines.append("[choices.c]\noptions = { o = {}, p = {} }")
    for m, n in itertools.product(long, repeat=2):
        lines.append(f'[[choices.c.rows]]\nif = {{ m = "{m}", n = "{n}" }}\nchances = {{ o = 1 }}')
    assert problems_of(SMALL + "\n".join(lines)) == ()
