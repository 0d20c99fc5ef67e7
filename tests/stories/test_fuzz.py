"""The fuzz script: it finds nothing in a short run, and it does find, shrink and save what is broken."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def fuzz_stories(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import fuzz_stories

    return fuzz_stories


def run(script: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> int:
    corpus = str(BENCHMARKS.parent / "stories" / "library")
    command = ["fuzz_stories.py", "--seed", "7", "--corpus", corpus, "--crashes", str(folder), *options]
    monkeypatch.setattr(sys, "argv", command)
    return int(script.main())


def test_a_short_run_finds_nothing(
    fuzz_stories: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(fuzz_stories, monkeypatch, tmp_path, "--inputs", "150") == 0
    assert "150 inputs" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_crash_is_shrunk_saved_and_repeated(
    fuzz_stories: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks_at_a_parenthesis(text: str) -> str:
        if "(" in text:
            raise KeyError(text)
        return "right"

    monkeypatch.setitem(fuzz_stories.TARGETS, "expression", breaks_at_a_parenthesis)
    assert run(fuzz_stories, monkeypatch, tmp_path, "--inputs", "60") == 1
    [saved] = tmp_path.iterdir()
    assert saved.read_text() == "("
    number = saved.stem.split("-")[-1]
    saved.unlink()
    assert run(fuzz_stories, monkeypatch, tmp_path, "--only", number) == 1
    assert [path.read_text() for path in tmp_path.iterdir()] == ["("]


def test_an_endless_input_is_a_crash(
    fuzz_stories: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never_ends(text: str) -> str:
        while text is not None:
            pass
        return text

    monkeypatch.setitem(fuzz_stories.TARGETS, "expression", never_ends)
    monkeypatch.setattr(fuzz_stories, "shrunk", lambda fuzzed, *_: fuzzed)
    assert run(fuzz_stories, monkeypatch, tmp_path, "--inputs", "1", "--limit", "0.05") == 1


def test_a_warning_is_a_crash(
    fuzz_stories: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def warns(text: str) -> str:
        compile("1 is 1", text[:0], "eval")  # a SyntaxWarning
        return "right"

    monkeypatch.setitem(fuzz_stories.TARGETS, "expression", warns)
    assert run(fuzz_stories, monkeypatch, tmp_path, "--inputs", "20") == 1
