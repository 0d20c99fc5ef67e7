"""A pull request for real: a repository, a base and a head, and what each reader makes of the change."""

import json
import shlex
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from tests.comparing.repositories import git

SCHEMA = Path(__file__).parents[1] / "reports" / "schemas" / "sarif-2.1.0.json"
STORY = """format = "training-story/1"

[story]
title = "Two locks"

[goal]
class = ["narrow-agent"]
specification = "s"
desirability = "d"

[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]

[assumptions.first]
claim = "The first lock holds"
part = "goal.specification"
credence = 0.9
because = "It was tried."

[assumptions.second]
claim = "The second lock holds"
part = "goal.desirability"
credence = 0.8
because = "It was tried."

[events.unforeseen]
mode = "unmodelled"
chance = 0.0001

[outcomes.harm]
kind = "catastrophic"
when = "unforeseen or (not first and not second)"
[outcomes.stopped]
kind = "fail_safe"
when = "not first"
[outcomes.works]
kind = "success"
otherwise = true

[properties.budget]
claim = "Harm is rare"
require = "P(catastrophic) <= 0.03"

[properties.no_single_point]
require = "P(catastrophic) <= 0.25"
forall = { violate = { max = 1 } }

[properties.no_regression]
require = "P(catastrophic) <= base.P(catastrophic) + 0.001"
severity = "warning"
"""
WAIVERS = """
[[waivers]]
property = "no_single_point"
witness = ["second"]
reason = "until the third lock"
expires = 2027-01-31

[[waivers]]
property = "no_single_point"
witness = ["first"]
reason = "long past"
expires = 2026-01-31
"""


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A branch on which one credence has changed: .8 to .6, so that harm goes from .02 to .04."""
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    (top / "story.toml").write_text(STORY)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "base")
    git(top, "checkout", "-q", "-b", "work")
    (top / "story.toml").write_text(STORY.replace("credence = 0.8", "credence = 0.6"))
    git(top, "commit", "-q", "-a", "-m", "head")
    monkeypatch.chdir(top)
    monkeypatch.setenv("SENSA_CACHE", str(tmp_path / "cache"))
    return top


def sensa(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--quiet", "--today", "2026-11-21"], prog_name="sensa")


def test_a_change_of_one_credence_breaks_a_property(branch: Path) -> None:
    """P(harm) = .0001 + .9999 x .1 x .4 = .040096 now, .020098 before: the change moved all of it."""
    outputs = ["--output", "sarif=out.sarif", "--output", "junit=out.xml", "--output", "json=out.json"]
    result = sensa("diff", "story.toml", "--format", "markdown", *outputs)
    assert result.exit_code == 1
    comment = result.stdout
    assert len(comment) < 60_000
    assert "Two locks: ✗ fails" in comment
    assert "| <code>harm</code> | catastrophic | 2.01 % | 4.01 % | +2 pts |" in comment
    assert "was moved most by <code>assumptions.second.credence</code> (line 25): +2 pts" in comment
    assert "✗ fail (was pass)" in comment

    sarif = json.loads((branch / "out.sarif").read_text())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(sarif)
    found = {result["ruleId"]: result for result in sarif["runs"][0]["results"]}
    line = found["property/budget"]["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert (branch / "story.toml").read_text().splitlines()[line - 1] == "[properties.budget]"
    assert found["property/no_regression"]["level"] == "warning"

    suite = ElementTree.parse(branch / "out.xml").getroot().find("testsuite")
    assert suite is not None
    failing = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failing == ["budget", "no_single_point"]

    review = json.loads((branch / "out.json").read_text())["stories"][0]
    assert review["exit_code"] == 1
    (change,) = (change for change in review["comparison"]["changes"] if not change["silent"])
    shares = {effect["outcome"]: effect["share"] for effect in change["effects"]}
    assert shares["harm"] == pytest.approx(0.9999 * 0.1 * 0.2, abs=1e-12)


def test_check_against_the_base(branch: Path) -> None:
    result = sensa("check", "story.toml", "--against", "merge-base")
    assert result.exit_code == 1
    assert "✗ fail      no_regression" in result.stdout
    assert sensa("check", "story.toml").exit_code == 1  # budget alone
    assert "– inactive  no_regression" in sensa("check", "story.toml").stdout


def test_what_breaks_a_property_about_the_base_can_be_replayed(branch: Path) -> None:
    """P(harm) is .040096 now and .020098 at the base: replayed against the same commit it is so again."""
    for command in (["check", "story.toml", "--against", "main"], ["diff", "story.toml"]):
        text = sensa(*command).stdout
        replays = [line.partition("replay: sensa ")[2] for line in text.splitlines() if "replay: " in line]
        against = [words for words in map(shlex.split, replays) if "--against" in words]
        assert len(against) == 1
        assert len(replays) == 3
        result = CliRunner().invoke(app, [*against[0], "--quiet"])
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("no_regression: P(catastrophic) <= base.P(catastrophic) + 0.001")
        assert "the story as it is (0.0401 > 0.0211)" in result.stdout
    comment = sensa("diff", "story.toml", "--format", "markdown").stdout
    assert f"--against {commit_of(branch)}</code>" in comment


def test_a_property_about_a_base_that_is_a_file_has_no_replay(branch: Path) -> None:
    (branch / "base.toml").write_text(STORY)
    text = sensa("diff", "base.toml", "story.toml").stdout
    assert "✗ fail      no_regression" in text
    assert text.count("replay: ") == 2
    assert "--against" not in text
    comment = sensa("diff", "base.toml", "story.toml", "--format", "markdown").stdout
    assert comment.count("- replay: ") == 2


def test_explain_against_a_base(branch: Path) -> None:
    without = CliRunner().invoke(app, ["explain", "story.toml", "no_regression", "--quiet"])
    assert without.stdout.startswith("– inactive  no_regression")
    named = ["explain", "story.toml", "no_regression", "--quiet", "--against"]
    assert CliRunner().invoke(app, [*named, "merge-base"]).stdout.startswith("✗ fail      no_regression")
    assert CliRunner().invoke(app, [*named, "HEAD"]).stdout.startswith("✓ pass      no_regression")
    assert CliRunner().invoke(app, [*named, "nowhere"]).exit_code == 2
    (branch / "new.toml").write_text(STORY)
    result = CliRunner().invoke(app, ["explain", "new.toml", *named[2:], "main"])
    assert result.exit_code == 2
    assert "no `new.toml` at main" in result.output
    ruled = STORY.replace("+ 0.001", '+ 0.001"\nforall = { violate = { min = 1, max = 1 } }\n# "')
    (branch / "story.toml").write_text(ruled.replace("credence = 0.8", "credence = 0.6"))
    shown = CliRunner().invoke(app, ["explain", "story.toml", "first", "--quiet", "--against", "main"])
    told = " ".join(shown.stdout.split())  # lines end where the terminal does
    assert "no_regression, P(catastrophic) <= base.P(catastrophic) + 0.001: with first" in told


def test_a_story_with_two_waivers_one_expired(branch: Path) -> None:
    """At .25 the violation of either is too likely (.4 with first violated, .1 with second): first alone."""
    story = branch / "story.toml"
    story.write_text(story.read_text().replace("<= 0.03", "<= 0.05").replace("<= 0.25", "<= 0.05") + WAIVERS)
    result = sensa("check", "story.toml")
    assert result.exit_code == 1
    assert "lapsed 294 days ago; long past" in result.stdout
    assert "used, 71 days left; until the third lock" in result.stdout
    story.write_text(story.read_text().replace("expires = 2026-01-31", "expires = 2026-12-31"))
    again = sensa("check", "story.toml")
    assert again.exit_code == 0
    assert "~ waived    no_single_point" in again.stdout
    assert again.stdout.count("days left") >= 2


@pytest.mark.parametrize("format", ["text", "json", "markdown", "sarif", "junit", "github"])
def test_an_error_of_ours_is_never_green(branch: Path, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("injected")

    monkeypatch.setattr("sensa.reviewing.pipeline.judge", broken)
    result = sensa("check", "story.toml", "--format", format, "--no-cache")
    assert result.exit_code == 4
    assert "injected" in result.stdout
    assert "✓" not in result.stdout


def test_a_shallow_clone_as_of_a_fork(branch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "work", branch.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    for command in (["diff", "story.toml"], ["check", "story.toml", "--against", "merge-base"]):
        result = sensa(*command)
        assert result.exit_code == 2, result.output
        assert "git fetch --unshallow" in result.output


def test_what_was_kept_is_used_and_a_changed_story_is_not(
    branch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sensa("check", "story.toml")
    monkeypatch.setattr("sensa.cli.check_story._made", lambda *arguments: pytest.fail("computed anew"))
    assert sensa("check", "story.toml").stdout == first.stdout
    (branch / "story.toml").write_text(STORY)
    with pytest.raises(BaseException, match="computed anew"):
        CliRunner().invoke(app, ["check", "story.toml", "--quiet"], catch_exceptions=False)


LOST = ("no-base", "inactive-property", "property-removed", "property-loosened")


def found(*arguments: str) -> tuple[int, list[str], list[str]]:
    """The exit code, what no longer holds the story, and the notes, of a check against main."""
    result = sensa("check", "--against", "main", "--format", "json", *arguments)
    review = json.loads(result.stdout)["stories"][0]
    return (
        result.exit_code,
        [
            f"{problem['code']}: {problem['message']}"
            for problem in review["problems"]
            if problem["code"] in LOST
        ],
        review["notes"],
    )


PASSING = STORY.replace("credence = 0.8", "credence = 0.85")


def commit_of(branch: Path) -> str:
    return git(branch, "rev-parse", "main")[:8]


def test_a_renamed_story_that_no_commit_knows_says_so(branch: Path) -> None:
    """With so much padding that git sees no rename, properties about the base have none."""
    (branch / "story.toml").unlink()
    padded = PASSING + "".join(f"# {n:x}{n * 7919:x} padding\n" for n in range(1200))
    (branch / "renamed.toml").write_text(padded)
    git(branch, "add", "-A")
    main = commit_of(branch)
    said = f"no-base: no `renamed.toml` at main ({main}) to compare with; one property is inactive: "
    said += "`no_regression`"
    day = "the day is 2026-11-21 (--today), not that of the clock; waivers and stale credences depend on it"
    assert found("renamed.toml") == (0, [said], [day])
    assert found("renamed.toml", "--fail-on", "inactive")[0] == 1
    assert found("renamed.toml", "--fail-on", "never")[0] == 0


def test_a_property_that_was_deleted_is_named_with_how_it_fares(branch: Path) -> None:
    head, _, tail = STORY.replace("credence = 0.8", "credence = 0.6").partition("[properties.budget]")
    (branch / "story.toml").write_text(
        head + "[properties.no_single" + tail.partition("[properties.no_single")[2]
    )
    _, problems, _ = found("story.toml")
    main = commit_of(branch)
    assert (
        f"property-removed: `budget` is gone: it required `P(catastrophic) <= 0.03` at main ({main}), "
        "which fails now"
    ) in problems
    (branch / "story.toml").write_text(PASSING.replace("[properties.budget]", "[properties.other]"))
    assert found("story.toml")[0] == 0
    assert found("story.toml", "--fail-on", "inactive")[0] == 1


def test_a_property_that_was_loosened_to_pass_is_named(branch: Path) -> None:
    """.0401 is within .05, and not within .03 as it was."""
    loosened = STORY.replace("credence = 0.8", "credence = 0.6").replace("<= 0.03", "<= 0.05")
    (branch / "story.toml").write_text(loosened)
    _, problems, _ = found("story.toml")
    main = commit_of(branch)
    assert problems == [
        f"property-loosened: `budget` was loosened: it required `P(catastrophic) <= 0.03` at main ({main}), "
        "which fails now"
    ]
    (branch / "story.toml").write_text(PASSING.replace("<= 0.03", "<= 0.02"))
    assert found("story.toml")[1] == []  # tighter
