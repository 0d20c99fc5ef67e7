"""Numba's compiler, with its cache where only the user can write: Numba unpickles what it finds there.

Code is cached beside the source, in the installation; if that is not writable, or has laxer permissions than
the source itself, in the user's cache directory; else it is compiled in every process. `NUMBA_CACHE_DIR`
comes first if it names a safe directory.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import numba as nb
from numba.core.caching import CompileResultCacheImpl, FunctionCache

from sensa.private import WRITABLE_BY_OTHERS, caches, ready

__all__ = ["njit"]


class _Locator:
    """Locates one function's cached code, by the protocol of Numba's `_CacheLocator`."""

    def __init__(self, function: Callable[..., Any], file: str, place: Path) -> None:
        self._py_file = file
        self._line = function.__code__.co_firstlineno
        self._place = place

    def get_cache_path(self) -> str:
        return str(self._place)

    def get_source_stamp(self) -> str:
        return _sources(os.path.dirname(self._py_file))

    def get_disambiguator(self) -> str:
        return str(self._line)

    def ensure_cache_path(self) -> None:
        self._place.mkdir(parents=True, exist_ok=True)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Self | None:
        place = _place(os.path.dirname(os.path.abspath(file)))
        return None if place is None else cls(function, file, place)


class _Implementation(CompileResultCacheImpl):
    _locator_classes: list[type[object]] = [_Locator]  # noqa: RUF012 - as Numba declares it


class _Cache(FunctionCache):
    _impl_class = _Implementation


@cache
def _sources(folder: str) -> str:
    """A hash of all sources of the folder: compiled code includes callees from other files."""
    found = hashlib.sha256()
    for file in sorted(Path(folder).glob("*.py")):
        data = file.read_bytes()
        found.update(f"{file.name} {len(data)}\n".encode() + data)
    return found.hexdigest()


@cache
def _place(folder: str) -> Path | None:
    """The cache directory for a folder's functions; None if no safe one exists."""
    own, named = caches(), os.environ.get("NUMBA_CACHE_DIR")
    apart = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    with suppress(OSError):
        if named and ready(Path(named)):
            return Path(named) / apart
    beside = Path(folder).resolve() / "__pycache__"
    if _as_source(beside):
        return beside
    with suppress(OSError):
        if own is not None and ready(own / "sensa" / "compiled"):
            return own / "sensa" / "compiled" / apart
    return None


def _as_source(beside: Path) -> bool:
    """Whether we can write to a directory beside the sources, and nobody can who cannot write the sources."""
    with suppress(OSError):
        beside.mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=beside).close()
        source, status = beside.parent.stat(), beside.lstat()
        laxer = status.st_mode & WRITABLE_BY_OTHERS & ~source.st_mode
        ours = not hasattr(os, "geteuid") or status.st_uid in (source.st_uid, os.geteuid())
        return ours and not laxer and not beside.is_symlink()
    return False


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` with these options, and a cache across processes where that is safe."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = nb.njit(**options)(function)
        if hasattr(compiled, "enable_caching"):  # under NUMBA_DISABLE_JIT the function is returned unchanged
            with suppress(RuntimeError):  # no safe directory
                compiled._cache = _Cache(function)
        return compiled

    return decorate
