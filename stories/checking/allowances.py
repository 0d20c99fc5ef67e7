"""Warnings that a story turns off for one item, each with its reason."""

from collections.abc import Iterable, Iterator
from datetime import date

from sensa.stories.checking.view import View
from sensa.stories.codes import FOUND_LATER, WARNINGS
from sensa.stories.problems import Problem, did_you_mean, near, quoted
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Allowance


def problems(view: View, today: date) -> Iterator[Problem]:
    """Allowances of warnings that do not exist, and expired ones."""
    for index, allowance in enumerate(view.document.allow):
        if allowance.warning not in WARNINGS:
            fix = did_you_mean(near(allowance.warning, WARNINGS))
            message = f"no warning has the code {quoted(allowance.warning)}"
            yield view.error("unknown-warning", ("allow", index, "warning"), message, fix)
        if allowance.expires is not None and allowance.expires < today:
            message = f"expired on {allowance.expires}: look at {quoted(allowance.item)} again"
            yield view.warning("allowance-lapsed", ("allow", index, "expires"), message)


def is_allowed(document: Document, code: str, path: str) -> bool:
    """Whether a warning is turned off at a path or at one above it."""
    return any(_covers(one, code, path) for one in document.allow)


def _covers(allowance: Allowance, code: str, path: str) -> bool:
    below = (f"{allowance.item}.", f"{allowance.item}[")
    return code == allowance.warning and (path == allowance.item or path.startswith(below))


def split(document: Document, found: Iterable[Problem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The problems that are reported, all errors among them, and the warnings that are turned off."""
    kept: list[Problem] = []
    off: list[Problem] = []
    for problem in found:
        allowed = problem.severity == "warning" and is_allowed(document, problem.code, problem.path)
        (off if allowed else kept).append(problem)
    return tuple(kept), tuple(off)


def idle(view: View, off: Iterable[Problem]) -> Iterator[Problem]:
    """Allowances that turn nothing off, except those of warnings that only engines find."""
    off = tuple(off)
    for index, one in enumerate(view.document.allow):
        used = any(_covers(one, problem.code, problem.path) for problem in off)
        if not used and one.warning in WARNINGS and one.warning not in FOUND_LATER:
            message = f"turns nothing off: there is no warning {quoted(one.warning)} at {quoted(one.item)}"
            yield view.warning("idle-allowance", ("allow", index), message, "remove it")
