"""Kinds of binary files that hold a result: a row for each, which options, help and `sensa.store` follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class FileKind:
    """A kind of file, or of directory."""

    kind: str  # KIND in `--output KIND=PATH`
    name: str
    meant_for: str
    encode: "Callable[[xr.DataTree], Mapping[str, bytes]]"  # files by name; one without a name is the file
    decode: "Callable[[Path], xr.DataTree]"
    magic: bytes = b""  # what a file of it begins with
    marks: tuple[str, ...] = ()  # a directory of it has one of these files; none: it is a file

    @property
    def directory(self) -> bool:
        """Whether it is a directory."""
        return bool(self.marks)

    def holds(self, path: Path) -> bool:
        """Whether there is one at a path, by its first bytes or its files."""
        if self.directory:
            return path.is_dir() and any((path / name).is_file() for name in self.marks)
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(self.magic)) == self.magic


def _to_netcdf(tree: "xr.DataTree") -> dict[str, bytes]:
    return {"": bytes(tree.to_netcdf(engine="h5netcdf"))}


def _from_netcdf(path: Path) -> "xr.DataTree":
    return _read(BytesIO(path.read_bytes()), engine="h5netcdf")


def _to_zarr(tree: "xr.DataTree") -> dict[str, bytes]:
    """The files of a Zarr directory, in version 2 of the format, with what all its readers know.

    - Text has a fixed length, in UTF-8 (`|S12`): TensorStore and netCDF-C read no other text, and version 3
      has no form of text that all readers know.
    - Truths are bytes with the attribute `dtype = "bool"`, as in NetCDF: netCDF-C reads no others.
    - Numbers are compressed with zlib, which needs no codec of its own.
    - The metadata of all groups are in the root's too (consolidated): a reader needs one file to know them.

    Zarr writes in a thread of its own, which continues after an interrupt and would put files back into a
    directory that is being removed, so it writes to memory.
    """
    import xarray as xr
    from numcodecs import Zlib  # type: ignore[import-untyped]
    from zarr.core.buffer import Buffer
    from zarr.storage import MemoryStore

    plain = {node.path: _truths_as_bytes(node.to_dataset(inherit=False)) for node in tree.subtree}
    encoding = {
        path: {
            name: {"compressors": (Zlib(),), **({"dtype": "S1"} if variable.dtype.kind == "O" else {})}
            for name, variable in group.variables.items()
        }
        for path, group in plain.items()
    }
    files: dict[str, Buffer] = {}
    bare = xr.DataTree.from_dict(plain)
    bare.to_zarr(MemoryStore(files), mode="w", consolidated=True, zarr_format=2, encoding=encoding)
    return {name: data.to_bytes() for name, data in files.items()}


def _truths_as_bytes(group: "xr.Dataset") -> "xr.Dataset":
    truths = [name for name, variable in group.variables.items() if variable.dtype.kind == "b"]
    return group.assign({n: group[n].astype("i1").assign_attrs(group[n].attrs, dtype="bool") for n in truths})


def _from_zarr(path: Path) -> "xr.DataTree":
    return _read(str(path), engine="zarr", consolidated=False)


def _read(source: "str | BytesIO", **options: Any) -> "xr.DataTree":
    """The whole tree, and its file closed: HDF5 crashes where a process exits with an open one."""
    import xarray as xr

    with xr.open_datatree(source, **options) as tree:
        for node in tree.subtree:  # `tree.load` leaves out variables that are named like a group
            for variable in node.variables.values():
                variable.load()
        return tree


FILE_KINDS = (
    FileKind(
        "nc",
        "NetCDF",
        "programs that read labelled arrays: one file",
        _to_netcdf,
        _from_netcdf,
        magic=b"\x89HDF\r\n\x1a\n",
    ),
    FileKind("zarr", "Zarr", "the same: a directory", _to_zarr, _from_zarr, marks=("zarr.json", ".zgroup")),
)


def kinds() -> tuple[str, ...]:
    """The kinds, by the names that `sensa.store.write` takes."""
    return tuple(row.kind for row in FILE_KINDS)


def found(kind: str) -> FileKind | None:
    """The row of a kind; None for what is written as text."""
    return next((row for row in FILE_KINDS if row.kind == kind), None)


def at(path: Path) -> FileKind | None:
    """The kind of what is at a path; a file that begins like none counts as the first kind of file."""
    alike = (row for row in FILE_KINDS if row.directory == path.is_dir())
    plain = next((row for row in FILE_KINDS if not row.directory), None)
    return next((row for row in alike if row.holds(path)), None if path.is_dir() else plain)
