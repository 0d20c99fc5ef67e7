"""`-` in place of a file to write: standard output, where that is one text."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.short_stories import beta, story

Call = Callable[..., Result]
TEXT = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
BIF = """network n {} variable v { type discrete [ 2 ] { yes, no }; }
probability ( v ) { table 0.25, 0.75; }
"""


@pytest.fixture
def here(sensa_at: Call, tmp_path: Path) -> Call:
    (tmp_path / "two.toml").write_text(TEXT)
    (tmp_path / "one.bif").write_text(BIF)
    return sensa_at


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("new", ""),
        ("import one.bif --catastrophe v=yes", "-o"),
        ("export two.toml --to csv", "-o"),
        ("export two.toml --to bif", "-o"),
        ("elicit two.toml", "-o"),
    ],
)
def test_a_text_goes_to_standard_output(here: Call, command: str, option: str) -> None:
    """The same as in a file."""
    arguments = [*command.split(), *option.split()]
    printed = here(*arguments, "-")
    assert printed.exit_code == 0
    assert not Path("-").exists()
    assert here(*arguments, "file").exit_code == 0
    assert printed.stdout == Path("file").read_text("utf-8")
    assert len(printed.stdout) > 100
    empty = here(*arguments, "")
    assert empty.exit_code == 2
    assert "names no file; `-` is standard output" in " ".join(empty.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run two.toml --output nc=-", "nc=-: name a file, not standard output: is not text"),
        ("run two.toml --output html=-", "html=-: name a file, not standard output: print it by `--format"),
        ("run two.toml --portfolio --output zarr=-", "zarr=-: name a file, not standard output: is not text"),
        ("check two.toml --output md=-", "print it by `--format markdown`"),
        ("report x.json --output json=-", "print it by `--format json`"),
        ("plot two.toml outcomes -o -", "a picture is not written to standard output; name a file that ends"),
    ],
)
def test_what_cannot_go_there(here: Call, arguments: str, said: str) -> None:
    """Standard output has the report already, or would get what is no text."""
    done = here(*arguments.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert not Path("-").exists()
