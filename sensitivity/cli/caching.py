"""A cache of reviews, keyed by everything that determines them; optional, and safe under concurrent use.

An entry is one file, written atomically; entries that are damaged, foreign or out of date are recomputed.
Results that depended on the time left are not kept, nor are internal errors. Each entry is signed with a
secret from the user's own settings, so entries written by anyone else are ignored.
"""

import contextlib
import functools
import hashlib
import hmac
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sensa import private
from sensa.properties.verdicts import NO_TIME_FOR_FIX
from sensa.reports.review.json import as_review, review_document
from sensa.reviewing.review import Review
from sensa.version import __version__

MAX_BYTES = 64 << 20
MAX_ENTRY_BYTES = 4 << 20
FORM = "sensa-cache/2"
OURS, ASIDE = ".json", ".part"
LEFTOVER_SECONDS = 3600.0  # seconds after which a temporary file counts as left over
CODES = {"passed": 0, "failed": 1, "undecided": 3}  # of the states that are cached


SECRET = "cache.key"  # in the user's settings: 32 bytes to sign entries with


def directory() -> Path | None:
    """The cache directory: `SENSA_CACHE`, else the user's cache directory; None without a home."""
    named = os.environ.get("SENSA_CACHE")
    if named:
        return Path(named)
    base = private.caches()
    return None if base is None else base / "sensa"


def refusal(place: Path) -> str | None:
    """Why the entries of a directory cannot be trusted; None if they can."""
    try:
        return private.refusal(place)
    except OSError as error:
        return (error.strerror or str(error)).lower()


def key(story: bytes, options: Mapping[str, Any]) -> str:
    """The key of an entry: the story's text, every option, the version and the code itself."""
    parts = json.dumps(
        [FORM, __version__, _code(), sys.version_info[:2], options], sort_keys=True, default=str
    )
    return hashlib.sha256(parts.encode() + b"\n" + story).hexdigest()


@functools.cache
def _code() -> str:
    """A digest of the package's own files."""
    digest = hashlib.sha256()
    for path in sorted(entry.path for entry in _files(Path(__file__).parents[1])):
        with open(path, "rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _files(Path(entry.path))
            elif entry.name.endswith((".py", ".npz")):
                yield entry


def found(name: str, place: Path | None) -> Review | None:
    """The cached review, if its entry is signed and its directory is writable only by the user."""
    if place is None:
        return None
    try:
        secret = _secret(made=False)
        if refusal(place) is not None or secret is None:
            return None
        entry = place / f"{name}{OURS}"
        with entry.open("rb") as stream:
            data = stream.read(MAX_ENTRY_BYTES + 1)
        signature, _, body = data.partition(b"\n")
        if len(data) > MAX_ENTRY_BYTES or not hmac.compare_digest(signature, _signature(secret, name, body)):
            return None
        review = as_review(json.loads(body)["review"])
    except Exception:  # an invalid entry is recomputed, whatever it holds
        return None
    with contextlib.suppress(OSError):
        os.utime(entry)  # recently used entries are pruned last
    return review if lasting(review) else None


def keep(name: str, review: Review, place: Path | None) -> None:
    """Cache a review if it will be the same next time and there is room; otherwise do nothing."""
    if place is None or not lasting(review):
        return
    body = json.dumps({"form": FORM, "key": name, "review": review_document(review)}).encode()
    with contextlib.suppress(OSError):
        secret = _secret(made=True)
        if secret is None or len(body) > MAX_ENTRY_BYTES - 100 or not private.ready(place):
            return
        _write(place / f"{name}{OURS}", _signature(secret, name, body) + b"\n" + body)
        if name.startswith("0"):  # now and then
            prune(place)


def _signature(secret: bytes, name: str, body: bytes) -> bytes:
    """The signature of an entry under its name, so that entries cannot be swapped."""
    return hmac.digest(secret, name.encode() + b"\n" + body, "sha256").hex().encode()


def _secret(*, made: bool) -> bytes | None:
    """The user's secret, created on first use if `made`; None if others could know or replace it."""
    base = private.settings()
    if base is None:
        return None
    place = base / "sensa"
    file = place / SECRET
    if made and not file.exists() and private.ready(place):
        _write(file, secrets.token_bytes(32), replacing=False)
    if private.refusal(place) is not None or not file.is_file() or not _only_ours(file):
        return None
    secret = file.read_bytes()
    return secret if len(secret) == 32 else None


def _only_ours(file: Path) -> bool:
    """Whether a file belongs to the user, and nobody else may read or write it."""
    if not hasattr(os, "geteuid"):
        return True
    status = file.lstat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _write(file: Path, data: bytes, *, replacing: bool = True) -> None:
    """Write a file atomically; unless `replacing`, the first of two concurrent writers wins."""
    handle, aside = tempfile.mkstemp(prefix=".", suffix=ASIDE, dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if replacing:
            os.replace(aside, file)
            return
        with contextlib.suppress(FileExistsError):
            os.link(aside, file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    Path(aside).unlink(missing_ok=True)


def lasting(review: Review) -> bool:
    """Whether a review depends only on its key, neither on the time left nor on an internal error."""
    verdicts = [*review.judgement.verdicts, *(() if review.before is None else review.before.verdicts)]
    compared = review.comparison
    timed = compared is not None and (compared.attribution == "sampled" or bool(compared.note))
    done = (
        all(verdict.complete and NO_TIME_FOR_FIX not in verdict.reason for verdict in verdicts) and not timed
    )
    return CODES.get(review.state) == review.exit_code and not review.message and done


def prune(place: Path) -> None:
    """Remove the least recently used entries beyond the size limit, and leftovers of killed processes."""
    used = 0
    for when, size, path in sorted(_written(place), reverse=True):
        used += size
        if (path.endswith(ASIDE) and when < time.time() - LEFTOVER_SECONDS) or (
            path.endswith(OURS) and used > MAX_BYTES
        ):
            with contextlib.suppress(OSError):
                os.unlink(path)


def _written(place: Path) -> Iterator[tuple[float, int, str]]:
    """Last use, size and path of each cache file, except those removed meanwhile."""
    for path in [*place.glob(f"*{OURS}"), *place.glob(f".*{ASIDE}")]:
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, str(path)
