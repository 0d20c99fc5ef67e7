"""Write and read results: NetCDF files, Zarr directories and text, written atomically.

Everything is written under a temporary name in the same directory and then renamed: a full disk, a missing
permission or an interrupt leaves neither half a file nor a changed old one, and leftovers of a killed process
are removed by the next one (`sensa.aside`).

Attributes in NetCDF and Zarr cannot be None, bool, dict or an empty list, nor have zero characters in text;
such values are stored as JSON after `json:` and restored when read. Strings have variable length in NetCDF,
and a fixed one in Zarr (`sensa.file_kinds` says why).
"""

import errno
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensa import file_kinds
from sensa.aside import aside, clear, replace_directory
from sensa.ordinary_files import opened
from sensa.stories.arguments import require_kind
from sensa.stories.problems import cut, quoted, unknown

if TYPE_CHECKING:
    import xarray as xr

MAX_PATH_CHARACTERS = 200  # characters of a path in a message
DAMAGED = "does not hold a readable result; damaged, or cut short"
_MARK = "json:"


class StoreError(Exception):
    """A result cannot be written to, or read from, a path; the message says why."""


def located(path: str | os.PathLike[str]) -> Path:
    """Resolve a path through all links.

    Raises `StoreError` for circular links, names that are too long, and names with a zero character.
    """
    try:
        place = Path(os.path.realpath(path))
        if place.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        place.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return place  # it may be created, or fails later
    except (OSError, ValueError) as error:
        raise StoreError(f"{_shown(path)}: {_reason(error)}") from None
    return place


def require_writable(path: Path, kind: str) -> None:
    """Raise `StoreError`, before any work is done, for a path that cannot be written.

    Writing may still fail later, as on a full disk. Leftovers of a killed process beside the path are
    removed, and what it had moved aside is put back.
    """
    place, shown = located(path), _shown(path)
    parent = place.parent
    if not parent.is_dir():
        raise StoreError(f"{shown}: there is no directory {_shown(parent)}")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise StoreError(f"{shown}: no permission to write in {_shown(parent)}")
    clear(place)
    row = file_kinds.found(kind)
    if row and row.directory:
        if place.exists() and not row.holds(place):
            raise StoreError(f"{shown}: exists and is not a {row.name} store; it is left as it is")
    elif place.is_dir():
        raise StoreError(f"{shown}: is a directory")
    elif place.exists() and not place.is_file():
        raise StoreError(f"{shown}: is not an ordinary file; it is left as it is")


def write(tree: "xr.DataTree", path: str | os.PathLike[str], kind: str) -> None:
    """Write a result to a NetCDF file (`nc`) or a Zarr directory (`zarr`), replacing an earlier one.

    `sensa.file_kinds` has the table of kinds.

    Raises `StoreError` if that fails; an earlier result is then unchanged.
    """
    import xarray as xr

    require_kind("a result", "`sensa.run(story)` gives one", tree, xr.DataTree)
    row = file_kinds.found(kind)
    if row is None:
        raise ValueError(unknown("kind of file", kind, file_kinds.kinds()))
    target = _path(path)
    require_writable(target, kind)
    with _saying_why(target):
        files = row.encode(_with_attributes(tree, _stored, texts_as_objects=True))
    if row.directory:
        _write_directory(files, target)
    else:
        write_bytes(files[""], target)


def write_bytes(data: bytes, path: str | os.PathLike[str]) -> None:
    """Write bytes to a file atomically; raises `StoreError`."""
    write_pieces([data], path)


def write_pieces(pieces: Iterable[bytes], path: str | os.PathLike[str]) -> None:
    """Write bytes one after the other to a file atomically; raises `StoreError`."""
    require_writable(Path(path), "file")
    with _saying_why(path):
        target = located(path)
        with aside(target) as new:
            with new.open("wb") as stream:
                for piece in pieces:
                    stream.write(piece)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(new, target.stat().st_mode & 0o7777 if target.exists() else _usual_mode(0o666))
            os.replace(new, target)


