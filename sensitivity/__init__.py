"""Sensa: sensitivity analysis for training stories.

>>> import sensa
>>> tree = sensa.run("stories/library/cat_classifier.toml")  # doctest: +SKIP

`load` reads and checks a story (`loads` one in a text), `check` lists what is wrong with one, `run` gives
every answer as an `xarray.DataTree`; `sensa.results` says what is in it, and `write_result` and `read_result`
keep it in a file. `review` judges a story's properties, and `compare` says what changed between two. Edits
of a `Story` give new ones, and `build` makes one without a file. Nothing heavy is imported before it is
needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sensa.isolation import isolate

if TYPE_CHECKING:
    from sensa import build
    from sensa.comparing.comparison import compare
    from sensa.engines.protocol import EngineRefusal
    from sensa.pipeline import analyse, check, load, loads, prepare, run
    from sensa.reports.notebook.probability import Probability
    from sensa.reviewing.pipeline import review
    from sensa.sampling.estimates import Precision
    from sensa.sampling.parameters import RunError
    from sensa.sampling.settings import Settings
    from sensa.session import Session, World
    from sensa.store import StoreError
    from sensa.store import read as read_result
    from sensa.store import write as write_result
    from sensa.stories.problems import Problem, StoryError
    from sensa.stories.story import Story
    from sensa.version import __version__

_WHERE = {
    "EngineRefusal": ("sensa.engines.protocol", "EngineRefusal"),
    "Precision": ("sensa.sampling.estimates", "Precision"),
    "Probability": ("sensa.reports.notebook.probability", "Probability"),
    "Problem": ("sensa.stories.problems", "Problem"),
    "RunError": ("sensa.sampling.parameters", "RunError"),
    "Session": ("sensa.session", "Session"),
    "Settings": ("sensa.sampling.settings", "Settings"),
    "StoreError": ("sensa.store", "StoreError"),
    "World": ("sensa.session", "World"),
    "Story": ("sensa.stories.story", "Story"),
    "StoryError": ("sensa.stories.problems", "StoryError"),
    "__version__": ("sensa.version", "__version__"),
    "analyse": ("sensa.pipeline", "analyse"),
    "build": ("sensa.build", ""),
    "check": ("sensa.pipeline", "check"),
    "compare": ("sensa.comparing.comparison", "compare"),
    "load": ("sensa.pipeline", "load"),
    "loads": ("sensa.pipeline", "loads"),
    "prepare": ("sensa.pipeline", "prepare"),
    "read_result": ("sensa.store", "read"),
    "review": ("sensa.reviewing.pipeline", "review"),
    "run": ("sensa.pipeline", "run"),
    "write_result": ("sensa.store", "write"),
}
_RESULTS = {"analyse", "prepare", "read_result", "run"}  # what gives results, which have `.sensa`
isolate()
__all__ = [
    "EngineRefusal",
    "Precision",
    "Probability",
    "Problem",
    "RunError",
    "Session",
    "Settings",
    "StoreError",
    "Story",
    "StoryError",
    "World",
    "__version__",
    "analyse",
    "build",
    "check",
    "compare",
    "load",
    "loads",
    "prepare",
    "read_result",
    "review",
    "run",
    "write_result",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sensa' has no attribute '{name}'")
    if name in _RESULTS:
        import_module("sensa.reports.notebook.accessor")
    module, attribute = _WHERE[name]
    found = import_module(module)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return __all__
