"""What a review says of logs that are not those that were counted, or not what they were counted as."""

import os
from datetime import date
from pathlib import Path

import pytest

from sensa.evidence.agreement import agreement
from sensa.evidence.refreshing import refreshed
from sensa.reviewing.pipeline import review
from sensa.stories.reading import Contents, read
from tests.evidence.stories_with_logs import lab
from tests.evidence.written_logs import as_archive, sample

TODAY = date(2026, 11, 28)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = lab(tmp_path)
    place.write_text(refreshed(read(place))[0].to_toml())
    return place


def said(file: Path) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in agreement(read(file)).problems]


def test_logs_that_agree(file: Path) -> None:
    assert agreement(read(file)) == ((), 2, 0)


def test_a_log_that_changed(file: Path) -> None:
    as_archive(file.parent / "runs/probe.eval", [sample("a", "C")])
    assert said(file) == [("changed-log", "`runs/probe.eval` has changed since it was counted")]


def test_counts_changed_by_hand(file: Path) -> None:
    file.write_text(file.read_text().replace("held = 18", "held = 19"))
    assert said(file) == [("miscounted-log", "`runs/probe.eval` gives 18 of 20, not 19 of 20")]


def test_what_held_changed_by_hand(file: Path) -> None:
    file.write_text(file.read_text().replace('scorer = "match"', 'scorer = "match", success = "I"'))
    assert said(file) == [("miscounted-log", "`runs/probe.eval` gives 2 of 20, not 18 of 20")]


def test_a_log_that_leaves_the_folder(file: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "probe.eval"
    os.replace(file.parent / "runs/probe.eval", other)
    os.symlink(other, file.parent / "runs/probe.eval")
    assert said(file) == [("refused-log", "`runs/probe.eval` leads out of the story's folder")]


def test_logs_that_are_not_there_are_noted_and_the_story_runs(file: Path) -> None:
    (file.parent / "runs/probe.eval").unlink()
    (file.parent / "runs/monitor.csv").unlink()
    found = review(file, today=TODAY, fail_on="error")
    assert found.notes == ("2 of 2 evaluation logs are not here to be checked",)
    assert found.state == "passed"
    assert not {"changed-log", "miscounted-log", "refused-log"} & {problem.code for problem in found.problems}


def test_a_review_fails_on_request(file: Path) -> None:
    as_archive(file.parent / "runs/probe.eval", [sample("a", "C")])
    codes = [problem.code for problem in review(file, today=TODAY).problems]
    assert "changed-log" in codes
    assert review(file, today=TODAY, fail_on="warning").state == "failed"


def test_a_warning_about_a_log_may_be_turned_off(file: Path) -> None:
    as_archive(file.parent / "runs/probe.eval", [sample("a", "C")])
    allowed = '\n[[allow]]\nwarning = "changed-log"\nitem = "assumptions.refuses"\nreason = "known"\n'
    file.write_text(file.read_text() + allowed)
    found = review(file, today=TODAY)
    assert not {"changed-log", "idle-allowance"} & {problem.code for problem in found.problems}
    assert found.turned_off == 1


def test_a_story_that_is_no_file_has_no_logs_beside_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_archive(file.parent / "runs/probe.eval", [sample("a", "C")])
    monkeypatch.chdir(file.parent)
    for source in (Contents("story.toml", file.read_bytes()), read(file)):
        codes = [problem.code for problem in review(source, today=TODAY).problems]
        assert "changed-log" not in codes
