"""A directory that keeps the blocks of a run, from which an interrupted run goes on.

`run.json` says what decides the blocks, `blocks.zarr` has an array for each loop with one block in each
chunk, and `done.log` a line for each block that is done. A block counts once its chunk and then its line are
on disk, so a kill, a full disk or a loss of power costs at most the blocks in work. One process at a time
uses a store: it holds the lock of the file `lock`, which ends with it.

A store may come from a stranger. Nothing in it is unpickled or decompressed, no size is believed, links are
refused, and Zarr sees only metadata that are as we would write them.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sensa.checkpoints.manifest import Manifest, differences, dumps
from sensa.checkpoints.marks import Mark, Marks
from sensa.kernels.program import Floats
from sensa.sampling.journal import Stored
from sensa.store import StoreError, located, write_bytes
from sensa.stories.problems import cut, escaped

if TYPE_CHECKING:
    import zarr

if sys.platform != "win32":
    import fcntl
else:
    import msvcrt

RUN, DONE, LOCK, BLOCKS = "run.json", "done.log", "lock", "blocks.zarr"
MAX_PATH_CHARACTERS = 200
MAX_RUN_BYTES = 1 << 28
MAX_BLOCK_BYTES = 1 << 26
MAX_METADATA_BYTES = 1 << 16
FIRST_BLOCKS = 64  # that a new array has room for; it doubles


@contextmanager
def opened(path: str | os.PathLike[str], run: Manifest, *, resume: bool) -> "Iterator[BlockStore]":
    """The store of a run: a new one, or with `resume` the one that is there, if it is of the same run.

    Raises `StoreError` if another process uses it, if it is of another run (saying what has changed), if it
    exists and is not to be resumed, and if it cannot be read or written.
    """
    shown, place = escaped(cut(os.fspath(path), MAX_PATH_CHARACTERS)), located(path)
    with ExitStack() as stack:
        with _saying_why(shown):
            if place.exists() and not place.is_dir():
                raise StoreError(f"{shown}: is not a directory")
            place.mkdir(exist_ok=True)
            _require_ours(place, shown)
            stack.enter_context(_locked(place / LOCK, shown))
            _require_plain(place, shown)
            _begin(place, shown, run, resume=resume)
            store = BlockStore(place, shown)
            stack.callback(store.close)
        yield store


def _require_ours(place: Path, shown: str) -> None:
    """Raise `StoreError` unless a directory is empty or has nothing but what a store has."""
    for entry in _entries(place):
        if entry.name not in (RUN, DONE, LOCK, BLOCKS) and not entry.name.startswith(f".{RUN}."):
            raise StoreError(f"{shown}: is not a store of blocks; it is left as it is")


def _require_plain(place: Path, shown: str) -> None:
    """Raise `StoreError` if there is a link or a device in a store."""
    waiting = [place]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif not entry.is_file(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_nlink > 1:
                raise StoreError(f"{shown}: {escaped(entry.name)} is a link or a device, which no store has")


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    with os.scandir(folder) as entries:
        return list(entries)


@contextmanager
def _locked(path: Path, shown: str) -> Iterator[None]:
    """Hold the lock of a store. Raises `StoreError` if another process does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"{shown}: another process is using this store") from None
        yield
    finally:
        os.close(handle)


def _begin(place: Path, shown: str, run: Manifest, *, resume: bool) -> None:
    """Write what decides the blocks, or hold it against what is there."""
    file = place / RUN
    if not file.exists():  # new, or killed before the first block
        for name in (BLOCKS, DONE):
            target = place / name
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        write_bytes(dumps(run).encode(), file)
        return
    if not resume:
        raise StoreError(f"{shown}: has blocks of a run already; `--resume` goes on with it")
    with file.open("rb") as stream:
        data = stream.read(MAX_RUN_BYTES + 1)
    try:
        before = json.loads(data) if len(data) <= MAX_RUN_BYTES else None
    except (ValueError, RecursionError):
        before = None
    changed = differences(before, json.loads(dumps(run)))
    if changed:
        raise StoreError(
            f"{shown}: is of another run: {'; '.join(changed)}. Name another directory for this one"
        )


