"""Whatever a repository's configuration names, none of it runs: each way is planted, and leaves a trace if it
does."""

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest

from sensa.cli import app
from sensa.comparing.git import top
from sensa.comparing.history import HistoryError, missing, version
from tests.comparing.repositories import git as plainly
from tests.short_stories import ASSUMPTION, story

ROOT = Path(__file__).parents[2]
STORY = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
HOOKS = (
    "post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout", "fsmonitor-watchman",
    "query-watchman", "pre-commit", "post-merge",
)  # fmt: skip
RUN = {
    "fsmonitor": "[core]\n\tfsmonitor = {run}\n",
    "hooks": "[core]\n\thooksPath = {hooks}\n",
    "pager": "[core]\n\tpager = {run}\n[pager]\n\tls-tree = {run}\n\tcat-file = {run}\n",
    "alias": "[alias]\n\tls-tree = !{run}\n\trev-parse = !{run}\n\tcat-file = !{run}\n",
    "ssh": "[core]\n\tsshCommand = {run}\n\tgitProxy = {run}\n\taskPass = {run}\n\teditor = {run}\n",
    "credentials": "[credential]\n\thelper = !{run}\n[gpg]\n\tprogram = {run}\n",
    "external": '[diff]\n\texternal = {run}\n[diff "x"]\n\ttextconv = {run}\n\tcommand = {run}\n',
    "filter": '[filter "x"]\n\tclean = {run}\n\tsmudge = {run}\n\tprocess = {run}\n\trequired = true\n',
    "worktree": "[core]\n\tworktree = {elsewhere}\n",
    "include": "[include]\n\tpath = {included}\n",
    "trace": "[trace2]\n\teventTarget = {marker}\n\tnormalTarget = {marker}\n\tperfTarget = {marker}\n",
    "refs": "[core]\n\talternateRefsCommand = {run}\n[uploadpack]\n\tpackObjectsHook = {run}\n",
}
LAZY = """[extensions]
\tpartialClone = origin
[protocol]
\tallow = always
[protocol "ext"]
\tallow = always
[protocol "file"]
\tallow = always
[remote "origin"]
\tpromisor = true
\tpartialclonefilter = blob:none
"""
RUN |= {
    "lazy file": LAZY + "\turl = {elsewhere}\n\tuploadpack = {run}\n",
    "lazy ext": LAZY + "\turl = ext::{run}\n",
    "lazy ssh": LAZY + "\turl = ssh://localhost/x\n\tproxy = x\n[core]\n\tsshCommand = {run}\n",
    "lazy vcs": LAZY + "\turl = x\n\tvcs = {run}\n",
}


class Planted:
    """A place for what is planted: a program that leaves a trace, and what a configuration can name."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "marker"
        self.run = folder / "run"
        self.run.write_text(f'#!/bin/sh\necho "$0" "$@" >> {self.marker}\nexit 1\n')
        self.run.chmod(0o755)
        self.hooks = folder / "hooks"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        self.included = folder / "included"
        self.included.write_text(self.text("fsmonitor"))

    def text(self, kind: str) -> str:
        return RUN[kind].format(**vars(self))

    def into(self, repository: Path, kind: str) -> None:
        """Into the git directory of a repository."""
        with (repository / "config").open("a") as file:
            file.write(self.text(kind))
        for hooks in (self.hooks, repository / "hooks"):
            hooks.mkdir(exist_ok=True)
            for name in HOOKS:
                (hooks / name).unlink(missing_ok=True)
                (hooks / name).symlink_to(self.run)
        (repository / "info").mkdir(exist_ok=True)
        (repository / "info" / "attributes").write_text("* diff=x filter=x\n")


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    folder = tmp_path / "planted"
    folder.mkdir()
    return Planted(folder)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A story on `main`, another on the branch, and one that was renamed."""
    made = tmp_path_factory.mktemp("pristine")
    (made / "stories").mkdir(parents=True)
    plainly(made, "init", "-q", "-b", "main")
    for name in ("a.toml", "old.toml"):
        (made / "stories" / name).write_text(STORY + f"# {name}\n", "utf-8")
    plainly(made, "add", "-A")
    plainly(made, "commit", "-q", "-m", "one")
    plainly(made, "checkout", "-q", "-b", "work")
    plainly(made, "mv", "stories/old.toml", "stories/new.toml")
    (made / "stories" / "a.toml").write_text(STORY + "# changed\n", "utf-8")
    plainly(made, "commit", "-q", "-a", "-m", "two")
    return made


@pytest.fixture
def repository(pristine: Path, tmp_path: Path) -> Path:
    """A copy of that repository, for the test to spoil."""
    return shutil.copytree(pristine, tmp_path / "top")


def lose(repository: Path, *names: str) -> None:
    """Take objects out of a repository, so that reading them would fetch them."""
    for name in names:
        blob = plainly(repository, "rev-parse", name).strip()
        (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="the traces are shell scripts")
