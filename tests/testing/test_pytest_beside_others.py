"""The plugin beside other suites and other plugins: in processes of their own, as pytest is run."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

import sensa.reviewing.pipeline
import sensa.testing.collection  # noqa: F401  (what pytest runs inside of pytest imports is imported anew)
from tests.testing.suites import BROKEN, BUDGET, NO_SINGLE_POINT, PLUGIN, RARE, STORY, Run, Write

pytest_plugins = ["pytester"]

HEAVY = ("numpy", "scipy", "xarray", "numba", "pydantic", "typer", "hypothesis", "sensa")
LOADED = f"""
import sys, threading, warnings, signal
import pytest
before = [list(sys.meta_path), signal.getsignal(signal.SIGINT), sys.excepthook, threading.excepthook]
pytest.main(sys.argv[1:])
after = [list(sys.meta_path), signal.getsignal(signal.SIGINT), sys.excepthook, threading.excepthook]
print("unchanged", before == after)
print("loaded", sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY!r})))
"""


def python(suite: pytest.Pytester, code: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=suite.path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("settings", ["", "[tool.other]\nstories = ['*.toml']\n"])
def test_nothing_is_imported_for_a_suite_without_stories(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    """A directory full of TOML that is none of ours."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    suite.makepyprojecttoml(settings)
    (suite.path / "story.toml").write_text("a = 1\n")
    suite.makepyfile(test_other="def test_one(tmp_path): pass")
    lines = python(suite, LOADED, "-p", "pytest_sensa", "-q")
    assert "1 passed" in "\n".join(lines)
    assert lines[-2:] == ["unchanged True", "loaded []"]


def test_collecting_stories_takes_no_numbers(
    suite: pytest.Pytester, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a story and naming its properties needs neither arrays nor compiled code."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    write("a.story.toml", STORY, BUDGET)
    lines = python(suite, LOADED, "-p", "pytest_sensa", "-q", "--collect-only")
    assert "plans/a.story.toml::budget" in lines
    assert lines[-1] == "loaded ['pydantic', 'sensa', 'typer']"


def test_a_fixture_of_the_suite_wins(run: Run, suite: pytest.Pytester) -> None:
    suite.makeconftest("import pytest\n@pytest.fixture\ndef story(): return 'mine'")
    suite.makepyfile(test_other="def test_one(story): assert story == 'mine'")
    run().assert_outcomes(passed=1)


@pytest.mark.slow  # three processes that import everything
@pytest.mark.skipif(find_spec("xdist") is None, reason="no pytest-xdist")
def test_two_workers_agree(suite: pytest.Pytester, write: Write) -> None:
    for name in ("a", "b", "c"):
        write(f"{name}.story.toml", STORY, BUDGET, NO_SINGLE_POINT, RARE)
    result = suite.runpytest_subprocess(*PLUGIN, "-p", "no:randomly", "-n", "2", "-v")
    result.assert_outcomes(passed=3, failed=6)
    at = (suite.path / "plans" / "a.story.toml").read_text("utf-8").splitlines()
    shown = BROKEN.format(line=at.index("[properties.no_single_point]") + 1)
    assert shown in result.stdout.str(), "to the letter as without workers"
    result.stdout.fnmatch_lines(["*PASSED* plans/b.story.toml::budget*"])


@pytest.mark.skipif(find_spec("pytest_randomly") is None, reason="no pytest-randomly")
def test_the_order_does_not_matter(suite: pytest.Pytester, write: Write) -> None:
    write("a.story.toml", STORY, BUDGET, NO_SINGLE_POINT, RARE)
    suite.makepyfile(test_other="def test_one(): pass\ndef test_two(): pass")
    orders = set()
    for seed in range(4):
        result = suite.runpytest_inprocess(*PLUGIN, "-v", "-p", "randomly", f"--randomly-seed={seed}")
        result.assert_outcomes(passed=3, failed=2)
        orders.add(tuple(line.split()[0] for line in result.outlines if "::" in line and "%]" in line))
    assert len(orders) > 1, "seeds that are fixed give orders that are"


@pytest.mark.slow  # a process that imports everything
@pytest.mark.skipif(find_spec("pytest_cov") is None, reason="no pytest-cov")
def test_coverage_is_measured_beside_stories(suite: pytest.Pytester, write: Write) -> None:
    write("a.story.toml", STORY, BUDGET)
    suite.makepyfile(mine="def f():\n    return 1\n", test_other="import mine\ndef test_one(): mine.f()")
    result = suite.runpytest_subprocess(*PLUGIN, "--cov=mine", "--cov-report=term")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["mine.py * 100%"])
