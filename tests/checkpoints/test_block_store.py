"""The store of blocks: what was kept is found again, whatever happened between, and nothing else is."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from sensa.checkpoints import manifest
from sensa.checkpoints.block_store import BLOCKS, DONE, LOCK, RUN, opened
from sensa.kernels.worlds import bits
from sensa.sampling.executor import Executor, Piece
from sensa.sampling.journal import Kept, Stored
from sensa.store import StoreError

OF = manifest.manifest("portfolio", [("a.toml", "0a"), ("b.toml", "0b")], {"seed": 0, "points": 16})
PIECES = [Piece(0, start, 1) for start in range(7)]


def block(index: int, rows: int = 3) -> Stored:
    """A block that nobody else has: every number, the note, and a NaN say whose it is."""
    values = index + np.arange(2.0 * rows).reshape(rows, 2) / 16
    values[0, 1] = np.nan
    return Stored(values, f"note {index}")


def same(found: Stored | None, expected: Stored) -> bool:
    return (
        found is not None
        and found.note == expected.note
        and found.values.tobytes() == expected.values.tobytes()
    )


def filled(place: Path, count: int = 4) -> None:
    with opened(place, OF, resume=False) as store:
        for index in range(count):
            store.keep("cells", index, block(index))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "run"


def test_what_is_kept_is_found_again(place: Path) -> None:
    """In any order, with gaps, a shorter block, one that is all NaN, and more blocks than were foreseen."""
    with opened(place, OF, resume=False) as store:
        assert store.find("cells", 0) is None
        for index in (0, 5, 2, 200):
            store.keep("cells", index, block(index))
        store.keep("cells", 3, block(3, rows=1))
        store.keep("other", 0, Stored(np.full((1, 9), np.nan)))
    with opened(place, OF, resume=True) as store:
        assert all(same(store.find("cells", index), block(index)) for index in (0, 5, 2, 200))
        assert same(store.find("cells", 3), block(3, rows=1))
        assert same(store.find("other", 0), Stored(np.full((1, 9), np.nan)))
        assert store.find("cells", 1) is None
        assert store.find("another", 0) is None
        assert (store.blocks, store.damaged) == (6, 0)


def test_zarr_reads_the_blocks(place: Path) -> None:
    filled(place)
    found = zarr.open_array(place / BLOCKS / "cells", mode="r")
    assert found.chunks == (1, 3, 2)
    assert found.metadata.dimension_names == ("block", "row", "column")
    for index in range(4):
        np.testing.assert_array_equal(found[index], block(index).values)
    assert np.isnan(found[10]).all()


def test_a_log_that_was_cut_anywhere_keeps_what_comes_before(place: Path) -> None:
    """As by a loss of power while a mark is written: whole lines count, and the next run appends."""
    filled(place)
    log = (place / DONE).read_bytes()
    ends = [i + 1 for i, byte in enumerate(log) if byte == ord("\n")]
    for cut in range(0, len(log), 5):
        (place / DONE).write_bytes(log[:cut])
        whole = sum(end <= cut for end in ends)
        with opened(place, OF, resume=True) as store:
            assert [store.find("cells", i) is not None for i in range(4)] == [i < whole for i in range(4)]
    with opened(place, OF, resume=True) as store:
        store.keep("cells", 3, block(3))
    with opened(place, OF, resume=True) as store:
        assert same(store.find("cells", 3), block(3))


@pytest.mark.parametrize("name", ["1.0.0", "zarr.json"])
def test_a_damaged_block_is_found_and_computed_again(place: Path, name: str) -> None:
    """Every bit of the last bytes, another length, and no file."""
    filled(place)
    file = place / BLOCKS / "cells" / name
    data = file.read_bytes()
    wrong = [data[:-i] + bytes([data[-i] ^ 1]) + data[len(data) - i + 1 :] for i in (1, 8, 20, len(data))]
    for bad in [*wrong, data[:-1], data + b"\0", b"", None]:
        file.unlink()
        if bad is not None:
            file.write_bytes(bad)
        with opened(place, OF, resume=True) as store:
            assert store.find("cells", 1) is None
            assert store.damaged == 1
            store.keep("cells", 1, block(1))
        with opened(place, OF, resume=True) as store:
            assert same(store.find("cells", 1), block(1))
            if name == "1.0.0":
                assert same(store.find("cells", 2), block(2))


def test_a_mark_for_another_place_is_none(place: Path) -> None:
    """Blocks that were put in each other's places have intact bytes, but not their own."""
    filled(place)
    folder = place / BLOCKS / "cells"
    (folder / "1.0.0").rename(folder / "x")
    (folder / "2.0.0").rename(folder / "1.0.0")
    (folder / "x").rename(folder / "2.0.0")
    with opened(place, OF, resume=True) as store:
        assert [store.find("cells", i) is None for i in range(4)] == [False, True, True, False]