@pytest.mark.parametrize("kind", list(RUN))
def test_nothing_of_a_strangers_configuration_runs(repository: Path, planted: Planted, kind: str) -> None:
    """As of an archive with a `.git` in it."""
    if kind.startswith("lazy"):
        lose(repository, "main:stories/a.toml", "main:stories/old.toml")
    planted.into(repository / ".git", kind)
    for name in ("a.toml", "new.toml", "missing.toml"):
        for reference in (None, "main", "HEAD", "nowhere", "HEAD~9"):
            try:
                found = version(str(repository / "stories" / name), reference)
            except HistoryError:
                assert kind.startswith("lazy") or reference in ("nowhere", "HEAD~9")
            else:
                assert (found.text is None) == (name == "missing.toml")
    try:
        assert [one.place.name for one in missing(repository, "main", ".toml")] == ["old.toml"]
    except HistoryError:
        assert kind.startswith("lazy")
    assert not planted.marker.exists(), planted.marker.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="the traces are shell scripts")
@pytest.mark.parametrize("kind", list(RUN))
def test_a_bare_repository_in_a_folder_is_a_folder(
    repository: Path, planted: Planted, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are files of the repository around it; its own settings and branches count for nothing."""
    bare = repository / "plans"
    plainly(repository.parent, "clone", "-q", "--bare", str(repository), str(bare))
    planted.into(bare, kind)
    with (bare / "config").open("a") as file:
        file.write("[core]\n\tbare = false\n\tworktree = .\n")
    (bare / "story.toml").write_text(STORY, "utf-8")
    plainly(repository, "add", "-A", "-f")
    plainly(repository, "commit", "-q", "-m", "a story with a bare repository around it")
    assert not planted.marker.exists()
    path = str(bare / "story.toml")
    assert version(path, "HEAD").text == STORY
    assert version(path, "main").text is None
    monkeypatch.chdir(bare)
    for command in (["check", "story.toml", "--against", "main"], ["diff", "story.toml"]):
        with pytest.raises(SystemExit):
            app(command, prog_name="sensa")
    assert not planted.marker.exists(), planted.marker.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_EXTERNAL_DIFF", "{run}"),
        ("GIT_SSH_COMMAND", "{run}"),
        ("GIT_PAGER", "{run}"),
        ("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='{run}'"),
        ("GIT_DIR", "{elsewhere}"),
        ("GIT_OBJECT_DIRECTORY", "{elsewhere}"),
        ("GIT_WORK_TREE", "{elsewhere}"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_TRACE", "{marker}"),
        ("GIT_SHALLOW_FILE", "{run}"),
        ("GIT_CONFIG_GLOBAL", "{included}"),
    ],
)
def test_the_environment_changes_no_answer(
    repository: Path, planted: Planted, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value.format(**vars(planted)))
    assert version(str(repository / "stories" / "a.toml"), "main").text == STORY + "# a.toml\n"
    assert not planted.marker.exists()


def test_a_commit_is_what_its_hash_says(repository: Path) -> None:
    """Neither a replacement nor a graft stands for it."""
    path = str(repository / "stories" / "a.toml")
    plainly(repository, "replace", "main", "work")
    assert version(path, "main").text == STORY + "# a.toml\n"
    blob, other = (
        plainly(repository, "rev-parse", f"{ref}:stories/a.toml").strip() for ref in ("main", "work")
    )
    plainly(repository, "replace", blob, other)
    assert version(path, "main").text == STORY + "# a.toml\n"
    work = plainly(repository, "rev-parse", "work").strip()
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "grafts").write_text(f"{work}\n")
    assert version(path, None).text == STORY + "# a.toml\n"


def test_worktrees_and_submodules_are_repositories_of_their_own(repository: Path, tmp_path: Path) -> None:
    plainly(repository, "worktree", "add", "-q", str(tmp_path / "other"), "main")
    assert top(tmp_path / "other" / "stories") == tmp_path / "other"
    assert version(str(tmp_path / "other" / "stories" / "a.toml"), "work").text == STORY + "# changed\n"
    outer = tmp_path / "outer"
    plainly(tmp_path, "init", "-q", "-b", "main", str(outer))
    plainly(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository), "sub")
    assert version(str(outer / "sub" / "stories" / "a.toml"), "HEAD").text == STORY + "# changed\n"


def test_a_git_file_that_leads_nowhere_is_no_repository(tmp_path: Path) -> None:
    """Nor is what lies above it looked at: it is not the story's."""
    plainly(tmp_path, "init", "-q", "--bare", ".")
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / ".git").write_text("gitdir: ../nowhere\n")
    with pytest.raises(HistoryError, match="is not a git repository"):
        version(str(tmp_path / "top" / "story.toml"), "main")


def test_every_call_of_git_goes_through_here() -> None:
    """No other module starts a process."""
    starting = re.compile(r"subprocess|os\.(system|popen|exec|spawn|posix_spawn)|pty|multiprocess")
    for folder in ("sensitivity", "kernels", "stories", "reports"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            tree = ast.parse(text if starting.search(text) else "")
            calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
            found = [call for call in calls if starting.match(call)]
            assert found == (["subprocess.run"] if file.name == "git.py" else []), file
