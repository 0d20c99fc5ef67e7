"""Counts of logs, against the numbers that they were written with; and every log that must be refused."""

import json
import os
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.evidence.counting import Count, count
from sensa.evidence.refusal import LogError
from sensa.stories.schema.bookkeeping import Evidence
from tests.evidence.written_logs import DEFLATED, STORED, ZSTD, archive, as_archive, as_json, header, sample

NAN = float("nan")
TEN = [sample(i, "C" if i < 7 else "I") for i in range(10)]


def counted(folder: Path, log: str = "runs/a.eval", **said: Any) -> Count:
    return count(folder / "story.toml", Evidence(log=log, **said))


def refused(folder: Path, log: str = "runs/a.eval", **said: Any) -> str:
    with pytest.raises(LogError) as caught:
        counted(folder, log, **said)
    return str(caught.value)


@pytest.mark.parametrize("method", [STORED, DEFLATED, ZSTD])
def test_an_archive_of_any_compression(tmp_path: Path, method: int) -> None:
    as_archive(tmp_path / "runs/a.eval", TEN, method)
    found = counted(tmp_path)
    assert (found.held, found.trials, found.unscored, found.subset) == (7, 10, 0, "")
    assert (found.task, found.model, found.revision) == ("probe", "lab/model-1", "abc123")
    assert found.day == date(2026, 11, 20)


def test_both_containers_say_the_same(tmp_path: Path) -> None:
    samples = [*TEN, sample("x", NAN), sample("y", None), sample("z", ..., error="failed")]
    as_archive(tmp_path / "runs/a.eval", samples)
    as_json(tmp_path / "runs/a.json", samples)
    one, other = counted(tmp_path), counted(tmp_path, "runs/a.json")
    assert (one.held, one.trials, one.unscored) == (other.held, other.trials, other.unscored) == (7, 10, 3)


def test_trials_are_samples_and_not_epochs(tmp_path: Path) -> None:
    """Shares of 3/3, 1/3 and 1/2 (one epoch is unscored): 11/6 of 3 samples; a fourth is unscored."""
    scores = {"a": "CCC", "b": "CII", "c": "CI?", "d": "???"}
    samples = [
        sample(name, NAN if letter == "?" else letter, epoch)
        for name, letters in scores.items()
        for epoch, letter in enumerate(letters, 1)
    ]
    as_archive(tmp_path / "runs/a.eval", samples)
    found = counted(tmp_path)
    assert found.held == pytest.approx(11 / 6, abs=1e-15)
    assert (found.trials, found.unscored) == (3, 1)


def test_the_last_entry_of_an_epoch_counts(tmp_path: Path) -> None:
    as_archive(tmp_path / "runs/a.eval", [sample("a", "I"), sample("b", "I"), sample("a", "C")])
    assert (counted(tmp_path).held, counted(tmp_path).trials) == (1, 2)


@pytest.mark.parametrize(
    ("value", "number"),
    [("C", 1), ("I", 0), ("N", 0), ("yes", 1), ("True", 1), ("no", 0), ("false", 0), (True, 1), (False, 0),
     (1, 1), (0.0, 0), ("1", 1), ("0.0", 0)],
)  # fmt: skip
def test_scores_as_inspect_reads_them(tmp_path: Path, value: Any, number: int) -> None:
    as_archive(tmp_path / "runs/a.eval", [sample("a", value), sample("b", "C")])
    assert counted(tmp_path).held == 1 + number


