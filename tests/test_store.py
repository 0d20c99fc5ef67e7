import errno
import json
import math
import os
import pickle
import random
import signal
import stat
import struct
import subprocess
import sys
import time
import traceback
import zlib
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from sensa import file_kinds, store
from sensa.file_kinds import FileKind
from sensa.interrupts import raising
from sensa.reports import formats
from tests.reports.trees import hand_made
from tests.small_results import names_in, small

KINDS: list[str] = ["nc", "zarr"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    tree = hand_made(title="猫 \x00 \x1b[1m json:", steps=("a", "b"), safely=float("nan"))
    store.write(tree, tmp_path / "result", kind)
    again = store.read(tmp_path / "result")
    assert again.identical(tree)
    assert [type(value) for value in again.attrs.values()] == [type(value) for value in tree.attrs.values()]
    assert again["outcomes"]["kind"].values.tolist() == ["catastrophic", "fail_safe", "success"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value",
    ["", "json:{", "\0", True, None, [], ["a"], [1, 2.5], {"a": None}, 2**70, -1, 0.1, float("nan"), "é"],
)
def test_every_attribute_comes_back(kind: str, value: Any, tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"x": value})})
    store.write(tree, tmp_path / "result", kind)
    back = store.read(tmp_path / "result").attrs["x"]
    assert type(back) is type(value)
    assert repr(back) == repr(value)


@pytest.mark.parametrize("kind", KINDS)
def test_attributes_of_variables_come_back(kind: str, tmp_path: Path) -> None:
    data = xr.Dataset(
        {"x": ("name", [1.0, np.nan], {"note": None})}, coords={"name": ("name", ["a", "bcd"], {"list": []})}
    )
    tree = xr.DataTree.from_dict({"group": data})
    store.write(tree, tmp_path / "result", kind)
    back = store.read(tmp_path / "result")
    assert back.identical(tree)
    assert back["group"]["x"].attrs == {"note": None}
    assert back["group"]["name"].attrs == {"list": []}


@pytest.mark.parametrize("kind", KINDS)
def test_tables_without_rows_come_back(kind: str, tmp_path: Path) -> None:
    data = xr.Dataset(
        {"x": (("name", "level"), np.empty((0, 2))), "met": ("name", np.empty(0, bool))},
        coords={"name": np.empty(0, object), "level": [0.05, 0.95]},
    )
    tree = xr.DataTree.from_dict({"group": data, "yes": xr.Dataset({"met": ("name", [True, False])})})
    store.write(tree, tmp_path / "result", kind)
    back = store.read(tmp_path / "result")
    assert back.identical(tree)
    assert back["yes"]["met"].dtype == bool


@pytest.mark.parametrize("kind", KINDS)
def test_an_earlier_result_is_replaced(kind: str, tmp_path: Path) -> None:
    for title in ("first", "second"):
        store.write(small(title), tmp_path / "result", kind)
    assert store.read(tmp_path / "result").attrs["story"] == "second"
    assert names_in(tmp_path) == ["result"]


class Stop(BaseException):
    """An interrupt, as far as writing is concerned."""


