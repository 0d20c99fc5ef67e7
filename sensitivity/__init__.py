"""Sensa: sensitivity analysis for training stories.

>>> import sensa
>>> tree = sensa.run("stories/library/cat_classifier.toml")  # doctest: +SKIP

`load` reads and checks a story, `check` lists what is wrong with one, `run` gives every answer as an
`xarray.DataTree`; `sensa.results` says what is in it. `review` judges a story's properties, and `compare`
says what changed between two. Nothing heavy is imported before it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sensa.isolation import isolate

if TYPE_CHECKING:
    from sensa.comparing.comparison import compare
    from sensa.pipeline import analyse, check, load, prepare, run
    from sensa.reviewing.pipeline import review
    from sensa.version import __version__

_WHERE = {
    "analyse": "sensa.pipeline",
    "check": "sensa.pipeline",
    "compare": "sensa.comparing.comparison",
    "load": "sensa.pipeline",
    "prepare": "sensa.pipeline",
    "review": "sensa.reviewing.pipeline",
    "run": "sensa.pipeline",
    "__version__": "sensa.version",
}
isolate()
__all__ = ["__version__", "analyse", "check", "compare", "load", "prepare", "review", "run"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sensa' has no attribute '{name}'")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
