"""Numba's compiler, with its cache where only the user can write (`sensa.kernels.code_place`)."""

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

import numba as nb
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.runtime.nrt import rtsys

from sensa.kernels.code_place import place
from sensa.kernels.work_clock import compiling

if sys.platform != "win32":
    import fcntl

__all__ = ["njit"]
MAX_WAIT_SECONDS = 300.0  # for another process to compile a function
WAIT_SECONDS = 0.02


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
        found = place(os.path.dirname(os.path.abspath(file)))
        return None if found is None else cls(function, file, found)


class _Implementation(CompileResultCacheImpl):
    _locator_classes: list[type[object]] = [_Locator]  # noqa: RUF012 - as Numba declares it


class _Cache(FunctionCache):
    """A cache in which one process at a time compiles a function, and the others wait for its code.

    Without that, several processes that start together compile everything several times, and write the same
    files at the same time.
    """

    _impl_class = _Implementation
    _lock: int | None = None  # held from a miss until the code is saved

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled code; if it is not there, this process is now the one that compiles it."""
        self._unlock()
        found = self._loaded(sig, target_context)
        if found is not None or not self._waited():
            return found
        return self._loaded(sig, target_context)

    def _loaded(self, sig: Any, target_context: Any) -> Any:
        """As Numba's `load_overload`, without all that Numba knows how to compile, a third of the time."""
        rtsys.initialize(target_context)  # what compiled code calls
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, and let the others go on."""
        try:
            super().save_overload(sig, data)
        finally:
            self._unlock()

    def _waited(self) -> bool:
        """Take the lock; whether another process had it until now. It goes on without after some minutes."""
        if sys.platform == "win32":
            return False
        waited, end = False, monotonic() + MAX_WAIT_SECONDS
        with suppress(OSError):  # a file system without locks
            os.makedirs(self.cache_path, exist_ok=True)
            name = os.path.join(self.cache_path, f"{self._name_of_lock}.lock")
            self._lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            while monotonic() < end:
                try:
                    fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    waited = True
                    sleep(WAIT_SECONDS)
        return waited

    @property
    def _name_of_lock(self) -> str:
        return hashlib.sha256(self._impl.filename_base.encode()).hexdigest()[:16]

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@cache
def _sources(folder: str) -> str:
    """A hash of all sources of the folder: compiled code includes callees from other files."""
    found = hashlib.sha256()
    for file in sorted(Path(folder).glob("*.py")):
        data = file.read_bytes()
        found.update(f"{file.name} {len(data)}\n".encode() + data)
    return found.hexdigest()


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` with these options, and a cache across processes where that is safe.

    Nothing calls our functions as C does, so Numba need not compile that too. Compiling, or loading from the
    cache, counts against no time limit.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = nb.njit(**{"no_cfunc_wrapper": True, **options})(function)
        if hasattr(compiled, "enable_caching"):  # under NUMBA_DISABLE_JIT the function is returned unchanged
            compiled.compile = compiling()(compiled.compile)
            with suppress(RuntimeError):  # no safe directory
                compiled._cache = _Cache(function)
        return compiled

    return decorate
