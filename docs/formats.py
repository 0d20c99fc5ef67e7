"""Puts the program's own table of review formats into `review-output.md`: `python docs/formats.py`."""

import re
from pathlib import Path

from sensa.reports.formats import TABLE

PAGE = Path(__file__).parent / "review-output.md"
PLACE = re.compile(r"(?<=<!-- formats -->\n).*?(?=\n\n)", re.DOTALL)


def table() -> str:
    """A row for each format of reviews."""
    rows = [f"| `{row.name}` | {row.meant_for} | {row.green} |" for row in TABLE if "review" in row.of]
    return "\n".join(["| format | for | green is |", "|---|---|---|", *rows])


def page() -> str:
    """The page with the table as it is now."""
    return PLACE.sub(lambda _: table(), PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
