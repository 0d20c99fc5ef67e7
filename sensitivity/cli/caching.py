"""Reviews that were made before: keyed by all that decides them, safe under concurrent use, never needed.

An entry is one file, written aside and renamed; whatever is torn, foreign or out of date is made anew. What
hung on the time that was left is not kept, nor are errors of ours. An entry starts with a checksum that only
the user can make, by a secret in the user's own settings: what anybody else wrote is not believed.
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
from sensa.properties.verdicts import NO_MEND
from sensa.reports.review.json import as_review, review_document
from sensa.reviewing.review import Review
from sensa.version import __version__

MAX_BYTES = 64 << 20
MAX_ENTRY = 4 << 20
FORM = "sensa-cache/2"
OURS, ASIDE = ".json", ".part"
OLD = 3600.0  # seconds after which what stands aside was left by a process that is gone
CODES = {"passed": 0, "failed": 1, "undecided": 3}  # of the states that are kept


SECRET = "cache.key"  # in the user's settings: 32 bytes that entries are signed with


def directory() -> Path | None:
    """Where entries are: `SENSA_CACHE`, else the user's place for caches; none where there is no home."""
    named = os.environ.get("SENSA_CACHE")
    if named:
        return Path(named)
    base = private.caches()
    return None if base is None else base / "sensa"


def refusal(place: Path) -> str | None:
    """Why the entries of a directory are not to be believed; none where they are."""
    try:
        return private.refusal(place)
    except OSError as error:
        return (error.strerror or str(error)).lower()


def key(story: bytes, options: Mapping[str, Any]) -> str:
    """The name of an entry: the text of the story, every option, the version and the code itself."""
    parts = json.dumps(
        [FORM, __version__, _code(), sys.version_info[:2], options], sort_keys=True, default=str
    )
    return hashlib.sha256(parts.encode() + b"\n" + story).hexdigest()


@functools.cache
def _code() -> str:
    """The content of the package's own files."""
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
    """The review of an entry, if there is one that we wrote, in a directory that only the user writes to."""
    if place is None:
        return None
    try:
        secret = _secret(made=False)
        if refusal(place) is not None or secret is None:
            return None
        entry = place / f"{name}{OURS}"
        with entry.open("rb") as stream:
            data = stream.read(MAX_ENTRY + 1)
        signature, _, body = data.partition(b"\n")
        if len(data) > MAX_ENTRY or not hmac.compare_digest(signature, _signature(secret, name, body)):
            return None
        review = as_review(json.loads(body)["review"])
    except Exception:  # whatever an entry holds that is none, the answer is made anew
        return None
    with contextlib.suppress(OSError):
        os.utime(entry)  # the last used is pruned last
    return review if lasting(review) else None


def keep(name: str, review: Review, place: Path | None) -> None:
    """Keep a review, where it will be the same next time and there is room; else do nothing."""
    if place is None or not lasting(review):
        return
    body = json.dumps({"form": FORM, "key": name, "review": review_document(review)}).encode()
    with contextlib.suppress(OSError):
        secret = _secret(made=True)
        if secret is None or len(body) > MAX_ENTRY - 100 or not private.ready(place):
            return
        _write(place / f"{name}{OURS}", _signature(secret, name, body) + b"\n" + body)
        if name.startswith("0"):  # now and then
            prune(place)


def _signature(secret: bytes, name: str, body: bytes) -> bytes:
    """Of an entry under its name: no entry stands for another."""
    return hmac.digest(secret, name.encode() + b"\n" + body, "sha256").hex().encode()


def _secret(*, made: bool) -> bytes | None:
    """The user's secret, made at its first use if asked; none where others could know or replace it."""
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
    """Whether a file is the user's, and nobody else may read or write it."""
    if not hasattr(os, "geteuid"):
        return True
    status = file.lstat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _write(file: Path, data: bytes, *, replacing: bool = True) -> None:
    """A file that is there whole or not at all; one of two that come at once, where none is replaced."""
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
    """Whether a review hangs on nothing but its key: neither on the time left nor on an error of ours."""
    verdicts = [*review.judgement.verdicts, *(() if review.before is None else review.before.verdicts)]
    compared = review.comparison
    timed = compared is not None and (compared.attribution == "sampled" or bool(compared.note))
    done = all(verdict.complete and NO_MEND not in verdict.reason for verdict in verdicts) and not timed
    return CODES.get(review.state) == review.exit_code and not review.message and done


def prune(place: Path) -> None:
    """Leave the entries used last, within the room there is, and nothing that a killed process left."""
    used = 0
    for when, size, path in sorted(_written(place), reverse=True):
        used += size
        if (path.endswith(ASIDE) and when < time.time() - OLD) or (path.endswith(OURS) and used > MAX_BYTES):
            with contextlib.suppress(OSError):
                os.unlink(path)


def _written(place: Path) -> Iterator[tuple[float, int, str]]:
    """When each file of ours was last used, its size and its path; one that goes meanwhile is left out."""
    for path in [*place.glob(f"*{OURS}"), *place.glob(f".*{ASIDE}")]:
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, str(path)
