"""Prints the page of the library's stories: `python docs/library.py > docs/library.md`."""

from pathlib import Path
from typing import Any

import tomli

ROOT = Path(__file__).parents[1]
ABOUT = """\
# The library

Worked stories, by the class of their goal. Each has reasons, doubts, and values that it must give, worked out
by hand or by an independent enumeration. Numbers are made up unless a story says otherwise.
`sensa new --goal CLASS` starts from one of them. Published arguments are in the [gallery](gallery.md).

| story | goal | rationale | about |
|---|---|---|---|
"""


def row(path: Path) -> str:
    """One story: its title, the classes of its goal and its rationale, its summary."""
    story: dict[str, Any] = tomli.loads(path.read_text("utf-8"))
    goal, rationale = (", ".join(story[part]["class"]) for part in ("goal", "rationale"))
    title, summary = (story["story"][key] for key in ("title", "summary"))
    return f"| [{title}](../stories/library/{path.name}) | {goal} | {rationale} | {summary} |"


def page() -> str:
    """The page, its rows in the order of goals and of files."""
    paths = sorted((ROOT / "stories" / "library").glob("*.toml"))
    rows = {path: row(path) for path in paths}
    ordered = sorted(paths, key=lambda path: (rows[path].split(" | ")[1], path.name))
    return ABOUT + "".join(f"{rows[path]}\n" for path in ordered)


if __name__ == "__main__":
    print(page(), end="")
