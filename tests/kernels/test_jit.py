"""Where compiled code is kept, and where it is not."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import PIPE
from time import monotonic
from typing import Any

import pytest

from sensa.kernels import code_place, jit
from sensa.kernels.work_clock import clock

SOURCE = "from sensa.kernels.jit import njit\n@njit()\ndef double(x):\n    return 2 * x\n"


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(code_place, "caches", lambda: tmp_path / "caches")
    for one in (code_place.place, jit._sources):
        one.cache_clear()
    yield
    for one in (code_place.place, jit._sources):
        one.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "installed"
    made.mkdir(mode=0o755)
    (made / "module.py").write_text(SOURCE)
    return made


def loaded(folder: Path) -> Callable[[int], int]:
    spec = spec_from_file_location("module", folder / "module.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Any = module.double
    return found


def kept(folder: Path) -> list[str]:
    """The directories below that have compiled code."""
    return sorted({str(file.parent.relative_to(folder)) for file in folder.rglob("*.nbi")})


def test_code_is_kept_beside_its_source(folder: Path, tmp_path: Path) -> None:
    assert loaded(folder)(2) == 4
    assert kept(tmp_path) == ["installed/__pycache__"]
    again: Any = loaded(folder)
    assert again(2) == 4
    assert sum(again.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_never_where_more_people_write_than_to_the_source(folder: Path, tmp_path: Path, mode: int) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__").chmod(mode)
    assert loaded(folder)(2) == 4
    (place,) = kept(tmp_path)
    assert place.startswith("caches/sensa/compiled/")
    assert (tmp_path / "caches" / "sensa" / "compiled").stat().st_mode & 0o777 == 0o700


def test_nor_where_a_link_leads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "evil").mkdir()
    (folder / "__pycache__").symlink_to(tmp_path / "evil")
    assert loaded(folder)(2) == 4
    assert kept(tmp_path / "evil") == []


def test_it_works_where_no_place_is_safe(folder: Path, tmp_path: Path) -> None:
    (folder / "__pycache__").touch()
    (tmp_path / "caches" / "sensa" / "compiled").mkdir(parents=True)
    (tmp_path / "caches" / "sensa" / "compiled").chmod(0o777)
    assert loaded(folder)(2) == 4
    assert kept(tmp_path) == []


def test_the_environment_may_name_a_safe_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(named))
    assert loaded(folder)(2) == 4
    (place,) = kept(tmp_path)
    assert place.startswith("named/")
    code_place.place.cache_clear()
    (named / ".git").touch()
    assert loaded(folder)(2) == 4
    assert "installed/__pycache__" in kept(tmp_path)


def test_code_of_other_sources_is_compiled_anew(folder: Path) -> None:
    """A function has those that it calls in it, wherever they stand."""
    loaded(folder)(2)
    (folder / "other.py").write_text("")
    jit._sources.cache_clear()
    again: Any = loaded(folder)
    again(2)
    assert sum(again.stats.cache_hits.values()) == 0


COLD = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from sensa.kernels import code_place, jit
from sensa.kernels.work_clock import clock

code_place.caches = lambda: Path(sys.argv[2])
spec = spec_from_file_location("module", sys.argv[1])
module = sys.modules["module"] = module_from_spec(spec)
spec.loader.exec_module(module)
input()
assert module.twice(2) == 8
print(sum(sum(one.stats.cache_misses.values()) for one in (module.double, module.twice)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no lock there")
def test_processes_that_start_together_compile_each_function_once(folder: Path, tmp_path: Path) -> None:
    """Three of them, let go at the same time, with nothing compiled yet: two misses for two functions."""
    (folder / "module.py").write_text(SOURCE + "@njit()\ndef twice(x):\n    return double(double(x))\n")
    command = [sys.executable, "-c", COLD, str(folder / "module.py"), str(tmp_path / "caches")]
    started = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(3)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum(map(int, printed)) == 2


def test_a_function_that_does_not_compile_leaves_no_lock(folder: Path) -> None:
    (folder / "module.py").write_text(SOURCE.replace("2 * x", "2 * x if x > 0 else 'a'"))
    function: Any = loaded(folder)
    for _ in range(2):
        with pytest.raises(Exception, match="unify"):
            function(2)


def test_no_time_limit_includes_compiling(folder: Path) -> None:
    double = loaded(folder)
    begin, limited = monotonic(), clock()
    assert double(2) == 4
    assert clock() - limited < 0.5 * (monotonic() - begin)


TOTAL = """
from sensa.kernels.jit import njit
@njit()
def total(x):
    found = 0.0
    for value in x:
        found += value
    return found
"""
WARM = """
import sys
import numpy as np
import module
from numba import njit
total = module.total(np.arange(4.0))
loaded = "numba.np.linalg" in sys.modules
print(total, loaded, njit(lambda x: 2 * x)(1.0))
"""


def test_cached_code_runs_without_what_compiling_needs(folder: Path) -> None:
    """Numba would load all that it can compile, which takes as long as importing it; it does so later."""
    (folder / "module.py").write_text(TOTAL)
    command = [sys.executable, "-c", WARM]
    for loads in (True, False):
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        assert done.stdout == f"6.0 {loads} 2.0\n"