@pytest.mark.parametrize(
    ("success", "held"),
    [("C", 2), (1, 2), (True, 2), ("P", 1), (0.5, 1), ("I", 1), (">= 0.5", 3), ("> 0.5", 2), ("<0.5", 1),
     ("<= 0.5", 2), ("== 0", 1), ("no", 1)],
)  # fmt: skip
def test_what_held_is_as_stated(tmp_path: Path, success: Any, held: int) -> None:
    as_json(tmp_path / "runs/a.json", [sample(i, v) for i, v in enumerate(["C", "C", "P", "I"])])
    assert counted(tmp_path, "runs/a.json", success=success).held == held


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.25, 1.0, None]), min_size=1, max_size=3), min_size=1, max_size=9
    ),
    st.sampled_from([0.25, 1.0]),
)
def test_a_log_that_was_written_is_counted_as_written(
    tmp_path_factory: pytest.TempPathFactory, scores: list[list[float | None]], limit: float
) -> None:
    folder = tmp_path_factory.mktemp("log")
    as_archive(
        folder / "runs/a.eval",
        [sample(i, value, epoch) for i, each in enumerate(scores) for epoch, value in enumerate(each)],
    )
    kept = [[value for value in each if value is not None] for each in scores]
    shares = [sum(value >= limit for value in each) / len(each) for each in kept if each]
    if not shares:
        assert refused(folder, success=f">= {limit}") == "has no scored sample"
        return
    found = counted(folder, success=f">= {limit}")
    assert found.held == pytest.approx(sum(shares), abs=1e-12)
    assert (found.trials, found.unscored) == (len(shares), len(scores) - len(shares))


def test_one_of_several_scorers_and_values(tmp_path: Path) -> None:
    both = {"match": {"value": "C"}, "judge": {"value": {"harm": 0, "lies": 1}}}
    as_json(tmp_path / "runs/a.json", [sample("a", "C") | {"scores": both}])
    assert counted(tmp_path, "runs/a.json", scorer="judge", key="lies").held == 1
    assert counted(tmp_path, "runs/a.json", scorer="judge", key="harm").held == 0
    assert refused(tmp_path, "runs/a.json") == "has the scorers `judge` and `match`: name one by `scorer`"
    assert refused(tmp_path, "runs/a.json", scorer="jugde") == "has no scorer `jugde` (did you mean `judge`?)"
    assert refused(tmp_path, "runs/a.json", scorer="judge") == (
        "the score of sample `a` has several values; name one by `key`: `harm` and `lies`"
    )


@pytest.mark.parametrize(
    ("fields", "subset"),
    [
        ({"config": {"limit": 10}}, "limit 10"),
        ({"config": {"limit": [10, 20]}}, "limit 10 to 20"),
        ({"config": {"sample_id": ["a"]}}, "chosen samples"),
        ({"results": {"early_stopping": {"manager": "m"}}}, "stopped early"),
        ({"results": {"total_samples": 40}}, "10 of 40 runs of samples"),
    ],
)
def test_what_a_log_is_limited_to(tmp_path: Path, fields: Any, subset: str) -> None:
    as_archive(tmp_path / "runs/a.eval", TEN, **fields)
    assert counted(tmp_path).subset == subset


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "cancelled"}, "was cancelled"),
        ({"status": "error"}, "ended in an error"),
        ({"status": "started"}, "has not ended"),
        ({"status": 3}, "has the status `3`, not `success`"),
        ({"invalidated": True}, "is invalidated"),
        ({"version": 1}, "is no log of inspect_ai of version 2"),
    ],
)
def test_a_log_that_is_not_whole_and_valid(tmp_path: Path, fields: Any, why: str) -> None:
    as_archive(tmp_path / "runs/a.eval", TEN, **fields)
    as_json(tmp_path / "runs/a.json", TEN, **fields)
    assert refused(tmp_path) == refused(tmp_path, "runs/a.json") == why


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ([], "has no samples"),
        ([sample("a", ...)], "has no scored sample"),
        ([sample("a", NAN)], "has no scored sample"),
        ([sample("a", "P")], 'has a wrong score in sample `a`: `0.5` is neither 0 nor 1: say which scores '
         'held, as `success = ">= 0.5"`'),
        ([sample("a", "maybe")], "has a wrong score in sample `a`: `maybe` is not a score: a number, `C`, "
         "`I`, `P`, `N`, `yes`, `no`, `true` or `false`"),
        ([sample("a", [1, 0])], "has a wrong score in sample `a`: a score that is an array"),
        ([sample("a", float("inf"))], "has a wrong score in sample `a`: `inf` is not a finite score"),
        ([sample("a", "C", invalidation={"by": "x"})], "sample `a` is invalidated"),
        ([{"id": "a"}], "sample 1 has no `id` and `epoch`"),
        ([3], "cannot be read: sample 1 is not an object"),
    ],
)  # fmt: skip
def test_samples_that_cannot_be_counted(tmp_path: Path, samples: Any, why: str) -> None:
    as_json(tmp_path / "runs/a.json", samples)
    assert refused(tmp_path, "runs/a.json") == why


