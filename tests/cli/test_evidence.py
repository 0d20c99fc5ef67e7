"""`sensa evidence`: what it writes and says, and that it writes nothing where it must not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.evidence.stories_with_logs import lab
from tests.evidence.written_logs import as_archive, sample

Call = Callable[..., Result]


def test_refresh_says_what_was_and_is(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    first = sensa_at("evidence", "refresh", "story.toml")
    assert first.exit_code == 0
    assert first.stdout == (
        "assumptions.refuses.evidence[1]: 18 of 20 held\nsafeguards.monitor.evidence[0]: 3 of 4 held\n"
    )
    as_archive(tmp_path / "runs/probe.eval", [sample("a", "C"), sample("b", None)])
    again = sensa_at("evidence", "refresh", "story.toml", "refuses")
    assert again.stdout == (
        "assumptions.refuses.evidence[1]: 1 of 1 held, 1 unscored sample (was 18 of 20 held)\n"
    )


def test_add_and_its_hint(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    sensa_at("evidence", "refresh", "story.toml")
    done = sensa_at("evidence", "add", "story.toml", "monitor", "runs/probe.eval", "--success", "I")
    assert done.exit_code == 0
    assert done.stdout == "safeguards.monitor.evidence[1]: 2 of 20 held\n"
    assert done.stderr == ""


def test_a_refused_log_changes_no_file(sensa_at: Call, tmp_path: Path) -> None:
    file = lab(tmp_path)
    before = file.read_text()
    as_archive(tmp_path / "runs/probe.eval", [sample("a", "C")], status="error")
    done = sensa_at("evidence", "refresh", "story.toml")
    assert done.exit_code == 2
    assert done.stderr == (
        "story.toml:19:3: assumptions.refuses.evidence[1]: `runs/probe.eval` ended in an error\n"
        "1 error in story.toml\n"
    )
    assert file.read_text() == before


def test_a_wrong_success_is_no_internal_error(sensa_at: Call, tmp_path: Path) -> None:
    before = lab(tmp_path).read_text()
    done = sensa_at("evidence", "add", "story.toml", "monitor", "runs/probe.eval", "--success", "=> 0.8")
    assert done.exit_code == 2
    assert "cannot be counted by `--success`: " in done.stderr
    assert (tmp_path / "story.toml").read_text() == before


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ("id,a,b\n1,0,1\n", (), "has the columns `id`, `a` and `b`: name the scores by `--scorer`"),
        ("alias,score\nm,1\nn,0\n", (), "models, `m` and `n`: choose one, as `--where alias=…`"),
        ("id,score\n1,0.3\n", (), 'say which scores held, as `--success ">= 0.5"`'),
        ("id,score\n1,0.3\n", ("--where", "id=2"), "has no row that `--where` chooses"),
    ],
)
def test_what_to_add_is_said_in_options(
    sensa_at: Call, tmp_path: Path, table: str, options: tuple[str, ...], said: str
) -> None:
    lab(tmp_path)
    (tmp_path / "runs/t.csv").write_text(table)
    done = sensa_at("evidence", "add", "story.toml", "monitor", "runs/t.csv", *options)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_number_that_comes_from_evidence_keeps_its_prior(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    sensa_at("evidence", "refresh", "story.toml")
    done = sensa_at("evidence", "add", "story.toml", "monitor", "runs/probe.eval", "--success", "I", "--use")
    assert done.exit_code == 0, done.stderr
    assert 'power = { from = "evidence", prior = [1, 1] }' in (tmp_path / "story.toml").read_text()


def test_two_columns_of_one_name_are_refused(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    (tmp_path / "runs" / "two.csv").write_text("id,score,score\na,1,0\n", "utf-8")
    done = sensa_at("evidence", "add", "story.toml", "monitor", "runs/two.csv")
    assert done.exit_code == 2
    assert "`runs/two.csv` has two columns `score`" in done.stderr


def test_an_unknown_name_and_a_wrong_condition(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    unknown = sensa_at("evidence", "refresh", "story.toml", "refuse")
    assert unknown.exit_code == 2
    assert "did you mean `refuses`?" in unknown.stderr
    wrong = sensa_at("evidence", "add", "story.toml", "refuses", "runs/monitor.csv", "--where", "model")
    assert "`model` is not COLUMN=VALUE" in wrong.stderr


def test_check_reads_a_changed_log_though_it_keeps_results(sensa_at: Call, tmp_path: Path) -> None:
    lab(tmp_path)
    sensa_at("evidence", "refresh", "story.toml")
    assert "changed-log" not in sensa_at("check", "story.toml").stdout
    as_archive(tmp_path / "runs/probe.eval", [sample("a", "C")])
    assert "changed-log" in sensa_at("check", "story.toml").stdout
    lab(tmp_path, text=(tmp_path / "story.toml").read_text())
    assert "changed-log" not in sensa_at("check", "story.toml").stdout


def test_a_remembered_review_loads_nothing_heavy_for_its_logs() -> None:
    code = (
        "import sys; import sensa.evidence.named_logs;"
        "print([name for name in ('pydantic', 'numpy', 'sensa.stories.schema') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
