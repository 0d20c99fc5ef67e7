"""Directories of the user's own, for what is kept and later believed: never one that a stranger can fill.

Every room may use this module; it imports nothing of ours.
"""

import os
import sys
from pathlib import Path

LOOSE = 0o022  # what lets group or others write


def caches() -> Path | None:
    """The user's directory for caches, in the platform's place; none where there is no home."""
    return _platform("XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA", "AppData/Local")


def settings() -> Path | None:
    """The user's directory for settings, in the platform's place; none where there is no home."""
    return _platform(
        "XDG_CONFIG_HOME", ".config", "Library/Application Support", "APPDATA", "AppData/Roaming"
    )


def _platform(xdg: str, plain: str, darwin: str, windows: str, usual: str) -> Path | None:
    """Relative paths are passed over, as the XDG specification has it: they depend on where one stands."""
    home = _home()
    if sys.platform == "darwin":
        named, rest = None, darwin
    elif sys.platform == "win32":
        named, rest = os.environ.get(windows), usual
    else:
        named, rest = os.environ.get(xdg), plain
    if named and os.path.isabs(named):
        return Path(named)
    return None if home is None else home / rest


def _home() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() else None


def refusal(place: Path) -> str | None:
    """Why what lies in a directory is not to be believed; none where only the user can have put it there.

    Holds for a directory that is yet to be made, too. Raises `OSError` where it cannot be looked at.
    """
    if not place.is_absolute():
        return "its path is relative"
    if ".." in place.parts:
        return "its path has `..`"
    way = [*reversed(place.parents), place]
    if any(part.is_symlink() for part in way[2:]):  # at the root links are the system's, as /tmp of macOS
        return "it is reached through a symbolic link"
    real = Path(os.path.realpath(place))  # which raises nothing for links in a circle
    around = [real, *real.parents]
    if any(map(_repository, around)):
        return "it lies in a repository"
    home, here = _home(), _working()
    at_home = None if home is None else Path(os.path.realpath(home))
    if here in around and (at_home is None or here not in (at_home, *at_home.parents)):
        return "it lies in the working directory"
    if not place.exists() or not hasattr(os, "geteuid"):
        return None
    status = place.stat()
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    return "others may write to it" if status.st_mode & LOOSE else None


def leaves_repository(file: Path) -> bool:
    """Whether a file named inside a repository is a link to one outside of it, as a stranger may commit.

    What is wrong in a file is quoted in reports, so such a link would show a file of the machine's.
    """
    named = Path(os.path.abspath(file))
    top = next((folder for folder in named.parents if _repository(folder)), None)
    real = Path(os.path.realpath(named))
    return top is not None and not real.is_relative_to(os.path.realpath(top))


def _repository(folder: Path) -> bool:
    """Whether a directory is the top of a repository, or a bare one."""
    if os.path.lexists(folder / ".git"):
        return True
    return all(os.path.lexists(folder / name) for name in ("HEAD", "objects", "refs"))


def _working() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


def ready(place: Path) -> bool:
    """Whether a directory is there, made if need be, and to be believed."""
    if refusal(place) is None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return refusal(place) is None
