"""What stands in other people's pipelines: the action's steps run as a runner would, the hook's pattern, the
workflows of the documentation. The hook itself runs where pre-commit is installed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sensa.cli import configuration

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
WORKFLOWS = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
STORY = (ROOT / "stories" / "library" / "cat_classifier.toml").read_text("utf-8")
RULES = "[properties.rule]\nrequire = '{}'\n"
BASH = shutil.which("bash")
FAKE = """#!{bash}
printf '%s\\n' "$@" > "$RUNNER_TEMP/arguments"
for argument in "$@"; do
  case $argument in md=*|sarif=*) [ -n "$SILENT" ] || echo "as ${{argument%%=*}}" > "${{argument#*=}}";; esac
done
exit "$ENDS_WITH"
"""


JUDGED_BY = {
    "properties": "PROPERTIES",
    "alpha": "ALPHA",
    "engine": "ENGINE",
    "seed": "SEED",
    "seconds": "TIME_LIMIT",
    "config-from": "CONFIG_FROM",
}


def step(name: str) -> dict[str, Any]:
    return next(one for one in ACTION["runs"]["steps"] if one.get("name") == name)


def shell_steps(found: Any) -> Iterator[dict[str, Any]]:
    """Every mapping with `run`, wherever it stands."""
    if isinstance(found, dict):
        if isinstance(found.get("run"), str):
            yield found
        for part in found.values():
            yield from shell_steps(part)
    elif isinstance(found, list):
        for part in found:
            yield from shell_steps(part)


class Runner:
    """A directory with a repository, a fake or real `sensa`, and what a runner gives to a step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        (folder / "bin").mkdir()
        self.work.mkdir()
        self.ends_with, self.silent = 0, ""

    def fake(self) -> None:
        path = self.folder / "bin" / "sensa"
        path.write_text(FAKE.format(bash=BASH))
        path.chmod(0o755)

    def real(self) -> None:
        path = self.folder / "bin" / "sensa"
        path.write_text(f"#!{sys.executable}\nfrom sensa.cli import app\napp(prog_name='sensa')\n")
        path.chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As `shell: bash` does."""
        (self.folder / "script.sh").write_text(script)
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "ENDS_WITH": str(self.ends_with),
            "SILENT": self.silent,
            **variables,
        }
        command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(self.folder / "script.sh")]
        return subprocess.run(
            command, env=environment, cwd=self.work, capture_output=True, text=True, check=False
        )

    def check(self, **variables: str) -> dict[str, str]:
        one = step("Check the stories")
        usual = {**dict.fromkeys(one["env"], ""), "FAIL_ON": "error", "NUMBER": "7"}
        stated = {name: value for name, value in one["env"].items() if "${{" not in value}
        done = self.run(one["run"], **{**usual, **variables, **stated})
        assert done.returncode == 0, done.stderr
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def asked(self) -> list[str]:
        return (self.folder / "arguments").read_text().splitlines()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    if BASH is None:
        pytest.skip("no bash")
    return Runner(tmp_path)


@pytest.mark.parametrize("found", [ACTION, *WORKFLOWS], ids=lambda found: str(found)[:20])
def test_nothing_of_others_is_put_into_a_shell(found: Any) -> None:
    for one in shell_steps(found):
        assert "${{" not in one["run"]


def test_every_input_is_used_and_described() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(ACTION["inputs"]) == {
        "stories", "fail-on", "against", "comment", "sarif", *JUDGED_BY,
    }  # fmt: skip
    for name, stated in ACTION["inputs"].items():
        assert f"inputs.{name}" in text
        assert stated["description"]
        assert stated["default"] is not None
    assert all(one.get("shell") == "bash" for one in ACTION["runs"]["steps"] if "run" in one)


def test_the_action_asks_for_what_was_wanted(runner: Runner) -> None:
    runner.fake()
    for name in ("a.toml", "b c.toml", "deep/er/d.toml"):
        (runner.work / name).parent.mkdir(parents=True, exist_ok=True)
        (runner.work / name).touch()
    stories = "*.toml\r\n\ndeep/**/*.toml\nmissing/*.toml\n-x.toml\n"
    output = runner.check(STORIES=stories, AGAINST="origin/main", FAIL_ON="warning")
    asked = runner.asked()
    assert asked[asked.index("--") + 1 :] == [
        "a.toml", "b c.toml", "deep/er/d.toml", "missing/*.toml", "-x.toml",
    ]  # fmt: skip
    assert asked[:5] == ["check", "--format", "github", "--fail-on", "warning"]
    assert asked[asked.index("--against") + 1] == "origin/main"
    assert output["exit-code"] == "0"
    assert Path(output["markdown"]).read_text() == "as md\n"
    assert Path(output["sarif"]).read_text() == "as sarif\n"
    assert (runner.folder / "summary").read_text() == "as md\n"
    assert {path.name: path.read_text() for path in Path(output["folder"]).iterdir()} == {
        "comment.md": "as md\n",
        "number": "7\n",
    }


def test_left_out_the_stories_are_those_of_the_configuration(runner: Runner) -> None:
    runner.fake()
    runner.check()
    asked = runner.asked()
    assert asked[-1] == "--"
    assert [one for one in asked if one.startswith("--")] == [
        "--format", "--fail-on", "--output", "--output", "--",
    ]  # fmt: skip


@pytest.mark.parametrize("name", JUDGED_BY)
def test_what_judges_is_asked_for_by_a_flag(runner: Runner, name: str) -> None:
    """A flag beats the configuration of the checkout; what is left out is no flag at all."""
    runner.fake()
    runner.check(**{JUDGED_BY[name]: "a value"})
    asked = runner.asked()
    assert asked[asked.index(f"--{name}") + 1] == "a value"
    assert not {f"--{other}" for other in JUDGED_BY if other != name} & set(asked)
    assert step("Check the stories")["env"][JUDGED_BY[name]] == f"${{{{ inputs.{name} }}}}"


def test_an_input_beats_the_configuration_of_the_checkout(runner: Runner) -> None:
    """A pull request that loosens its own settings is held to those of the workflow."""
    runner.real()
    (runner.work / "story.toml").write_text(STORY, "utf-8")
    (runner.work / "none.toml").write_text(RULES.format("P(harm) <= 1"), "utf-8")
    (runner.work / "rules.toml").write_text(RULES.format("P(harm) <= 1e-9"), "utf-8")
    (runner.work / "pyproject.toml").write_text('[tool.sensa]\nproperties = "none.toml"\nfail-on = "never"\n')
    assert runner.check(STORIES="story.toml")["exit-code"] == "0"
    (runner.folder / "output").unlink()
    assert runner.check(STORIES="story.toml", PROPERTIES="rules.toml")["exit-code"] == "1"


@pytest.mark.parametrize("attack", ["$(touch pwned)", "`touch pwned`", "; touch pwned", "'\"; touch pwned #"])
def test_what_is_given_is_never_a_command(runner: Runner, attack: str) -> None:
    runner.fake()
    given = dict.fromkeys(JUDGED_BY.values(), attack)
    runner.check(STORIES=attack, AGAINST=attack, FAIL_ON=attack, NUMBER=attack, **given)
    assert list(runner.work.iterdir()) == []
    assert runner.asked()[-1] == attack


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_the_job_ends_as_sensa_does(runner: Runner, code: int) -> None:
    runner.fake()
    runner.ends_with = code
    output = runner.check()
    assert output["exit-code"] == str(code)
    last = step("Say how it ended")
    assert last["if"] == "always()"
    assert runner.run(last["run"], CODE=output["exit-code"]).returncode == code


def test_no_answer_is_no_pass(runner: Runner) -> None:
    assert runner.run(step("Say how it ended")["run"], CODE="").returncode == 4
    output = runner.check()  # there is no sensa at all
    assert output["exit-code"] == "127"
    assert "sarif" not in output
    assert "exit code 127 and no report" in (runner.folder / "summary").read_text()
    runner.fake()
    runner.ends_with, runner.silent = 4, "yes"
    (runner.folder / "output").unlink()
    assert runner.check()["exit-code"] == "4"


def test_the_action_with_sensa_itself(runner: Runner) -> None:
    runner.real()
    (runner.work / "good.toml").write_text(STORY, "utf-8")
    (runner.work / "bad.toml").write_text("format = 1\n")
    assert runner.check(STORIES="good.toml")["exit-code"] == "0"
    (runner.folder / "output").unlink()
    output = runner.check(STORIES="*.toml")
    assert output["exit-code"] == "2"
    assert "bad.toml" in Path(output["markdown"]).read_text("utf-8")
    (runner.folder / "output").unlink()
    assert runner.check(STORIES="plans/*.toml")["exit-code"] == "2"
    (runner.folder / "output").unlink()
    assert runner.check()["exit-code"] == "2", "no story is no pass"


PLANTED = ("venv", "ensurepip", "pip", "sitecustomize", "usercustomize", "runpy", "typing_extensions")


def plant(folder: Path, marker: Path) -> None:
    """Modules that Python would import from its working directory, each leaving a trace if it does."""
    trace = f"open({str(marker)!r}, 'a').write(__name__ + chr(10))\n"
    for name in PLANTED:
        (folder / name).mkdir()
        for file in ("__init__.py", "__main__.py"):
            (folder / name / file).write_text(trace)


def test_nothing_is_imported_from_the_checkout(runner: Runner) -> None:
    """Every Python of the installation is isolated, and starts elsewhere."""
    log = runner.folder / "log"
    fake = f'#!{BASH}\necho "$PWD $1" >> "{log}"\n'
    (runner.folder / "python").write_text(
        f'{fake}[ "$3" != venv ] || {{ mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; }}\n'
    )
    (runner.folder / "python").chmod(0o755)
    done = runner.run(
        step("Install sensa")["run"],
        PYTHON=str(runner.folder / "python"),
        GITHUB_ACTION_PATH="x",
        GITHUB_PATH=str(runner.folder / "path"),
    )
    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines() == [f"{runner.folder} -I"] * 2
    own = step("Check the stories")["env"]
    assert (own["PYTHONPATH"], own["PYTHONSAFEPATH"]) == ("", "1")


def test_sensa_imports_nothing_from_the_checkout(runner: Runner) -> None:
    """Even where the job has a PYTHONPATH that names the checkout."""
    runner.real()
    (runner.work / "good.toml").write_text(STORY, "utf-8")
    marker = runner.folder / "marker"
    plant(runner.work, marker)
    output = runner.check(STORIES="good.toml", PYTHONPATH=".")
    assert not marker.exists(), marker.read_text()
    assert output["exit-code"] == "0"


@pytest.mark.slow
def test_an_installation_beside_planted_modules(runner: Runner) -> None:
    """The step as it is, with venv and pip themselves; what it installs needs no package index."""
    marker = runner.folder / "marker"
    plant(runner.work, marker)
    source = runner.folder / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (source / "backend.py").write_text(BACKEND)
    done = runner.run(
        step("Install sensa")["run"],
        PYTHON=sys.executable,
        GITHUB_ACTION_PATH=str(source),
        GITHUB_PATH=str(runner.folder / "path"),
        PYTHONPATH=".",
    )
    assert done.returncode == 0, done.stderr
    assert not marker.exists(), marker.read_text()
    assert (runner.folder / "sensa" / "bin" / "pip").exists()


BACKEND = """
import zipfile

