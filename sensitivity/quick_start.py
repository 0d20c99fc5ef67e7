"""Less to do before a command starts: modules that libraries import and we do not use.

Only for a process of our own; a library must not do this to the program that imports it.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# Imported by libraries as whole modules, and executed only if something is asked of them.
RARELY_USED = frozenset({
    "asyncio", "multiprocessing", "pydoc", "yaml", "numpy.f2py", "numpy.testing", "numpy.ctypeslib",
    "numpy.polynomial", "numpy.fft", "xarray.testing", "xarray.tutorial", "xarray.ufuncs",
})  # fmt: skip

Path = Sequence[str] | None


class _Later:
    """A finder of modules that are executed at the first use of an attribute."""

    @staticmethod
    def find_spec(name: str, path: Path = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in RARELY_USED:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            from importlib.util import LazyLoader

            spec.loader = LazyLoader(spec.loader)
        return spec


def import_later() -> None:
    """Execute rarely used modules of libraries only if they are used."""
    sys.meta_path.insert(0, _Later)
