"""Read earlier versions of a story from a git repository, through git itself."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sensa.comparing.git import GitError, git
from sensa.comparing.git import top as repository
from sensa.store import StoreError, located
from sensa.stories.problems import cut, escaped

MAIN = {
    "origin/HEAD": "refs/remotes/origin/HEAD",
    "origin/main": "refs/remotes/origin/main",
    "origin/master": "refs/remotes/origin/master",
    "main": "refs/heads/main",
    "master": "refs/heads/master",
}
_REFERENCE = re.compile(r"[A-Za-z0-9_.@{}~^/+-]{1,250}")
_WHOLE_HASH = re.compile(r"[0-9a-f]{40}")  # git takes it for the commit, whatever else has that name
_AT_COMMIT = re.compile(r"(.+)@([0-9a-f]{8})", re.DOTALL)
MAX_BYTES = 1 << 20


class HistoryError(Exception):
    """The base is not available; the message says why, and what would help."""


class AmbiguousError(HistoryError):
    """A name that several commits have: anyone who can push a tag could choose the base."""


class NoTextError(HistoryError):
    """The file at the base cannot be a story: a folder, a link, not text, or too large."""


@dataclass(frozen=True, slots=True)
class Version:
    """A file at a commit."""

    name: str  # the reference and its commit, for display
    commit: str
    text: str | None  # None if the file did not exist yet
    path: str = ""  # its path in the repository at that commit


@dataclass(frozen=True, slots=True)
class Missing:
    """A file of a commit that no longer exists under its name."""

    name: str  # of the commit, for display
    place: Path  # where it was
    text: str
    now: Path | None  # its new path, if the index shows that it was renamed


def at_commit(file: str, commit: str) -> str:
    """The name of a file at a commit, used as its place in problems."""
    return f"{file}@{commit[:8]}"


def parted(name: str) -> tuple[str, str | None]:
    """The file and the commit of a name that `at_commit` returned; for any other, the name and None."""
    found = _AT_COMMIT.fullmatch(name)
    return (name, None) if found is None else (found[1], found[2])


def version(file: str, reference: str | None) -> Version:
    """A file at a reference, by default the commit at which the branch left the main branch.

    The file is the commit's own of that name, even if the name is a link or in a submodule now. A file that
    was renamed since, as far as the index shows, is found under its old name. Raises `HistoryError` if there
    is no repository or no such reference, or if the clone is too shallow.
    """
    try:
        place = located(file)
    except StoreError as error:
        raise HistoryError(str(error)) from None
    folder = place.parent
    if not folder.is_dir():
        raise HistoryError(f"{_shown(file)} is not in a directory")
    top = repository(folder)
    if top is None:
        raise HistoryError(f"{_shown(str(folder))} is not in a git repository")
    _git(top, "rev-parse", "--git-dir", why="is not a git repository")
    replaced = _replaced(file, place, reference)
    if replaced is not None:
        return replaced
    commit, shown = _commit(top, reference)
    inside = place.relative_to(top).as_posix()
    if _listed(top, commit, inside):
        return _version(top, commit, shown, inside)
    then = _renamed(top, commit, inside)
    if then:
        return _version(top, commit, f"{shown}, there {_shown(then)}", then)
    return Version(shown, commit, None, inside)


def _replaced(file: str, place: Path, reference: str | None) -> Version | None:
    """The file of a commit whose name now leads elsewhere, perhaps into another repository."""
    named = Path(os.path.abspath(file))
    for top in dict.fromkeys((working_repository(), repository(named.parent))):
        if top is None or not named.is_relative_to(top):
            continue
        if named == place and top == repository(place.parent):
            continue
        with suppress(NoTextError):
            try:
                commit, shown = _commit(top, reference)
            except AmbiguousError:
                raise
            except HistoryError:  # fails for the other repository only
                continue
            found = _version(top, commit, shown, named.relative_to(top).as_posix())
            if found.text is not None:
                return found
    return None


def working_repository() -> Path | None:
    """The top directory of the working directory's repository, if any."""
    try:
        return repository(Path.cwd())
    except OSError:  # it no longer exists
        return None


def as_named(file: str, reference: str | None) -> Version | None:
    """A file at a reference by its name, without following links or renames.

    The repository is that of the working directory, never one inside it; None if the file lies outside.
    Raises `HistoryError` as `version` does.
    """
    here = Path.cwd().resolve()
    top = repository(here)
    if top is None:
        raise HistoryError(f"{_shown(str(here))} is not in a git repository")
    named = Path(os.path.normpath(here / file))
    inside = next((one for one in (named, Path(os.path.realpath(named))) if one.is_relative_to(top)), None)
    if inside is None:
        return None
    _git(top, "rev-parse", "--git-dir", why="is not a git repository")
    commit, shown = _commit(top, reference)
    return _version(top, commit, shown, inside.relative_to(top).as_posix())