def build_wheel(folder, *_):
    name = "x-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("x-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: x\\nVersion: 1\\n")
        tag = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("x-1.dist-info/WHEEL", tag)
        wheel.writestr("x-1.dist-info/RECORD", "")
    return name
"""


def test_the_hook_is_for_stories() -> None:
    pattern = re.compile(HOOK["files"])
    for name in ("story.toml", "plans/story.toml", "x.story.toml", "stories/a.toml", "a/stories/b/c.toml"):
        assert pattern.search(name), name
    for name in ("pyproject.toml", "history.toml", "mystories/a.toml", "stories/a.py"):
        assert not pattern.search(name), name
    assert HOOK["require_serial"] is True
    assert HOOK["entry"] == "sensa check"


def test_workflows_of_the_documentation() -> None:
    jobs = [one for one in WORKFLOWS if isinstance(one, dict) and "jobs" in one]
    assert len(jobs) == 3
    for one in jobs:
        assert "permissions" in one
        triggers = one[True]  # YAML 1.1 reads `on` as true
        assert "pull_request_target" not in triggers
        writes = {name for name, right in one["permissions"].items() if right == "write"}
        if "pull_request" in triggers:
            assert writes == set(), "what sees foreign files has no rights"
        if "pull-requests" in writes:
            assert not re.search(r"checkout|OWNER/sensa", yaml.safe_dump(one)), "and the other sees none"
        for job in one["jobs"].values():
            for used in job["steps"]:
                if used.get("uses", "").startswith("OWNER/sensa"):
                    assert set(used["with"]) <= set(ACTION["inputs"])


def test_settings_of_the_documentation(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(\[tool\.sensa\].*?)```", PAGE, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert set(configuration.configuration(tmp_path).values) == set(configuration.KEYS)


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("pre-commit") is None or not (ROOT / ".git").exists(),
    reason="no pre-commit, or no repository",
)
def test_the_hook_runs(tmp_path: Path) -> None:
    """As in a repository that uses it, installed from what is committed here."""
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "good.toml").write_text(STORY, "utf-8")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    call("git", "clone", "-q", str(ROOT), "clone")
    call("git", "init", "-q")
    call("git", "add", "stories")
    done = call("pre-commit", "try-repo", "clone", "sensa-check", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing wrong in stories/good.toml" in done.stdout
    (tmp_path / "stories" / "bad.toml").write_text("format = 1\n")
    call("git", "add", "stories")
    done = call("pre-commit", "try-repo", "clone", "sensa-check", "--all-files")
    assert done.returncode == 1
    assert "stories/bad.toml:1:10: format:" in done.stdout
