"""Prints `codes.md` from the program's own table: `python docs/codes.py > docs/codes.md`."""

from sensa.stories.codes import ERRORS, WARNINGS

HEAD = """\
# Codes of problems

Every problem that `sensa check` and `sensa run` tell of has a stable code, shown for warnings in brackets and
in JSON as `code`. An error keeps a story from running; a warning does not. This page is printed by
`python docs/codes.py` from the program's own table.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, table in (("Errors", ERRORS), ("Warnings", WARNINGS)):
        rows = [f"| `{code}` | {meaning} |" for code, meaning in table.items()]
        parts.append("\n".join([f"## {title}", "", "| code | meaning |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
