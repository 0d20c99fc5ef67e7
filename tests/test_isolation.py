"""Nothing that lies in the working directory runs or sets anything, in whatever order things are imported."""

import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from sensa import pipeline
from sensa.kernels import code_place

ROOT = Path(__file__).parents[1]
STORY = ROOT / "stories" / "library" / "cat_classifier.toml"
SHOWN = "import numba; c = numba.core.config; print(c.CACHE_DIR, c.DEVELOPER_MODE, c.DISABLE_JIT)"
COMPILE = "f = numba.njit(lambda x: x + 1); f(1); print(c.CACHE_DIR, c.DEVELOPER_MODE, c.DISABLE_JIT)"
USED = "import sensa.kernels.bdd.sweeps_compiled as s; print(str(s._rows.stats.cache_path).startswith({!r}))"
CLEAN = " 0 0\n"


def hostile(folder: Path) -> Path:
    """A working directory with a configuration of Numba; gives the cache that it names."""
    evil = folder / "evil"
    evil.mkdir()
    (folder / ".numba_config.yaml").write_text(f"cache_dir: {evil}\ndeveloper_mode: 1\n")
    return evil


def python(folder: Path, code: str, **more: str) -> str:
    here = {**os.environ, **more}
    command = [sys.executable, "-P", "-W", "error", "-c", code]
    return subprocess.run(command, cwd=folder, env=here, capture_output=True, text=True, check=True).stdout


def test_numba_itself_would_take_it(tmp_path: Path) -> None:
    """Else the tests below would show nothing."""
    evil = hostile(tmp_path)
    assert python(tmp_path, SHOWN) == f"{evil} 1 0\n"


@pytest.mark.parametrize(
    "first",
    [
        "import sensa",
        "import numba, sensa",
        "import sensa, numba",
        "import sensa.kernels.bdd.sweeps_compiled",
        "from sensa.cli import app",
        "import xarray, SALib, sensa",
        "import sensa.version, threading; t = threading.Thread(target=__import__, args=('numba',));"
        " t.start(); t.join()",
    ],
)
def test_numba_takes_nothing_from_the_working_directory(tmp_path: Path, first: str) -> None:
    evil = hostile(tmp_path)
    found = python(tmp_path, f"{first}\n{SHOWN}\n{COMPILE}\n{USED.format(str(evil))}")
    assert found == CLEAN + CLEAN + "False\n", "at once, after compiling, and where our code is kept"
    assert list(evil.iterdir()) == []


def test_nor_in_a_process_that_is_spawned(tmp_path: Path) -> None:
    evil = hostile(tmp_path)
    code = (
        "import multiprocessing, sensa\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(eval, ('__import__(\"numba\").core.config.CACHE_DIR',)) == '')\n"
    )
    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "elsewhere" / "script.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
    assert list(evil.iterdir()) == []


def test_the_environment_still_speaks(tmp_path: Path) -> None:
    hostile(tmp_path)
    found = python(tmp_path, f"import sensa\n{SHOWN}", NUMBA_DEVELOPER_MODE="2", NUMBA_CACHE_DIR="/x")
    assert found == "/x 2 0\n"


class Bomb:
    """Unpickled, it writes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> object:
        return (Path.write_text, (self.marker, "ran"))


def test_a_planted_cache_is_never_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every index of compiled code that a run would look for stands in the named directory, as a bomb."""
    import numba

    marker, evil = tmp_path / "marker", hostile(tmp_path)
    code = "from sensa.cli import app\napp(prog_name='sensa')"
    arguments = ["run", str(STORY), "--engine", "montecarlo", "--samples", "4096", "--analyses", "outcomes"]

    def run(**more: str) -> None:
        subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            cwd=tmp_path,
            env={**os.environ, **more},
            capture_output=True,
            check=True,
        )

    trusted = tmp_path.parent / f"{tmp_path.name}-trusted"
    trusted.mkdir(mode=0o700)
    pipeline.run(STORY, engine="montecarlo", samples=4096, analyses=["outcomes"])  # compiles what is not yet
    spec = find_spec("sensa.kernels.worlds.simulate")
    assert spec is not None
    assert spec.origin is not None
    folder = str(Path(spec.origin).parent)
    cached = code_place.place(folder)
    assert cached is not None
    indices = [file.name for file in cached.glob("*.nbi")]
    assert len(indices) > 3
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(trusted))
    named = code_place.place.__wrapped__(folder)
    assert named is not None
    assert named.parent == trusted
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    from numba.core.caching import CacheImpl

    by_numba = next(cls for cls in CacheImpl._locator_classes if "UserProvided" in cls.__name__)
    for place in (evil, evil / named.name, evil / by_numba.get_suitable_cache_subpath(spec.origin)):
        place.mkdir(exist_ok=True)
        for name in indices:
            (place / name).write_bytes(pickle.dumps(numba.__version__) + pickle.dumps(Bomb(marker)))
    run()
    assert not marker.exists()
    run(NUMBA_CACHE_DIR="evil")  # a relative one, and one in the working directory
    run(NUMBA_CACHE_DIR=str(evil))
    assert not marker.exists()


def test_methods_of_salib_read_no_settings_of_plots(tmp_path: Path) -> None:
    """Matplotlib reads `matplotlibrc` in the working directory; no method draws, so none needs it."""
    code = (
        "import sys\nfrom sensa.cli import app\ntry: app(sys.argv[1:], prog_name='sensa')\n"
        "except SystemExit as end: print(end.code)\nprint('matplotlib' in sys.modules)\n"
        "from SALib.analyze import hdmr, shapley\nprint(hdmr.hdmr_plot, shapley.shapley_plot)"
    )
    arguments = ["run", str(STORY), "--points", "64", "--samples", "4096", "--analyses", "outcomes"]
    methods = [word for name in ("hdmr", "shapley") for word in ("--method", name)]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments, *methods, "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-3:-1] == ["0", "False"], done.stderr


SETTINGS = "backend: module://evil\naxes.facecolor: red\nsvg.hashsalt: theirs\n"


def test_matplotlib_itself_would_take_its_settings(tmp_path: Path) -> None:
    """Else the test below would show nothing."""
    (tmp_path / "matplotlibrc").write_text(SETTINGS)
    code = "import matplotlib; print(matplotlib.rcParams['axes.facecolor'])"
    assert python(tmp_path, code) == "red\n"


def test_pictures_take_nothing_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(SETTINGS)
    (tmp_path / "evil.py").write_text("open('ran', 'w')")
    code = (
        "import sys\nfrom sensa.cli import app\ntry: app(sys.argv[1:], prog_name='sensa')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "import matplotlib\nprint(matplotlib.rcParams['axes.facecolor'], matplotlib.matplotlib_fname()[:1])"
    )
    arguments = ["plot", str(STORY), "outcomes", "-o", "out.svg", "--points", "64"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"white {os.sep}\n", done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"matplotlibrc", "evil.py", "out.svg"}
    assert "#ff0000" not in (tmp_path / "out.svg").read_text()