def test_only_one_process_uses_a_store(place: Path) -> None:
    filled(place)
    with (
        opened(place, OF, resume=True),
        pytest.raises(StoreError, match="run: another process is using this store"),
        opened(place, OF, resume=True),
    ):
        pass
    with opened(place, OF, resume=True) as store:
        assert store.blocks == 4


def test_a_store_is_resumed_only_if_wanted(place: Path) -> None:
    filled(place)
    with (
        pytest.raises(StoreError, match="has blocks of a run already; `--resume` goes on"),
        opened(place, OF, resume=False),
    ):
        pass


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"options": {"seed": 1, "points": 16}}, "`seed` was `0`, is `1`."),
        ({"options": {"seed": 0}}, "`points` was `16`, is not set."),
        ({"options": {"seed": 0, "points": 16, "means_only": True}}, "`means_only` was not set, is `true`."),
        ({"versions": {**OF["versions"], "sensa": "99"}}, f"`sensa` was `{manifest.__version__}`, is `99`."),
        (
            {"versions": {**OF["versions"], "random-words": "other"}},
            f"`random-words` was `{bits.GENERATOR}`, is `other`.",
        ),
        ({"stories": [["a.toml", "0a"], ["b.toml", "0c"]]}, "story `b.toml` has changed."),
        (
            {"stories": [["a.toml", "0a"], ["c.toml", "0b"]]},
            "story `c.toml` is new; story `b.toml` is not run now.",
        ),
        ({"stories": [["b.toml", "0b"], ["a.toml", "0a"]]}, "its stories are in another order."),
        ({"of": "story", "options": {}}, "it is of a portfolio, not of a story."),
    ],
)
def test_what_has_changed_is_said_and_nothing_is_touched(
    place: Path, change: dict[str, Any], said: str
) -> None:
    filled(place)
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
    with pytest.raises(StoreError) as error, opened(place, {**OF, **change}, resume=True):
        pass
    assert f"is of another run: {said}" in str(error.value)
    assert {file: file.read_bytes() for file in place.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            {"value": 0.004, "relative": False},
            {"value": 0.0039, "relative": False},
            "was `0.004`, is `0.0039`",
        ),
        (
            {"value": 0.05, "relative": True},
            {"value": 0.05, "relative": False},
            "was `0.05 of each probability`, is `0.05`",
        ),
        (0.1, 0.1 + 2**-56, "was `0.1`, is `0.10000000000000002`"),
        (["a"] * 9, ["a"] * 8 + ["b"], """was `…a", "a", "a"]`, is `…a", "a", "b"]`"""),
    ],
)
def test_what_differs_is_shown_with_what_differs_in_it(was: Any, now: Any, said: str) -> None:
    before, after = ({**OF, "options": {"x": value}} for value in (was, now))
    assert manifest.differences(json.loads(manifest.dumps(before)), after) == [f"`x` {said}"]


def test_resuming_what_is_not_there_begins_it(place: Path) -> None:
    with opened(place, OF, resume=True) as store:
        store.keep("cells", 0, block(0))
    assert (place / RUN).is_file()


def test_a_run_killed_before_it_said_what_it_is_of_begins_anew(place: Path) -> None:
    filled(place)
    (place / RUN).unlink()
    with opened(place, OF, resume=False) as store:
        assert store.blocks == 0
        assert store.find("cells", 0) is None


class Killed(BaseException):
    """The process ends here."""


def resumed(place: Path, work: Callable[[int], float]) -> list[float]:
    """A loop over blocks with a store, as a run does it."""
    with opened(place, OF, resume=True) as store:
        kept = Kept[float](store, "cells", lambda x: Stored(np.array([[x]])), lambda s: float(s.values[0, 0]))
        return [x for _, x in Executor().map(lambda piece, _: work(piece.start), PIECES, kept=kept)]


