"""Git, told to run nothing: every call goes through here.

A repository may be a stranger's, down to its configuration (an archive, or a bare repository committed as a
folder), and git runs programs that a configuration names. So the repository is the one that `.git` marks,
never a bare one; what of its settings could start a program is overridden; nothing is fetched.
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
# Of the environment's own: where git's parts and the user's settings are. A hook of git sets the others for
# its own repository; ours is that of the file, wherever we are called.
KEPT_VARIABLES = re.compile(
    r"(?!GIT_)|GIT_EXEC_PATH$|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)$"
)


class GitError(Exception):
    """Git cannot be run, or does not end."""


def top(folder: Path) -> Path | None:
    """The directory of the repository that a directory belongs to, as `.git` in it or above it says."""
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one / ".git")), None)


def git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git says in the top directory of a repository, reading paths as they are and asking nobody.

    Raises `GitError` where there is no git, or it takes too long.
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
    """Git in a directory that PATH names in full: elsewhere it may be a file of the working directory."""
    places = filter(os.path.isabs, os.get_exec_path())
    found = (shutil.which(os.path.join(place, "git")) for place in places)
    return next((program for program in found if program is not None), None)
