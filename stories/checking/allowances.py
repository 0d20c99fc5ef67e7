"""Warnings that a story turns off for one item, each with its reason."""

from collections.abc import Iterable, Iterator
from datetime import date

from sensa.stories.checking.view import View
from sensa.stories.codes import WARNINGS
from sensa.stories.problems import Problem, did_you_mean, near, quoted
from sensa.stories.schema import Document


def problems(view: View, today: date) -> Iterator[Problem]:
    """Allowances of warnings that there are not, and those past their date."""
    for index, allowance in enumerate(view.document.allow):
        if allowance.warning not in WARNINGS:
            fix = did_you_mean(near(allowance.warning, WARNINGS))
            message = f"no warning has the code {quoted(allowance.warning)}"
            yield view.error("unknown-warning", ("allow", index, "warning"), message, fix)
        if allowance.expires is not None and allowance.expires < today:
            message = f"expired on {allowance.expires}: look at {quoted(allowance.item)} again"
            yield view.warning("allowance-lapsed", ("allow", index, "expires"), message)


def is_allowed(document: Document, code: str, path: str) -> bool:
    """Whether a warning is turned off at a path, itself or all that is below it."""
    return any(
        code == one.warning and (path == one.item or path.startswith((f"{one.item}.", f"{one.item}[")))
        for one in document.allow
    )


def kept(document: Document, found: Iterable[Problem]) -> tuple[Problem, ...]:
    """All errors, and the warnings that are not turned off."""
    return tuple(p for p in found if p.severity == "error" or not is_allowed(document, p.code, p.path))