class BlockStore:
    """The blocks of a run; a `Journal` of executors."""

    def __init__(self, place: Path, shown: str) -> None:
        self._place, self._shown = place, shown
        self._marks = Marks(place / DONE)
        self._arrays: dict[str, zarr.Array[Any]] = {}
        self.found = self.kept = self.damaged = 0
        for left in (place / BLOCKS).rglob("*.partial"):  # of a write that was killed
            left.unlink()

    @property
    def blocks(self) -> int:
        """The number of blocks that are marked as done."""
        return len(self._marks.found)

    def find(self, loop: str, index: int) -> Stored | None:
        """The block, if it is marked as done and its bytes are those of its mark."""
        mark = self._marks.found.get((loop, index))
        if mark is None:
            return None
        values = self._read(mark)
        if values is None or _hash(mark.loop, mark.index, values, mark.note) != mark.sha256:
            self.damaged += 1
            return None
        self.found += 1
        return Stored(values, mark.note)

    def _read(self, mark: Mark) -> Floats | None:
        """A chunk, if it has the size that it must have."""
        file = self._place / BLOCKS / _name(mark.loop) / f"{mark.index}.0.0"
        wanted = 8 * mark.rows * mark.columns
        try:
            shape = self._shape(mark.loop)
            if shape is None or mark.columns != shape[2] or mark.rows > shape[1]:
                return None
            with file.open("rb") as stream:
                data = stream.read(8 * shape[1] * shape[2] + 1)
        except OSError:
            return None
        if len(data) != 8 * shape[1] * shape[2]:
            return None
        return np.frombuffer(data[:wanted], "<f8").reshape(mark.rows, mark.columns)

    def keep(self, loop: str, index: int, block: Stored) -> None:
        """Write a block and then its mark, and return once both are on disk. Raises `StoreError`."""
        values = np.ascontiguousarray(block.values, "<f8")
        rows, columns = values.shape
        if values.nbytes > MAX_BLOCK_BYTES:
            raise StoreError(f"{self._shown}: a block of {values.nbytes:,} bytes is too large to keep")
        mark = Mark(loop, index, rows, columns, _hash(loop, index, values, block.note), block.note)
        try:
            array = self._array(loop, index, rows, columns)
            padded = np.full(array.shape[1:], np.nan)
            padded[:rows] = values
            array[index] = padded
            _on_disk(self._place / BLOCKS / _name(loop) / f"{index}.0.0")
            self._marks.add(mark)
        except OSError as error:
            raise self._failed(error) from error
        self.kept += 1

    def close(self) -> None:
        """Close the files."""
        self._marks.close()

    def _failed(self, error: OSError) -> StoreError:
        reason = (error.strerror or str(error)).lower()
        return StoreError(f"{self._shown}: {reason}; {self.blocks:,} blocks are kept, and `--resume` goes on")

    def _shape(self, loop: str) -> tuple[int, int, int] | None:
        """The shape of a loop's array, if its metadata are what we would write."""
        if loop not in self._arrays and not self._known(loop):
            return None
        return tuple(self._arrays[loop].shape)  # type: ignore[return-value]

    def _known(self, loop: str) -> bool:
        """Open the array of a loop if it is there, and as we would write it."""
        file = self._place / BLOCKS / _name(loop) / "zarr.json"
        with suppress(OSError, ValueError, RecursionError, KeyError, TypeError):
            with file.open("rb") as stream:
                found = json.loads(stream.read(MAX_METADATA_BYTES))
            shape = found["shape"]
            sizes = len(shape) == 3 and all(type(n) is int and 0 < n < 1 << 40 for n in shape)
            if sizes and 8 * shape[1] * shape[2] <= MAX_BLOCK_BYTES and found == _metadata(tuple(shape)):
                import zarr

                self._arrays[loop] = zarr.open_array(file.parent, mode="r+", zarr_format=3, config=_CONFIG)
                return True
        return False

    def _array(self, loop: str, index: int, rows: int, columns: int) -> "zarr.Array[Any]":
        """The array of a loop with room for a block, made or made larger if need be."""
        shape = self._shape(loop)
        if shape is None:
            place = self._place / BLOCKS / _name(loop)
            if place.exists():
                shutil.rmtree(place)
            _create_group(self._place / BLOCKS)
            self._arrays[loop] = _created(place, (max(FIRST_BLOCKS, index + 1), rows, columns))
            for made in (place, place.parent):
                _on_disk(made / "zarr.json")
            _on_disk(self._place / RUN)
        elif rows > shape[1] or columns != shape[2]:
            raise StoreError(
                f"{self._shown}: the blocks of {loop} have another shape; name another directory"
            )
        elif index >= shape[0]:
            self._arrays[loop].resize((max(2 * shape[0], index + 1), shape[1], shape[2]))
            _on_disk(self._place / BLOCKS / _name(loop) / "zarr.json")
        return self._arrays[loop]


_CONFIG: Any = {"write_empty_chunks": True}  # else a block of fill values would look as if it were not done


def _create_group(place: Path) -> None:
    if not (place / "zarr.json").exists():
        import zarr

        zarr.create_group(place, zarr_format=3)


def _created(store: Any, shape: tuple[int, int, int]) -> "zarr.Array[Any]":
    """An array whose chunks are the bytes of a block, not compressed: a chunk's size says what is in it."""
    import zarr

    return zarr.create_array(
        store,
        shape=shape,
        chunks=(1, shape[1], shape[2]),
        dtype="<f8",
        filters=None,
        compressors=None,
        fill_value=float("nan"),
        dimension_names=("block", "row", "column"),
        chunk_key_encoding={"name": "v2", "separator": "."},
        zarr_format=3,
        config=_CONFIG,
    )


def _metadata(shape: tuple[int, int, int]) -> Any:
    """The metadata of an array of ours, as in its file."""
    from zarr.storage import MemoryStore

    files: dict[str, Any] = {}
    _created(MemoryStore(files), shape)
    return json.loads(files["zarr.json"].to_bytes())


def _name(loop: str) -> str:
    """The name of a loop's array: names in marks may be anybody's."""
    safe = loop and loop.replace("-", "").isascii() and loop.replace("-", "").isalnum()
    return loop if safe else hashlib.sha256(loop.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(loop: str, index: int, values: Floats, note: str) -> str:
    head = json.dumps([loop, index, list(values.shape), note])
    return hashlib.sha256(head.encode() + b"\0" + values.astype("<f8").tobytes()).hexdigest()


def _on_disk(file: Path) -> None:
    """Return once a file, and its name, are on disk."""
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            if path == file or sys.platform != "win32":
                os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _saying_why(shown: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{shown}: {(error.strerror or str(error)).lower()}") from error
