"""What is installed is what is in the tree: one package from four folders, by wheel and by source archive."""

import ast
import re
import runpy
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = {
    "sensitivity": "sensa",
    "kernels": "sensa/kernels",
    "stories": "sensa/stories",
    "reports": "sensa/reports",
    "plugins": ".",
}
BY_PYTEST = {  # loaded by pytest alone
    "plugins/pytest_sensa.py",
    "sensitivity/testing/collection.py",
    "sensitivity/testing/fixtures.py",
    "sensitivity/testing/check_settings.py",
}


def built(tree: Path, into: Path, target: str) -> Path:
    """The archive that `target` (wheel or sdist) builds, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, text=True)
    (archive,) = into.iterdir()
    return archive


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel; what describes the distribution itself aside."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert max(Counter(name.casefold() for name in archive.namelist()).values()) == 1
        return {name: archive.read(name) for name in names}


def in_the_tree() -> dict[str, bytes]:
    """Every file of the folders of code by its place in the wheel."""
    return {
        (Path(place) / file.relative_to(ROOT / folder)).as_posix(): file.read_bytes()
        for folder, place in PLACES.items()
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.mark.slow  # builds an archive
def test_the_wheel_holds_the_tree_and_nothing_else(wheel: Path) -> None:
    packed, tree = contents(wheel), in_the_tree()
    assert sorted(packed) == sorted(tree)
    assert [name for name in tree if packed[name] != tree[name]] == []
    assert "sensa/py.typed" in packed
    with zipfile.ZipFile(wheel) as archive:
        (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        declared = archive.read(points).decode()
    assert "[pytest11]\nsensa = pytest_sensa\n" in declared
    assert "[hypothesis]\nsensa = hypothesis_sensa:register\n" in declared
    assert "sensa/stories/library/cat_classifier.toml" in packed


@pytest.mark.slow  # builds three archives
def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = built(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = (path for path in tmp_path.iterdir() if path.name != "sdist")
    again = built(tree, tmp_path / "wheel", "wheel")
    assert again.name == wheel.name
    assert contents(again) == contents(wheel)
    assert (tree / "tests" / "test_packaging.py").is_file()
    assert (tree / "README.md").read_text() == (ROOT / "README.md").read_text()


def index_answers(python: Path, into: Path) -> bool:
    """Whether a package can be installed from the index."""
    command = [str(python), "-m", "pip", "download", "-q", "--no-deps", "-d", str(into), "tomli"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow  # installs everything into a new environment
def test_the_wheel_runs_a_story_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    if not index_answers(python, tmp_path / "download"):
        pytest.skip("no package index to install the dependencies from")
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(wheel)], check=True, capture_output=True)

    def printed(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    sensa = str(home / "bin" / "sensa")
    version = wheel.name.split("-")[1]
    assert printed(sensa, "--version").strip() == f"sensa {version}"
    where = printed(str(python), "-c", "import sensa.stories as s; print(s.__path__[0])").strip()
    assert str(home) in where
    assert "Cat classifier" in printed(sensa, "run", f"{where}/library/cat_classifier.toml")


def test_every_folder_of_code_is_mapped_into_the_package() -> None:
    """A folder that the wheel's table forgets would be missing from an installation."""
    import tomli

    settings = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert settings["wheel"]["sources"] == PLACES
    assert settings["wheel"]["only-include"] == list(PLACES)
    assert [name for name in settings["sdist"]["only-include"] if not (ROOT / name).exists()] == []


def test_every_library_that_is_imported_is_a_dependency() -> None:
    """What another dependency happens to bring may be gone with its next version."""
    import tomli

    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    dependencies = sum(project["optional-dependencies"].values(), project["dependencies"])
    declared = {re.split(r"[^A-Za-z0-9_-]", line)[0].lower().replace("-", "_") for line in dependencies}
    imported = set()
    for folder in PLACES:
        for file in (ROOT / folder).rglob("*.py"):
            here = set()
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    here |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    here.add(str(node.module).split(".")[0])
            imported |= here - {"pytest"} if file.relative_to(ROOT).as_posix() in BY_PYTEST else here
    foreign = {name.lower() for name in imported - set(sys.stdlib_module_names)} - {"sensa"}
    foreign = {{"yaml": "pyyaml"}.get(name, name) for name in foreign}
    assert foreign - declared == set()
    assert any("h5py" in line for line in dependencies), "h5netcdf writes through it and does not require it"


def test_an_editable_install_can_be_made_again(tmp_path: Path) -> None:
    """Python writes bytecode beside the links; what it links to must survive their removal."""
    for folder in PLACES:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    layout = runpy.run_path(str(ROOT / "hatch_build.py"))["EditableLayout"]
    hook = layout(str(tmp_path), {}, None, None, str(tmp_path / "dist"), "wheel")
    package = tmp_path / ".dev" / "sensa"
    hook.initialize("editable", {})
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").touch()
    (package / "gone.py").symlink_to("../../sensitivity/gone.py")
    (tmp_path / "sensitivity" / "new.py").touch()
    hook.initialize("editable", {})
    assert {path.name for path in package.iterdir()} == {
        "__init__.py",
        "new.py",
        "kernels",
        "stories",
        "reports",
    }
    assert all((tmp_path / folder / "__init__.py").is_file() for folder in PLACES)
    assert (package / "kernels" / "__init__.py").samefile(tmp_path / "kernels" / "__init__.py")
    hook.initialize("standard", {})
    assert not (tmp_path / "dist").exists()
