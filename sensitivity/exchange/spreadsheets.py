"""Cells of spreadsheets: text that is no formula, and what people's spreadsheets make of CSV."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sensa.exchange.errors import ExchangeError
from sensa.exchange.read_numbers import read_number

FORMULA = ("=", "+", "-", "@", "\t", "\r")
GROUPED = re.compile(r"[1-9]\d{0,2},\d{3}")  # 1,000: thousands in English, a decimal comma elsewhere
MAX_BYTES = 1 << 20
MAX_ROWS = 20_000


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def written(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def read(data: bytes, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table with its columns by name, in lower case; its first row names them.

    Reads commas, semicolons and tabs between cells, as a spreadsheet saves them; empty rows are left out.
    Raises `ExchangeError`.
    """
    if len(data) > MAX_BYTES:
        raise ExchangeError(f"has more than {MAX_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ExchangeError("is no text; save the sheet as CSV")
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ExchangeError(f"is no table: {error}") from None
    if len(rows) > MAX_ROWS:
        raise ExchangeError(f"has more than {MAX_ROWS:,} rows")
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [name for name in needed if name not in names]
    if missing:
        raise ExchangeError(f"the first row names no column `{missing[0]}`; it needs {', '.join(needed)}")
    found = []
    for row in rows[1:]:
        cells = [cell.strip() for cell in row] + [""] * (len(names) - len(row))
        if any(cells):
            found.append({name: _plain(cell) for name, cell in zip(names, cells, strict=False)})
    return found


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def number(cell: str, where: str) -> float | None:
    """The number in a cell, None if it is empty: `0.3`, `0,3` and `30 %`; raises `ExchangeError`."""
    text = cell.replace("\u00a0", " ").strip()
    if not text:
        return None
    share = text.endswith("%")
    plain = text.removesuffix("%").strip().replace(",", ".") if text.count(",") <= 1 else text
    if GROUPED.fullmatch(text.removesuffix("%").strip()):
        raise ExchangeError(f"{where}: `{cell}` may be thousands or thousandths: write it without the comma")
    try:
        value = read_number(plain) / (100 if share else 1)
    except ValueError as error:
        raise ExchangeError(f"{where}: `{cell}` {error}") from None
    if not -1e300 < value < 1e300:
        raise ExchangeError(f"{where}: `{cell}` is no finite number")
    return value
