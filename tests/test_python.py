"""The names of the package itself, and what they say of what they cannot take."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import sensa
from sensa import testing
from sensa.sampling.estimates import Precision
from sensa.stories.problems import StoryError

STORY = Path(__file__).parents[1] / "stories" / "library" / "cat_classifier.toml"
TEXT = STORY.read_text("utf-8")


def test_the_public_names_are_shown() -> None:
    functions = [
        "analyse",
        "check",
        "compare",
        "discrimination",
        "elicitation_sheet",
        "export_story",
        "import_story",
        "load",
        "loads",
        "portfolio",
        "prepare",
        "review",
        "run",
        "with_answers",
    ]
    results = ["plot", "read_result", "write_result"]
    values = ["Precision", "Probability", "Problem", "Session", "Settings", "Story", "World", "build"]
    errors = ["EngineRefusal", "ExchangeError", "RunError", "StoreError", "StoryError"]
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
    with pytest.raises(ValueError, match="expected a number between 0 and 1 as 1e-4, or a share as 5%, got "):
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
    assert str(caught.value) == f"expected a path or a loaded story, got `{type(given).__name__}`"


def test_a_text_where_a_path_is_wanted() -> None:
    said = "expected a path, got a text of several lines (`sensa.loads` reads one)"
    for function in (sensa.run, sensa.load):
        with pytest.raises(StoryError) as caught:
            function(TEXT)
        assert str(caught.value) == f'format = "training-story/1":1:1: {said}'
    (problem,) = sensa.check(TEXT)
    assert problem.message == said
    (problem,) = sensa.review(STORY, properties=TEXT).problems
    assert problem.message == said


def test_a_path_where_a_loaded_story_is_wanted() -> None:
    said = "expected a loaded story, got `str`: `sensa.load(path)` loads one"
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
    assert str(caught.value) == f"expected the text of a story, got `{what}`: `sensa.load(path)` reads a file"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda story: sensa.run(story, engine="fast"),  # type: ignore[arg-type]
            ValueError,
            "unknown engine `fast`; expected one of auto, exact, elimination, montecarlo",
        ),
        (lambda story: sensa.run(story, seed="x"), TypeError, "`seed`: expected a whole number, got `str`"),
        (
            lambda story: sensa.run(story, points=64.0),
            TypeError,
            "`points`: expected a whole number, got `float`",
        ),
        (
            lambda story: sensa.run(story, samples=True),
            TypeError,
            "`samples`: expected a whole number, got `bool`",
        ),
        (
            lambda story: sensa.run(story, analyses="outcomes"),
            TypeError,
            "expected names of analyses, got one text: `['outcomes']`",
        ),
        (
            lambda story: sensa.prepare(story, {"seed": 1}),  # type: ignore[arg-type]
            TypeError,
            "expected a value of `sensa.Settings`, got `dict`: `sensa.Settings(seed=1)` makes one",
        ),
        (
            sensa.analyse,
            TypeError,
            "expected a prepared story, got `Story`: `sensa.prepare(story)` makes one",
        ),
    ],
)  # fmt: skip
def test_options_of_another_kind(call: Callable[[Any], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        call(sensa.load(STORY))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda story: sensa.run(story, analyses=3),  # type: ignore[arg-type]
            TypeError,
            "expected names of analyses, got `int`",
        ),
        (
            lambda story: sensa.run(story, analyses=["outcomes", []]),  # type: ignore[list-item]
            TypeError,
            "expected names of analyses, got `[]`",
        ),
        (
            lambda story: sensa.analyse(sensa.prepare(story), [], "morris"),
            TypeError,
            "expected names of methods, got one text: `['morris']`",
        ),
        (
            lambda story: sensa.write_result(story, "x.nc", "nc"),
            TypeError,
            "expected a result, got `Story`: `sensa.run(story)` gives one",
        ),
        (
            lambda story: sensa.read_result(3),  # type: ignore[arg-type]
            TypeError,
            "expected the path of a result, got `int`",
        ),
        (
            lambda story: sensa.check(story, today="2026-01-01"),  # type: ignore[arg-type]
            TypeError,
            "`today`: expected a `datetime.date`, got `str`",
        ),
        (
            lambda story: sensa.review(story, today=datetime(2026, 1, 1)),
            TypeError,
            "`today`: expected a `datetime.date`, got `datetime`",
        ),
        (
            lambda story: sensa.review(story, base="x"),  # type: ignore[arg-type]
            TypeError,
            "expected a loaded story, got `str`: `sensa.load(path)` loads one",
        ),
        (
            lambda story: sensa.review(story, fail_on="all"),  # type: ignore[arg-type]
            ValueError,
            "unknown fail_on `all`; expected one of error, inactive, suspect, warning, never",
        ),
        (
            lambda story: sensa.review(story, seconds="1"),  # type: ignore[arg-type]
            TypeError,
            "`seconds`: expected a number, got `str`",
        ),
        (
            lambda story: sensa.compare(story, story, sensa.Settings()),  # type: ignore[arg-type]
            TypeError,
            "expected the name of the base, got `Settings`: settings come after it",
        ),
        (
            lambda story: sensa.Settings(precision=0.1),  # type: ignore[arg-type]
            TypeError,
            'expected a value of `sensa.Precision`, got `float`: `sensa.Precision.of("5%")` makes one',
        ),
        (
            lambda story: sensa.Settings(seconds="x"),  # type: ignore[arg-type]
            TypeError,
            "`seconds`: expected a number, got `str`",
        ),
        (
            lambda story: sensa.Precision("5%"),  # type: ignore[arg-type]
            TypeError,
            "`value`: expected a number, got `str`",
        ),
        (
            lambda story: sensa.prepare(story).at(["assumptions.a.credence"]),
            TypeError,
            "expected values by path, got `list`",
        ),
        (
            lambda story: sensa.prepare(story).at({}, violated="cues_suffice"),
            TypeError,
            "expected names of assumptions, got one text: `['cues_suffice']`",
        ),
        (
            lambda story: sensa.prepare(story).at({}, points="x"),
            TypeError,
            "`points`: expected a whole number, got `str`",
        ),
        (
            lambda story: sensa.prepare(story).evaluate({"a": 1}),
            TypeError,
            "expected a `sensa.World`, got `dict`: `at` takes values by path",
        ),
        (
            lambda story: story.without(3),
            TypeError,
            "expected a path such as `assumptions.a.credence`, got `int`",
        ),
        (
            lambda story: testing.stories(3),  # type: ignore[arg-type]
            TypeError,
            "expected a value of `Limits`, got `int`: `Limits(nodes=3)` makes one",
        ),
    ],
)  # fmt: skip
def test_arguments_of_another_kind(call: Callable[[Any], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        call(sensa.load(STORY))
    assert str(caught.value) == message


def test_names_of_another_kind() -> None:
    story = sensa.load(STORY)
    result = sensa.run(story, analyses=["outcomes", "kinds"], points=64).sensa
    for call, start in (
        (lambda: result.P(3), "unknown outcome, kind or criterion `3`; expected one of harm, "),
        (lambda: result.P("harm", given=3), "given `3`: "),
        (lambda: sensa.prepare(story).at({3: 0.5}), "unknown number `3`; expected one of "),  # type: ignore[dict-item]
    ):
        with pytest.raises(ValueError, match=re.escape(start)):
            call()


def test_a_result_is_written_as_one_of_two_kinds(tmp_path: Path) -> None:
    """Whatever was not `nc` was taken for `zarr`."""
    tree = sensa.run(STORY, analyses=["outcomes"], points=64)
    with pytest.raises(ValueError, match=r"^unknown kind of file `netcdf`; expected one of nc, zarr$"):
        sensa.write_result(tree, tmp_path / "out", "netcdf")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["path.toml", "stories/library/cat_classifier.toml", "a=b.toml", " a.toml"])
def test_a_path_where_a_text_is_wanted(path: str) -> None:
    said = "expected the text of a story, got the path of a file (`sensa.load` reads it)"
    with pytest.raises(StoryError, match=re.escape(said)):
        sensa.loads(path)


def test_help_names_everything_that_is_public() -> None:
    said = set(re.findall(r"\w+", str(sensa.__doc__)))
    assert {name for name in dir(sensa) if not name.startswith("_")} <= said
