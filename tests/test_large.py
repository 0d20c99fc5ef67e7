"""Stories that no diagram fits, as a user runs them."""

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sensa.cli import app

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from shared_story import shared_story  # noqa: E402

SENSA = [sys.executable, "-c", "from sensa.cli import app; app()"]


def written(folder: Path, nodes: int, steps: int, **options: bool) -> Path:
    file = folder / "shared.toml"
    file.write_text(shared_story(nodes, steps, **options))
    return file


def run(file: Path, *options: str) -> dict:  # type: ignore[type-arg]
    done = CliRunner().invoke(app, ["run", str(file), "--format", "json", *options])
    return {**json.loads(done.stdout)["stories"][0], "code": done.exit_code}


def test_what_no_diagram_fits_is_sampled_and_says_so(tmp_path: Path) -> None:
    """Refused where exactness was asked for; else sampled, with the place that is too large as the reason."""
    file = written(tmp_path, 400, 4)
    found = run(file, "--precision", "1e-3", "--analyses", "outcomes")
    assert (found["code"], found["how"], found["complete"]) == (0, "worlds-sampled", True)
    engine = found["engine"]
    assert engine["name"] == "montecarlo"
    assert "connected draws and modules, needs more than 200,000 diagram nodes" in engine["reason"]
    assert engine["stopped"] == "precision"
    assert engine["worlds"] > 0
    total = 0.0
    for outcome in found["outcomes"].values():
        low, high = outcome["interval"]
        assert low <= outcome["mean"] <= high
        assert high - low <= 2e-3
        total += outcome["mean"]
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.slow
def test_two_seeds_agree_within_their_errors(tmp_path: Path) -> None:
    """With uncertain credences too; six joint errors of 8 replicates: once in 2,000 for each outcome."""
    file = written(tmp_path, 200, 2, uncertain=True)
    options = ("--engine", "montecarlo", "--analyses", "outcomes", "--points", "1024")
    first, second = (run(file, *options, "--seed", seed)["outcomes"] for seed in "12")
    for name, one in first.items():
        other = second[name]
        assert abs(one["mean"] - other["mean"]) < 6 * (one["error"] ** 2 + other["error"] ** 2) ** 0.5
        assert one["error"] < 5e-3
    assert any(one["sd"] > 0 for one in first.values())


@pytest.mark.slow
def test_a_large_story_runs_in_bounded_memory_and_keeps_what_it_has_when_interrupted(tmp_path: Path) -> None:
    """4,000 nodes (32,000 gates and draws), a precision that would take hours, interrupted as it samples."""
    file = written(tmp_path, 4_000, 40)
    command = [*SENSA, "run", str(file), "--format", "json", "--precision", "1e-7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        time.sleep(45)
        running.send_signal(signal.SIGINT)
        out, errors = running.communicate(timeout=120)
    assert running.returncode == 130
    assert errors.strip().endswith("interrupted")
    (found,) = json.loads(out)["stories"]
    assert (found["complete"], found["engine"]["stopped"]) == (False, "interrupted")
    assert found["exit_code"] == 130
    assert found["engine"]["worlds"] >= 1 << 16
    assert set(found["analyses"]) == {"outcomes", "kinds", "failing_safely"}
    # kilobytes; the largest of all processes that this one has waited for
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1.5e6
