"""Run git without letting it run other programs; every call goes through here.

A repository may be untrusted, including its configuration (an archive, or a bare repository committed as a
folder), and git runs programs that the configuration names. So the repository is the one marked by `.git`,
never a bare one; settings that could start a program are overridden; nothing is fetched.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

MAX_SECONDS = 20
SETTINGS = {
    "safe.bareRepository": "explicit",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.alternateRefsCommand": "",
    "core.warnAmbiguousRefs": "true",
    "protocol.allow": "never",
    "diff.external": "",
    "credential.helper": "",
}
VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "none",  # stronger than `protocol.*.allow` of a configuration
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # a commit is what its hash says
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Variables that locate git's parts and the user's settings. Hooks of git set others for their own repository,
# but ours is that of the file.
KEPT_VARIABLES = re.compile(
    r"(?!GIT_)|GIT_EXEC_PATH$|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)$"
)


class GitError(Exception):
    """Git cannot be run, or takes too long."""


def top(folder: Path) -> Path | None:
    """The top directory of the repository of a directory: the nearest one with a `.git`."""
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one / ".git")), None)


def git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the top directory of a repository, with literal paths and without prompts.

    Raises `GitError` if git is not installed, or takes too long.
    """
    program = _program()
    if program is None:
        raise GitError("git is not installed")
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    kept = {key: value for key, value in os.environ.items() if KEPT_VARIABLES.match(key)}
    environment = {**kept, **VARIABLES, "GIT_CEILING_DIRECTORIES": str(repository.parent)}
    try:
        return subprocess.run(
            [program, "--no-pager", "--literal-pathspecs", *settings, "-C", str(repository), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            check=False,
            env=environment,
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git took more than {MAX_SECONDS} s") from None


def _program() -> str | None:
    """Git from an absolute directory of PATH; a relative one could lead to an untrusted file."""
    places = filter(os.path.isabs, os.get_exec_path())
    found = (shutil.which(os.path.join(place, "git")) for place in places)
    return next((program for program in found if program is not None), None)
