"""`sensa plot`, and `sensa show --format svg`: files of pictures, and what cannot be drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import sensa.store
from tests.short_stories import beta, losing, story

Call = Callable[..., Result]
TEXT = story(beta("sure", 9, 1) + beta("likely", 3, 1), "not sure and not likely", "not likely")


@pytest.fixture
def here(sensa_at: Call, tmp_path: Path) -> Call:
    (tmp_path / "story.toml").write_text(losing(TEXT, bad="10"))
    return sensa_at


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_of_a_story(here: Call, format: str) -> None:
    done = here("plot", "story.toml", "tornado", "-o", f"x.{format}", "--points", "64", "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert Path(f"x.{format}").read_bytes()[:4] in (b"<?xm", b"\x89PNG", b"%PDF")


def test_of_a_stored_result_it_is_the_same_picture(here: Call) -> None:
    here("run", "story.toml", "--points", "64", "--output", "nc=x.nc", "--output", "zarr=x.zarr")
    for source in ("story.toml --points 64", "x.nc", "x.zarr"):
        name, *options = source.split()
        assert here("plot", name, "outcomes", "-o", f"{name}.svg", *options).exit_code == 0
    assert Path("x.nc.svg").read_bytes() == Path("x.zarr.svg").read_bytes()
    assert Path("x.nc.svg").read_bytes() == Path("story.toml.svg").read_bytes()


def test_a_stored_result_that_lacks_a_variable(here: Call) -> None:
    here("run", "story.toml", "--points", "64", "--output", "nc=x.nc")
    tree = sensa.store.read("x.nc")
    tree["outcomes"] = tree["outcomes"].to_dataset().drop_vars("mean")
    sensa.store.write(tree, "y.nc", "nc")
    done = here("plot", "y.nc", "outcomes", "-o", "y.svg")
    assert done.exit_code == 2
    assert done.stderr == (
        "sensa: y.nc: is not as results are written; changed, or of another version"
        " (`outcomes`: it has no `mean`)\n"
    )
    assert not Path("y.svg").exists()


def test_a_portfolio_is_not_the_result_of_one_story(here: Call) -> None:
    here("run", "story.toml", "--points", "64", "--sweep", "assumptions.a.credence=0.1:0.9:2", "-o", "x.nc")
    done = here("plot", "x.nc", "outcomes", "-o", "y.svg")
    assert done.exit_code == 2
    assert done.stderr == "sensa: x.nc: is a portfolio (sensa-portfolio/1), not the result of one story\n"


def test_what_no_font_has_is_a_note(here: Call) -> None:
    """One line, where no installed font has the character; nothing where one has."""
    text = Path("story.toml").read_text("utf-8").replace('title = "t"', 'title = "猫"')
    Path("story.toml").write_text(text, "utf-8")
    done = here("plot", "story.toml", "outcomes", "-o", "x.svg", "--points", "64", "-q")
    assert done.exit_code == 0
    note = "sensa: no installed font has `猫`, drawn as boxes; install one that has, as Noto Sans CJK\n"
    assert done.stderr in ("", note)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "x.nc exceedance -o x.svg",
            "has no `exceedance`: run the story with `--analyses exceedance`",
        ),
        ("x.nc argument -o x.svg", "the argument is not in a result: give the story"),
        (
            "x.json outcomes -o x.svg",
            "x.json: JSON does not hold all that is drawn; draw the story, or what `--output nc=PATH` or"
            " `--output zarr=PATH` wrote",
        ),
        ("x.nc outcomes -o x.svg --seed 1", "a stored result is drawn as it is"),
        ("story.toml outcomes -o x.gif", "`x.gif` does not end in one of `.svg`, `.png` or `.pdf`"),
        ("story.toml outcomes -o x.svg --of bad", "`outcomes` draws all outcomes"),
        ("story.toml tornado -o x.svg --of worse", "there is no outcome `worse`"),
        ("story.toml tornados -o x.svg", "did you mean `tornado`?"),
        ("story.toml outcomes -o none/x.svg", "none/x.svg: there is no directory"),
        ("missing.toml outcomes -o x.svg", "missing.toml"),
    ],
)
def test_what_cannot_be_drawn(here: Call, arguments: str, message: str) -> None:
    if "x.nc" in arguments:
        here("run", "story.toml", "--points", "64", "--output", "nc=x.nc")
    if "x.json" in arguments:
        here("run", "story.toml", "--points", "64", "--output", "json=x.json", "-q")
    done = here("plot", *arguments.split())
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert not Path("x.svg").exists()


def test_an_input_is_not_overwritten(here: Call) -> None:
    Path("story.svg").symlink_to("story.toml")
    done = here("plot", "story.toml", "outcomes", "-o", "story.svg")
    assert done.exit_code == 2
    assert "is an input file, and is not overwritten" in done.stderr


def test_without_matplotlib(here: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensa.reports.plots.find_spec", lambda name: None)
    for command in (
        ["plot", "story.toml", "outcomes", "-o", "x.svg"],
        ["show", "story.toml", "--stage", "graph", "--format", "svg"],
    ):
        done = here(*command)
        assert done.exit_code == 2
        assert "pip install 'sensa-stories[plots]'" in done.stderr


def test_without_a_directory_that_can_be_written(here: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a read-only container: Matplotlib refuses to be imported."""

    def refuses() -> None:
        raise OSError("Matplotlib requires access to a writable cache directory")

    monkeypatch.setattr("sensa.reports.plots.isolate_matplotlib", refuses)
    for command in (
        ["plot", "story.toml", "outcomes", "-o", "x.svg"],
        ["show", "story.toml", "--stage", "graph", "--format", "svg"],
    ):
        done = here(*command)
        assert done.exit_code == 2
        assert "needs a directory that it can write to: name one by `MPLCONFIGDIR`" in " ".join(
            done.stderr.split()
        )


def test_show_draws_the_argument(here: Call) -> None:
    done = here("show", "story.toml", "--stage", "graph", "--format", "svg")
    assert done.exit_code == 0
    assert done.stdout.startswith("<?xml")
    assert done.stdout.rstrip().endswith("</svg>")
