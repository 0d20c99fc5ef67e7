"""Evidence that is counted: entries whose keys contradict each other, and logs that nobody counted."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sensa.stories.checking.view import View
from sensa.stories.counts import COUNTED_KEYS, LOG_KINDS, TABLES, is_counted, is_possible
from sensa.stories.problems import Path, Problem, listed, quoted
from sensa.stories.schema.bookkeeping import Evidence
from sensa.stories.successes import NoScoreError, success_of

_OF_LOGS = ("scorer", "key", "success", "sample", "where", "unscored", "subset", "sha256")
_OF_TABLES = ("sample", "where")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")  # a drive, or a scheme such as s3:
_SHA256 = re.compile(r"[0-9a-f]{64}")


def entries(view: View) -> Iterator[tuple[Path, Evidence]]:
    """Every entry of evidence, with its path."""
    for table in COUNTED_KEYS:
        for name, model in getattr(view.document, table).items():
            for index, item in enumerate(model.evidence):
                yield (table, name, "evidence", index), item


def problems(view: View) -> Iterator[Problem]:
    """The errors of all entries of evidence."""
    seen: dict[tuple[object, ...], Path] = {}
    for path, item in entries(view):
        found = _wrong(path, item)
        if found is not None:
            yield view.error(*found)
        elif item.log:
            same = (*path[:2], item.log, item.scorer, item.key, *sorted(item.where.items()))
            before = seen.setdefault(same, path)
            if before is not path:
                message = f"the same samples of {quoted(item.log)} are counted in `evidence[{before[3]}]`"
                yield view.error("bad-evidence", path, message, "keep one of them")


def doubts(view: View) -> Iterator[Problem]:
    """Warnings about logs that are not counted, and about those of a subset."""
    for path, item in entries(view):
        if item.log and not (is_counted(item) and item.sha256):
            fix = "`sensa evidence refresh` counts it"
            yield view.warning("uncounted-log", path, f"{quoted(item.log)} is not counted", fix)
        if item.subset:
            message = f"{quoted(item.log)} is limited to a part of its dataset: {item.subset}"
            yield view.warning("subset-log", path, message)


def _wrong(path: Path, item: Evidence) -> tuple[str, Path, str] | None:
    """The code, path and message of the first error of an entry."""
    if not item.source.strip() and not item.log:
        return "missing-key", (*path, "source"), "missing key `source`, or `log`"
    if (item.held is None) != (item.trials is None):
        missing = "held" if item.held is None else "trials"
        return "bad-evidence", path, f"missing key `{missing}`: `held` and `trials` go together"
    if item.held is not None and item.trials is not None and not is_possible(item):
        message = f"0 <= `held` <= `trials` must hold: {item.held:g} of {item.trials:g}"
        return "bad-evidence", (*path, "held"), message
    stated = [key for key in _OF_LOGS if key in item.model_fields_set]
    if not item.log and stated:
        return "bad-evidence", (*path, stated[0]), f"`{stated[0]}` goes with `log`"
    return _wrong_log(path, item) if item.log else None


def _wrong_log(path: Path, item: Evidence) -> tuple[str, Path, str] | None:
    place, kind = PurePosixPath(item.log), PurePosixPath(item.log).suffix
    outside = place.is_absolute() or ".." in place.parts or "\\" in item.log or "\0" in item.log
    if outside or _ELSEWHERE.match(item.log):
        message = f"{quoted(item.log)} must be a path within the story's folder, such as `runs/probe.eval`"
        return "bad-evidence", (*path, "log"), message
    if kind not in LOG_KINDS:
        return "bad-evidence", (*path, "log"), f"{quoted(item.log)} must end with {listed(LOG_KINDS)}"
    stated = [key for key in _OF_TABLES if key in item.model_fields_set]
    if stated and kind not in TABLES:
        message = f"`{stated[0]}` is for tables, with {listed(TABLES)}; {quoted(item.log)} has samples"
        return "bad-evidence", (*path, stated[0]), message
    if item.sha256 and not _SHA256.fullmatch(item.sha256):
        return "bad-evidence", (*path, "sha256"), "expected 64 hex digits (0-9, a-f)"
    try:
        success_of(item.success)
    except NoScoreError as error:
        return "bad-evidence", (*path, "success"), str(error)
    return None
