"""The plugin of pytest: what is collected, what it comes to, and to the letter what is printed."""

import re
from pathlib import Path

import dask  # noqa: F401  (its importlib_metadata replaces the finder of packages, which a run would undo)
import pytest

import sensa.reviewing.pipeline
import sensa.testing.collection
import sensa.testing.fixtures  # noqa: F401  (what pytest runs inside of pytest imports is imported anew)
from tests.comparing.repositories import committed
from tests.testing.suites import (
    BROKEN,
    BUDGET,
    HINT,
    NO_REGRESSION,
    NO_SINGLE_POINT,
    RARE,
    ROOT,
    STORY,
    WAIVER,
    Run,
    Write,
)

pytest_plugins = ["pytester"]


def line(path: Path, text: str) -> int:
    return path.read_text("utf-8").splitlines().index(text) + 1


def ids(result: pytest.RunResult) -> list[str]:
    return [one for one in result.outlines if "::" in one and " " not in one]


def printed(result: pytest.RunResult, title: str) -> str:
    """The section of a failure or an error, without its heading."""
    lines = result.outlines
    start = next(n for n, one in enumerate(lines) if one.strip("_") == f" {title} ") + 1
    end = next(n for n in range(start, len(lines)) if lines[n].startswith(("___", "===", "---")))
    return "\n".join(lines[start:end])


def test_a_test_for_each_property_in_the_order_written(
    run: Run, write: Write, suite: pytest.Pytester
) -> None:
    write("b.story.toml", STORY, BUDGET)
    write("a.story.toml", STORY, RARE, BUDGET)
    write("story.toml", STORY, BUDGET)
    write("none.story.toml", STORY)
    suite.makepyfile(test_other="def test_one(): pass")
    result = run("--collect-only", "-q")
    assert ids(result) == [
        "plans/a.story.toml::rare",
        "plans/a.story.toml::budget",
        "plans/b.story.toml::budget",
        "test_other.py::test_one",
    ]


def test_every_verdict_has_its_outcome(run: Run, write: Write) -> None:
    write("a.story.toml", STORY, BUDGET, NO_SINGLE_POINT, RARE, NO_REGRESSION, HINT, WAIVER)
    result = run("-v", "-rA")
    result.assert_outcomes(passed=1, failed=1, xfailed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "plans/a.story.toml::budget PASSED*",
            "plans/a.story.toml::no_single_point FAILED*",
            "plans/a.story.toml::rare XFAIL*",
            "plans/a.story.toml::no_regression SKIPPED*",
            "plans/a.story.toml::hint XFAIL*",
        ]
    )


def test_what_is_printed_of_a_property_that_fails(run: Run, write: Write) -> None:
    """To the letter: what `sensa check` prints, and the line of the property."""
    path = write("a.story.toml", STORY, NO_SINGLE_POINT)
    shown = BROKEN.format(line=line(path, "[properties.no_single_point]"))
    assert printed(run(), "no_single_point") == shown
    short = run("--tb=line").outlines
    assert "Failed: ✗ fail      no_single_point: P(catastrophic) <= 0.1" in "\n".join(short)


def test_reasons_are_the_author_s(run: Run, write: Write) -> None:
    path = write("a.story.toml", STORY, RARE, NO_REGRESSION, HINT, WAIVER)
    lines = run("-rsx").outlines
    waiver = WAIVER.strip().splitlines()[-1].removeprefix("expires = ")
    at = line(path, "[properties.no_regression]")
    assert f"SKIPPED [1] plans/a.story.toml:{at}: inactive: there is no base to compare with" in lines
    assert (
        f"XFAIL plans/a.story.toml::rare - waiver of rare for any case until {waiver}: used, 100 days left;"
        " drill booked (Ana)"
    ) in lines
    assert (
        'XFAIL plans/a.story.toml::hint - fail, and `severity = "warning"`: 0.05095 > 0.02 (margin -0.03095);'
        " exact"
    ) in lines


def test_run_as_if_nothing_were_expected_to_fail(run: Run, write: Write) -> None:
    write("a.story.toml", STORY, RARE, WAIVER)
    run("--runxfail").assert_outcomes(failed=1)


