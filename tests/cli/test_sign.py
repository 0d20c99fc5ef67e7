"""`sensa sign`: what it writes, and what fails until it is used again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.evidence.stories_with_logs import lab
from tests.evidence.written_logs import as_archive, sample
from tests.signed_stories import TEXT, signed

Call = Callable[..., Result]
DAY = ("--today", "2026-11-20")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "story.toml"
    place.write_text(TEXT)
    return place


def test_it_writes_a_signature_and_nothing_else(sensa_at: Call, file: Path) -> None:
    done = sensa_at("sign", "story.toml", "a", "outcomes.bad", "--by", "Ana", *DAY)
    assert done.exit_code == 0
    assert done.stdout == (
        "assumptions.a: signed by Ana on 2026-11-20\noutcomes.bad: signed by Ana on 2026-11-20\n"
    )
    ours = signed(TEXT, "assumptions.a", "outcomes.bad").splitlines()
    assert sorted(file.read_text().splitlines()) == sorted(ours)
    kept = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("signed = ")]
    assert "".join(kept) == TEXT


def test_an_edit_fails_on_request_until_it_is_signed_again(sensa_at: Call, file: Path) -> None:
    sensa_at("sign", "story.toml", "a", "bad", "--by", "Ana", *DAY)
    assert sensa_at("check", "story.toml", "--fail-on", "suspect").exit_code == 0
    file.write_text(file.read_text().replace("credence = 0.9", "credence = 0.8"))
    failed = sensa_at("check", "story.toml", "--fail-on", "suspect")
    assert failed.exit_code == 1
    assert (
        "assumptions.a.signed: `a` is suspect: it was edited since Ana signed it on 2026-11-20, and so is "
        "what rests on it: `bad`, `poor` and `good` (look at it, then `sensa sign` it again) "
        "[warning: suspect]"
    ) in failed.stdout
    assert "`bad` rests on what is suspect: `a` [warning: rests-on-suspect]" in failed.stdout
    assert sensa_at("check", "story.toml").exit_code == 0
    assert sensa_at("run", "story.toml", "--fail-on", "suspect").exit_code == 1
    again = sensa_at("sign", "story.toml", "--suspect", "--by", "Bo", *DAY)
    assert again.stdout == "assumptions.a: signed by Bo on 2026-11-20\n"
    assert sensa_at("check", "story.toml", "--fail-on", "suspect").exit_code == 0
    assert sensa_at("run", "story.toml", "--fail-on", "suspect").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("aa", "--by", "Ana"), "the story has no `aa` to sign"),
        (("events.a", "--by", "Ana"), "the story has no `events.a` to sign"),
        (("a", "--by", " "), "name who signs"),
        (("--by", "Ana"), "name what to sign, or use `--suspect`"),
    ],
)
def test_what_cannot_be_signed(sensa_at: Call, file: Path, arguments: tuple[str, ...], said: str) -> None:
    done = sensa_at("sign", "story.toml", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert file.read_text() == TEXT


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("train", "`train` has no signature: sign the entries that differ between phases"),
        ("phases", "`phases` has no signature: sign the entries that differ between phases"),
        ("experts", "`experts` has no signature: what they say is signed with the numbers that they judge"),
        ("dependence", "`dependence` has no signature: its correlations are in no entry, so look for them"),
        ("goal", "`goal` is no entry: quantities, nodes and outcomes are signed, each by its name"),
    ],
)
def test_what_to_sign_in_place_of_what_has_no_signature(
    sensa_at: Call, file: Path, name: str, said: str
) -> None:
    text = TEXT + '[[phases]]\nname = "train"\n'
    file.write_text(text)
    done = sensa_at("sign", "story.toml", name, "--by", "Ana")
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert file.read_text() == text


def test_it_says_that_a_log_is_not_the_one_that_was_counted(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    sensa_at("evidence", "refresh", "story.toml")
    as_archive(tmp_path / "runs/probe.eval", [sample("a", "C")])
    done = sensa_at("sign", "story.toml", "refuses", "--by", "Ana", *DAY)
    assert done.exit_code == 0
    assert "[warning: changed-log]" in done.stderr
