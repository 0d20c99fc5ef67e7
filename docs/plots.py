"""Puts the program's own table of plots into `plots.md`: `python docs/plots.py`."""

import re
from pathlib import Path

from sensa.reports.plots import TABLE

PAGE = Path(__file__).parent / "plots.md"
PLACE = re.compile(r"(?<=<!-- plots -->\n).*?(?=\n\n)", re.DOTALL)


def table() -> str:
    """A row for each kind."""
    rows = [
        f"| `{row.name}` | {row.shows} | {', '.join(f'`{name}`' for name in row.analyses)} |"
        f" {'`--of`' if row.of else ''} |"
        for row in TABLE
    ]
    return "\n".join(["| kind | what it shows | analyses | options |", "|---|---|---|---|", *rows])


def page() -> str:
    """The page with the table as it is now."""
    return PLACE.sub(lambda _: table(), PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
