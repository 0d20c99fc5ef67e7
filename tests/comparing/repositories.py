"""Git repositories for tests."""

import subprocess
from pathlib import Path


def git(where: Path, *arguments: str) -> str:
    """What git prints in a directory, as an author of its own."""
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(where), *settings, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def committed(where: Path) -> None:
    """Make a repository of a directory, with all that is in it on `main`."""
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        git(where, *command)