def test_what_is_undecided_is_an_error(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither green nor red: sampled worlds never tell whether a probability is at its limit or beyond."""
    monkeypatch.setenv("SENSA_ENGINE", "montecarlo")
    monkeypatch.setenv("SENSA_SECONDS", "3")
    write("a.story.toml", STORY, BUDGET.replace("0.06", "0.05095"))
    result = run()
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    first = printed(result, "ERROR at setup of budget").splitlines()[0]
    assert first == "? undecided budget: P(catastrophic) <= 0.05095"


def test_what_is_vacuous_is_an_error(run: Run, write: Write) -> None:
    text = STORY.replace('because = "It did in a trial"', 'because = "It cannot fail"').replace("0.8", "1.0")
    write("a.story.toml", text, "[properties.empty]\nrequire = 'P(harm | violated(fits)) <= 0.5'\n")
    result = run()
    result.assert_outcomes(errors=1)
    assert printed(result, "ERROR at setup of empty").startswith(
        "∅ vacuous   empty: P(harm | violated(fits))"
    )


@pytest.mark.parametrize(
    ("settings", "outcomes"),
    [
        ("", {"failed": 1, "xfailed": 1, "skipped": 1}),
        ("fail-on = 'warning'", {"failed": 2, "skipped": 1}),
        ("fail-on = 'inactive'", {"failed": 2, "xfailed": 1}),
        ("fail-on = 'never'", {"xfailed": 2, "skipped": 1}),
    ],
)
def test_what_counts_is_as_the_configuration_says(
    run: Run, write: Write, suite: pytest.Pytester, settings: str, outcomes: dict[str, int]
) -> None:
    write("a.story.toml", STORY, RARE, HINT, NO_REGRESSION)
    suite.makepyprojecttoml(f"[tool.sensa]\n{settings}\n")
    run().assert_outcomes(**outcomes)


def test_a_wrong_story_is_an_error_of_collection(run: Run, write: Write) -> None:
    """With file, line and fix, and no traceback; the others are still collected."""
    path = write("a.story.toml", STORY.replace("credence = 0.9", "credense = 0.9", 1), BUDGET)
    write("b.story.toml", "format = [")
    write("c.story.toml", STORY, BUDGET)
    result = run("--continue-on-collection-errors")
    result.assert_outcomes(errors=2, passed=1)
    at = line(path, "credense = 0.9")
    said = printed(result, "ERROR collecting plans/a.story.toml")
    assert said == (
        f"plans/a.story.toml:{at}:1: assumptions.narrow.credense: unknown key `credense` (did you mean"
        " `credence`?)"
    )
    assert printed(result, "ERROR collecting plans/b.story.toml").startswith("plans/b.story.toml:1:")


def test_what_only_a_run_shows_is_an_error_of_each_property(run: Run, write: Write) -> None:
    """A number that is no probability where its parts come together."""
    text = STORY.replace("chance = 0.5", 'chance = "2 * credible"')
    number = "[quantities.credible]\nvalue = { uniform = [0.4, 0.6] }\n"
    write("a.story.toml", text, number, BUDGET, RARE)
    result = run()
    result.assert_outcomes(errors=2)
    assert "events.slip.chance: `" in printed(result, "ERROR at setup of rare")


def test_stories_that_the_configuration_names(run: Run, write: Write, suite: pytest.Pytester) -> None:
    """Also where `testpaths` would not lead there, but not where other files are asked for."""
    write("named.toml", STORY, BUDGET)
    write("other.toml", STORY, BUDGET)
    suite.makepyfile(**{"tests/test_other": "def test_one(): pass"})
    table = "[tool.pytest.ini_options]\ntestpaths = ['tests']\n[tool.sensa]\nstories = ['plans/named.toml']\n"
    suite.makepyprojecttoml(table)
    both = ["tests/test_other.py::test_one", "plans/named.toml::budget"]
    assert ids(run("--collect-only", "-q")) == both
    assert ids(run("--collect-only", "-q", ".")) == both[::-1]
    assert ids(run("--collect-only", "-q", "plans")) == both[1:]
    assert ids(run("--collect-only", "-q", "tests")) == both[:1]
    suite.makepyprojecttoml(table.replace("named", "nameless"))
    result = run("--collect-only", "-q")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*tool.sensa.stories: `plans/nameless.toml` matches no file"])


@pytest.mark.parametrize(
    ("table", "seconds", "said"),
    [
        ("nonsense = 1", None, "pyproject.toml:2:1: tool.sensa.nonsense: unknown key `nonsense` (known"),
        ("seconds = 9", "abc", "sensa: Invalid value for '--seconds' (env var: 'SENSA_SECONDS'): "),
    ],
)
def test_wrong_settings_are_said_without_a_traceback(
    run: Run,
    write: Write,
    suite: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    seconds: str | None,
    said: str,
) -> None:
    write("a.story.toml", STORY, BUDGET)
    suite.makepyprojecttoml(f"[tool.sensa]\n{table}\n")
    if seconds is not None:
        monkeypatch.setenv("SENSA_SECONDS", seconds)
    result = run(".")
    result.assert_outcomes(errors=1)
    assert [line for line in result.outlines if line.startswith(said)]
    assert "raise" not in result.stdout.str()


def test_a_story_that_changes_between_collection_and_its_tests(
    run: Run, write: Write, suite: pytest.Pytester
) -> None:
    path = write("a.story.toml", STORY, BUDGET, RARE)
    renamed = f"{STORY}{BUDGET}{RARE.replace('rare', 'other')}"
    hook = "import pathlib\ndef pytest_collection_finish(session):\n"
    suite.makeconftest(f"{hook}    pathlib.Path({str(path)!r}).write_text({renamed!r})\n")
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    said = "the story has changed since its tests were collected, and has no such property any more"
    assert printed(result, "ERROR at setup of rare").splitlines()[0] == said


def test_the_place_of_a_failure_moves_no_cursor(run: Run, write: Write) -> None:
    """The name of a file may hold a terminal's commands; pytest prints it as it is in names of tests."""
    write("a\x1b[2J.story.toml", STORY, RARE)
    result = run()
    result.assert_outcomes(failed=1)
    where = printed(result, "rare").splitlines()[-1]
    assert where.startswith(r"plans/a\x1b[2J.story.toml:")


def test_rules_are_tests_of_each_story(run: Run, write: Write, suite: pytest.Pytester) -> None:
    write("a.story.toml", STORY, BUDGET)
    (suite.path / "rules.toml").write_text("[properties.house]\nrequire = 'P(catastrophic) <= 0.01'\n")
    suite.makepyprojecttoml("[tool.sensa]\nproperties = 'rules.toml'\n")
    result = run("-rA")
    result.assert_outcomes(passed=1, failed=1)
    replayed, where = printed(result, "house").splitlines()[-2:]
    replay = "      replay: sensa explain plans/a.story.toml cx-[0-9a-f]{8} --properties rules.toml"
    assert re.fullmatch(replay, replayed)
    assert where == "rules.toml:1: properties.house"


def test_against_a_commit(run: Run, write: Write, suite: pytest.Pytester) -> None:
    write("a.story.toml", STORY, NO_REGRESSION)
    committed(suite.path)
    write("a.story.toml", STORY.replace("chance = 0.5", "chance = 0.6"), NO_REGRESSION)
    run().assert_outcomes(skipped=1)
    result = run("--sensa-against", "HEAD")
    result.assert_outcomes(failed=1)
    assert "✗ fail      no_regression: P(catastrophic) <= base.P(catastrophic) + 0.001" in result.outlines
    assert "    0.06094 > 0.05195 (margin -0.00899); exact" in result.outlines
    result = run("--sensa-against", "nowhere")
    result.assert_outcomes(errors=1)
    assert "there is no `nowhere` here" in printed(result, "ERROR at setup of no_regression")


TESTS = """
import pytest

@pytest.mark.sensa("plans/a.story.toml")
def test_chosen(story):
    assert story.document.story.title == "A narrow tool"

def test_usual(story):
    assert story.file == "plans/b.toml"

def test_worse(story, base_story):
    assert story.document.events["slip"].chance == 0.6
    assert base_story.document.events["slip"].chance == 0.5

@pytest.mark.sensa("plans/none.toml")
def test_missing(story):
    pass
"""


def test_fixtures_give_stories(run: Run, write: Write, suite: pytest.Pytester) -> None:
    write("a.story.toml", STORY)
    write("b.toml", STORY)
    committed(suite.path)
    write("b.toml", STORY.replace("chance = 0.5", "chance = 0.6"))
    suite.makepyprojecttoml("[tool.sensa]\nstories = ['plans/b.toml']\n")
    suite.makepyfile(TESTS)
    result = run("-rs", "--strict-markers")
    result.assert_outcomes(passed=2, skipped=1, errors=1)
    assert "no base: `--sensa-against REF` names a commit to compare with" in "\n".join(result.outlines)
    assert printed(result, "ERROR at setup of test_missing").startswith("plans/none.toml:1:1: ")
    run("--sensa-against", "HEAD").assert_outcomes(passed=3, errors=1)
    suite.makepyprojecttoml("")
    result = run()
    said = 'no story is chosen: `@pytest.mark.sensa("plans/a.story.toml")` chooses one, or `stories` in'
    assert printed(result, "ERROR at setup of test_usual") == f"{said} [tool.sensa]"


def test_the_examples_of_the_documentation(run: Run, write: Write, suite: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    write("a.story.toml", STORY, BUDGET, NO_SINGLE_POINT, RARE, NO_REGRESSION, WAIVER)
    committed(suite.path)
    verbose = "\n".join(run("-v", "plans").outlines)
    shown = re.findall(r"^(plans/\S+ [A-Z]+)", page, re.MULTILINE)
    assert len(shown) == 4
    assert [one for one in shown if one not in verbose] == []
    (tests,) = re.findall(r"```python\n(import pytest\n.*?)```", page, re.DOTALL)
    suite.makepyfile(tests)
    run("-m", "sensa", "--sensa-against", "HEAD", "-k", "test_", "--strict-markers").assert_outcomes(passed=2)


def test_the_other_examples_run(write: Write, suite: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    write("a.story.toml", STORY)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(from sensa.testing import (?:as|con).*?)```", page, re.DOTALL):
        exec(compile(block, "testing.md", "exec"), names)
    assert {"assert_probability", "confidence_sequence", "assert_consistent"} <= names.keys()


def test_the_marker_chooses(run: Run, write: Write, suite: pytest.Pytester) -> None:
    write("a.story.toml", STORY, BUDGET, HINT)
    write("b.story.toml", STORY, BUDGET)
    suite.makepyfile(test_other="def test_one(): pass")
    chosen = {
        "sensa": ["plans/a.story.toml::budget", "plans/a.story.toml::hint", "plans/b.story.toml::budget"],
        "not sensa": ["test_other.py::test_one"],
        "sensa(property='budget')": ["plans/a.story.toml::budget", "plans/b.story.toml::budget"],
        "sensa(severity='warning')": ["plans/a.story.toml::hint"],
        "sensa(story='plans/b.story.toml')": ["plans/b.story.toml::budget"],
    }
    for expression, wanted in chosen.items():
        assert ids(run("--collect-only", "-q", "-m", expression, "--strict-markers")) == wanted
    run("plans/a.story.toml::budget").assert_outcomes(passed=1)


def test_warnings_about_a_story_are_warnings(run: Run, write: Write, suite: pytest.Pytester) -> None:
    path = write("a.story.toml", STORY.replace('because = "It did in a trial"\n', ""), BUDGET)
    result = run()
    result.assert_outcomes(passed=1, warnings=1)
    at = line(path, "[assumptions.fits]")
    said = "assumptions.fits: `fits` has neither `because` nor `evidence` [unsupported-credence]"
    assert f"  plans/a.story.toml:{at}: StoryWarning: {said}" in result.outlines
    result = run("-W", "error")
    result.assert_outcomes(errors=1)
    said = f"plans/a.story.toml:{at}: assumptions.fits"
    assert printed(result, "ERROR at setup of budget").startswith(said)
    run("-W", "error", "-W", "ignore::sensa.testing.StoryWarning").assert_outcomes(passed=1)


def test_a_story_is_judged_once(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from sensa.testing import collection

    asked = []
    ours = collection.reviewed_or_failed

    def counted(file: str, *arguments: object, **options: object) -> object:
        asked.append(file)
        return ours(file, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(collection, "reviewed_or_failed", counted)
    write("a.story.toml", STORY, BUDGET, RARE, HINT)
    run().assert_outcomes(passed=1, failed=1, xfailed=1)
    assert asked == ["plans/a.story.toml"]
    run("--collect-only", "-q")
    assert asked == ["plans/a.story.toml"]


def test_an_error_of_ours_is_an_error(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sensa.cli.check_story.reviewed", broken)
    write("a.story.toml", STORY, BUDGET)
    result = run()
    result.assert_outcomes(errors=1)
    assert "ZeroDivisionError: division by zero" in printed(result, "ERROR at setup of budget")
