"""`[tool.sensa]` in pyproject.toml: defaults of the command line, overridden by `SENSA_*` and flags.

Uses only the standard library, and parses nothing unless a file mentions sensa, since every command comes
through here.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensa.cli.patterns import matches, parted
from sensa.private import leaves_repository
from sensa.reports.formats import names
from sensa.stories.problems import did_you_mean, escaped, listed, near, path_text, quoted

FILE = "pyproject.toml"
TABLE = ("tool", "sensa")
MAX_BYTES = 1 << 20
MERGE_BASE = "merge-base"  # the commit where the branch left the main branch


class ConfigurationError(Exception):
    """An error in the configuration, with its file and line."""


@dataclass(frozen=True)
class Key:
    """The values that a key may have."""

    wanted: str
    right: Callable[[Any], bool]


def _one_of(*words: str) -> Key:
    return Key(listed(words), lambda value: value in words)


def _number(low: float, high: float, wanted: str) -> Key:
    return Key(wanted, lambda value: _is_number(value) and low <= value <= high)


def _count(low: int, high: int, wanted: str) -> Key:
    return Key(wanted, lambda value: type(value) is int and low <= value <= high)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_precision(value: Any) -> bool:
    text = repr(value) if _is_number(value) else value
    if not isinstance(text, str):
        return False
    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        return False
    return 0 < number < (100 if text.strip().endswith("%") else 1)


_FLAG = Key("true or false", lambda value: isinstance(value, bool))
_TEXT = Key("a path", lambda value: isinstance(value, str) and value.strip() != "")
_TEXTS = Key(
    "a list of paths or patterns, such as `stories/**/*.toml`",
    lambda value: isinstance(value, list) and bool(value) and all(map(_TEXT.right, value)),
)
KEYS: dict[str, Key] = {
    "engine": _one_of("auto", "exact", "elimination", "montecarlo"),
    "seed": _count(0, 2**64 - 1, "a whole number from 0"),
    "points": _count(16, 2**63 - 1, "a whole number from 16"),
    "precision": Key("a number between 0 and 1 such as 1e-4, or a share such as `5%`", _is_precision),
    "samples": _count(4096, 2**63 - 1, "a whole number from 4096"),
    "fail-on": _one_of("error", "inactive", "suspect", "warning", "never"),
    "format": _one_of(*dict.fromkeys((*names("result"), *names("review")))),
    "quiet": _FLAG,
    "stories": _TEXTS,
    "properties": _TEXT,
    "cache": _FLAG,
    "alpha": _number(1e-9, 0.5, "a number from 1e-9 to 0.5"),
    "seconds": _number(0, float("inf"), "a number from 0"),
}
COMMANDS = {
    "run": {
        "engine", "seed", "points", "precision", "samples", "fail-on", "format", "quiet", "properties",
        "seconds",
    },
    "check": {
        "engine", "seed", "fail-on", "format", "quiet", "properties", "cache", "alpha", "seconds",
    },
    "diff": {"engine", "seed", "fail-on", "format", "quiet", "properties", "seconds"},
    "plot": {"engine", "seed", "points", "quiet"},
    "explain": {"seed", "format", "quiet", "properties"},
    "waive": {"properties"},
}  # fmt: skip
FORMATS_OF = {
    "run": names("result"),
    "explain": names("explain"),
    "check": names("review"),
    "diff": names("review"),
}


@dataclass(frozen=True)
class Configuration:
    """The values of `[tool.sensa]` and their file; empty without one."""

    file: Path | None
    values: Mapping[str, Any]

    def defaults(self, command: str) -> dict[str, Any]:
        """The defaults of a command, by the names of its parameters.

        A format that a command does not have is ignored: `format = "sarif"` does not affect `sensa run`.
        """
        found = {}
        for key in COMMANDS[command] & self.values.keys():
            value = self.values[key]
            if key == "format" and value not in FORMATS_OF[command]:
                continue
            if key == "properties":
                self._require_inside(key, value)
            found[key.replace("-", "_")] = self._here(value) if key == "properties" else _as_written(value)
        return found

    def _require_inside(self, key: str, path: str) -> None:
        """Refuse a path or pattern that leaves the repository, as untrusted files could then name any file.

        Reports quote what is wrong in a file. Flags and variables are the user's own, and may name any file.
        """
        assert self.file is not None
        folder = self.file.parent
        top = _folders(folder)[-1]
        begins, ends = parted(path)
        leaves = not Path(os.path.normpath(folder / begins)).is_relative_to(top) or ".." in ends
        if leaves and os.path.lexists(top / ".git"):
            raise ConfigurationError(
                f"{_shown(self.file)}: tool.sensa.{key}: {quoted(path)} leaves the repository; name it on the"
                " command line"
            )

    def stories(self) -> list[str]:
        """The files that the patterns of `stories` match, sorted; raises if a pattern matches nothing."""
        if self.file is None:
            return []
        found: dict[str, None] = {}
        for pattern in self.values.get("stories", ()):
            self._require_inside("stories", pattern)
            files = matches(pattern, self.file.parent)
            if not files:
                raise ConfigurationError(
                    f"{_shown(self.file)}: tool.sensa.stories: {quoted(pattern)} matches no file"
                )
            found |= dict.fromkeys(self._here(name) for name in files)
        return list(found)

    def _here(self, path: str) -> str:
        """A path in the file, relative to the working directory."""
        assert self.file is not None
        try:
            return os.path.relpath(self.file.parent / path)
        except ValueError:  # on another drive
            return str(self.file.parent / path)


def _as_written(value: Any) -> Any:
    """Numbers as text, which options are parsed from."""
    return repr(value) if _is_number(value) else value


def configuration(start: Path | None = None, reference: str | None = None) -> Configuration:
    """The configuration for a directory, or of a commit for the working directory.

    Raises `ConfigurationError` for errors in it, or in the commit's name.
    """
    if reference is not None:
        return _of_commit(reference)
    try:
        folder = Path.cwd() if start is None else start
    except OSError:  # it is gone or not accessible
        return Configuration(None, {})
    for file in _places(folder):
        values = _read(file)
        if values is not None:
            return Configuration(file, values)
    return Configuration(None, {})


def files() -> list[Path]:
    """The files that the configuration for the working directory is looked for in."""
    try:
        return list(_places(Path.cwd()))
    except OSError:
        return []


def _of_commit(reference: str) -> Configuration:
    from sensa.comparing.history import HistoryError, as_named, at_commit

    for folder in _folders(Path.cwd().resolve()):
        try:
            found = as_named(str(folder / FILE), commit_of(reference))
        except HistoryError as error:
            raise ConfigurationError(str(error)) from None
        if found is not None and found.text is not None:
            values = _parsed(at_commit(_shown(folder / FILE), found.commit), found.text.encode())
            if values is not None:
                return Configuration(folder / FILE, values)
    return Configuration(None, {})


def commit_of(reference: str) -> str | None:
    """The reference for `history` of a commit named on the command line."""
    return None if reference == MERGE_BASE else reference


def _folders(folder: Path) -> list[Path]:
    """The directories from one up to the root of its repository; outside of one, only itself."""
    folders = [folder, *folder.parents]
    root = next((n for n, each in enumerate(folders) if os.path.exists(each / ".git")), 0)
    return folders[: root + 1]


def _places(folder: Path) -> Iterator[Path]:
    for each in _folders(folder):
        if os.path.isfile(each / FILE):
            yield each / FILE


def _read(file: Path) -> Mapping[str, Any] | None:
    """The `[tool.sensa]` table of a file; None without one."""
    if leaves_repository(file):
        raise ConfigurationError(f"{_shown(file)}: is a link to a file outside of its repository")
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{_shown(file)}: cannot be read: {(error.strerror or '').lower()}"
        ) from None
    return _parsed(_shown(file), data)


def _parsed(shown: str, data: bytes) -> Mapping[str, Any] | None:
    """The `[tool.sensa]` table in a file's text; `shown` is the file name in messages."""
    if b"sensa" not in data:
        return None
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"{shown}: is larger than 1 MiB")
    import tomllib

    try:
        text = data.decode()
        tool = tomllib.loads(text).get("tool")
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{shown}: not TOML: {escaped(str(error))}") from None
    values = tool.get("sensa") if isinstance(tool, dict) else None
    if values is None:
        return None
    for path, message in _wrong(values):
        raise ConfigurationError(f"{shown}:{_line(text, path)}: {path_text(path)}: {message}")
    found: Mapping[str, Any] = values
    return found


def _wrong(values: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """The errors in the table, each with its path."""
    if not isinstance(values, dict):
        yield TABLE, f"expected a table, got {quoted(values)}"
        return
    for key, value in values.items():
        path = (*TABLE, key)
        if key not in KEYS:
            fix = did_you_mean(near(key, KEYS)) or f"known keys: {', '.join(KEYS)}"
            yield path, f"unknown key {quoted(key)} ({fix})"
        elif not KEYS[key].right(value):
            yield path, f"expected {KEYS[key].wanted}, got {quoted(value)}"


def _line(text: str, path: tuple[str, ...]) -> str:
    from sensa.stories.positions import scan

    line, column = scan(text).key(path)
    return f"{line}:{column}"


def _shown(file: Path) -> str:
    try:
        return escaped(os.path.relpath(file))
    except ValueError:
        return escaped(str(file))
