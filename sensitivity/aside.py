"""What is written aside and put in place whole: a temporary name beside the target, held until it is there.

A process that is killed cannot remove what it had written aside. Whoever writes to the same target next
does: each writer holds a lock on what it writes, the lock goes with the process, and what no one holds is
left over. Where there are no locks, it counts as left over after an hour.

Every room may use this module; it imports nothing of ours.
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

SUFFIX, OLD = ".sensa-part", ".old"
MOST_NAME = 80  # bytes of the target's name: with what is added it stays a name that file systems take
HOUR = 3600.0


@contextmanager
def aside(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """A new file or directory beside the target, for the body to fill and rename; gone where that fails.

    What earlier writers left over is removed first. Raises `OSError`.
    """
    clear(target)
    try:
        path, lock = _held(target, folder=folder)
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
    """Removes what writers that were killed left beside a target.

    A directory that had stepped aside comes back first, where nothing has taken its place.
    """
    prefix, suffix, old = map(re.escape, (_prefix(target), SUFFIX, OLD))
    pattern = re.compile(f"({prefix}[a-z0-9_]{{8}}{suffix})({old})?")
    with suppress(OSError):
        for found in map(pattern.fullmatch, os.listdir(target.parent)):
            if found is not None:
                path = target.with_name(found[1])
                with suppress(OSError), _left_over(path) as left_over:
                    if left_over:
                        _settle(path, target)


def replace_directory(new: Path, target: Path) -> None:
    """Renames what was written aside to the target; a directory there steps aside, to be removed after."""
    if target.exists():
        target.rename(new.with_name(new.name + OLD))
    new.rename(target)


def _settle(path: Path, target: Path) -> None:
    """Leaves nothing beside the target; what stepped aside comes back where nothing took its place."""
    old = path.with_name(path.name + OLD)
    if old.is_dir() and not os.path.lexists(target):
        old.rename(target)
    for rest in (path, old):
        if rest.is_dir() and not rest.is_symlink():
            shutil.rmtree(rest, ignore_errors=True)
        else:
            rest.unlink(missing_ok=True)


def _prefix(target: Path) -> str:
    return f".{os.fsencode(target.name)[:MOST_NAME].decode(errors='ignore')}."


def _held(target: Path, *, folder: bool) -> tuple[Path, int | None]:
    """A new file or directory, and the lock on it, if there are locks."""
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
        except FileNotFoundError:  # another writer took it for left over before it was locked
            continue
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return path, lock
        os.close(lock)


@contextmanager
def _left_over(path: Path) -> Iterator[bool]:
    """Whether nobody is writing any more; nobody can begin to while the body runs."""
    if sys.platform == "win32":
        yield not path.exists() or _old(path)
        return
    try:  # without waiting, should it be a pipe
        lock = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:  # put in place already: what had stepped aside was not removed
        yield True
        return
    try:
        yield _free(lock, path)
    finally:
        os.close(lock)


def _free(lock: int, path: Path) -> bool:
    """Whether nobody holds a lock on an open file, which we hold then."""
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
    return time.time() - path.stat().st_mtime > HOUR