def test_a_log_that_is_still_written(tmp_path: Path) -> None:
    archive(tmp_path / "runs/a.eval", {"_journal/start.json": b"{}", "_journal/summaries/1.json": b"[]"})
    assert refused(tmp_path) == "has not ended"


def test_archives_that_are_none_or_damaged_or_bombs(tmp_path: Path) -> None:
    place = tmp_path / "runs/a.eval"
    place.parent.mkdir()
    head = json.dumps(header(TEN)).encode()
    place.write_bytes(b"PK no")
    assert refused(tmp_path) == "is no ZIP archive, or damaged"
    archive(place, {"header.json": head, "summaries.json": b"[]"}, method=12)
    assert refused(tmp_path) == "is compressed by method 12; stored, deflate (8) and zstd (93) are read"
    archive(place, {"header.json": head}, lie=1)
    assert refused(tmp_path) == "`header.json` in it is damaged"
    archive(place, {"header.json": head}, lie=1 << 30)
    assert refused(tmp_path) == "`header.json` in it is larger than 64 MiB, the most that is read"
    for method in (DEFLATED, ZSTD):
        archive(place, {"header.json": head, "summaries.json": b" " * (32 << 20)}, method)
        assert refused(tmp_path) == "`summaries.json` in it is compressed more than 1000 times"
        archive(place, {"header.json": b" " * (1 << 20)}, method, lie=-1000)  # more than it says
        assert refused(tmp_path) == "`header.json` in it is damaged"


def test_an_archive_cut_anywhere_is_refused(tmp_path: Path) -> None:
    place = as_archive(tmp_path / "runs/a.eval", TEN)
    whole = place.read_bytes()
    for end in range(0, len(whole), 41):
        place.write_bytes(whole[:end])
        assert refused(tmp_path)


@pytest.mark.parametrize("at", range(0, 400, 23))
def test_a_byte_that_was_changed_changes_no_count_silently(tmp_path: Path, at: int) -> None:
    """Members have checksums: what is read is either as written, or refused."""
    place = as_archive(tmp_path / "runs/a.eval", TEN)
    data = bytearray(place.read_bytes())
    data[at] ^= 0x55
    place.write_bytes(data)
    with suppress(LogError):
        assert (counted(tmp_path).held, counted(tmp_path).trials) == (7, 10)


def test_json_that_nests_deeply_or_is_cut(tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    place.write_text("[" * 200_000)
    assert refused(tmp_path, "a.json") == "cannot be read: the file nests too deeply"
    place.write_text('{"version": 2')
    assert refused(tmp_path, "a.json") == "cannot be read: the file is not JSON"
    place.write_text("[]")
    assert refused(tmp_path, "a.json") == "cannot be read: the file is not an object"


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "a.json", "wb") as stream:
        stream.truncate((64 << 20) + 1)
    assert refused(tmp_path, "a.json") == "is larger than 64 MiB, the most that is read"


def test_no_way_out_of_the_folder(tmp_path: Path) -> None:
    folder, other = tmp_path / "story", tmp_path / "other"
    folder.mkdir()
    as_json(other / "a.json", TEN)
    os.symlink(other / "a.json", folder / "link.json")
    os.symlink(other, folder / "runs")
    as_json(folder / "here.json", TEN)
    os.symlink("here.json", folder / "inside.json")
    for log in ("link.json", "runs/a.json", "../other/a.json", str(other / "a.json")):
        assert refused(folder, log) == "leads out of the story's folder"
    assert counted(folder, "inside.json").held == 7
    os.mkfifo(folder / "pipe.json")
    assert refused(folder, "pipe.json") == "is not a file"
    (folder / "folder.json").mkdir()
    assert refused(folder, "folder.json").startswith(("is not a file", "cannot be read: "))


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        counted(tmp_path)


