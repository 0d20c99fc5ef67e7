"""Import, export and elicitation in Python give what the command line does."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import sensa
from sensa.cli import app
from tests.exchange.files import ASIA, GOALS, NETWORK
from tests.short_stories import ASSUMPTION, story

TEXT = story(
    ASSUMPTION.format(name="a", credence="{ beta = [8, 2] }") + "[events.e]\nchance = 0.1\n", "e and not a"
)
HEAD = "id,claim,question,low,mid,high,why\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.toml").write_text(TEXT, "utf-8")


def told(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_import_gives_what_the_command_prints() -> None:
    Path("lawn.xdsl").write_text(NETWORK, "utf-8")
    found = sensa.import_story(Path("lawn.xdsl"), catastrophe="Wet=wet")
    assert found.to_toml() == told("import", "lawn.xdsl", "--catastrophe", "Wet=wet").stdout
    assert found.file == "lawn.toml"
    Path("asia.txt").write_text(ASIA, "utf-8")
    found = sensa.import_story("asia.txt", "bif", catastrophe="lung=yes", fail_safe="tub")
    said = told("import", "asia.txt", "--from", "bif", "--catastrophe", "lung=yes", "--fail-safe", "tub")
    assert found.to_toml() == said.stdout


def test_import_warns_of_what_is_left_out() -> None:
    Path("pumps.gsn.yaml").write_text(GOALS.replace("credence: 0.9", "credence: 0.9, owner: Ana"), "utf-8")
    with pytest.warns(UserWarning, match=r"^pumps\.gsn\.yaml: left out: `owner` of `G3`$"):
        sensa.import_story("pumps.gsn.yaml")


def test_what_cannot_be_imported() -> None:
    Path("asia.txt").write_text(ASIA, "utf-8")
    with pytest.raises(sensa.ExchangeError, match="its name does not say what it is"):
        sensa.import_story("asia.txt")
    with pytest.raises(sensa.ExchangeError, match="no format `biff` is imported"):
        sensa.import_story("asia.txt", "biff")
    with pytest.raises(FileNotFoundError):
        sensa.import_story("none.bif")


@pytest.mark.parametrize("format", ["open-psa", "bif", "xdsl", "gsn", "csv", "samples"])
def test_export_gives_what_the_command_prints(format: str) -> None:
    settings = sensa.Settings(seed=3)
    found = sensa.export_story("story.toml", format, samples=8, settings=settings)
    said = told("export", "story.toml", "--to", format, "--samples", "8", "--seed", "3").stdout
    assert found.splitlines() == said.splitlines()
    assert found == sensa.export_story(sensa.load("story.toml"), format, samples=8, settings=settings)


def test_what_cannot_be_exported() -> None:
    with pytest.raises(ValueError, match=r"^unknown format `biff`"):
        sensa.export_story("story.toml", "biff")
    with pytest.raises(ValueError, match="`samples`: at least one"):
        sensa.export_story("story.toml", "samples", samples=0)


def test_experts_are_asked_as_by_the_command() -> None:
    """Ana has both seeds within her ranges, and Bo neither: he is left out by the cutoff."""
    Path("seeds.csv").write_text("id,question,value\none,First?,5\ntwo,Second?,6\n", "utf-8")
    plain = sensa.load("story.toml")
    assert told("elicit", "story.toml", "-o", "sheet.csv", "--seeds", "seeds.csv").exit_code == 0
    sheet = sensa.elicitation_sheet(plain, seeds="seeds.csv")
    assert sheet == Path("sheet.csv").read_bytes().decode("utf-8-sig")
    for name, low, high in (("ana", 1, 10), ("bo", 20, 22)):
        seeds = "".join(f"seed.{seed},,,{low},{(low + high) / 2},{high},\n" for seed in ("one", "two"))
        rows = f"{HEAD}assumptions.a.credence,,,,0.6,,why not\n{seeds}"
        Path(f"{name}.csv").write_text(rows, "utf-8")
    found = sensa.with_answers(plain, {"Ana": "ana.csv", "Bo": "bo.csv"}, seeds="seeds.csv", cutoff=0.1)
    told("elicit", "story.toml", "--answers", "Ana=ana.csv", "--answers", "Bo=bo.csv", "--seeds",
         "seeds.csv", "--cutoff", "0.1")  # fmt: skip
    assert found.story.to_toml() == Path("story.toml").read_text("utf-8") != TEXT
    assert [(of.numbers, of.complaints) for of in found.experts.values()] == [(1, ()), (1, ())]
    weights = [of.score.weight for of in found.experts.values() if of.score is not None]
    assert weights == [1.0, 0.0]
    assert plain.to_toml() == TEXT


def test_what_is_no_answer() -> None:
    plain = sensa.load("story.toml")
    Path("ana.csv").write_text(f"{HEAD}assumptions.a.credence,,,0,0.5,0.9,\n", "utf-8")
    with pytest.raises(sensa.ExchangeError, match=r"^ana\.csv: row `assumptions\.a\.credence`: `low` is 0"):
        sensa.with_answers(plain, {"Ana": "ana.csv"})
    with pytest.raises(sensa.ExchangeError, match=r"^none\.csv: no such file or directory$"):
        sensa.with_answers(plain, {"Ana": "none.csv"})
    with pytest.raises(TypeError, match="expected a loaded story, got `str`"):
        sensa.elicitation_sheet("story.toml")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected sheets by the names of experts, got `list`"):
        sensa.with_answers(plain, ["ana.csv"])  # type: ignore[arg-type]
