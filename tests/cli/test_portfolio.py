"""`sensa run` of many stories and of sweeps, with everything behind it."""

import csv
import io
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from typer.testing import Result

from sensa import store
from sensa.cli import portfolio
from tests.short_stories import beta, story

Call = Callable[..., Result]
A = "assumptions.a.credence"
TWO = story(beta("a", 8, 2) + beta("b", 6, 4), "not a", "not b")
QUICK = ("--points", "64")
SCHEMA = json.loads((files("sensa.reports.portfolio") / "portfolio.schema.json").read_text("utf-8"))


@pytest.fixture
def run(sensa_at: Call, tmp_path: Path) -> Call:
    (tmp_path / "plans" / "deep").mkdir(parents=True)
    (tmp_path / "plans" / "two.toml").write_text(TWO)
    (tmp_path / "plans" / "deep" / "one.toml").write_text(TWO.replace("beta = [8, 2]", "beta = [1, 9]"))

    def call(*arguments: str) -> Result:
        return sensa_at("run", *arguments, *QUICK)

    return call


def document(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_a_pattern_is_one_table_of_all_stories(run: Call) -> None:
    """P(catastrophic) = 1 - E a: 90 % and 20 %."""
    result = run("plans/**/*.toml")
    assert result.exit_code == 0, result
    assert result.stdout.splitlines()[0] == "2 stories: how they end"
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith("plans/")]
    assert [(row[0], row[1]) for row in rows] == [("plans/deep/one.toml", "90"), ("plans/two.toml", "20")]
    assert result.stderr == ""
    assert run("plans/two.toml", "plans/*/one.toml").stdout.count("plans/") == 2
    assert run("--portfolio", "plans/two.toml").stdout.startswith("1 story: how they end")
    assert run("--portfolio", "plans/two.toml", "./plans//two.toml").stdout.startswith("1 story: how")
    one = run("plans/two.toml", "--sweep", f"{A}=0.5")
    assert one.stdout.startswith("1 story at 1 value: how they end")


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(run: Call) -> None:
    Path("[a].toml").write_text(TWO)
    assert run("[a].toml").stdout.startswith("t ")  # the report of one story
    refused = run("nothing/*.toml")
    assert refused.exit_code == 2
    assert "`nothing/*.toml` matches no file" in refused.stderr


def test_a_sweep_over_two_numbers_in_json(run: Call) -> None:
    """P(catastrophic) = 1 - a, P(success) = a b."""
    result = run(
        "plans/two.toml", "--sweep", f"{A}=0.25:0.75:3", "--sweep", "assumptions.b.credence=0.5",
        "--format", "json",
    )  # fmt: skip
    assert result.exit_code == 0, result
    found = document(result)
    assert found["dimensions"] == {A: 3, "assumptions.b.credence": 1}
    ends = [(cell["at"][A], cell["mean"]["catastrophic"], cell["mean"]["success"]) for cell in found["cells"]]  # type: ignore[attr-defined]
    assert ends == [pytest.approx((a, 1 - a, a / 2)) for a in (0.25, 0.5, 0.75)]


