"""Where compiled code is cached: where only the user can write, since Numba unpickles what it finds there.

Code is cached beside the source, in the installation; if that is not writable, or has laxer permissions than
the source itself, in the user's cache directory; else it is compiled in every process. `NUMBA_CACHE_DIR`
comes first if it names a safe directory.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from sensa.private import WRITABLE_BY_OTHERS, caches, ready


@cache
def place(folder: str) -> Path | None:
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