def write_fresh(data: bytes, path: str | os.PathLike[str]) -> None:
    """Write a file that is not there yet: whole, or not at all.

    Raises `FileExistsError`, also for a link that leads nowhere, other errors of the system, and `StoreError`
    as `located` does.
    """
    target = located(path)
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with aside(target) as new:
        new.write_bytes(data)
        new.chmod(_usual_mode(0o666))
        try:
            os.link(new, target)  # another may have come in between
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            new.rename(target)


def read(path: str | os.PathLike[str]) -> "xr.DataTree":
    """Read a result from a NetCDF file or a Zarr directory; raises `StoreError`.

    HDF5, which reads NetCDF, may crash or loop for ever on a file that is damaged on purpose. The commands
    read such a file in a process of its own first (`sensa.reading_apart`); this function does not.
    """
    source = _path(path)
    try:
        if not source.is_dir():
            opened(source).close()
        kind = file_kinds.at(source)
        if kind is None:
            raise StoreError(f"{path}: is a directory, but not a Zarr store")
        tree = kind.decode(source)
    except OSError as error:
        reason = _reason(error) if error.errno else DAMAGED
        raise StoreError(f"{path}: {reason}") from error
    except StoreError:
        raise
    except Exception as error:  # HDF5, Zarr and xarray raise whatever they like for a damaged file
        raise StoreError(f"{path}: {DAMAGED}") from error
    return _with_attributes(tree, _restored, texts_as_objects=False)


def _path(path: object) -> Path:
    """Raises `TypeError` for what is no path."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"expected the path of a result, got {quoted(type(path).__name__)}")
    return Path(path)


def _write_directory(files: Mapping[str, bytes], path: Path) -> None:
    with _saying_why(path):
        target = located(path)
        with aside(target, folder=True) as new:
            for name, data in files.items():
                file = new / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            new.chmod(_usual_mode(0o777))
            replace_directory(new, target)


@contextmanager
def _saying_why(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{_shown(path)}: {_reason(error)}; nothing was written") from error


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _shown(path: str | os.PathLike[str]) -> str:
    return cut(os.fspath(path), MAX_PATH_CHARACTERS)


def _usual_mode(most: int) -> int:
    """The mode that new files or directories usually get; temporary ones are private."""
    mask = os.umask(0)
    os.umask(mask)
    return most & ~mask


def _with_attributes(
    tree: "xr.DataTree", change: Callable[[Any], Any], *, texts_as_objects: bool
) -> "xr.DataTree":
    """The same tree with all attributes of groups and variables converted."""
    import xarray as xr

    def changed(attributes: Mapping[Any, Any]) -> dict[Any, Any]:
        return {name: change(value) for name, value in attributes.items()}

    def group(dataset: xr.Dataset) -> xr.Dataset:
        result = dataset.copy()
        for name, variable in dataset.variables.items():
            if texts_as_objects and variable.dtype.kind == "U":
                result[name] = variable.astype(object)
            result[name].attrs = changed(variable.attrs)
        return result.assign_attrs(changed(dataset.attrs))

    groups = {node.path: group(node.to_dataset(inherit=False)) for node in tree.subtree}
    return xr.DataTree.from_dict(groups, name=tree.name)


def _stored(value: Any) -> Any:
    """An attribute in a form that both formats support."""
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        value = value.tolist()
    match value:
        case bool() | None | list() | tuple() | dict():
            return _MARK + json.dumps(value)
        case int() if abs(value) >= 2**63:
            return _MARK + json.dumps(value)
        case float() if not math.isfinite(value):
            return _MARK + json.dumps(value)
        case str() if not value or "\0" in value or value.startswith(_MARK):
            return _MARK + json.dumps(value)
        case int() | float() | str():
            return value
    raise TypeError(f"an attribute of type {type(value).__name__} cannot be stored")


def _restored(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) and value.startswith(_MARK):
        return json.loads(value.removeprefix(_MARK))
    return value
