"""Whether a property still requires all that it required at the base of a review."""

from fractions import Fraction

from sensa.properties.cancellation import Factor, Polynomial, margin_of
from sensa.properties.cases import scope
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.properties.scopes import violable
from sensa.stories.schema.document import Document
from sensa.stories.schema.properties import Property


def as_strict(now: Property, then: Property, document: Document, base: Document) -> bool:
    """Whether a property provably requires at least what it did at the base; False if that is open.

    The limit may be tighter, the share of a quantile larger, and more cases covered. Wording is nothing.
    """
    return (
        (now.severity == "error" or then.severity == "warning")
        and (now.at or "mean") == (then.at or "mean")
        and _as_large(now.quantile, then.quantile)
        and _as_tight(now.require, then.require)
        and not uncovered(now, then, document, base)
        and _as_many_cases(now, then, document)
    )


def uncovered(now: Property, then: Property, document: Document, base: Document) -> tuple[str, ...]:
    """What a property let fail at the base and does not any more, of what is still in the story."""
    covered = scope(document, now.forall).names
    return tuple(name for name in _violated(then, document, base) if name not in covered)


def as_it_was(then: Property, document: Document, base: Document) -> Property:
    """A property of the base for the story as it is: over what it let fail at the base, by name.

    So an edit of an assumption's tags or part takes nothing out of it. A property of which nothing is left
    stays as it is.
    """
    names = _violated(then, document, base)
    if then.forall is None or then.forall.violate is None or not names:
        return then
    violate = then.forall.violate.model_copy(update={"among": names, "tags": (), "parts": ()})
    return then.model_copy(update={"forall": then.forall.model_copy(update={"violate": violate})})


def _violated(then: Property, document: Document, base: Document) -> tuple[str, ...]:
    """What a property let fail at the base, as far as the story still has it as the same kind of thing."""
    if then.forall is None or then.forall.violate is None:
        return ()
    any_of_them = {"among": (), "tags": (), "parts": ()}
    there = violable(document, then.forall.violate.model_copy(update=any_of_them))
    return tuple(name for name in violable(base, then.forall.violate) if name in there)


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
