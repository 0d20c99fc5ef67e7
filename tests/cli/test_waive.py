"""Waivers written into stories: nothing else in the file changes, and nothing is written that is wrong."""

import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from sensa.cli.waive import with_entry
from sensa.store import StoreError

Call = Callable[..., Result]
STORY = (Path(__file__).parents[1] / "stories" / "rules" / "properties.toml").read_text("utf-8")
TODAY = ["--today", "2026-11-20"]
USUAL = ["--reason", "drill booked", "--expires", "2027-03-31", *TODAY]
ENTRY = {"property": "budget", "reason": "drill", "expires": date(2027, 3, 31)}
WAIVER = '[[waivers]]\nproperty = "budget"\nreason = "drill"\nexpires = 2027-03-31\n'


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.toml"
    path.write_text(STORY, "utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\n", f"a = 1\n\n{WAIVER}"),
        ("a = 1 # end", f"a = 1 # end\n\n{WAIVER}"),
        ("a = 1\n\n", f"a = 1\n\n{WAIVER}"),
        ("", WAIVER),
        (
            "[[waivers]]\nb = 1 # c\n\n# of d\n[d]\ne = 1",
            f"[[waivers]]\nb = 1 # c\n\n{WAIVER}\n# of d\n[d]\ne = 1",
        ),
        (
            "[[waivers]]\nb = 1\n[d]\n[[waivers]]\nb = 2\n[e]\n",
            f"[[waivers]]\nb = 1\n[d]\n[[waivers]]\nb = 2\n\n{WAIVER}\n[e]\n",
        ),
        (
            '[[waivers]]\nb = """\n[[waivers]]\n# no\n"""\n[e]\n',
            f'[[waivers]]\nb = """\n[[waivers]]\n# no\n"""\n\n{WAIVER}\n[e]\n',
        ),
        (
            "[[waivers]]\nb = [ # one\n  1, # two\n]\n# three\n",
            f"[[waivers]]\nb = [ # one\n  1, # two\n]\n\n{WAIVER}\n# three\n",
        ),
        ("\ufeffa = 1\r\n[b]\r\n", "\ufeffa = 1\r\n[b]\r\n\r\n" + WAIVER.replace("\n", "\r\n")),
        (
            "waivers = [\n  { b = 1 }, # c\n]\nd = 2 # e\n",
            "waivers = [\n  { b = 1 }, # c\n"
            '  {property = "budget", reason = "drill", expires = 2027-03-31},\n]\nd = 2 # e\n',
        ),
        ("waivers = []\n", 'waivers = [{property = "budget", reason = "drill", expires = 2027-03-31}]\n'),
    ],
)
def test_all_else_stays_to_the_letter(before: str, after: str) -> None:
    assert with_entry(before, ENTRY) == after


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.text("ab\"'\\\n#\x7f", max_size=9))
def test_whatever_is_said_is_read_again(reason: str, owner: str) -> None:
    entry = {**ENTRY, "reason": reason, "owner": owner, "ceiling": 1e-300, "witness": [reason, owner]}
    for text in ("a = 1", STORY):
        after = tomli.loads(with_entry(text, entry))
        assert after["waivers"][-1] == entry
        assert {**after, "waivers": after["waivers"][:-1]} == {"waivers": [], **tomli.loads(text)}


def test_a_place_that_no_waiver_can_have_is_refused() -> None:
    with pytest.raises(StoreError, match="add it by hand"):
        with_entry("waivers = 1\n", ENTRY)


def test_a_waiver_is_written_and_holds(sensa_at: Call, story: Path) -> None:
    case = ["--witness", " simple ", "--ceiling", "0.6", "--owner", "Ana"]
    result = sensa_at("waive", "story.toml", "no_single_point", *case, *USUAL)
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "story.toml:58:3: `no_single_point` is waived where simple fails until 2027-03-31\n"
    )
    assert tomli.loads(story.read_text("utf-8"))["waivers"][1] == {
        "property": "no_single_point",
        "witness": ["simple"],
        "ceiling": 0.6,
        "reason": "drill booked",
        "owner": "Ana",
        "expires": date(2027, 3, 31),
    }
    assert story.read_text("utf-8").splitlines()[57] == "[[waivers]]"


