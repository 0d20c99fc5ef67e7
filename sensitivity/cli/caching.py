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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sensa.reports.review_json import as_review, review_document
from sensa.reviewing import Review
from sensa.version import __version__

MOST_BYTES = 64 << 20
MOST_ENTRY = 4 << 20
FORM = "sensa-cache/1"
OURS = ".json"


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
    """The review of an entry, if there is one that can be read."""
    if place is None:
        return None
    try:
        document = json.loads((place / f"{name}{OURS}").read_bytes())
        if document["form"] != FORM or document["key"] != name:
            return None
        return as_review(document["review"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(name: str, review: Review, place: Path | None) -> None:
    """Keep a review, where it will be the same next time and there is room; else do nothing."""
    if place is None or not lasting(review):
        return
    data = json.dumps({"form": FORM, "key": name, "review": review_document(review)}).encode()
    if len(data) > MOST_ENTRY:
        return
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=place)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(aside, place / f"{name}{OURS}")
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        if name.startswith("0"):  # now and then
            _prune(place)


def lasting(review: Review) -> bool:
    """Whether a review hangs on nothing but its key."""
    finished = all(verdict.complete for verdict in review.judgement.verdicts)
    return review.state in ("passed", "failed", "undecided") and not review.message and finished


def _prune(place: Path) -> None:
    """Leave the entries used last, within the room there is."""
    entries = sorted(place.glob(f"*{OURS}"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    used = 0
    for entry in entries:
        used += entry.stat().st_size
        if used > MOST_BYTES:
            entry.unlink(missing_ok=True)
