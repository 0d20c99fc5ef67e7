"""The worked examples of CONTRIBUTING.md: files, rows and tests, put into place and run."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import sensa
from sensa import analyses, store
from tests.short_stories import ASSUMPTION, result, story

ROOT = Path(__file__).parents[1]


def blocks(heading: str) -> list[str]:
    """The Python of a section of the page."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (section,) = (part for part in page.split("\n## ") if part.startswith(heading))
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


FILE, ROW, TEST = blocks("How to add an analysis")
FORM, FORM_ROW, QUANTILES, QUANTILES_ROW, CASE = blocks("How to add a distribution")


@pytest.mark.parametrize("file", [FILE, FORM, QUANTILES], ids=["analysis", "form", "quantiles"])
def test_files_are_in_the_house_style(file: str, tmp_path: Path) -> None:
    place = tmp_path / "new_file.py"
    place.write_text(file)
    for order in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *order, "--config", str(ROOT / "pyproject.toml"), str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def copied(place: Path) -> Path:
    """The package as it is, with its compiled files, to be changed."""
    package = place / "sensa"
    shutil.copytree(Path(sensa.__file__).parent, package)
    return package


COMMANDS = """
import json, sys
from typer.testing import CliRunner
from sensa.cli import app
done = [CliRunner().invoke(app, words, prog_name="sensa") for words in json.load(sys.stdin)]
print(json.dumps([(one.exit_code, one.stdout) for one in done]))
"""


def called(place: Path, *words: str, standard_input: str = "") -> str:
    """What Python prints with a copy as its package."""
    environment = {**os.environ, "PYTHONPATH": str(place), "COLUMNS": "1000"}
    return subprocess.run(
        [sys.executable, *words],
        input=standard_input, capture_output=True, text=True, cwd=place, env=environment, check=True,
    ).stdout  # fmt: skip


def commands(place: Path, *lines: Sequence[str]) -> list[tuple[int, str]]:
    """The codes and outputs of commands of a copy, one after the other in one process."""
    return [tuple(one) for one in json.loads(called(place, "-c", COMMANDS, standard_input=json.dumps(lines)))]


