"""Problems of a story: place, path, message and fix."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]

MAX_PROBLEMS = 200
LONGEST_VALUE = 60
LONGEST_MESSAGE = 600
NEAR_MISSES_AMONG = 1000  # longer names are not compared: the search is quadratic
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_COMMAND = re.compile(r"##(?=\w*\[)")  # of GitHub, Azure Pipelines, TeamCity
_STEP = re.compile(r'"((?:[^"\\]|\\.)*)"|\[(\d+)\]|([^.\["]+)')


def escaped(text: str) -> str:
    """Text on one line: characters that a terminal or a runner would obey or hide are escaped.

    Runners treat a line that begins with `::`, or contains `##[` or `##vso[`, as a command.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in _joined(text))
    if text.lstrip().startswith("::"):
        text = text.replace(":", "\\x3a", 1)
    return _COMMAND.sub(r"#\\x23", text)


def _joined(text: str) -> str:
    """Replace lone surrogates, which cannot be printed."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str, longest: int = LONGEST_VALUE) -> str:
    """Text cut to at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def quoted(value: object) -> str:
    """An author's value as messages show it: on one line, cut, in backticks."""
    text = value if isinstance(value, str) else _written(value)
    return "`" + cut(escaped(cut(text, 4 * LONGEST_VALUE)).replace("`", "'")) + "`"


def _written(value: object) -> str:
    """A value in TOML, shortened for a message."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) >= 10**20:  # printing a long one is slow or refused
            return f"{value:.6g}" if abs(value) < 10**300 else "1e300 and more"
        case dict():
            return "{ " + ", ".join(f"{key} = …" for key in list(value)[:5]) + " }" if value else "{}"
        case list() | tuple():
            return "[" + ", ".join(_element(item) for item in value[:5]) + (", …]" if len(value) > 5 else "]")
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
    return str(value)


def _element(value: object) -> str:
    match value:
        case str():
            return f'"{cut(value, 20)}"'
        case list() | tuple() | dict():
            return "[…]" if not isinstance(value, dict) else "{…}"
    return _written(value)


def listed(values: Iterable[str], last: str = "or", most: int = 16) -> str:
    """Values in backticks, listed as in a sentence: `a`, `b` or `c`."""
    every = list(values)
    shown = [quoted(value) for value in every[:most]]
    if len(every) > most:
        return ", ".join(shown) + f" and {len(every) - most} more"
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" {last} {shown[-1]}" if shown else ""


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word most similar to a misspelt one, if any."""
    candidates = sorted(known)
    if len(word) > 4 * LONGEST_VALUE or len(candidates) > NEAR_MISSES_AMONG:
        return None
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=0.7)
    return found[0] if found else None


def story_has(word: str, known: Iterable[str], most: int = 5, who: str = "the story") -> str | None:
    """The fix that lists what a story has, the most similar first."""
    names = list(dict.fromkeys(known))
    if not names:
        return None
    if len(names) <= NEAR_MISSES_AMONG:
        alike = difflib.get_close_matches(word, names, n=most, cutoff=0)
        names = [*alike, *(name for name in names if name not in alike)]
    return f"{who} has {listed(names, 'and', most)}"


def did_you_mean(word: str | None) -> str | None:
    """The fix for a misspelt word."""
    return None if word is None else f"did you mean {quoted(word)}?"


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """The message for an unknown word: the nearest known one, and all of them."""
    every = list(known)
    fix = did_you_mean(near(word, every)) if isinstance(word, str) else None
    return f"unknown {what} {quoted(word)}{f' ({fix})' if fix else ''}; expected one of {', '.join(every)}"


def path_text(path: Path) -> str:
    """A key path as text: `assumptions.x.given[0].if`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = cut(escaped(part), LONGEST_VALUE)
            bare = _BARE.fullmatch(shown) is not None
            text += ("." if text else "") + (
                shown if bare else '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
            )
    return text


def path_of(text: str) -> Path:
    """The key path that `path_text` wrote."""
    path: list[str | int] = []
    for match in _STEP.finditer(text):
        inner, index, bare = match.groups()
        if index is not None:
            path.append(int(index))
        else:
            path.append(bare if bare is not None else re.sub(r"\\(.)", r"\1", inner))
    return tuple(path)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: line and column count from 1, columns in characters.

    A value edited in Python keeps its line, or has that of the table it was added to; a story built in Python
    has no lines, and its values are at 1:1.
    """

    file: str
    line: int
    column: int
    how: Literal["read", "edited", "built"] = "read"

    def __str__(self) -> str:
        file = escaped(self.file)
        if self.how == "built":
            return file
        nowhere = self.how == "edited" and (self.line, self.column) == (1, 1)
        return (file if nowhere else f"{file}:{self.line}:{self.column}") + (
            " (edited)" if self.how == "edited" else ""
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning about a story.

    `str(problem)` is part of the interface, and is tested to the letter.
    """

    code: str  # stable; `codes.CODES` explains each
    severity: Severity
    place: Place
    path: str  # of the key, as `assumptions.x.given[0].if`; "" for the file
    message: str
    fix: str | None = None  # such as "did you mean `transparency`?"

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", cut(escaped(self.message), LONGEST_MESSAGE))
        if self.fix is not None:
            object.__setattr__(self, "fix", cut(escaped(self.fix), LONGEST_MESSAGE))

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}: " if self.path else f"{self.place}: "
        return where + self.message + (f" ({self.fix})" if self.fix is not None else "")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Unique problems, sorted by severity and place."""
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.severity, p.place, p.path, p.code, p.message)))


def at_most(problems: Iterable[Problem], most: int = MAX_PROBLEMS) -> tuple[Problem, ...]:
    """The first problems by place, and a count of the others."""
    every = in_order(problems)
    if len(every) <= most:
        return every
    last = every[most - 1]
    rest = f"{len(every) - most} more problems are not shown"
    return (*every[:most], Problem("too-many-problems", "error", last.place, last.path, rest))


class StoryError(Exception):
    """A story that cannot be used; `problems` has all errors, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def told_apart(value: float, stated: float, digits: int) -> str:
    """A value in so many digits, or in as many as tell it from the stated one."""
    for more in range(digits, 18):
        text = f"{value:.{more}g}"
        if text != f"{stated:.{more}g}":
            break
    return text
