"""Private directories of the user, for trusted data: never one that others can write to.

Every room may use this module; it imports no other module of sensa.
"""

import os
import sys
from pathlib import Path

WRITABLE_BY_OTHERS = 0o022  # mode bits that let group or others write


def caches() -> Path | None:
    """The user's cache directory, where the platform has it; None without a home."""
    return _platform("XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA", "AppData/Local")


def settings() -> Path | None:
    """The user's settings directory, where the platform has it; None without a home."""
    return _platform(
        "XDG_CONFIG_HOME", ".config", "Library/Application Support", "APPDATA", "AppData/Roaming"
    )


def _platform(xdg: str, plain: str, darwin: str, windows: str, usual: str) -> Path | None:
    """The platform's directory; relative paths in variables are ignored, as XDG specifies."""
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
    """Why the content of a directory cannot be trusted; None if only the user can have written it.

    Works for a directory that does not exist yet, too. Raises `OSError` if it cannot be inspected.
    """
    if not place.is_absolute():
        return "its path is relative"
    if ".." in place.parts:
        return "its path has `..`"
    way = [*reversed(place.parents), place]
    if any(
        part.is_symlink() for part in way[2:]
    ):  # links at the root are the system's, such as /tmp of macOS
        return "it is reached through a symbolic link"
    real = Path(os.path.realpath(place))  # does not raise for circular links
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
    return "others may write to it" if status.st_mode & WRITABLE_BY_OTHERS else None


def leaves_repository(file: Path) -> bool:
    """Whether a file inside a repository is a link to one outside, as anybody could commit.

    Reports quote what is wrong in a file, so such a link would reveal a file of the machine.
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
    """Whether a directory exists or can be created, and can be trusted."""
    if refusal(place) is None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return refusal(place) is None
