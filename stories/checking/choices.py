"""Choices: named options must exist, and at least one must be left."""

from collections.abc import Iterable, Iterator

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem, did_you_mean, listed, near, quoted
from sensa.stories.schema.choices import CONFORMS, Choice
from sensa.stories.syntax import Boolean


def problems(view: View) -> Iterator[Problem]:
    """Problems of choices, except in their expressions."""
    for name, choice in view.document.choices.items():
        path: Path = ("choices", name)
        yield from _weights(view, path, choice)
        for index, rule in enumerate(choice.constraints):
            for at, option in enumerate(rule.excludes):
                yield from _known(view, (*path, "constraints", index, "excludes", at), option, choice.options)
        for index, nudge in enumerate(choice.nudges):
            for option in nudge.odds:
                yield from _known(
                    view, (*path, "nudges", index, "odds", option), option, choice.options, key=True
                )
        for index, row in enumerate(choice.rows):
            for option in row.chances:
                yield from _known(
                    view, (*path, "rows", index, "chances", option), option, choice.options, key=True
                )
        if choice.initial is not None:
            yield from _known(view, (*path, "initial"), choice.initial, choice.options)
        yield from _left(view, path, choice)


def _weights(view: View, path: Path, choice: Choice) -> Iterator[Problem]:
    for name, option in choice.options.items():
        stated = "weight" if option.weight is not None else "bits" if option.bits is not None else None
        if choice.rows and stated is not None:
            message = f"a choice with `rows` has its chances there; this option has `{stated}` too"
            yield view.error("bad-options", (*path, "options", name, stated), message, "leave it out")
        elif not choice.rows and (option.weight is None) == (option.bits is None):
            both = "both `weight` and `bits`" if option.bits is not None else "neither `weight` nor `bits`"
            message = f"an option has one of `weight` and `bits`; this one has {both}"
            yield view.error("bad-options", (*path, "options", name), message)
        miss = (*path, "options", name, "miss")
        if CONFORMS in option.tags and option.miss is not None and view.values.get(miss) != 0.0:
            message = f"an option with the tag {quoted(CONFORMS)} meets the specification, so it misses by 0"
            fix = "leave out `miss`, or the tag"
            yield view.error("bad-options", miss, message, fix)


def _known(
    view: View, path: Path, option: str, options: Iterable[str], *, key: bool = False
) -> Iterator[Problem]:
    known = tuple(options)
    if option not in known:
        message = f"the choice has no option {quoted(option)}; it has {listed(known, 'and')}"
        yield view.error("unknown-option", path, message, did_you_mean(near(option, known)), key=key)


def _left(view: View, path: Path, choice: Choice) -> Iterator[Problem]:
    """Choices that never have an option left; compiling checks each case."""
    gone = {name for name in choice.options if view.values.get((*path, "options", name, "weight")) == 0.0}
    for index, rule in enumerate(choice.constraints):
        tree = view.trees.get((*path, "constraints", index, "if"))
        if rule.condition is None or (isinstance(tree, Boolean) and tree.value):
            gone |= set(rule.excludes)
    if gone >= set(choice.options):
        message = "no option is left: each is excluded whatever happens, or its weight is 0"
        yield view.error("no-option-left", (*path, "options"), message)
