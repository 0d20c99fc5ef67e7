"""Whether a property still requires all that it required at the base of a review."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from sensa.comparing.renames import with_new_names
from sensa.properties.cancellation import Factor, Polynomial, margin_of
from sensa.properties.cases import Change, scope
from sensa.stories.problems import path_of, path_text
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.properties.scopes import movable, violable
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Property

Moved = Mapping[tuple[str, str], tuple[str, str]]  # as `sensa.comparing.renames` finds them
UNMOVED: Moved = MappingProxyType({})


def as_strict(
    now: Property, then: Property, document: Document, base: Document, moved: Moved = UNMOVED
) -> bool:
    """Whether a property provably requires at least what it did at the base; False if that is open.

    The limit may be tighter, the share of a quantile larger, and more cases covered. Wording is nothing.
    `moved` says where the story has the entries of the base that have a new name, or are in another table.
    """
    return (
        not (now.severity == "warning" and then.severity == "error")
        and (now.at or "mean") == (then.at or "mean")
        and _as_large(now.quantile, then.quantile)
        and _as_tight(now.require, with_new_names(then.require, moved))
        and not uncovered(now, then, document, base, moved)
        and _as_many_cases(now, then, document)
    )


def uncovered(
    now: Property, then: Property, document: Document, base: Document, moved: Moved = UNMOVED
) -> tuple[str, ...]:
    """What a property let fail, moved or left out at the base and no longer does, of what is still there."""
    covers = scope(document, now.forall)
    asked = (*_violated(then, document, base, moved), *_elsewhere(then, base, moved))
    names = (name for name in asked if name not in covers.names)
    changes = (one.name for one in _changed(then, document, base, moved) if one not in covers.changes)
    return tuple(dict.fromkeys((*names, *changes)))


def as_it_was(then: Property, document: Document, base: Document, moved: Moved = UNMOVED) -> Property:
    """A property of the base for the story as it is: over what it let fail, moved or left out, by name.

    So an edit of an assumption's tags or part, or a new name, takes nothing out of it. What a property ranges
    over stays as it is if nothing of it is left.
    """
    then = then.model_copy(update={"require": with_new_names(then.require, moved)})
    if then.forall is None:
        return then
    names, changes = _violated(then, document, base, moved), _changed(then, document, base, moved)
    by_name: dict[str, object] = {}
    if then.forall.violate is not None and names:
        update = {"among": names, "tags": (), "parts": ()}
        by_name["violate"] = then.forall.violate.model_copy(update=update)
    for key, what in (("raising", "raise"), ("lowering", "lower"), ("omit", "omit")):
        paths = tuple(one.name for one in changes if one.what == what)
        if paths:
            by_name[key] = paths
    return then.model_copy(update={"forall": then.forall.model_copy(update=by_name)})


def _violated(then: Property, document: Document, base: Document, moved: Moved) -> tuple[str, ...]:
    """What a property let fail at the base, as far as the story still has it as the same kind of thing."""
    if then.forall is None or then.forall.violate is None:
        return ()
    any_of_them = {"among": (), "tags": (), "parts": ()}
    there = violable(document, then.forall.violate.model_copy(update=any_of_them))
    names = _names(moved)
    asked = (names.get(name, name) for name in violable(base, then.forall.violate))
    return tuple(name for name in asked if name in there)


def _elsewhere(then: Property, base: Document, moved: Moved) -> tuple[str, ...]:
    """What a property let fail at the base, and the story has as another kind of thing."""
    if then.forall is None or then.forall.violate is None:
        return ()
    names = {old: new for (table, old), (to, new) in moved.items() if table != to}
    return tuple(names[name] for name in violable(base, then.forall.violate) if name in names)


def _changed(then: Property, document: Document, base: Document, moved: Moved) -> tuple[Change, ...]:
    """The numbers that a property moved at the base and the safeguards that it left out, if still there."""
    names, there = _names(moved), {*movable(document), *document.safeguards}
    found = []
    for one in filter(None, scope(base, then.forall).changes):
        name = names.get(one.name, one.name) if one.what == "omit" else _path_now(one.name, moved)
        if name in there:
            found.append(Change(one.what, name))
    return tuple(found)


def _path_now(path: str, moved: Moved) -> str:
    keys = path_of(path)
    entry = moved.get((str(keys[0]), str(keys[1])))
    return path if entry is None else path_text((*entry, *keys[2:]))


def _names(moved: Moved) -> dict[str, str]:
    return {old: new for (_, old), (_, new) in moved.items()}


def _as_large(now: float | None, then: float | None) -> bool:
    return now == then if now is None or then is None else now >= then


def _as_tight(now: str, then: str) -> bool:
    a, b = parse_requirement(now), parse_requirement(then)
    (number, read), (former, formerly) = _split(margin_of(a)), _split(margin_of(b))
    strict = a.sign in ("<", ">") or b.sign in ("<=", ">=")
    return read == formerly and (number < former or (number == former and strict))


def _split(margin: Polynomial) -> tuple[Fraction, dict[tuple[Factor, ...], Fraction]]:
    """The constant of a margin, and the rest."""
    terms = dict(margin.terms)
    return terms.pop((), Fraction(0)), terms


def _as_many_cases(now: Property, then: Property, document: Document) -> bool:
    """Whether the sizes of sets and the moves of a property are all covered, whatever is let fail."""
    a, b = scope(document, now.forall), scope(document, then.forall)
    return a.least <= b.least and a.most >= b.most and set(a.changes) >= set(b.changes)