def missing(top: Path, reference: str | None, ending: str) -> Iterator[Missing]:
    """The files with an ending that a commit has and the working tree lacks, sorted by name.

    Files that are not text, or too large for a story, are left out. Raises `HistoryError` as `version` does.
    """
    commit, shown = _commit(top, reference)
    changed, deleted = _changed_names(top, commit), _names(top, "ls-files", "--deleted", "-z")
    if changed is None or deleted is None:
        raise HistoryError(f"what {_shown(str(top))} has lost since {shown} cannot be determined")
    for then in sorted({*changed, *deleted}):
        place, later = top / then, changed.get(then)
        if not then.endswith(ending) or _is_there(place):
            continue
        try:
            text = _version(top, commit, shown, then).text
        except NoTextError:
            continue
        now = None if later is None or not _is_there(top / later) else top / later
        if text is not None:
            yield Missing(shown, place, text, now)


def _is_there(place: Path) -> bool:
    return place.is_file() or place.is_symlink()


def _version(top: Path, commit: str, shown: str, then: str) -> Version:
    """The version of a file at a commit."""
    listed = _listed(top, commit, then)
    if not listed:
        return Version(shown, commit, None, then)
    mode, kind, blob = listed.split("\t")[0].split(" ")
    if kind != "blob" or mode == "120000":
        raise NoTextError(f"{_shown(then)} is not a file at {shown}")
    if int(_git(top, "cat-file", "-s", blob, why="cannot be read")) > MAX_BYTES:
        raise NoTextError(f"{_shown(then)} at {shown} is larger than a story may be")
    return Version(shown, commit, _git(top, "cat-file", "blob", blob, why="cannot be read"), then)


def _listed(top: Path, commit: str, inside: str) -> str:
    """The tree entry of a path at a commit; empty if there is none."""
    return _git(top, "ls-tree", "-z", "--full-tree", commit, "--", inside, why="cannot be listed")


def _renamed(top: Path, commit: str, inside: str) -> str:
    """The name of a path at a commit, if it was renamed since; else empty."""
    changed = _changed_names(top, commit) or {}
    return next((then for then, now in changed.items() if now == inside), "")


def _changed_names(top: Path, commit: str) -> dict[str, str | None] | None:
    """The files of a commit that the index lacks under that name: their names now, None if removed.

    None if git fails.
    """
    options = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--find-renames")
    wanted = ("--diff-filter=DR", "--name-status", "-z")
    found = _names(top, "diff-index", "--cached", *options, *wanted, commit, "--")
    if found is None:
        return None
    parts = iter(found)
    return {next(parts): None if status == "D" else next(parts) for status in parts}


def _names(top: Path, *arguments: str) -> list[str] | None:
    """Names that git lists, separated by zero bytes; None if it fails."""
    done = _run(top, *arguments)
    return os.fsdecode(done.stdout).split("\0")[:-1] if done.returncode == 0 else None


def _commit(top: Path, reference: str | None) -> tuple[str, str]:
    """The commit of a reference, and its name for display."""
    if reference is not None:
        if not _REFERENCE.fullmatch(reference) or reference.startswith("-") or ".." in reference:
            raise HistoryError(f"{_shown(reference)} is not a valid name of a commit")
        commit = _resolved(top, reference)
        if commit is None:
            raise HistoryError(f"there is no {_shown(reference)} here{_shallow(top)}")
        return commit, f"{reference} ({commit[:8]})"
    for main, whole in MAIN.items():
        if _resolved(top, whole) is None:
            continue
        base = _try(top, "merge-base", "HEAD", whole)
        if base is None:
            raise HistoryError(f"HEAD and `{main}` have no common commit here{_shallow(top)}")
        shallow = _shallow(top)
        if shallow and base.strip() == _resolved(top, "HEAD"):
            raise HistoryError(f"where this branch left `{main}` cannot be determined{shallow}")
        return base.strip(), f"{main} ({base.strip()[:8]})"
    none = f"there is no main branch here (tried {', '.join(MAIN)}): name one with --against"
    raise HistoryError(f"{none}{_shallow(top)}")


def _shallow(top: Path) -> str:
    if (_try(top, "rev-parse", "--is-shallow-repository") or "").strip() != "true":
        return ""
    fix = "`git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout"
    return f": the clone is shallow and does not have it ({fix})"


def _resolved(top: Path, reference: str) -> str | None:
    done = _run(top, "rev-parse", "--verify", "--end-of-options", f"{reference}^{{commit}}")
    if b"is ambiguous" in done.stderr and not _WHOLE_HASH.match(reference):
        full = "name it in full, such as refs/remotes/origin/main"
        raise AmbiguousError(f"{_shown(reference)} names several branches, tags or commits here ({full})")
    return _text(done.stdout).strip() if done.returncode == 0 else None


def _git(top: Path, *arguments: str, why: str) -> str:
    """The output of git; raises `HistoryError` if it fails, with git's message if that says more."""
    done = _run(top, *arguments)
    if done.returncode == 0:
        return _text(done.stdout)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    plain = not said or "not a git repository" in said[0]
    more = "" if plain else f": git says: {cut(escaped(said[0]), 200)}"
    raise HistoryError(f"{_shown(str(top))} {why}{more}")


def _try(top: Path, *arguments: str) -> str | None:
    """The output of git; None if it fails."""
    done = _run(top, *arguments)
    return _text(done.stdout) if done.returncode == 0 else None


def _run(top: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return git(top, *arguments)
    except GitError as error:
        raise HistoryError(str(error)) from None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise NoTextError("what git has is not UTF-8") from None


def _shown(name: str) -> str:
    return f"`{cut(escaped(name), 120)}`"
