"""Names: their letters, reserved words, and one meaning each."""

from collections.abc import Iterable, Iterator
from typing import get_args

from sensa.stories.checking.view import View
from sensa.stories.expressions import NAME, RESERVED, snake_case
from sensa.stories.problems import Path, Problem, did_you_mean, listed, near, quoted
from sensa.stories.schema.vocabulary import MAX_NAME_LENGTH, GoalClass, RationaleClass

_TABLES = ("quantities", "assumptions", "challenges", "choices", "events", "safeguards", "outcomes")


def problems(view: View) -> Iterator[Problem]:
    """Problems of names."""
    yield from _namespace(view)
    document = view.document
    for name, choice in document.choices.items():
        for option, declared in choice.options.items():
            path: Path = ("choices", name, "options", option)
            yield from _letters(view, path, option)
            for index, tag in enumerate(declared.tags):
                yield from _word(view, (*path, "tags", index), tag)
    for index, phase in enumerate(document.phases):
        yield from _letters(view, ("phases", index, "name"), phase.name, key=False)
        for axis in phase.axes:
            yield from _word(view, ("phases", index, "axes", axis), axis, key=True)
    yield from _phases_once(view)
    for name in document.properties:
        yield from _letters(view, ("properties", name), name)
    yield from _classes(view, "goal", document.goal.classes, get_args(GoalClass))
    yield from _classes(view, "rationale", document.rationale.classes, get_args(RationaleClass))


def _namespace(view: View) -> Iterator[Problem]:
    """Names used twice by nodes; an outcome may be called `halted`, since nothing reads it."""
    first: dict[str, str] = {}
    for table in _TABLES:
        for name in getattr(view.document, table):
            path: Path = (table, name)
            allowed = table == "outcomes" and name == "halted"
            yield from _letters(view, path, name) if allowed else _word(view, path, name, key=True)
            if name in first:
                message = f"the name {quoted(name)} is taken by `{first[name]}.{name}`"
                yield view.error("duplicate-name", path, message, key=True)
            else:
                first[name] = table


def _letters(view: View, path: Path, name: str, *, key: bool = True) -> Iterator[Problem]:
    if len(name) > MAX_NAME_LENGTH:
        message = f"a name of {len(name)} characters; at most {MAX_NAME_LENGTH} are allowed"
        yield view.error("bad-name", path, message, key=key)
    elif not NAME.fullmatch(name):
        message = (
            f"{quoted(name)} is not a name: a lower case letter, then lower case letters, digits and `_`"
        )
        meant = snake_case(name)
        yield view.error("bad-name", path, message, meant and f"write `{meant}`", key=key)


def _word(view: View, path: Path, name: str, *, key: bool = False) -> Iterator[Problem]:
    """A name that expressions read must not be a reserved word."""
    if name in RESERVED:
        message = f"{quoted(name)} is a word of the expression language and cannot be a name"
        yield view.error("reserved-name", path, message, f"write `{name}_`", key=key)
    else:
        yield from _letters(view, path, name, key=key)


def _phases_once(view: View) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, phase in enumerate(view.document.phases):
        if phase.name in first:
            message = f"the name {quoted(phase.name)} is taken by `phases[{first[phase.name]}]`"
            yield view.error("duplicate-name", ("phases", index, "name"), message)
        first.setdefault(phase.name, index)


def _classes(view: View, table: str, classes: Iterable[str], known: tuple[str, ...]) -> Iterator[Problem]:
    if "other" in classes:
        return
    for index, word in enumerate(classes):
        if word not in known:
            message = f'{quoted(word)} is not one of {listed(known)}; free text needs `"other"` beside it'
            yield view.error(
                "unknown-class", (table, "class", index), message, did_you_mean(near(word, known))
            )