@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "sensa.checkpoints.marks._line"])
def test_a_run_that_ends_at_any_step_of_writing_goes_on(
    place: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends at the first call of this function, then at the second, …, until it comes through.

    At most the block in work is lost each time.
    """
    import importlib

    module, _, name = call.rpartition(".")
    owner = importlib.import_module(module)
    original, computed, ends = getattr(owner, name), [], 0
    expected = [start / 7 for start in range(7)]
    while True:
        left = [ends]

        def ending(*args: Any, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return original(*args)

        monkeypatch.setattr(owner, name, ending)
        before = len(computed)

        def work(start: int) -> float:
            computed.append(start)
            return start / 7

        try:
            found = resumed(place, work)
            break
        except Killed:
            ends += 1
            monkeypatch.setattr(owner, name, original)
            with opened(place, OF, resume=True) as store:
                done = store.blocks
            assert sorted({*computed[before:]} - set(range(done)))[1:] == []
    assert found == expected
    monkeypatch.setattr(owner, name, original)
    assert resumed(place, lambda start: -1.0) == expected


def test_blocks_that_are_kept_together(place: Path) -> None:
    """Groups of three of seven: two whole ones and a rest; an interrupt in the second loses only that."""
    computed: list[int] = []

    def loop(stop: int | None) -> list[float]:
        def work(piece: Piece, _: object) -> float:
            if piece.start == stop:
                raise KeyboardInterrupt
            computed.append(piece.start)
            return piece.start / 7

        with opened(place, OF, resume=True) as store:
            kept = Kept[float](
                store,
                "cells",
                lambda x: Stored(np.array([[x]]), "n"),
                lambda s: float(s.values[0, 0]),
                group=3,
            )
            return [x for _, x in Executor().map(work, PIECES, kept=kept)]

    with pytest.raises(KeyboardInterrupt):
        loop(5)
    assert loop(None) == [start / 7 for start in range(7)]
    assert computed == [0, 1, 2, 3, 4, 3, 4, 5, 6]
    assert loop(0) == [start / 7 for start in range(7)]


@pytest.mark.parametrize("make", ["symlink", "hard link", "pipe"])
@pytest.mark.parametrize("name", [DONE, RUN, f"{BLOCKS}/cells/1.0.0", f"{BLOCKS}/cells"])
def test_links_and_devices_in_a_store_are_refused(place: Path, tmp_path: Path, make: str, name: str) -> None:
    """A stranger's store must lead nowhere else."""
    filled(place)
    target, secret = place / name, tmp_path / "secret"
    if target.is_dir() and make != "symlink":
        pytest.skip("a directory is neither")
    target.rename(tmp_path / "moved")
    secret.write_text("mine")
    if make == "symlink":
        target.symlink_to(tmp_path / "moved")
    elif make == "hard link":
        os.link(secret, target)
    else:
        os.mkfifo(target)
    with (
        pytest.raises(StoreError, match="is a link or a device, which no store has"),
        opened(place, OF, resume=True),
    ):
        pass
    assert secret.read_text() == "mine"


def test_a_lock_that_is_a_link_is_not_followed(place: Path, tmp_path: Path) -> None:
    filled(place)
    (place / LOCK).unlink()
    (place / LOCK).symlink_to(tmp_path / "new")
    with pytest.raises(StoreError), opened(place, OF, resume=True):
        pass
    assert not (tmp_path / "new").exists()


def test_a_directory_of_something_else_is_left_as_it_is(place: Path) -> None:
    place.mkdir()
    (place / "thesis.tex").write_text("mine")
    with (
        pytest.raises(StoreError, match="is not a store of blocks; it is left as it is"),
        opened(place, OF, resume=True),
    ):
        pass
    assert [file.name for file in place.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [1 << 50, 3, 2]},
        {"shape": [64, 1 << 30, 1 << 30]},
        {"shape": "everything"},
        {"codecs": [{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 1, "checksum": False}}]},
        {"data_type": "variable_length_bytes"},
        {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [64, 3, 2]}}},
        {"attributes": {"anything": 1}},
    ],
)
def test_metadata_that_are_not_ours_are_not_used(place: Path, change: dict[str, Any]) -> None:
    """Neither codecs nor sizes of a stranger: the blocks count as damaged."""
    filled(place)
    file = place / BLOCKS / "cells" / "zarr.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with opened(place, OF, resume=True) as store:
        assert [store.find("cells", i) for i in range(4)] == [None] * 4
        store.keep("cells", 0, block(0))
        assert same(store.find("cells", 0), block(0))


@pytest.mark.parametrize(
    "mark",
    [
        {"loop": "../../../etc", "index": 0, "rows": 3, "columns": 2},
        {"loop": "cells", "index": 0, "rows": 1 << 40, "columns": 2},
        {"loop": "cells", "index": -1, "rows": 3, "columns": 2},
        {"loop": "cells", "index": True, "rows": 3, "columns": 2},
        {"loop": "", "index": 0, "rows": 0, "columns": 0},
        {"loop": "cells", "index": 0, "rows": 3, "columns": 2, "further": 1},
        [],
    ],
)
def test_marks_that_are_not_ours_are_not_believed(place: Path, mark: Any) -> None:
    import zlib

    filled(place)
    if isinstance(mark, dict):
        mark = {**mark, "sha256": "0" * 64, "note": ""}
    text = json.dumps(mark, sort_keys=True).encode()
    with (place / DONE).open("ab") as log:
        log.write(b"%08x %s\n" % (zlib.crc32(text), text))
    with opened(place, OF, resume=True) as store:
        loop = mark["loop"] if isinstance(mark, dict) else "cells"
        assert store.find(loop, 0) is None or loop == "cells"
        assert store.find("cells", 1) is not None


def test_stored_metadata_of_huge_runs_are_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensa.checkpoints.block_store.MAX_RUN_BYTES", 100)
    filled(place)
    with (
        pytest.raises(StoreError, match="its format is not `sensa-blocks/1`"),
        opened(place, OF, resume=True),
    ):
        pass
