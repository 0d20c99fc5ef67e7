"""Tables with a row for each run of a sample: CSV, and JSON lines as METR publishes them (`runs.jsonl`)."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sensa.evidence.files import text_of
from sensa.evidence.records import Log, Record, json_of, table, words
from sensa.evidence.refusal import LogError
from sensa.stories.problems import did_you_mean, listed, near, quoted

SCORES = ("score_binarized", "score")  # columns that count where none is named
SAMPLES = ("task_id", "sample_id", "id")
MODELS = ("alias", "model")
TASKS = ("task_source", "task")
MAX_ROWS = 1_000_000


def of_csv(place: Path, scorer: str, sample: str, where: Mapping[str, str]) -> Log:
    """The log in a CSV file with a header. Raises `LogError`."""
    try:
        text = text_of(place).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = list(reader.fieldnames or ())
        rows = list(_limited(reader))
    except UnicodeDecodeError:
        raise LogError("is not UTF-8") from None
    except csv.Error as error:
        raise LogError(f"is not CSV: {error}") from None
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise LogError(f"has two columns {quoted(twice[0])}")
    if not header:
        raise LogError("is empty; its first row should name the columns")
    if any(None in row or None in row.values() for row in rows):
        raise LogError("has a row that is longer or shorter than its header")
    return _log(header, rows, scorer, sample, where)


def of_json_lines(place: Path, scorer: str, sample: str, where: Mapping[str, str]) -> Log:
    """The log in a file with a JSON object on each line. Raises `LogError`."""
    lines = (line for line in text_of(place).split(b"\n") if line.strip())
    rows = [table(json_of(line, "a line"), "a line") for line in _limited(lines)]
    return _log(list(dict.fromkeys(name for row in rows for name in row)), rows, scorer, sample, where)


def _limited(rows: Any) -> Iterator[Any]:
    for count, row in enumerate(rows):
        if count >= MAX_ROWS:
            raise LogError(f"has more than {MAX_ROWS} rows")
        yield row


def _log(
    columns: Sequence[str],
    rows: Sequence[dict[str, Any]],
    scorer: str,
    sample: str,
    where: Mapping[str, str],
) -> Log:
    if not rows:
        raise LogError("has no row" + (" below its header" if columns else ""))
    for named in (*where, *filter(None, (scorer, sample))):
        _require(columns, named)
    kept = [row for row in rows if all(_text(row.get(name)) == text for name, text in where.items())]
    if not kept:
        raise LogError("has no row that `where` chooses")
    score = scorer or next((name for name in SCORES if name in columns), "")
    if not score:
        raise LogError(f"has the columns {listed(columns, 'and')}: name the scores by `scorer`")
    by = sample or next((name for name in SAMPLES if name in columns), "")
    names = [_text(row.get(by)) if by else str(index) for index, row in enumerate(kept)]
    return Log(
        tuple(Record(name, row.get(score)) for name, row in zip(names, kept, strict=True)),
        task=_only(kept, TASKS, required=False),
        model=_only(kept, MODELS, required=True),
    )


def _require(columns: Sequence[str], name: str) -> None:
    if name not in columns:
        fix = did_you_mean(near(name, columns)) or f"it has {listed(columns, 'and')}"
        raise LogError(f"has no column {quoted(name)} ({fix})")


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _only(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, required: bool) -> str:
    """The value that all rows share, if they have such a column."""
    column = next((name for name in columns if name in rows[0]), None)
    found = {_text(row.get(column)) for row in rows} if column else set()
    if required and len(found) > 1:
        choice = f"choose one, as `where = {{ {column} = … }}`"
        raise LogError(f"has rows of several models, {listed(sorted(found), 'and', most=4)}: {choice}")
    return words(found.pop()) if len(found) == 1 else ""
