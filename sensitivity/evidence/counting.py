"""How many samples of a log held, by what a story says of it."""

import os
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

from sensa.evidence.files import digest, located
from sensa.evidence.records import Log
from sensa.evidence.refusal import LogError
from sensa.stories.counts import LOG_KINDS, TABLES
from sensa.stories.problems import listed, quoted
from sensa.stories.schema.bookkeeping import Evidence
from sensa.stories.successes import NoScoreError, Success, score, success_of

COUNTS = ("held", "trials")
KEYS = (*COUNTS, "unscored", "subset", "task", "model", "revision", "date", "sha256")  # as written


@dataclass(frozen=True)
class Count:
    """What a log says: samples that held, those that were scored, and where it is from."""

    held: float
    trials: int
    unscored: int = 0  # samples without a score
    subset: str = ""
    task: str = ""
    model: str = ""
    revision: str = ""
    day: date | None = None
    sha256: str = ""

    def written(self) -> dict[str, Any]:
        """The keys of an entry of evidence, without those that say nothing."""
        held = int(self.held) if self.held == int(self.held) else self.held
        values: dict[str, Any] = {**vars(self), "date": self.day, "held": held}
        return {key: values[key] for key in KEYS if key in COUNTS or values[key]}


def count(story: str | os.PathLike[str], item: Evidence) -> Count:
    """Count the log of an entry of evidence of a story in a file.

    Trials are samples: of one that ran several times (epochs in inspect_ai), the share of its scored runs
    that held is counted, since runs of one sample agree more than samples do. A sample without a scored run
    is left out, and counted in `unscored`. Raises `LogError`, and `FileNotFoundError` if there is no log.
    """
    place = located(story, item.log)
    try:
        success = success_of(item.success)
    except NoScoreError as error:
        raise LogError(f"cannot be counted by its `success`: {error}") from None
    before = digest(place)
    log = read(place, item)
    found = _counted(log, success)
    if digest(place) != before:
        raise LogError("has changed while it was counted")
    return Count(*found, log.subset, log.task, log.model, log.revision, log.day, before)


def read(place: Path, item: Evidence) -> Log:
    """The log at a place, as an entry of evidence says to read it. Raises `LogError`."""
    from sensa.evidence import inspect_logs, tables

    kind = PurePosixPath(item.log).suffix
    if kind == ".eval":
        return inspect_logs.of_archive(place, item.scorer, item.key)
    if kind == ".json":
        return inspect_logs.of_json(place, item.scorer, item.key)
    if kind in TABLES:
        of_table = tables.of_csv if kind == ".csv" else tables.of_json_lines
        return of_table(place, item.scorer, item.sample, item.where)
    raise LogError(f"must end with {listed(LOG_KINDS)}")


def _counted(log: Log, success: Success) -> tuple[float, int, int]:
    """The samples that held (shares of their runs added up), those scored, and those not."""
    runs: dict[str | int, list[bool]] = {}
    for record in log.records:
        of_sample = runs.setdefault(record.sample, [])
        try:
            number = score(record.score)
            if number is not None:
                of_sample.append(success(number))
        except NoScoreError as error:
            raise LogError(f"has a wrong score in sample {quoted(record.sample)}: {error}") from None
    scored = [each for each in runs.values() if each]
    if not scored:
        raise LogError("has no scored sample")
    held = sum((Fraction(sum(each), len(each)) for each in scored), Fraction(0))
    return float(held), len(scored), len(runs) - len(scored)
