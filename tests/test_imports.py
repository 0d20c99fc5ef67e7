"""Which room may import which: cli -> reports -> analyses -> engines -> kernels, and stories from above."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "sensitivity": "sensa",
    "kernels": "sensa.kernels",
    "stories": "sensa.stories",
    "reports": "sensa.reports",
}

STORIES = {"sensa.stories", "sensa.stories.numbers", "sensa.stories.expressions", "sensa.stories.properties"}
KERNELS = {
    f"sensa.kernels{wing}" for wing in ("", ".distributions", ".bdd", ".elimination", ".worlds", ".programs")
}
WAIST = {"sensa.graph", "sensa.circuit", "sensa"}
# What says what minimal sets are: `cut_sets` asks the exact engine for them, which gives them in these.
SETS = {"sensa.engines.cut_sets.set_family", "sensa.engines.cut_sets.possible_ends"}
ENGINES = {
    f"sensa.engines{kind}" for kind in ("", ".exact", ".elimination", ".montecarlo", ".cut_sets")
} | SETS
ASKING = {"sensa.sampling", "sensa.session", "sensa.variance", "sensa.methods"}

# A room is named by the longest of these that a module's name begins with; the others are forbidden to it.
ROOMS: dict[str, set[str]] = {
    "sensa.kernels": set(),
    "sensa.kernels.distributions": {"sensa.kernels"},
    "sensa.kernels.bdd": {"sensa.kernels"},
    "sensa.kernels.elimination": {"sensa.kernels"},
    "sensa.kernels.worlds": {"sensa.kernels"},
    "sensa.kernels.programs": {"sensa.kernels", "sensa.kernels.bdd"},
    "sensa.stories": STORIES | {"sensa.stories.checking"},
    "sensa.stories.expressions": STORIES,
    "sensa.stories.numbers": STORIES,
    "sensa.stories.properties": STORIES,
    "sensa.stories.checking": STORIES,
    "sensa.graph": STORIES,
    "sensa.circuit": {"sensa.graph", *KERNELS},
    "sensa.showing": {*WAIST, *KERNELS},
    "sensa.compiling": {*STORIES, *WAIST},
    "sensa.lowering": {*WAIST, *KERNELS, "sensa.showing"},
    "sensa.engines": {"sensa.circuit", *KERNELS, *ENGINES},
    "sensa.engines.exact": {"sensa.circuit", *KERNELS, "sensa.engines", *SETS},
    "sensa.engines.elimination": {"sensa.circuit", *KERNELS, "sensa.engines", "sensa.engines.exact"},
    "sensa.engines.montecarlo": {"sensa.circuit", *KERNELS, "sensa.engines", "sensa.engines.exact"},
    "sensa.engines.cut_sets": {"sensa.circuit", *KERNELS, *ENGINES},
    **{name: {"sensa.circuit", *KERNELS, "sensa.engines", *SETS} for name in SETS},
    "sensa.sampling": {*WAIST, *STORIES, *KERNELS, *ENGINES},
    "sensa.session": {*WAIST, *KERNELS, *ENGINES, "sensa.sampling"},
    "sensa.variance": {*WAIST, *KERNELS, *ENGINES, *ASKING} - {"sensa.methods"},
    "sensa.methods": {*WAIST, "sensa.stories", *KERNELS, *ENGINES, *ASKING},
    "sensa.analyses": {*WAIST, *KERNELS, *ENGINES, *ASKING},
    "sensa.checkpoints": {*WAIST, "sensa.stories", *KERNELS, "sensa.sampling"},
    "sensa.distributed": {"sensa.checkpoints", "sensa.sampling", "sensa.stories"},
    "sensa.portfolios": {
        *WAIST, *STORIES, *KERNELS, *ENGINES, *ASKING, "sensa.analyses", "sensa.checkpoints",
        "sensa.properties", "sensa.reviewing",
    },
    "sensa.properties": {
        *WAIST, *STORIES, *KERNELS, *ENGINES, *ASKING, "sensa.stories.checking", "sensa.compiling",
        "sensa.lowering",
    },
    "sensa.comparing": {*WAIST, *STORIES, *KERNELS, *ENGINES, *ASKING},
    "sensa.evidence": STORIES,
    "sensa.reviewing": {
        *WAIST, *STORIES, *ENGINES, *ASKING, "sensa.stories.checking", "sensa.analyses", "sensa.properties",
        "sensa.comparing", "sensa.evidence",
    },
    "sensa.reports": {
        *WAIST, *STORIES, "sensa.stories.checking", "sensa.showing", "sensa.properties", "sensa.comparing",
        "sensa.reviewing",
    },
    "sensa.cli": {
        *WAIST, *STORIES, *ENGINES, *ASKING, "sensa.stories.checking", "sensa.reports", "sensa.analyses",
        "sensa.showing", "sensa.checkpoints", "sensa.distributed", "sensa.portfolios", "sensa.properties",
        "sensa.comparing", "sensa.reviewing", "sensa.evidence", "sensa.exchange", "sensa.elicitation",
    },
    "sensa.testing": {
        *WAIST, *STORIES, *KERNELS, *ENGINES, *ASKING, "sensa.stories.checking", "sensa.lowering",
        "sensa.properties", "sensa.comparing", "sensa.reviewing", "sensa.reports", "sensa.cli",
    },
    "sensa.elicitation": {*STORIES, "sensa.exchange"},
    "sensa.exchange": {*WAIST, *STORIES, *KERNELS, *ASKING, "sensa.stories.checking"},
    "sensa.__main__": {"sensa.cli"},
    # The modules directly in `sensitivity/`: what the rooms share, and what puts the stages together.
    "sensa": {
        *WAIST, *STORIES, *KERNELS, *ENGINES, *ASKING, "sensa.stories.checking", "sensa.showing",
        "sensa.compiling", "sensa.lowering", "sensa.analyses", "sensa.portfolios", "sensa.properties",
        "sensa.comparing", "sensa.reviewing",
    },
}  # fmt: skip
# What every room may import: it imports nothing of ours.
SHARED = {
    "sensa.version",
    "sensa.processors",
    "sensa.quick_start",
    "sensa.generated",
    "sensa.private",
    "sensa.ordinary_files",
    "sensa.aside",
    "sensa.kernels.ties",
}
# A module that puts stages together, and so may not be imported by what it puts together.
ASSEMBLING = {
    "sensa.pipeline": {
        "sensa.cli",
        "sensa.portfolios",
        "sensa.properties",
        "sensa.comparing",
        "sensa.reviewing",
        "sensa.testing",
        "sensa.exchange",
        "sensa",
    },
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package by its import name."""
    for folder, package in FOLDERS.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT / folder).with_suffix("").parts
            yield ".".join([package, *(part for part in parts if part != "__init__")]), file


