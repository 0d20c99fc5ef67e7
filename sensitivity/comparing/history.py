"""A story as it was: from a git repository, through git itself, and nothing but the file asked for."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20
MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_REFERENCE = re.compile(r"[A-Za-z0-9_.@{}~^/+-]{1,250}")
LARGEST = 1 << 20


class HistoryError(Exception):
    """The base cannot be had; says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Version:
    """A file at a commit."""

    name: str  # the reference and its commit, as it is shown
    commit: str
    text: str | None  # none where the file was not there yet


def version(file: str, reference: str | None) -> Version:
    """A file at a reference, by default the commit at which the branch left the main one.

    Raises `HistoryError` where there is no repository, no such reference, or a clone too shallow to tell.
    """
    place = Path(file).resolve()
    folder = place.parent
    if not folder.is_dir():
        raise HistoryError(f"`{file}` is in no directory")
    top = Path(_git(folder, "rev-parse", "--show-toplevel", why="is in no git repository").strip())
    commit, shown = _commit(top, reference)
    try:
        inside = place.relative_to(top.resolve()).as_posix()
    except ValueError:
        raise HistoryError(f"`{file}` lies outside of its repository") from None
    listed = _git(top, "ls-tree", "-z", "--full-tree", commit, "--", inside, why="cannot be listed")
    if not listed:
        return Version(shown, commit, None)
    mode, kind, blob = listed.split("\t")[0].split(" ")
    if kind != "blob" or mode == "120000":
        raise HistoryError(f"`{inside}` is no file at {shown}")
    if int(_git(top, "cat-file", "-s", blob, why="cannot be read")) > LARGEST:
        raise HistoryError(f"`{inside}` at {shown} is larger than a story may be")
    return Version(shown, commit, _git(top, "cat-file", "blob", blob, why="cannot be read"))


def _commit(top: Path, reference: str | None) -> tuple[str, str]:
    """The commit that is meant, and how it is called."""
    if reference is not None:
        if not _REFERENCE.fullmatch(reference) or reference.startswith("-"):
            raise HistoryError(f"`{reference[:80]}` is no name of a commit")
        commit = _resolved(top, reference)
        if commit is None:
            raise HistoryError(f"there is no `{reference}` here{_shallow(top)}")
        return commit, f"{reference} ({commit[:8]})"
    for main in MAIN:
        if _resolved(top, main) is None:
            continue
        base = _try(top, "merge-base", "HEAD", main)
        if base is None:
            raise HistoryError(f"HEAD and `{main}` have no common commit here{_shallow(top)}")
        shallow = _shallow(top)
        if shallow and base.strip() == _resolved(top, "HEAD"):
            raise HistoryError(f"where this branch left `{main}` cannot be told{shallow}")
        return base.strip(), f"{main} ({base.strip()[:8]})"
    tried = ", ".join(MAIN)
    raise HistoryError(f"there is no main branch here (tried {tried}): name one by --against{_shallow(top)}")


def _shallow(top: Path) -> str:
    if (_try(top, "rev-parse", "--is-shallow-repository") or "").strip() != "true":
        return ""
    fix = "`git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout"
    return f": the clone is shallow, and does not have it ({fix})"


def _resolved(top: Path, reference: str) -> str | None:
    found = _try(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    return None if found is None else found.strip()


def _git(folder: Path, *arguments: str, why: str) -> str:
    found = _try(folder, *arguments)
    if found is None:
        raise HistoryError(f"`{folder}` {why}")
    return found


def _try(folder: Path, *arguments: str) -> str | None:
    """What git says; nothing where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        raise HistoryError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise HistoryError(f"git took more than {SECONDS} s") from None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
