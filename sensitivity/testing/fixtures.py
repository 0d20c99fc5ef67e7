"""The fixtures `story` and `base_story`."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from sensa.cli.bases import story_at
from sensa.cli.failing import failure
from sensa.stories.loading import load
from sensa.stories.story import Story
from sensa.testing.check_settings import settings

MARKER = '`@pytest.mark.sensa("plans/a.story.toml")`'


def story(request: pytest.FixtureRequest, named: Sequence[Path]) -> Story:
    """The story chosen by a test's marker, else the only one in the configuration."""
    return _loaded(request.config, _chosen(request, named))


def base_story(request: pytest.FixtureRequest, named: Sequence[Path]) -> Story:
    """The same story at the commit to compare with; skips the test if there is none."""
    path = _chosen(request, named)
    against = settings(request.config).wanted.against
    if against is None:
        pytest.skip("no base: `--sensa-against REF` names a commit to compare with")
    found, name = _at(request.config, path, against)
    if found is None:
        pytest.skip(f"no `{os.path.relpath(path)}` at {name}")
    return found


def _chosen(request: pytest.FixtureRequest, named: Sequence[Path]) -> Path:
    marker = request.node.get_closest_marker("sensa")
    if marker is not None:
        if len(marker.args) != 1:
            _fail(f"the marker takes the path of one story: {MARKER}")
        path: Path = request.config.rootpath / marker.args[0]
        return path
    if not named:
        _fail(f"no story is chosen: {MARKER} chooses one, or `stories` in [tool.sensa]")
    if len(named) > 1:
        _fail(f"[tool.sensa] names {len(named)} stories: {MARKER} chooses one")
    return named[0]


@cache
def _loaded(config: pytest.Config, path: Path) -> Story:
    try:
        return load(os.path.relpath(path))
    except Exception as error:
        _broken(path, error)


@cache
def _at(config: pytest.Config, path: Path, against: str) -> tuple[Story | None, str]:
    try:
        return story_at(os.path.relpath(path), against)
    except Exception as error:
        _broken(path, error)


def _broken(path: Path, error: Exception) -> NoReturn:
    """Fail with the errors of a story; unexpected exceptions are raised unchanged."""
    failed = failure(error)
    if failed.status == "internal":
        raise error
    _fail("\n".join(map(str, failed.problems)) or f"{os.path.relpath(path)}: {failed.message}")


def _fail(words: str) -> NoReturn:
    pytest.fail(words, pytrace=False)
