"""Warnings about waivers: lapsed, soon to lapse, or without effect."""

from collections.abc import Iterator
from datetime import date

from sensa.stories.checking.view import View
from sensa.stories.problems import Problem, did_you_mean, near, quoted
from sensa.stories.properties.scopes import matching, movable, violable
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Property, Violate, Waiver

MAX_WAIVER_DAYS = 366  # days; a longer waiver outlives its reason
MIN_DAYS_LEFT = 14  # days before a waiver lapses at which warnings start
MAX_ALIKE = 20  # further warnings of one kind are reported as one


def problems(view: View, today: date) -> Iterator[Problem]:
    """The warnings about the waivers of a story on a day."""
    yield from _some(view, [*_lapsing(view, today)], "have lapsed or soon will")
    yield from _some(view, [*_long(view, today)], "run for more than a year")
    yield from _twice(view, today)
    yield from _idle(view)


def _some(view: View, alike: list[Problem], what: str) -> Iterator[Problem]:
    yield from alike[:MAX_ALIKE]
    if len(alike) > MAX_ALIKE:
        rest = f"{len(alike) - MAX_ALIKE} more waivers {what}"
        yield view.warning(alike[MAX_ALIKE].code, ("waivers",), rest)


def _long(view: View, today: date) -> Iterator[Problem]:
    for index, waiver in enumerate(view.document.waivers):
        if (waiver.expires - today).days > MAX_WAIVER_DAYS:
            message = (
                f"the waiver of {quoted(waiver.property)} runs for more than a year: its last day is"
                f" {waiver.expires}"
            )
            fix = "let it lapse within a year, and renew it if it is still right"
            yield view.warning("long-waiver", ("waivers", index, "expires"), message, fix)


def _lapsing(view: View, today: date) -> Iterator[Problem]:
    """The last day counts as valid."""
    for index, waiver in enumerate(view.document.waivers):
        left = (waiver.expires - today).days
        path = ("waivers", index, "expires")
        what = f"the waiver of {quoted(waiver.property)}"
        fix = "renew it with a new reason, or fix what it is for"
        if left < 0:
            yield view.warning("waiver-lapsed", path, f"{what} lapsed: it expired on {waiver.expires}", fix)
        elif left <= MIN_DAYS_LEFT:
            when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
            message = f"{what} lapses {when}: its last day is {waiver.expires}"
            yield view.warning("waiver-lapses", path, message, fix)


def _twice(view: View, today: date) -> Iterator[Problem]:
    """Several valid waivers of one property for one case, of which the wider one decides."""
    first: dict[tuple[str, frozenset[str] | None], int] = {}
    for index, waiver in enumerate(view.document.waivers):
        if waiver.expires < today:
            continue
        key = (waiver.property, None if waiver.witness is None else frozenset(waiver.witness))
        before = first.setdefault(key, index)
        if before != index:
            message = f"{quoted(waiver.property)} is waived for this case in `waivers[{before}]` already"
            yield view.warning("duplicate-waiver", ("waivers", index), message, "keep the one that is meant")


def _idle(view: View) -> Iterator[Problem]:
    """Witnesses with a part that the property never changes, so that they match no case."""
    document = view.document
    for index, waiver in enumerate(document.waivers):
        known = _parts(document, document.properties.get(waiver.property), view)
        for at, name in enumerate(waiver.witness or ()):
            if name not in known:
                what = _ranged(document, waiver)
                message = f"{quoted(name)} is nothing that {what}: the waiver is for no case"
                fix = did_you_mean(near(name, known))
                yield view.warning("idle-waiver", ("waivers", index, "witness", at), message, fix)


def _ranged(document: Document, waiver: Waiver) -> str:
    known = waiver.property in document.properties
    return f"{quoted(waiver.property)} ranges over" if known else "a property could range over"


def _parts(document: Document, stated: Property | None, view: View) -> frozenset[str]:
    """The possible parts of a property's cases; for a rule that is not given, those of any property."""
    safeguards, numbers = tuple(document.safeguards), movable(document)
    if stated is None:
        return frozenset((*view.tables, *numbers))
    if stated.forall is None:
        return frozenset()
    forall = stated.forall
    violated = violable(document, forall.violate) if isinstance(forall.violate, Violate) else ()
    moved = matching(numbers, (*forall.raising, *forall.lowering))
    return frozenset((*violated, *moved, *matching(safeguards, forall.omit)))