def test_a_file_of_sweeps_and_one_of_variants(run: Call) -> None:
    Path("sweep.toml").write_text(f'"{A}" = [0.25, 0.5]\n')
    Path("variants.csv").write_text("variant,assumptions.b.credence\nlow,0.1\nhigh,0.9\n")
    result = run("plans/*.toml", "--sweep", "sweep.toml", "--variants", "variants.csv", "--means-only")
    assert result.exit_code == 0, result
    lines = result.stdout.splitlines()
    assert lines[0] == "1 story at 2 × 2 values: how they end"
    assert "interval" not in result.stdout
    assert [line.split()[:2] for line in lines[3:7]] == [
        ["0.25", "low"], ["0.25", "high"], ["0.5", "low"], ["0.5", "high"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sweep", "a"), "`a` is no file; expected one, or `PATH=VALUES`"),
        (("--portfolio", ""), "the name of a story is empty"),
        (("--sweep", "a=x"), "`a`: expected `LOW:HIGH:COUNT`"),
        (("--sweep", "a=1", "--sweep", "a=2"), "`a`: swept twice"),
        (("--variants", "no.csv"), "no.csv: no such file"),
        (("--means-only",), "this is an option of a portfolio"),
        (("--portfolio", "--analyses", "violations"), "a portfolio only says how stories end"),
        (("--portfolio", "--given", "a"), "a portfolio only says how stories end"),
        (("--output", "csv=a.csv"), "is not KIND=PATH with KIND one of nc, zarr, json, html"),
        (("--portfolio", "--output", "csv=plans/two.toml"), "is an input file, and is not overwritten"),
        (("--portfolio", "--output", "csv=missing/a.csv"), "missing/a.csv: there is no directory "),
    ],
)
def test_wrong_usage(run: Call, arguments: tuple[str, ...], said: str) -> None:
    result = run("plans/two.toml", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_failing_story_is_in_every_format_and_in_the_exit_code(run: Call) -> None:
    Path("plans/bad.toml").write_text(TWO.replace("not a", "not nobody"))
    outputs = [f"--output={kind}=out.{kind}" for kind in ("nc", "zarr", "csv", "json", "html")]
    result = run("plans/*.toml", "missing.toml", *outputs)
    assert result.exit_code == 2
    assert "missing.toml: wrong: missing.toml:1:1: no such file" in result.stdout
    assert "plans/two.toml" in result.stdout
    assert store.read("out.nc").identical(store.read("out.zarr"))
    data = store.read("out.nc").dataset
    assert data["status"].values.tolist() == ["wrong", "answered", "wrong"]
    assert float(data["mean"].sel(story="plans/two.toml", output="catastrophic")) == pytest.approx(0.2)
    assert "unknown name `nobody`" in str(data["message"].values[0])
    table = list(csv.DictReader(io.StringIO(Path("out.csv").read_text())))
    assert [row["status"] for row in table] == ["wrong", "answered", "wrong"]
    assert float(table[1]["catastrophic"]) == float(
        data["mean"].sel(story="plans/two.toml", output="catastrophic")
    )
    assert table[0]["catastrophic"] == ""
    cells = json.loads(Path("out.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(cells)
    assert cells["exit_code"] == 2
    html = Path("out.html").read_text()
    assert html.count("<tr>") == 4
    assert "unknown name `nobody`" in html


def test_a_hostile_file_name_is_text(run: Call) -> None:
    """Neither markup, nor a formula of a spreadsheet, nor a code for the terminal."""
    Path("=cmd()<b>\x1b[2J.toml").write_text(TWO)
    result = run("=*.toml", "--output", "csv=out.csv", "--output", "html=out.html")
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert "<b>" not in Path("out.html").read_text()
    assert Path("out.csv").read_text().splitlines()[1].startswith("'=cmd()")


def test_many_rows_show_those_with_the_highest_risk(run: Call) -> None:
    result = run("plans/two.toml", "--sweep", f"{A}=0:1:101", "--means-only")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["0", "0.01"]  # P(catastrophic) = 1 - a
    assert "and 61 with a lower risk (--verbose shows them)" in lines
    everything = run("plans/two.toml", "--sweep", f"{A}=0:1:101", "--means-only", "--verbose")
    assert len(everything.stdout.splitlines()) == len(lines) + 60


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_portfolio_fits_the_terminal(run: Call, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Long paths lose their beginning where numbers stand beside them; narrow paper stacks."""
    deep = Path("plans") / "a_folder_with_a_rather_long_name" / "a_story_with_a_rather_long_name.toml"
    deep.parent.mkdir()
    deep.write_text(TWO)
    monkeypatch.setenv("COLUMNS", str(width))
    for more in ((), ("--sweep", f"{A}=0.5,0.25")):
        lines = run("plans/**/*.toml", *more).stdout.splitlines()
        assert max(map(len, lines)) <= width
        assert any(line.rstrip().endswith("name.toml") or "name.toml  " in line for line in lines)


def test_properties_are_judged_in_every_format_and_in_the_exit_code(run: Call) -> None:
    """P(catastrophic) = 1 - a is at most 0.5 where a is 0.5 or more."""
    text = TWO + '\n[properties.rare]\nrequire = "P(catastrophic) <= 0.5"\n'
    Path("plans/two.toml").write_text(text)
    arguments = ("plans/**/*.toml", "--sweep", f"{A}=0.25,0.75")
    outputs = [f"--output={kind}=out.{kind}" for kind in ("csv", "json", "html", "nc")]
    result = run(*arguments, *outputs)
    assert result.exit_code == 1
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith("plans/")]
    assert [row[-4:] == ["✗", "1", "of", "1"] for row in rows] == [False, False, True, False]
    assert "Properties: 1 failed (`rare`), 1 passed, 2 without." in " ".join(result.stdout.split())
    table = list(csv.DictReader(io.StringIO(Path("out.csv").read_text())))
    assert [row["state"] for row in table] == ["", "", "failed", "passed"]
    assert [row["verdict.rare"] for row in table] == ["", "", "fail", "pass"]
    assert [float(row["margin.rare"]) for row in table[2:]] == pytest.approx([-0.25, 0.25])
    found = json.loads(Path("out.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["exit_code"] == 1
    assert [cell["properties"].get("rare", {}).get("status") for cell in found["cells"]] == [
        None, None, "fail", "pass",
    ]  # fmt: skip
    assert "<td>✗ 1 of 1: <bdi>rare</bdi></td>" in Path("out.html").read_text()
    assert store.read("out.nc").dataset["verdict"].values.ravel().tolist() == ["", "", "fail", "pass"]
    never = run(*arguments, "--fail-on", "never")
    assert (never.exit_code, never.stdout) == (0, result.stdout)
    means = run(*arguments, "--means-only")
    assert means.exit_code == 0
    assert "Properties are not judged with `--means-only`: that computes" in " ".join(means.stdout.split())
    Path("rules.toml").write_text('[properties.low]\nrequire = "P(catastrophic) <= 0.6"\n')
    ruled = run(*arguments, "--properties", "rules.toml", "--format", "json")
    cells = json.loads(ruled.stdout)["cells"]
    assert [cell["properties"]["low"]["status"] for cell in cells] == ["fail", "pass"] * 2
    refused = run(*arguments, "--properties", "rules.toml", "--means-only")
    assert refused.exit_code == 2
    assert "no property is judged with `--means-only`" in " ".join(refused.stderr.split())


def test_writing_many_cells_is_shown(run: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of any kind by its name at once, text by its share too; nothing with `--quiet` or few cells."""
    shown: list[tuple[bool, str, float]] = []

    class Shown(portfolio.ShownProgress):
        def __call__(self, what: str, share: float) -> None:
            shown.append((self.asked, what, share))

        def __init__(self, *, wanted: bool, **rest: object) -> None:
            self.asked = wanted
            super().__init__(wanted=wanted, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(portfolio, "ShownProgress", Shown)
    arguments = ("plans/two.toml", "--means-only", "--sweep", f"{A}=0.1:0.9:1500", "--output", "csv=out.csv")
    monkeypatch.setattr(portfolio, "MIN_LONG_CELLS", 1500)
    assert run(*arguments, "--output", "nc=out.nc").exit_code == 0
    writing = [one for one in shown if one[1] != "cells"]
    assert writing == [
        (True, "writing out.csv", 0.0),
        (True, "writing out.csv", 1024 / 1500),
        (True, "writing out.csv", 2048 / 1500),
        (True, "writing out.nc", 0.0),
    ]
    for few, quiet in ((1501, ()), (1500, ("--quiet",))):
        monkeypatch.setattr(portfolio, "MIN_LONG_CELLS", few)
        shown.clear()
        run(*arguments, *quiet)
        assert not any(wanted for wanted, what, _ in shown if what != "cells")
