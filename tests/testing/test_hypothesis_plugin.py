"""The Hypothesis plugin: as light as can be, and our types are generated whichever is imported first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sensa

ROOT = Path(__file__).parents[2]
ENTRY = "[hypothesis]\nsensa = hypothesis_sensa:register\n"
GENERATED = """
seen = []
every = list(hypothesis.HealthCheck)
@hypothesis.settings(max_examples=3, database=None, deadline=None, suppress_health_check=every)
@hypothesis.given(st.from_type(sensa.Story), st.from_type(sensa.Probability), st.from_type(sensa.Precision))
def look(story, p, precision):
    assert not [problem for problem in sensa.check(story) if problem.severity == "error"]
    assert 0 <= p <= 1 and (p.interval is None or p.interval[0] <= p <= p.interval[1])
    assert 0 < precision.value < 1
    seen.append(story)
look()
assert seen
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where sensa is installed as a wheel of this tree would be, as far as Hypothesis can see."""
    described = tmp_path / "sensa_stories-0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: sensa-stories\nVersion: 0\n")
    (described / "entry_points.txt").write_text(ENTRY)
    package = Path(str(sensa.__file__)).parents[1]
    path = os.pathsep.join(map(str, (tmp_path, ROOT / "plugins", package)))
    return {**os.environ, "PYTHONPATH": path}


def ran(program: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hypothesis_alone_loads_nothing_of_ours(environment: dict[str, str], tmp_path: Path) -> None:
    program = "import sys, hypothesis; print(*sorted(sys.modules))"
    loaded = ran(program, environment, tmp_path).split()
    assert "hypothesis_sensa" in loaded
    heavy = {"sensa", "numpy", "numba", "scipy", "xarray", "pydantic", "tomli"}
    assert not [name for name in loaded if name.split(".")[0] in heavy]


def test_sensa_alone_loads_no_hypothesis(environment: dict[str, str], tmp_path: Path) -> None:
    program = "import sys, sensa; sensa.Story, sensa.Probability, sensa.run; print(*sys.modules)"
    loaded = ran(program, environment, tmp_path).split()
    assert not [name for name in loaded if name.split(".")[0] == "hypothesis"]


@pytest.mark.slow  # three processes that import everything
@pytest.mark.parametrize(
    "imports",
    [
        "import hypothesis, sensa",
        "import sensa; sensa.Story, sensa.Probability, sensa.Precision; import hypothesis",
        "import sensa; import hypothesis",
    ],
)
def test_our_types_are_generated(imports: str, environment: dict[str, str], tmp_path: Path) -> None:
    ran(f"{imports}\nfrom hypothesis import strategies as st\n{GENERATED}", environment, tmp_path)


def test_a_strategy_of_the_user_s_own_stays(environment: dict[str, str], tmp_path: Path) -> None:
    """What is loaded after it registers itself alone."""
    program = (
        "import hypothesis, sensa\nfrom hypothesis import strategies as st\n"
        "st.register_type_strategy(sensa.Story, st.just(1))\n"
        "sensa.Probability, sensa.Precision\n"
        "print(hypothesis.find(st.from_type(sensa.Story), bool))"
    )
    assert ran(program, environment, tmp_path) == "1\n"