@pytest.mark.parametrize("error", [Stop(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "os.chmod"])
def test_a_file_that_fails_halfway_leaves_the_old_one(
    error: BaseException, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "result.nc"
    target.write_bytes(b"old")

    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(call, fail)
    with pytest.raises((Stop, store.StoreError)) as caught:
        store.write(small(), target, "nc")
    monkeypatch.undo()
    if isinstance(error, OSError):
        assert str(caught.value) == f"{target}: no space left on device; nothing was written"
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["result.nc"]


@pytest.mark.parametrize("error", [Stop(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("failing", [1, 2])
def test_a_directory_that_fails_halfway_leaves_the_old_one(
    error: BaseException, failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stepping aside is the first renaming, putting in place the second."""
    target = tmp_path / "result.zarr"
    store.write(small("old"), target, "zarr")
    rename, calls = Path.rename, []

    def renaming(self: Path, other: Path) -> Path:
        if other.parent == tmp_path:
            calls.append(other)
            if len(calls) == failing:
                raise error
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", renaming)
    with pytest.raises((Stop, store.StoreError)):
        store.write(small("new"), target, "zarr")
    monkeypatch.undo()
    assert store.read(target).attrs["story"] == "old"
    assert names_in(tmp_path) == ["result.zarr"]


def test_zarr_that_fails_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise Stop

    monkeypatch.setattr(xr.DataTree, "to_zarr", fail)
    with pytest.raises(Stop):
        store.write(small(), tmp_path / "result.zarr", "zarr")
    assert names_in(tmp_path) == []


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").write_text("x")
    with pytest.raises(store.StoreError, match="there is no directory"):
        store.write(small(), tmp_path / "missing" / "x.nc", "nc")
    with pytest.raises(store.StoreError, match="is a directory"):
        store.write(small(), tmp_path / "full", "nc")
    with pytest.raises(store.StoreError, match="is not a Zarr store; it is left as it is"):
        store.write(small(), tmp_path / "full", "zarr")
    with pytest.raises(store.StoreError, match="is not an ordinary file"):
        store.write_bytes(b"x", "/dev/null")
    assert names_in(tmp_path / "full") == ["precious"]
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *args: False)  # the owner of the test machine may be root
    with pytest.raises(store.StoreError, match="no permission to write in"):
        store.write_bytes(b"x", tmp_path / "x.nc")


def test_modes_and_links_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "x.json", tmp_path / "link.json"
    old = os.umask(0o022)
    try:
        store.write_bytes(b"1", target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o644
        target.chmod(0o600)
        link.symlink_to(target)
        store.write_bytes(b"2", link)
    finally:
        os.umask(old)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert link.is_symlink()
    assert target.read_bytes() == b"2"


def test_a_file_cut_short_is_said_in_words_of_ours(tmp_path: Path) -> None:
    store.write(small(), tmp_path / "x.nc", "nc")
    whole = (tmp_path / "x.nc").read_bytes()
    for kept in (len(whole) // 2, 100):
        (tmp_path / "x.nc").write_bytes(whole[:kept])
        with pytest.raises(store.StoreError) as caught:
            store.read(tmp_path / "x.nc")
        said = "does not hold a readable result; damaged, or cut short"
        assert str(caught.value) == f"{tmp_path / 'x.nc'}: {said}"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # h5netcdf's, of closing
def test_damaged_bytes_are_said_in_words_of_ours(tmp_path: Path) -> None:
    """HDF5 meets them as errors of several kinds; what is only data is read as it stands."""
    store.write(small(), tmp_path / "x.nc", "nc")
    whole, chance, refused = (tmp_path / "x.nc").read_bytes(), random.Random(1), 0
    for _ in range(20):
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[chance.randrange(100, len(whole))] = chance.randrange(256)
        (tmp_path / "x.nc").write_bytes(damaged)
        try:
            store.read(tmp_path / "x.nc")
        except store.StoreError as error:
            refused += "does not hold a readable result" in str(error)
    assert refused > 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_read_whole_and_its_file_closed(kind: str, tmp_path: Path) -> None:
    """Also a variable that is named like a group, which `DataTree.load` leaves out."""
    data = xr.Dataset({"stated": ("x", [1.0, 2.0])})
    store.write(
        xr.DataTree.from_dict({"/": small().to_dataset(), "/a": data, "/stated": data}), tmp_path / "x", kind
    )
    again = store.read(tmp_path / "x")
    assert all(variable._in_memory for node in again.subtree for variable in node.variables.values())
    command = "import gc, sys; from sensa import store; kept = store.read(sys.argv[1]); gc.freeze()"
    done = subprocess.run(
        [sys.executable, "-c", command, tmp_path / "x"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), "HDF5 crashes at exit with an open file"


def test_what_is_no_result_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "x.nc").write_bytes(b"not a NetCDF file")
    for path in (tmp_path / "x.nc", tmp_path / "missing.nc", tmp_path):
        with pytest.raises(store.StoreError):
            store.read(path)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_moment_leaves_nothing_beside_a_directory(tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict({f"g{i}": small().to_dataset() for i in range(3)})
    lasting = math.inf
    for _ in range(4):
        start = time.perf_counter()
        store.write(tree, tmp_path / "result", "zarr")
        lasting = min(lasting, time.perf_counter() - start)
    interrupt, hits = raising(KeyboardInterrupt), 0

    def ring(number: int, frame: FrameType | None) -> None:
        """An alarm that comes when the result is written is too late to matter."""
        if any(caller.f_code is store.write.__code__ for caller, _ in traceback.walk_stack(frame)):
            interrupt(number, frame)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        for moment in range(1, 41):
            try:
                signal.setitimer(signal.ITIMER_REAL, lasting * moment / 40)
                store.write(tree, tmp_path / "result", "zarr")
            except KeyboardInterrupt:
                hits += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert names_in(tmp_path) == ["result"]
            assert store.read(tmp_path / "result").attrs == {}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert hits > 0


def test_another_kind_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of pickled values, recognised by its first bytes; then NetCDF is still read as before."""
    row = FileKind(
        "pickle",
        "Pickle",
        "a test",
        lambda tree: {"": b"TREE" + pickle.dumps(tree.to_dict())},
        lambda path: xr.DataTree.from_dict(pickle.loads(path.read_bytes()[4:])),
        magic=b"TREE",
    )
    monkeypatch.setattr(file_kinds, "FILE_KINDS", (*file_kinds.FILE_KINDS, row))
    tree = xr.DataTree.from_dict({"/": xr.Dataset({"x": ("n", [1.0, 2.0])}, attrs={"a": None})})
    for kind in ("pickle", "nc"):
        store.write(tree, tmp_path / kind, kind)
        xr.testing.assert_identical(store.read(tmp_path / kind), tree)
    assert (tmp_path / "pickle").read_bytes().startswith(b"TREE")
    with pytest.raises(ValueError, match="pickle"):
        store.write(tree, tmp_path / "x", "picle")


def test_formats_have_every_kind_of_file() -> None:
    wanted = {(row.kind, row.name, row.directory) for row in file_kinds.FILE_KINDS}
    assert {(row.kind, row.name, row.directory) for row in formats.TABLE if row.binary} == wanted


def test_zarr_is_opened_by_its_consolidated_metadata(tmp_path: Path) -> None:
    """Without the files of groups and arrays: the root's file knows them all."""
    tree = xr.DataTree.from_dict({"/": small().to_dataset(), "/group": small().to_dataset()})
    store.write(tree, tmp_path / "result", "zarr")
    for file in [*(tmp_path / "result").glob("*/**/.z*"), *(tmp_path / "result").glob("*/**/.zattrs")]:
        file.unlink(missing_ok=True)
    found = xr.open_datatree(tmp_path / "result", engine="zarr", consolidated=True).load()
    assert list(found.children) == ["group"]
    assert float(found["group"]["x"][0]) == 1.0


LABELLED = xr.Dataset(
    {
        "chance": ("name", [0.25, np.nan, 1.0]),
        "met": ("name", [True, False, True], {"note": None}),
        "way": ("name", np.array(["", "\u732b \u00e9", "plain"], dtype=object)),
        "unit": ((), "points"),
    },
    coords={"name": ["a", "longer_name", "\u00fc"]},
)


def test_zarr_is_what_its_specification_says(tmp_path: Path) -> None:
    """Read by zlib alone: version 2 has text as UTF-8 of a fixed length, filled up with zeros."""
    store.write(xr.DataTree.from_dict({"/group": LABELLED}), tmp_path / "result", "zarr")
    metadata = json.loads((tmp_path / "result" / ".zmetadata").read_text())["metadata"]

    def chunk(name: str, first: str) -> tuple[str, bytes]:
        array = metadata[f"group/{name}/.zarray"]
        assert (array["filters"], array["compressor"]["id"], array["zarr_format"]) == (None, "zlib", 2)
        return array["dtype"], zlib.decompress((tmp_path / "result" / "group" / name / first).read_bytes())

    assert chunk("name", "0") == (
        "|S11",
        b"a".ljust(11, b"\0") + b"longer_name" + "\u00fc".encode().ljust(11, b"\0"),
    )
    assert chunk("way", "0") == ("|S6", bytes(6) + "\u732b \u00e9".encode() + b"plain\0")
    assert chunk("unit", "0") == ("|S6", b"points")
    assert chunk("met", "0") == ("|i1", b"\x01\x00\x01")
    kind, numbers = chunk("chance", "0")
    assert kind == "<f8"
    assert struct.unpack("<3d", numbers)[::2] == (0.25, 1.0)
    assert metadata["group/chance/.zattrs"]["_ARRAY_DIMENSIONS"] == ["name"]
    assert metadata["group/way/.zattrs"]["_Encoding"] == "utf-8"


def test_netcdf_is_read_by_h5py(tmp_path: Path) -> None:
    store.write(xr.DataTree.from_dict({"/group": LABELLED}), tmp_path / "result.nc", "nc")
    with h5py.File(tmp_path / "result.nc") as file:
        group = file["group"]
        assert group["name"].asstr()[:].tolist() == ["a", "longer_name", "\u00fc"]
        assert group["way"].asstr()[:].tolist() == ["", "\u732b \u00e9", "plain"]
        assert group["met"][:].tolist() == [1, 0, 1]
        assert group["chance"][0] == 0.25


def test_results_in_version_3_of_zarr_are_still_read(tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict({"/group": LABELLED.drop_attrs()})
    objects = {n: v.astype(object) for n, v in LABELLED.drop_attrs().variables.items() if v.dtype.kind == "U"}
    LABELLED.drop_attrs().assign(objects).to_zarr(tmp_path / "result", group="group", consolidated=False)
    assert store.read(tmp_path / "result").identical(tree)
    store.write(tree, tmp_path / "result", "zarr")
    assert not list((tmp_path / "result").rglob("zarr.json"))
    assert store.read(tmp_path / "result").identical(tree)


def test_a_fresh_file_is_whole_and_replaces_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.toml"
    before = os.umask(0o027)
    try:
        store.write_fresh(b"whole", path)
    finally:
        os.umask(before)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"whole", 0o640)
    (tmp_path / "link").symlink_to("nowhere")
    for taken in (path, tmp_path / "link"):
        with pytest.raises(FileExistsError):
            store.write_fresh(b"other", taken)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write_fresh(b"never", tmp_path / "y.toml")
    assert sorted(os.listdir(tmp_path)) == ["link", "x.toml"]


@pytest.mark.parametrize("comes", [True, False])
def test_a_fresh_file_where_another_comes_or_links_cannot_be(
    comes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(_: Path, target: Path) -> None:
        if comes:
            target.write_bytes(b"another")
        raise FileExistsError if comes else PermissionError

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(FileExistsError) if comes else nullcontext():
        store.write_fresh(b"mine", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == (b"another" if comes else b"mine")
    assert os.listdir(tmp_path) == ["x"]