RUNS = "task_id,alias,score_binarized,human_minutes\na,m1,1,3\na,m1,0,3\nb,m1,1,9\na,m2,0,3\nb,m2,,9\n"


def test_a_table_by_sample_and_model(tmp_path: Path) -> None:
    """m1: a in 1 of 2 runs, b in 1 of 1; m2: a in none, b unscored."""
    (tmp_path / "runs.csv").write_text("\ufeff" + RUNS)
    one = counted(tmp_path, "runs.csv", where={"alias": "m1"})
    assert (one.held, one.trials, one.unscored, one.model) == (1.5, 2, 0, "m1")
    two = counted(tmp_path, "runs.csv", where={"alias": "m2"})
    assert (two.held, two.trials, two.unscored, two.model) == (0, 1, 1, "m2")
    assert refused(tmp_path, "runs.csv") == (
        "has rows of several models, `m1` and `m2`: choose one, as `where = { alias = … }`"
    )


def test_json_lines_as_metr_publishes_them(tmp_path: Path) -> None:
    rows = [
        {"task_id": task, "task_family": "f", "run_id": str(i), "alias": "m1", "model": "m1-0626",
         "score_binarized": score, "score_cont": score, "human_minutes": 3.0, "task_source": "HCAST"}
        for i, (task, score) in enumerate([("a", 1), ("a", 1), ("b", 0), ("b", 1), ("c", 0)])
    ]  # fmt: skip
    (tmp_path / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = counted(tmp_path, "runs.jsonl")
    assert (found.held, found.trials, found.model, found.task) == (1.5, 3, "m1", "HCAST")
    alone = counted(tmp_path, "runs.jsonl", sample="run_id")
    assert (alone.held, alone.trials) == (3, 5)


def test_rows_without_a_name_are_trials_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("suspicion\n0.9\n0.2\n0.8\n\n")
    assert counted(tmp_path, "a.csv", scorer="suspicion", success=">= 0.8").held == 2
    assert refused(tmp_path, "a.csv") == "has the columns `suspicion`: name the scores by `scorer`"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", {}, "is empty; its first row should name the columns"),
        ("", {"scorer": "x"}, "is empty; its first row should name the columns"),
        ("score\n", {}, "has no row below its header"),
        ("score\n", {"scorer": "x"}, "has no row below its header"),
        ("score,m\n1,a\n", {"where": {"m": "b"}}, "has no row that `where` chooses"),
        ("score,m\n1,a\n", {"where": {"n": "b"}}, "has no column `n` (it has `score` and `m`)"),
        ("score\n1\n", {"scorer": "scroe"}, "has no column `scroe` (did you mean `score`?)"),
        ("score,m\n1\n", {}, "has a row that is longer or shorter than its header"),
        ("score\n1,2\n", {}, "has a row that is longer or shorter than its header"),
        ('score\n"1\n', {}, "is not CSV: unexpected end of data"),
        ("score\n2\n", {}, 'has a wrong score in sample `0`: `2` is neither 0 nor 1: say which scores held, '
         'as `success = ">= 0.5"`'),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_counted(tmp_path: Path, text: str, said: Any, why: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert refused(tmp_path, "a.csv", **said) == why


def test_tables_of_other_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"score\n\xff\n")
    assert refused(tmp_path, "a.csv") == "is not UTF-8"
    (tmp_path / "a.jsonl").write_bytes(b'{"score": 1}\n[1]\n')
    assert refused(tmp_path, "a.jsonl") == "cannot be read: a line is not an object"
    (tmp_path / "a.jsonl").write_bytes(b'{"score": 1}\n{\n')
    assert refused(tmp_path, "a.jsonl") == "cannot be read: a line is not JSON"


def test_without_a_library_for_zstd_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_archive(tmp_path / "runs/a.eval", TEN, ZSTD)
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert refused(tmp_path) == "is compressed with zstd: `pip install 'sensa-stories[logs]'` reads it"
    as_archive(tmp_path / "runs/a.eval", TEN, DEFLATED)
    assert counted(tmp_path).held == 7
