"""Keep Numba from reading settings in the working directory, which may be an untrusted checkout.

It reads `.numba_config.yaml` there when imported, and again whenever it compiles; that file can name the
cache whose entries Numba unpickles. Numba's environment variables still apply.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

MODULE = "numba.core.config"
FILE = ".numba_config.yaml"
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
