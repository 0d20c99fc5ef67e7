"""Loops: no node or quantity may depend on itself at the same step."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.dependencies import cycle, edges
from sensa.stories.problems import Path, Problem, quoted


def problems(view: View) -> Iterator[Problem]:
    """The loops: one for each set of mutually dependent names, with all names of the loop."""
    uses = dict(view.uses)
    for _ in range(10):
        loop = cycle(uses)
        if loop is None:
            return
        yield _problem(view, loop)
        members = frozenset(loop)
        uses = {
            name: used - members if name in members else used for name, used in uses.items()
        }  # cut the loop, to find others


def _problem(view: View, loop: tuple[str, ...]) -> Problem:
    shown = loop if len(loop) <= 12 else (*loop[:6], "…", *loop[-6:])
    chain = " -> ".join(name if name == "…" else quoted(name) for name in shown)
    fix = None
    if set(loop) & view.every_step:
        fix = "`prev.` reads a value one step before"
    return view.error("cycle", _where(view, loop[0], loop[1]), f"a cycle: {chain}", fix)


def _where(view: View, reader: str, read: str) -> Path:
    """The path of the expression with which the first name of a loop reads the second."""
    return next(
        path
        for owner, name, before, path in edges(view.document, view.reads)
        if owner == reader and name == read and not before
    )