def test_the_test_of_the_example_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "ending_entropy.py"
    place.write_text(FILE)
    spec = importlib.util.spec_from_file_location("sensa.analyses.ending_entropy", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    row = eval(ROW, {"Analysis": analyses.Analysis})
    monkeypatch.setitem(analyses.ANALYSES, row.name, row)

    names = {"result": result, "story": story, "ASSUMPTION": ASSUMPTION, "pytest": pytest}
    exec(TEST, names)
    names["test_the_entropy_of_a_fair_end"]()  # type: ignore[operator]


def test_adding_an_analysis_is_one_file_and_one_row(tmp_path: Path) -> None:
    """In a copy of the tree it is then in the help, in what a run prints and writes, and on the page."""
    package = copied(tmp_path)
    (package / "analyses" / "ending_entropy.py").write_text(FILE)
    table = package / "analyses" / "__init__.py"
    table.write_text(table.read_text().replace("TABLE = (\n", f"TABLE = (\n    {ROW.strip()},\n"))
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    cat = shutil.copy(ROOT / "stories" / "library" / "cat_classifier.toml", tmp_path)

    outputs = ("--output", "json=out.json", "--output", "nc=out.nc")
    run = ("run", cat, "--analyses", "ending_entropy", "--quiet", *outputs)
    (_, told), (code, printed) = commands(tmp_path, ("run", "--help"), run)
    assert "ending_entropy" in told
    assert code == 0
    assert "ending entropy" in printed
    assert "ending_entropy" in json.loads((tmp_path / "out.json").read_text())["stories"][0]["others"]
    assert "ending_entropy" in store.read(tmp_path / "out.nc").children
    called(tmp_path, "docs/analyses.py")
    row = "| `ending_entropy` | `--analyses` | how open it is how the story ends |"
    assert row in (tmp_path / "docs" / "results.md").read_text()


def inserted(file: Path, before: str, text: str) -> None:
    """Puts text into a file, before the one place where something else stands."""
    old = file.read_text()
    assert old.count(before) == 1
    file.write_text(old.replace(before, text + before))


@pytest.fixture(scope="module")
def with_kumaraswamy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to which the page's distribution is added: two files and two rows."""
    place = tmp_path_factory.mktemp("distribution")
    package = copied(place)
    forms, quantiles = package / "stories" / "numbers" / "forms", package / "kernels" / "distributions"
    (forms / "kumaraswamy.py").write_text(FORM)
    inserted(forms / "simple.py", "    )\n)\n", f"        {FORM_ROW.strip()},\n")
    inserted(forms / "simple.py", "    normal,\n", "    kumaraswamy,\n")
    (quantiles / "kumaraswamy.py").write_text(QUANTILES)
    inserted(quantiles / "marginals.py", '"linear_pool": ', QUANTILES_ROW)
    inserted(quantiles / "marginals.py", "    pools,\n", "    kumaraswamy,\n")
    shutil.copytree(ROOT / "docs", place / "docs")
    shutil.copytree(ROOT / "tests", place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    inserted(place / "tests" / "naive" / "sampling.py", 'case {"normal": [mu, sigma]}:', indented(CASE))
    return place


def indented(case: str) -> str:
    """A case where cases of a function's `match` stand, but for the first line's own indent."""
    return case.replace("\n", "\n        ")


def written(place: Path, credence: str, name: str = "story.toml") -> str:
    """A story that ends badly where its one assumption is violated."""
    (place / name).write_text(story(ASSUMPTION.format(name="a", credence=credence), "not a"))
    return name


def ran(place: Path, *lines: Sequence[str]) -> list[Any]:
    """The JSON of runs: of each a story, and further options."""
    usual = ("--format", "json", "--quiet")
    done = commands(place, *(("run", *words, *usual) for words in lines))
    return [json.loads(printed)["stories"][0] for _, printed in done]


def test_a_story_with_the_new_distribution_runs(with_kumaraswamy: Path) -> None:
    """E X = 3 B(3/2, 3) = 16/35 for [2, 3]; what one expert says is the same, and a credence that is q.

    Of sampled worlds: 2^16 are further off than 5 standard errors once in two million runs.
    """
    plain = written(with_kumaraswamy, "{ kumaraswamy = [2, 3] }")
    expert = '{ experts = [{ name = "A", credence = { kumaraswamy = [2, 3] } }], pool = "odds" }'
    quantity = "[quantities.q]\nvalue = { kumaraswamy = [2, 3] }\n"
    (with_kumaraswamy / "real.toml").write_text(
        story(quantity + ASSUMPTION.format(name="a", credence='"q"'), "not a")
    )
    outcomes = ("--analyses", "outcomes")
    found, pooled, real, sampled = ran(
        with_kumaraswamy,
        (plain, "--analyses", "numbers"),
        (written(with_kumaraswamy, expert, "pool.toml"), *outcomes),
        ("real.toml", *outcomes),
        (plain, "--engine", "montecarlo", "--samples", "65536", *outcomes),
    )
    assert found["outcomes"]["bad"]["mean"] == pytest.approx(19 / 35, abs=1e-12)
    assert found["others"]["numbers"]["variables"]["claimed"]["values"] == ["kumaraswamy(2, 3)"]
    assert pooled["outcomes"]["bad"]["mean"] == pytest.approx(19 / 35, abs=1e-6)
    assert real["outcomes"]["bad"]["mean"] == pytest.approx(19 / 35, abs=1e-9)
    assert sampled["outcomes"]["bad"]["mean"] == pytest.approx(19 / 35, abs=5 * 0.5 / 256)


def test_the_new_distribution_is_in_the_schema_and_on_the_page(with_kumaraswamy: Path) -> None:
    schema = json.loads(called(with_kumaraswamy, "-m", "sensa", "schema"))
    assert schema["$defs"]["Kumaraswamy"]["required"] == ["kumaraswamy"]
    for union in ("Probability", "RealNumber", "ExpertProbability", "ExpertReal"):
        assert {"$ref": "#/$defs/Kumaraswamy"} in schema["$defs"][union]["oneOf"]
    called(with_kumaraswamy, "docs/forms.py")
    row = (
        "| `{ kumaraswamy = [2, 3] }` | on [0, 1], with `[a, b]`: P(X <= x) = 1 - (1 - x^a)^b | likewise |\n"
    )
    assert row in (with_kumaraswamy / "docs" / "story-format.md").read_text()


def test_messages_know_the_new_distribution(with_kumaraswamy: Path) -> None:
    wrong = {
        "{ kumaraswamy = [0, 3] }": "a of `kumaraswamy` must be above 0, not `0`",
        "{ kumaraswamy = [1, 2, 3] }": "expected 2 values, got 3",
        "{ kumaraswamy = [1, 2], b = 1 }": "unknown key `b`; the keys here are `kumaraswamy`",
        "{ kumaraswami = [2, 3] }": "did you mean `kumaraswamy`?",
        "true": "`{ interval }`, `{ kumaraswamy }`",
    }
    files = [written(with_kumaraswamy, credence, f"wrong_{n}.toml") for n, credence in enumerate(wrong)]
    ((code, printed),) = commands(with_kumaraswamy, ("check", "--no-cache", *files))
    assert code == 2
    for file, said in zip(files, wrong.values(), strict=True):
        assert any(line.startswith(file) and said in line for line in printed.splitlines()), said


def test_the_new_distribution_is_what_another_library_makes_of_it(with_kumaraswamy: Path) -> None:
    """The tests of forms find the row by themselves."""
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-k", "kumaraswamy or family")
    assert "7 passed" in called(with_kumaraswamy, *tests, "tests/stories/numbers/test_forms.py")


NEW_FORMAT = '''"""Reviews as one line each."""

from collections.abc import Sequence

from sensa.reviewing.review import Review


def render(reviews: Sequence[Review]) -> str:
    """The state of each."""
    return "".join(f"{review.state}\\n" for review in reviews)
'''
NEW_ROW = 'TABLE = (\n    Format("oneline", "those in a hurry", ("review",), kind="line", green="passed"),\n'


def test_adding_a_format_is_one_file_and_one_row(tmp_path: Path) -> None:
    """In a copy of the tree it is then in the options, the configuration, and `--output`."""
    package = copied(tmp_path)
    (package / "reports" / "review" / "oneline.py").write_text(NEW_FORMAT)
    table = package / "reports" / "formats.py"
    table.write_text(table.read_text().replace("TABLE = (\n", NEW_ROW))
    cat = shutil.copy(ROOT / "stories" / "library" / "cat_classifier.toml", tmp_path)

    (tmp_path / "pyproject.toml").write_text('[tool.sensa]\nformat = "oneline"\n')
    check = ("check", cat, "--no-cache")
    *helped, asked, configured = commands(
        tmp_path,
        ("check", "--help"),
        ("diff", "--help"),
        (*check, "--format", "oneline"),
        (*check, "--output", "line=out.txt"),
    )
    for _, told in helped:
        assert "<oneline|text|" in told
        assert "Also write line (oneline), json, html" in told
    assert asked == configured == (0, "passed\n")
    assert (tmp_path / "out.txt").read_text() == "passed\n"


NEW_REPORT = '''"""Results as one line a story."""

from collections.abc import Sequence

from sensa.reports.layout import Paper
from sensa.reports.result.story_result import StoryResult


def part(result: StoryResult, paper: Paper, *, everything: bool = False) -> str:
    """Its title, or why there are no answers."""
    return result.message if result.answers is None else result.answers.provenance.story


def whole(parts: Sequence[str], exit_code: int) -> str:
    """One below the other, and the exit code."""
    return "".join(f"{part}\\n" for part in (*parts, exit_code))
'''
REPORT_ROW = 'TABLE = (\n    Format("titles", "those in a hurry", ("result",), kind="lst"),\n'


def test_adding_a_report_is_one_file_and_one_row(tmp_path: Path) -> None:
    """It is then in the options of `run` alone, in its configuration, and in `--output`."""
    package = copied(tmp_path)
    (package / "reports" / "result" / "titles.py").write_text(NEW_REPORT)
    table = package / "reports" / "formats.py"
    table.write_text(table.read_text().replace("TABLE = (\n", REPORT_ROW))
    (tmp_path / "wrong.toml").write_text("")
    stories = (written(tmp_path, "0.9"), "wrong.toml")

    (tmp_path / "pyproject.toml").write_text('[tool.sensa]\nformat = "titles"\n')
    (_, told), (_, told_by_check), ran, checked = commands(
        tmp_path,
        ("run", "--help"),
        ("check", "--help"),
        ("run", *stories, "--quiet", "--analyses", "outcomes", "--output", "lst=out.txt"),
        ("check", stories[0], "--no-cache"),  # has no such format: text
    )
    assert "<titles|text|json|html>" in told
    assert "Also write the result: lst (titles), nc (NetCDF), zarr, json or html" in " ".join(told.split())
    assert "titles" not in told_by_check
    assert ran == (2, "t\n1 error\n2\n")
    assert (tmp_path / "out.txt").read_text() == ran[1]
    assert checked[0] == 0
