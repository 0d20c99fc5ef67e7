"""The pytest plugin of sensa: a story is a file of tests, each of its properties a test.

It is loaded by every run of pytest where sensa is installed, whatever the tests are about. So it lies outside
of the package `sensa` and imports nothing of it before a story is collected or a fixture asks for one.
"""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sensa.stories.story import Story

STORY = ".story.toml"
SETTINGS = "pyproject.toml"
MARKER = (
    "sensa(path): on a test, the story that its fixtures `story` and `base_story` give, by a path from the"
    " root directory; every property of a story has it with `story`, `property` and `severity`"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--sensa-against`."""
    parser.getgroup("sensa", "training stories (sensa)").addoption(
        "--sensa-against",
        metavar="REF",
        help="Compare stories with a commit, as `sensa check --against` does; `merge-base`: where the branch"
        " left the main one.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker; beside `testpaths`, the stories that `[tool.sensa]` names are arguments too."""
    config.addinivalue_line("markers", MARKER)
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        given = [config.invocation_params.dir / argument for argument in config.args]
        for path in _named(config):
            if not any(path.is_relative_to(one) for one in given):
                config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A story, by its name or because the configuration names it."""
    if file_path.suffix != ".toml":
        return None
    if not file_path.name.endswith(STORY):
        try:
            if file_path not in _named(parent.config):
                return None
        except pytest.UsageError as error:  # which pytest would show with a traceback
            raise parent.CollectError(str(error)) from None
    from sensa.testing.collection import StoryFile

    found: pytest.Collector = StoryFile.from_parent(parent, path=file_path)
    return found


@cache
def _named(config: pytest.Config) -> tuple[Path, ...]:
    """What `[tool.sensa] stories` names, in the configuration that holds in the root directory."""
    root = config.rootpath
    if not _speaks_of_sensa(root):
        return ()
    from sensa.cli.configuration import ConfigurationError, configuration

    try:
        return tuple(Path(os.path.abspath(file)) for file in configuration(root).stories())
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None


def _speaks_of_sensa(root: Path) -> bool:
    """Whether a `pyproject.toml` that may hold there has the word in it."""
    for folder in (root, *root.parents):
        try:
            if b"sensa" in (folder / SETTINGS).read_bytes():
                return True
        except OSError:
            pass
        if (folder / ".git").exists():
            break
    return False


@pytest.fixture
def story(request: pytest.FixtureRequest) -> "Story":
    """The story that the marker `sensa` names; without one, the only one that `[tool.sensa]` names."""
    from sensa.testing import fixtures

    return fixtures.story(request, _named(request.config))


@pytest.fixture
def base_story(request: pytest.FixtureRequest) -> "Story":
    """The same story as it was at the commit of `--sensa-against`; skips where there is none."""
    from sensa.testing import fixtures

    return fixtures.base_story(request, _named(request.config))