def test_a_second_waiver_of_one_case_is_said(sensa_at: Call, story: Path) -> None:
    result = sensa_at("waive", "story.toml", "no_single_point", "--witness", "simple", *USUAL)
    assert result.exit_code == 0
    assert "[warning: duplicate-waiver]" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["budgt", *USUAL], "has no property `budgt`: did you mean `budget`?"),
        (["nothing_like_it", *USUAL], "it has budget, fails_safely"),
        (["budget", "--reason", "x", "--expires", "2026-11-19", *TODAY], "2026-11-19 is past"),
        (["budget", "--reason", "x", "--expires", "19.11.2027", *TODAY], "is not a date"),
        (["budget", "--reason", " ", "--expires", "2027-11-19", *TODAY], "needs a reason"),
        (["budget", "--ceiling", "nan", *USUAL], "is not a finite number"),
        (["no_single_point", "--witness", "simpel", *USUAL], "did you mean `simple`?"),
        (["budget", "--witness", "simple", *USUAL], "the waiver is for no case"),
        (["budget", "--properties", "missing.toml", *USUAL], "no such file"),
    ],
)
def test_what_would_be_wrong_is_not_written(
    sensa_at: Call, story: Path, arguments: list[str], said: str
) -> None:
    result = sensa_at("waive", "story.toml", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert story.read_text("utf-8") == STORY
    assert os.listdir(story.parent) == ["story.toml"]


def test_a_wrong_story_is_left_as_it_is(sensa_at: Call, story: Path) -> None:
    wrong = STORY.replace("credence = 0.8", "credence = 1.8")
    story.write_text(wrong, "utf-8")
    result = sensa_at("waive", "story.toml", "budget", *USUAL)
    assert result.exit_code == 2
    assert "assumptions.simple.credence" in result.stderr
    assert story.read_text("utf-8") == wrong
    assert sensa_at("waive", "missing.toml", "budget", *USUAL).exit_code == 2


def test_links_and_permissions_are_kept(sensa_at: Call, story: Path) -> None:
    story.chmod(0o640)
    (story.parent / "link.toml").symlink_to("story.toml")
    assert sensa_at("waive", "link.toml", "budget", *USUAL).exit_code == 0
    assert (story.parent / "link.toml").is_symlink()
    assert stat.S_IMODE(story.stat().st_mode) == 0o640
    assert len(tomli.loads(story.read_text("utf-8"))["waivers"]) == 2


def test_a_change_by_another_meanwhile_is_not_lost(
    sensa_at: Call, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(text: str, entry: object) -> str:
        story.write_text(STORY + "# theirs\n", "utf-8")
        return with_entry(text, ENTRY)

    monkeypatch.setattr("sensa.cli.waive.with_entry", meanwhile)
    result = sensa_at("waive", "story.toml", "budget", *USUAL)
    assert result.exit_code == 2
    assert "has changed meanwhile; nothing was written" in result.stderr
    assert story.read_text("utf-8") == STORY + "# theirs\n"


def test_a_rule_of_the_organisation_can_be_waived(sensa_at: Call, story: Path) -> None:
    (story.parent / "rules.toml").write_text('[properties.ours]\nrequire = "P(catastrophic) <= 0.01"\n')
    result = sensa_at("waive", "story.toml", "ours", "--properties", "rules.toml", *USUAL)
    assert result.exit_code == 0, result.stderr
    assert tomli.loads(story.read_text("utf-8"))["waivers"][1]["property"] == "ours"
    assert sensa_at("waive", "story.toml", "budget", "--properties", "rules.toml", *USUAL).exit_code == 0


def test_help_has_examples(sensa_at: Call) -> None:
    assert "Examples: `sensa waive story.toml" in " ".join(
        sensa_at("waive", "--help", env={"COLUMNS": "200"}).stdout.split()
    )
