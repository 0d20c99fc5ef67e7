"""Keep Numba and Matplotlib from reading settings in the working directory, perhaps an untrusted checkout.

Numba reads `.numba_config.yaml` there when imported, and again whenever it compiles; that file can name the
cache whose entries Numba unpickles. Matplotlib reads `matplotlibrc` there when imported; that file can name a
backend, which is code. Their environment variables still apply, and their settings elsewhere.
"""

import ast
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

MODULE = "numba.core.config"
FILE = ".numba_config.yaml"
MATPLOTLIB, MATPLOTLIB_FILE = "matplotlib", "matplotlibrc"
NO_FILE = ""  # matches no file


class _Loader(SourceFileLoader):
    """Loads Numba's configuration without the name of its file."""

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        if code is None:
            return None
        return code.replace(co_consts=tuple(NO_FILE if value == FILE else value for value in code.co_consts))


class _Finder:
    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != MODULE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _WithoutFile(ast.NodeTransformer):
    """Leaves the file in the working directory out of what Matplotlib looks for."""

    def visit_Yield(self, node: ast.Yield) -> ast.Yield:
        """`yield 'matplotlibrc'` is the file in the working directory; the others are joined to a folder."""
        if isinstance(node.value, ast.Constant) and node.value.value == MATPLOTLIB_FILE:
            node.value = ast.copy_location(ast.Constant(NO_FILE), node.value)
        return node


class _MatplotlibLoader(SourceFileLoader):
    """Loads Matplotlib from its source, without that file."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        return compile(_WithoutFile().visit(tree), path, "exec", dont_inherit=True)


class _MatplotlibFinder:
    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != MATPLOTLIB:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _MatplotlibLoader(spec.loader.name, spec.loader.path)
        return spec


def isolate_matplotlib() -> None:
    """Import Matplotlib without the settings in the working directory, unless it is imported already.

    What draws must then set its own (`sensa.reports.plots.style`), as settings may have been read before.
    """
    if MATPLOTLIB in sys.modules:
        return
    finder = _MatplotlibFinder()
    sys.meta_path.insert(0, finder)
    try:
        import_module(MATPLOTLIB)
    finally:
        sys.meta_path.remove(finder)


def isolate() -> None:
    """Keep Numba from reading the working directory, whoever imports it and when.

    If Numba is already imported, undo what it read from such a file.
    """
    loaded = sys.modules.get(MODULE)
    if loaded is not None:
        loaded._config_fname = NO_FILE  # type: ignore[attr-defined]
        loaded.reload_config()
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
