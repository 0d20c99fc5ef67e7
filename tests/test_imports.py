"""Which room may import which: cli -> reports -> analyses -> engines -> kernels, and stories from above."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "sensitivity": "sensa",
    "kernels": "sensa.kernels",
    "stories": "sensa.stories",
    "reports": "sensa.reports",
}

# A room is named by the longest of these that a module's name begins with; the others are forbidden to it.
ROOMS: dict[str, set[str]] = {
    "sensa.kernels": set(),
    "sensa.stories": set(),
    "sensa.graph": {"sensa.stories"},
    "sensa.circuit": {"sensa.graph", "sensa.kernels"},
    "sensa.showing": {"sensa.graph", "sensa.circuit", "sensa.kernels", "sensa"},
    "sensa.compiling": {"sensa.stories", "sensa.graph", "sensa"},
    "sensa.lowering": {"sensa.graph", "sensa.circuit", "sensa.kernels", "sensa.showing", "sensa"},
    "sensa.engines": {"sensa.circuit", "sensa.kernels"},
    "sensa.analyses": {"sensa.engines", "sensa.circuit", "sensa.kernels", "sensa"},
    "sensa.properties": {
        "sensa.stories", "sensa.graph", "sensa.circuit", "sensa.lowering", "sensa.engines", "sensa.analyses",
        "sensa.kernels", "sensa",
    },
    "sensa.comparing": {
        "sensa.stories", "sensa.graph", "sensa.circuit", "sensa.engines", "sensa.analyses", "sensa.kernels",
        "sensa",
    },
    "sensa.reports": {
        "sensa.stories", "sensa.graph", "sensa.circuit", "sensa.properties", "sensa.comparing", "sensa",
    },
    "sensa.cli": {
        "sensa.stories", "sensa.reports", "sensa.analyses", "sensa.engines", "sensa.showing",
        "sensa.properties", "sensa.comparing", "sensa",
    },
    "sensa.__main__": {"sensa.cli"},
    # The modules directly in `sensitivity/`: what the rooms share, and what puts the stages together.
    "sensa": {
        "sensa.stories", "sensa.graph", "sensa.circuit", "sensa.kernels", "sensa.showing", "sensa.compiling",
        "sensa.lowering", "sensa.engines", "sensa.analyses", "sensa.properties", "sensa.comparing",
    },
}  # fmt: skip
# What every room may import: it imports nothing of ours.
SHARED = {"sensa.version", "sensa.private", "sensa.aside", "sensa.kernels.ties"}
# Modules that put stages together, and so may not be imported by what they put together.
ASSEMBLING = {
    "sensa.running": {"sensa.cli", "sensa.properties", "sensa.comparing", "sensa"},
    "sensa.model": {"sensa.analyses", "sensa.properties", "sensa.comparing", "sensa.cli", "sensa"},
    "sensa.reviewing": {"sensa.reports", "sensa.cli", "sensa"},
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package by its import name."""
    for folder, package in FOLDERS.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT / folder).with_suffix("").parts
            yield ".".join([package, *(part for part in parts if part != "__init__")]), file


NAMES = {name for name, _ in modules()}


def room(module: str) -> str:
    return max((r for r in ROOMS if module == r or module.startswith(f"{r}.")), key=len)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, in functions too; what only type checkers see is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in NAMES else str(node.module) for name in inner)
        else:
            yield from imports(node)


def wrong_imports(module: str, text: str) -> list[str]:
    """What a module imports and its room may not."""
    here = room(module)
    found = set()
    for name in imports(ast.parse(text)):
        if name.split(".")[0] != "sensa" or name in SHARED:
            continue
        there = room(name)
        if there != here and there not in ROOMS[here]:
            found.add(name)
        if name in ASSEMBLING and here not in ASSEMBLING[name]:
            found.add(name)
    return sorted(found)


@pytest.mark.parametrize(
    ("module", "file"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_room_imports_only_what_lies_below_it(module: str, file: Path) -> None:
    assert wrong_imports(module, file.read_text()) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("sensa.kernels.points", "from sensa.circuit import Circuit"),
        ("sensa.stories.reading", "def f():\n    import sensa.graph"),
        ("sensa.engines.exact", "from sensa.stories import schema"),
        ("sensa.lowering.gates", "from sensa.compiling import compile_story"),
        ("sensa.reports.text", "from sensa.engines.exact import ExactEngine"),
        ("sensa.analyses.pairs", "from sensa import running"),
        ("sensa.running", "from sensa.cli import app"),
        ("sensa.running", "import sensa.reports"),
    ],
)
def test_an_import_against_the_direction_is_found(module: str, text: str) -> None:
    assert wrong_imports(module, text) != []


def test_rooms_know_only_the_libraries_that_are_theirs() -> None:
    allowed = {
        "sensa.kernels": {"numpy", "numba", "llvmlite", "scipy"},
        "sensa.stories": {"pydantic", "tomli", "typing_extensions"},
        "sensa.reports": {"xarray", "numpy"},
    }
    for module, file in modules():
        used = {name.split(".")[0] for name in imports(ast.parse(file.read_text()))}
        foreign = {name for name in used if name not in sys.stdlib_module_names} - {"sensa"}
        if room(module) in allowed:
            assert foreign <= allowed[room(module)], module
