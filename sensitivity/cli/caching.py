"""Reviews that were made before: keyed by all that decides them, safe under concurrent use, never needed.

An entry is one file, written aside and renamed; whatever is torn, foreign or out of date is made anew. What
hung on the time that was left is not kept, nor are errors of ours.
"""

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sensa.properties.verdicts import NO_MEND
from sensa.reports.review_json import as_review, review_document
from sensa.reviewing import Review
from sensa.version import __version__

MOST_BYTES = 64 << 20
MOST_ENTRY = 4 << 20
FORM = "sensa-cache/1"
OURS, ASIDE = ".json", ".part"
OLD = 3600.0  # seconds after which what stands aside was left by a process that is gone
CODES = {"passed": 0, "failed": 1, "undecided": 3}  # of the states that are kept


def directory() -> Path | None:
    """Where entries are: `SENSA_CACHE`, else the platform's place for caches; none where there is no home."""
    named = os.environ.get("SENSA_CACHE")
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "sensa"


def key(story: bytes, options: Mapping[str, Any]) -> str:
    """The name of an entry: the text of the story, every option, the version and the code itself."""
    parts = json.dumps(
        [FORM, __version__, _code(), sys.version_info[:2], options], sort_keys=True, default=str
    )
    return hashlib.sha256(parts.encode() + b"\n" + story).hexdigest()


def _code() -> list[int]:
    """What changes when the package's own files do: how many there are, and when the last was written."""
    times = [entry.stat().st_mtime_ns for entry in _files(Path(__file__).parents[1])]
    return [len(times), max(times)]


def _files(folder: Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _files(Path(entry.path))
            elif entry.name.endswith((".py", ".npz")):
                yield entry


def found(name: str, place: Path | None) -> Review | None:
    """The review of an entry, if there is one that can be read, in a directory that only we write to."""
    if place is None:
        return None
    try:
        if not _ours(place):
            return None
        entry = place / f"{name}{OURS}"
        with entry.open("rb") as stream:
            data = stream.read(MOST_ENTRY + 1)
        document = json.loads(data) if len(data) <= MOST_ENTRY else {}
        if document["form"] != FORM or document["key"] != name:
            return None
        review = as_review(document["review"])
    except Exception:  # whatever an entry holds that is none, the answer is made anew
        return None
    with contextlib.suppress(OSError):
        os.utime(entry)  # the last used is pruned last
    return review if lasting(review) else None


def keep(name: str, review: Review, place: Path | None) -> None:
    """Keep a review, where it will be the same next time and there is room; else do nothing."""
    if place is None or not lasting(review):
        return
    data = json.dumps({"form": FORM, "key": name, "review": review_document(review)}).encode()
    if len(data) > MOST_ENTRY:
        return
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(place):
            return
        handle, aside = tempfile.mkstemp(prefix=".", suffix=ASIDE, dir=place)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(aside, place / f"{name}{OURS}")
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        if name.startswith("0"):  # now and then
            prune(place)


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
        if (path.endswith(ASIDE) and when < time.time() - OLD) or (path.endswith(OURS) and used > MOST_BYTES):
            with contextlib.suppress(OSError):
                os.unlink(path)


def _written(place: Path) -> Iterator[tuple[float, int, str]]:
    """When each file of ours was last used, its size and its path; one that goes meanwhile is left out."""
    for path in [*place.glob(f"*{OURS}"), *place.glob(f".*{ASIDE}")]:
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, str(path)


def _ours(place: Path) -> bool:
    """Whether nobody else can put an entry there: a false one would be believed."""
    if not hasattr(os, "geteuid"):
        return True
    status = place.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