NAMES = {name for name, _ in modules()}


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@cache
def imported(file: Path) -> frozenset[str]:
    return frozenset(imports(parsed(file)))


@cache
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
        elif not isinstance(node, ast.expr):  # in which there are no statements
            yield from imports(node)


def wrong_imports(module: str, names: Iterable[str]) -> list[str]:
    """What a module imports and its room may not."""
    here = room(module)
    found = set()
    for name in names:
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
    assert wrong_imports(module, imported(file)) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("sensa.kernels.sobol_points", "from sensa.circuit import Circuit"),
        ("sensa.stories.reading", "def f():\n    import sensa.graph"),
        ("sensa.engines.exact.engine", "from sensa.stories import schema"),
        ("sensa.lowering.gate_builder", "from sensa.compiling import compile_story"),
        ("sensa.reports.result.text", "from sensa.engines.exact.engine import ExactEngine"),
        ("sensa.analyses.pairs", "from sensa import pipeline"),
        ("sensa.pipeline", "from sensa.cli import app"),
        ("sensa.pipeline", "import sensa.reports"),
    ],
)
def test_an_import_against_the_direction_is_found(module: str, text: str) -> None:
    assert wrong_imports(module, imports(ast.parse(text))) != []


# What a story is as text or as a document: nothing that answers for a graph may need it.
WRITTEN = {
    f"sensa.stories.{name}" for name in ("story", "reading", "loading", "shape", "partial", "traversal")
} | {name for name in NAMES if name.startswith("sensa.stories.schema.")}
OF_GRAPHS = {"sensa.circuit", "sensa.lowering", *ENGINES, *ASKING, "sensa.analyses"}


def needed(module: str, needs: Mapping[str, Set[str]]) -> set[str]:
    """All that a module imports, by way of others too."""
    found, waiting = {module}, [module]
    while waiting:
        further = needs.get(waiting.pop(), set()) - found
        found |= further
        waiting += further
    return found


def test_what_answers_for_a_graph_reads_no_story() -> None:
    """A model without TOML gets every answer: neither imports nor `session.story` stand in its way."""
    needs = {module: imported(file) & NAMES for module, file in modules()}
    for module, file in modules():
        if room(module) not in OF_GRAPHS:
            continue
        assert needed(module, needs) & WRITTEN == set(), module
        attributes = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.Attribute)]
        read = [node for node in attributes if node.attr == "document"]
        read += [node for node in attributes if ast.unparse(node) == "session.story"]
        assert read == [], module
    assert needed("a", {"a": {"b"}, "b": {"sensa.stories.schema.nodes"}}) & WRITTEN


def test_rooms_know_only_the_libraries_that_are_theirs() -> None:
    allowed = {
        "sensa.kernels": {"numpy", "numba", "llvmlite", "scipy"},
        "sensa.stories": {"pydantic", "tomli", "typing_extensions"},
        "sensa.reports": {"xarray", "numpy", "pandas", "matplotlib", "rich"},
    }
    for module, file in modules():
        used = {name.split(".")[0] for name in imported(file)}
        foreign = {name for name in used if name not in sys.stdlib_module_names} - {"sensa"}
        if room(module) in allowed:
            assert foreign <= allowed[room(module)], module


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports in functions count too."""
    needs = {module: imported(file) & NAMES - {module} for module, file in modules()}
    assert circle(needs) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


def circle(needs: Mapping[str, Set[str]]) -> list[str]:
    """What is left when all that needs nothing, or only what was taken away, is taken away."""
    left = {name: set(needed) for name, needed in needs.items()}
    while free := {name for name, needed in left.items() if not needed & left.keys()}:
        left = {name: needed for name, needed in left.items() if name not in free}
    while unneeded := left.keys() - {name for needed in left.values() for name in needed}:
        left = {name: needed for name, needed in left.items() if name not in unneeded}
    return sorted(left)


def test_what_tests_share_is_in_no_test_file() -> None:
    """Fixtures have files of their own, so that a test file can be read, moved and run alone."""
    for file in sorted((ROOT / "tests").rglob("*.py")):
        shared = [name for name in imported(file) if name.startswith("tests.")]
        wrong = [name for name in shared if name.rsplit(".", 1)[-1].startswith("test_")]
        assert wrong == [], file
