"""Sensa: sensitivity analysis for training stories.

>>> import sensa
>>> tree = sensa.run("stories/library/cat_classifier.toml")  # doctest: +SKIP

Stories:
    load, loads         the story in a file, or in a text, read and checked
    check               everything that is wrong with a story, or worth a warning
    Story               a story as a value; edits of it give new ones
    build               stories made in Python, without a file
Answers:
    run                 everything that is asked of a story, as an `xarray.DataTree` with `.sensa`
    prepare, analyse    the same in two steps: compile once, then ask for some analyses
    portfolio           many stories, or many values of their numbers, as one `xarray.Dataset`
    Session, World      a prepared story, which answers thousands of variants; one case of it
    Settings, Precision how a run is done, and how close its answers are wanted
    Probability         a float that knows its interval and its error
    write_result, read_result   results in files
    plot                a picture of a result, as Matplotlib's Axes
Reviews:
    review              a story's properties, judged
    compare             what changed between two stories, and what each change moved
    discrimination      which facts would tell two stories apart
Exchange:
    import_story, export_story   files of other tools: networks, fault trees, goal structures, tables
    elicitation_sheet, with_answers   a sheet for experts, and the story with what they answered
Errors:
    StoryError, Problem what is wrong with a story, and where
    RunError            a value of a number breaks the story
    EngineRefusal       a question is beyond the budget
    StoreError          a result cannot be written or read
    ExchangeError       a file of another tool, or a sheet, cannot be carried

`sensa.testing` has assertions and strategies for tests; `sensa.results` says what is in a result. Every name
has an example in docs/python.md. Nothing heavy is imported before it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sensa.isolation import isolate

if TYPE_CHECKING:
    from sensa import build
    from sensa.analyses.settling_facts import discrimination
    from sensa.comparing.comparison import compare
    from sensa.elicitation.asking import elicitation_sheet, with_answers
    from sensa.engines.protocol import EngineRefusal
    from sensa.exchange.errors import ExchangeError
    from sensa.exchange.exporting import export_story
    from sensa.exchange.importing import import_story
    from sensa.pipeline import analyse, check, prepare, run
    from sensa.portfolios.running import portfolio
    from sensa.reports.notebook.probability import Probability
    from sensa.reports.plots import plot
    from sensa.reviewing.pipeline import review
    from sensa.sampling.estimates import Precision
    from sensa.sampling.parameters import RunError
    from sensa.sampling.settings import Settings
    from sensa.session import Session, World
    from sensa.store import StoreError
    from sensa.store import read as read_result
    from sensa.store import write as write_result
    from sensa.stories.loading import load, loads
    from sensa.stories.problems import Problem, StoryError
    from sensa.stories.story import Story
    from sensa.version import __version__

_WHERE = {
    "EngineRefusal": ("sensa.engines.protocol", "EngineRefusal"),
    "ExchangeError": ("sensa.exchange.errors", "ExchangeError"),
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
    "discrimination": ("sensa.analyses.settling_facts", "discrimination"),
    "elicitation_sheet": ("sensa.elicitation.asking", "elicitation_sheet"),
    "export_story": ("sensa.exchange.exporting", "export_story"),
    "import_story": ("sensa.exchange.importing", "import_story"),
    "load": ("sensa.stories.loading", "load"),
    "loads": ("sensa.stories.loading", "loads"),
    "plot": ("sensa.reports.plots", "plot"),
    "portfolio": ("sensa.portfolios.running", "portfolio"),
    "prepare": ("sensa.pipeline", "prepare"),
    "read_result": ("sensa.store", "read"),
    "review": ("sensa.reviewing.pipeline", "review"),
    "run": ("sensa.pipeline", "run"),
    "with_answers": ("sensa.elicitation.asking", "with_answers"),
    "write_result": ("sensa.store", "write"),
}
_RESULTS = {"analyse", "prepare", "read_result", "run"}  # functions whose results have `.sensa`
isolate()
__all__ = [
    "EngineRefusal",
    "ExchangeError",
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
    "discrimination",
    "elicitation_sheet",
    "export_story",
    "import_story",
    "load",
    "loads",
    "plot",
    "portfolio",
    "prepare",
    "read_result",
    "review",
    "run",
    "with_answers",
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
