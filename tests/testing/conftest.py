from pathlib import Path

import pytest

from tests.testing import suites


@pytest.fixture
def suite(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> pytest.Pytester:
    """A directory with a folder `plans`, where pytest runs with the plugin."""
    suites.environment(monkeypatch, tmp_path_factory.mktemp("cache"))
    pytester.plugins = []
    (pytester.path / "plans").mkdir()
    return pytester


@pytest.fixture
def run(suite: pytest.Pytester) -> suites.Run:
    """Runs pytest in the process, where what is heavy has been imported already."""

    def call(*arguments: str) -> pytest.RunResult:
        return suite.runpytest_inprocess(*suites.PLUGIN, "-p", "no:randomly", "-W", "default", *arguments)

    return call


@pytest.fixture
def write(suite: pytest.Pytester) -> "suites.Write":
    """Writes a story of these parts into a file of the folder `plans`."""

    def call(name: str, *parts: str) -> Path:
        path = suite.path / "plans" / name
        path.write_text("".join(parts), "utf-8")
        return path

    return call
