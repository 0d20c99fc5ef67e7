"""Puts the program's own table of analyses into `results.md`: `python docs/analyses.py`."""

import re
from pathlib import Path

from sensa.analyses import TABLE

PAGE = Path(__file__).parent / "results.md"
PLACE = re.compile(r"(?<=<!-- analyses -->\n).*?(?=\n\n)", re.DOTALL)


def table() -> str:
    """A row for each analysis."""
    rows = [
        f"| `{row.name}` | {'every run' if row.usual else '`--analyses`'} | {row.answers} | {row.needs} |"
        for row in TABLE
    ]
    return "\n".join(["| group | in | what it answers | needs |", "|---|---|---|---|", *rows])


def page() -> str:
    """The page with the table as it is now."""
    return PLACE.sub(lambda _: table(), PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
