"""Atomic writing: to a temporary name beside the target, renamed once complete.

A killed process cannot remove its temporary files, so the next writer to the same target does. Each writer
locks its temporary file; the lock ends with the process, and an unlocked file is left over. Without support
for locks, a file counts as left over after an hour.

Every room may use this module; it imports no other module of sensa.
"""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

SUFFIX, OLD_SUFFIX = ".sensa-part", ".old"
MAX_NAME_BYTES = 80  # bytes of the target's name; file systems limit the whole
LEFTOVER_SECONDS = 3600.0


@contextmanager
def aside(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """Create a file or directory beside the target for the body to fill and rename; removed if it fails.

    Leftovers of earlier writers are removed first. Raises `OSError`.
    """
    clear(target)
    try:
        path, lock = _created(target, folder=folder)
    except KeyboardInterrupt:
        clear(target)
        raise
    try:
        yield path
    finally:
        try:
            _settle(path, target)
        except KeyboardInterrupt:
            _settle(path, target)
            raise
        finally:
            if lock is not None:
                os.close(lock)


def clear(target: Path) -> None:
    """Remove what killed writers left beside a target.

    A directory that was moved aside is put back first if nothing has replaced it.
    """
    prefix, suffix, old = map(re.escape, (_prefix(target), SUFFIX, OLD_SUFFIX))
    pattern = re.compile(f"({prefix}[a-z0-9_]{{8}}{suffix})({old})?")
    with suppress(OSError):
        for found in map(pattern.fullmatch, os.listdir(target.parent)):
            if found is not None:
                path = target.with_name(found[1])
                with suppress(OSError), _left_over(path) as left_over:
                    if left_over:
                        _settle(path, target)


def replace_directory(new: Path, target: Path) -> None:
    """Rename a new directory to the target; an existing one is moved aside, and removed afterwards."""
    if target.exists():
        target.rename(new.with_name(new.name + OLD_SUFFIX))
    new.rename(target)


def _settle(path: Path, target: Path) -> None:
    """Leave nothing beside the target; put a directory moved aside back if nothing replaced it."""
    old = path.with_name(path.name + OLD_SUFFIX)
    if old.is_dir() and not os.path.lexists(target):
        old.rename(target)
    for rest in (path, old):
        if rest.is_dir() and not rest.is_symlink():
            shutil.rmtree(rest, ignore_errors=True)
        else:
            rest.unlink(missing_ok=True)


def _prefix(target: Path) -> str:
    return f".{os.fsencode(target.name)[:MAX_NAME_BYTES].decode(errors='ignore')}."


def _created(target: Path, *, folder: bool) -> tuple[Path, int | None]:
    """Create a file or directory, and lock it if the file system can."""
    while True:
        if folder:
            path = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=SUFFIX, dir=target.parent))
        else:
            handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=SUFFIX, dir=target.parent)
            os.close(handle)
            path = Path(name)
        if sys.platform == "win32":
            return path, None
        try:
            lock = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # another writer removed it before it was locked
            continue
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return path, lock
        except KeyboardInterrupt:
            os.close(lock)  # a file that is locked is not cleared
            raise
        os.close(lock)


@contextmanager
def _left_over(path: Path) -> Iterator[bool]:
    """Yield whether nobody writes to it any more; nobody can start to while the body runs."""
    if sys.platform == "win32":
        yield not path.exists() or _old(path)
        return
    try:  # non-blocking, in case it is a pipe
        lock = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:  # already in place; only the old one is left
        yield True
        return
    try:
        yield _free(lock, path)
    finally:
        os.close(lock)


def _free(lock: int, path: Path) -> bool:
    """Whether nobody else holds the lock on an open file; if so, take it."""
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            pass
    return _old(path)


def _old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > LEFTOVER_SECONDS
