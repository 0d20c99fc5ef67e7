"""The names of the package itself, and what they say of what they cannot take."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sensa
from sensa.sampling.estimates import Precision
from sensa.stories.problems import StoryError

STORY = Path(__file__).parents[1] / "stories" / "library" / "cat_classifier.toml"
TEXT = STORY.read_text("utf-8")


def test_the_public_names_are_shown() -> None:
    functions = ["analyse", "check", "compare", "load", "loads", "prepare", "review", "run"]
    results = ["read_result", "write_result"]
    values = ["Precision", "Probability", "Problem", "Session", "Settings", "Story", "World", "build"]
    errors = ["EngineRefusal", "RunError", "StoreError", "StoryError"]
    assert dir(sensa) == sorted(["__version__", *functions, *results, *values, *errors])
    assert all(hasattr(sensa, name) for name in dir(sensa))


def test_a_story_in_a_text_is_loaded_and_checked(tmp_path: Path) -> None:
    text = TEXT
    story = sensa.loads(text, "mine.toml")
    assert (story.file, story.document) == ("mine.toml", sensa.load(STORY).document)
    with pytest.raises(sensa.StoryError, match="mine"):
        sensa.loads(text.replace("credence =", "credense =", 1), "mine.toml")
    tree = sensa.run(story, points=64)
    sensa.write_result(tree, tmp_path / "out.nc", "nc")
    assert sensa.read_result(tmp_path / "out.nc").identical(tree)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5%", Precision(0.05, relative=True)),
        (" 0.5 %", Precision(0.005, relative=True)),
        ("1e-4", Precision(1e-4)),
        (1e-4, Precision(1e-4)),
        (Precision(0.1), Precision(0.1)),
    ],
)
def test_a_precision_as_people_write_it(written: Any, meant: Precision) -> None:
    assert Precision.of(written) == meant


@pytest.mark.parametrize("written", ["five", "", "%", "0", 0, 1, "100%", "-1%", "nan", True, None])
def test_a_precision_that_is_none(written: Any) -> None:
    with pytest.raises(ValueError, match="wanted: a number between 0 and 1 as 1e-4, or a share as 5%"):
        Precision.of(written)


def test_a_run_to_a_precision() -> None:
    for written in ("5%", 1e-2):
        tree = sensa.run(STORY, engine="montecarlo", precision=written, analyses=["outcomes"])
        assert tree.attrs["stopped"] == "precision"


@pytest.mark.parametrize("given", [{"story": 1}, b"story.toml", 3, None, ["a.toml"]], ids=repr)
@pytest.mark.parametrize("function", [sensa.run, sensa.load, sensa.check, sensa.review])
def test_what_is_no_path(function: Callable[..., Any], given: Any) -> None:
    with pytest.raises(TypeError) as caught:
        function(given)
    assert str(caught.value) == f"a path or a loaded story is wanted, not `{type(given).__name__}`"


def test_a_text_where_a_path_is_wanted() -> None:
    said = "a path is wanted, and this is a text of several lines (`sensa.loads` reads one)"
    for function in (sensa.run, sensa.load):
        with pytest.raises(StoryError) as caught:
            function(TEXT)
        assert str(caught.value) == f'format = "training-story/1":1:1: {said}'
    (problem,) = sensa.check(TEXT)
    assert problem.message == said
    (problem,) = sensa.review(STORY, properties=TEXT).problems
    assert problem.message == said


def test_a_path_where_a_loaded_story_is_wanted() -> None:
    said = "a loaded story is wanted, not `str`: `sensa.load(path)` loads one"
    loaded = sensa.load(STORY)
    for call in (
        lambda: sensa.prepare(str(STORY)),  # type: ignore[arg-type]
        lambda: sensa.compare(str(STORY), loaded),  # type: ignore[arg-type]
        lambda: sensa.compare(loaded, str(STORY)),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == said


@pytest.mark.parametrize("given", [b"format", 3, None, STORY, {"format": 1}], ids=repr)
def test_what_is_no_text(given: Any) -> None:
    with pytest.raises(TypeError) as caught:
        sensa.loads(given)
    what = type(given).__name__
    assert (
        str(caught.value) == f"the text of a story is wanted, not `{what}`: `sensa.load(path)` reads a file"
    )


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda story: sensa.run(story, engine="fast"),  # type: ignore[arg-type]
            ValueError,
            "unknown engine `fast`; there are auto, exact, montecarlo",
        ),
        (lambda story: sensa.run(story, seed="x"), TypeError, "`seed` is a whole number, not `str`"),
        (lambda story: sensa.run(story, points=64.0), TypeError, "`points` is a whole number, not `float`"),
        (lambda story: sensa.run(story, samples=True), TypeError, "`samples` is a whole number, not `bool`"),
        (
            lambda story: sensa.run(story, analyses="outcomes"),
            TypeError,
            "names of analyses are wanted, not one text: `['outcomes']`",
        ),
        (
            lambda story: sensa.prepare(story, {"seed": 1}),  # type: ignore[arg-type]
            TypeError,
            "a value of `sensa.Settings` is wanted, not `dict`: `sensa.Settings(seed=1)` makes one",
        ),
        (
            sensa.analyse,
            TypeError,
            "a prepared story is wanted, not `Story`: `sensa.prepare(story)` makes one",
        ),
    ],
)  # fmt: skip
def test_options_of_another_kind(call: Callable[[Any], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        call(sensa.load(STORY))
    assert str(caught.value) == message
