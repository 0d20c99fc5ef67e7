"""Less to do before a command starts: what libraries import and we do not use, and methods nobody calls.

Only for a process of our own; a library must not do this to the program that imports it.
"""

import dataclasses
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

# Imported by numpy, scipy and xarray as whole modules, and executed only if something is asked of them.
RARELY_USED = frozenset({
    "asyncio", "multiprocessing", "pydoc", "numpy.f2py", "numpy.testing", "numpy.ctypeslib",
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


def write_methods_later() -> None:
    """Compile each method of our dataclasses when it is first called: most never are.

    Python writes up to six methods for a dataclass as text and compiles them: 0.4 ms for each of 250 classes.
    From 3.13 on it compiles them together and in another way, which is left alone.
    """
    if sys.version_info < (3, 13):
        dataclasses._create_fn = _later(dataclasses._create_fn)  # type: ignore[attr-defined]


def _later(create: Callable[..., Any]) -> Callable[..., Any]:
    """`dataclasses._create_fn` with methods that compile themselves, for classes of this package."""

    def create_later(name: str, *text: Any, **scope: Any) -> Any:
        if not (scope.get("globals") or {}).get("__name__", "").startswith("sensa."):
            return create(name, *text, **scope)
        made: Any = None

        def method(self: Any, /, *given: Any, **named: Any) -> Any:
            nonlocal made
            if made is None:
                made = create(name, *text, **scope)
                for owner in type(self).__mro__:
                    if vars(owner).get(name) is method:
                        made.__qualname__ = method.__qualname__
                        setattr(owner, name, made)
            return made(self, *given, **named)

        method.__name__ = name
        return method

    return create_later
