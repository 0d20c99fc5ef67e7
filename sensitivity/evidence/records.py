"""What every kind of log is read as: one score of each run of a sample, and where the log is from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sensa.evidence.refusal import LogError
from sensa.stories.problems import cut, escaped

MAX_WORDS = 200  # characters of a task, a model or a revision


class Record(NamedTuple):
    """One run of a sample, an epoch in inspect_ai, with its score as it is in the log."""

    sample: str | int
    score: object


@dataclass(frozen=True)
class Log:
    """A log as read: what it was a run of, and the score of every run of a sample."""

    records: Sequence[Record]
    task: str = ""
    model: str = ""
    revision: str = ""
    day: date | None = None
    subset: str = ""  # what it is limited to


def json_of(text: bytes | str, what: str) -> Any:
    """JSON, with NaN and infinities as inspect_ai writes them. Raises `LogError`."""
    try:
        return json.loads(text)
    except RecursionError:
        raise LogError(f"cannot be read: {what} nests too deeply") from None
    except ValueError:
        raise LogError(f"cannot be read: {what} is not JSON") from None


def table(value: object, what: str) -> dict[str, Any]:
    """A JSON object. Raises `LogError` if it is something else."""
    if not isinstance(value, dict):
        raise LogError(f"cannot be read: {what} is not an object")
    return value


def words(value: object) -> str:
    """A text of a log on one line; empty if it is no text or number."""
    return cut(escaped(str(value)), MAX_WORDS) if isinstance(value, str | int) and value != "" else ""


def day_of(value: object) -> date | None:
    """The day of a time in ISO 8601."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
