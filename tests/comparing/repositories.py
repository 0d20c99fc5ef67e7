"""Git repositories for tests."""

import subprocess
from pathlib import Path


def git(where: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(where), *settings, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout
