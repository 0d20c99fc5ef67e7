"""The dimensions of a sweep: values of one number each, or variants in which several change together."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli

from sensa.stories.problems import listed, quoted

MAX_VALUES = 1 << 21  # of a sweep in all; a million take half a gigabyte
MAX_BYTES = 1 << 28  # of a file of variants
VARIANT = "variant"
_WANTED = "`LOW:HIGH:COUNT` or numbers with commas between them"


class SweepError(ValueError):
    """A sweep is not written as one; the message says what would be right."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of a sweep: values by path, all of one length, and a label for each."""

    name: str
    values: Mapping[str, tuple[float, ...]]
    labels: tuple[str | float, ...]

    @property
    def size(self) -> int:
        """The number of values."""
        return len(self.labels)


def of_number(path: str, values: Sequence[float]) -> Dimension:
    """The dimension of one number."""
    found = tuple(float(value) for value in values)
    if not found:
        raise SweepError(f"{quoted(path)}: expected at least one value")
    if not all(map(math.isfinite, found)):
        raise SweepError(f"{quoted(path)}: expected finite numbers")
    if len(set(found)) < len(found):
        raise SweepError(f"{quoted(path)}: expected different values, got one of them twice")
    return Dimension(path, {path: found}, found)


def parsed(text: str) -> Dimension:
    """The dimension in `PATH=LOW:HIGH:COUNT`, equally spaced with both ends, or in `PATH=VALUE,VALUE`."""
    path, equals, values = text.partition("=")
    if not equals or not path.strip():
        raise SweepError(f"expected `PATH=VALUES`, got {quoted(text)}")
    return of_number(path.strip(), _numbers(path.strip(), values))


def _numbers(path: str, text: str) -> list[float]:
    wrong = SweepError(f"{quoted(path)}: expected {_WANTED}, got {quoted(text)}")
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        low, high, count = text.split(":")
        ends, points = (float(low), float(high)), int(count)
    except ValueError:
        raise wrong from None
    if points < 2 or not all(map(math.isfinite, ends)):
        raise wrong
    if points > MAX_VALUES:
        raise SweepError(f"{quoted(path)}: at most {MAX_VALUES:,} values, not {points:,}")
    return [float(value) for value in np.linspace(*ends, points)]


def from_file(path: str) -> list[Dimension]:
    """The dimensions in a TOML file: under each path a text as on the command line, or numbers."""
    try:
        table = tomli.loads(_text(path))
    except tomli.TOMLDecodeError as error:
        raise SweepError(f"{path}: not TOML: {error}") from None
    found = [_dimension(f"{path}: ", name, value) for name, value in _flat(table)]
    if not found:
        raise SweepError(f"{path}: expected at least one path with its values")
    return found


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Values by path, where a path may be one quoted key or keys with dots."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _dimension(where: str, path: str, value: Any) -> Dimension:
    if isinstance(value, str):
        return of_number(path, _numbers(path, value))
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise SweepError(f"{where}{quoted(path)}: expected {_WANTED} as text, or an array of numbers")
    return of_number(path, numbers)


def variants(path: str) -> Dimension:
    """The dimension in a CSV file: paths in the first line, a variant in each other one.

    A column `variant` has their labels; else they are numbered from 0.
    """
    rows = list(csv.reader(io.StringIO(_text(path))))
    rows = [row for row in rows if row]
    if len(rows) < 2:
        raise SweepError(f"{path}: expected a line of paths and at least one variant")
    head = [name.strip() for name in rows[0]]
    if len(set(head)) < len(head) or not all(head):
        raise SweepError(f"{path}: expected a different path above each column")
    columns: dict[str, list[str]] = {name: [] for name in head}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            raise SweepError(f"{path}: line {number}: expected {len(head)} values, got {len(row)}")
        for name, value in zip(head, row, strict=True):
            columns[name].append(value.strip())
    labels = tuple(columns.pop(VARIANT, map(str, range(len(rows) - 1))))
    if len(set(labels)) < len(labels):
        raise SweepError(f"{path}: two variants have one name")
    if not columns:
        raise SweepError(f"{path}: expected at least one column that is a path")
    values = {name: tuple(_finite(path, name, text) for text in column) for name, column in columns.items()}
    return Dimension(VARIANT, values, labels)


def _finite(file: str, path: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SweepError(f"{file}: {quoted(path)}: expected a finite number, got {quoted(text)}")
    return value


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SweepError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise SweepError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise SweepError(f"{path}: not UTF-8") from None


def require_apart(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    """The dimensions, no number in two of them, and not too many cells."""
    every = tuple(dimensions)
    paths = [path for dimension in every for path in dimension.values]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise SweepError(f"{listed(twice, 'and')}: swept twice")
    size = math.prod(dimension.size for dimension in every)
    if size > MAX_VALUES:
        raise SweepError(f"at most {MAX_VALUES:,} variants, not {size:,}")
    return every
