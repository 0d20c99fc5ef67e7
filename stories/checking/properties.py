"""Problems of properties and waivers: requirements, scopes, and what is waived."""

from collections.abc import Iterator

from sensa.stories.checking.measures import name_problems
from sensa.stories.checking.view import View
from sensa.stories.expressions import ExpressionError
from sensa.stories.numbers.pooled_experts import drawn_together
from sensa.stories.problems import Path, Problem, did_you_mean, near, path_text, quoted, story_has
from sensa.stories.properties.requirements import (
    Constant,
    Measured,
    Requirement,
    SobolTotal,
    parse_requirement,
)
from sensa.stories.properties.scopes import matching, movable, violable
from sensa.stories.schema.properties import ForAll, Property, Violate


def problems(view: View) -> Iterator[Problem]:
    """Problems of properties, and waivers of unknown properties."""
    for name, stated in view.document.properties.items():
        yield from _property(view, ("properties", name), stated)
    for index, waiver in enumerate(view.document.waivers):
        if waiver.property not in view.document.properties:
            fix = did_you_mean(near(waiver.property, view.document.properties))
            message = f"unknown property {quoted(waiver.property)}"
            yield view.error("unknown-property", ("waivers", index, "property"), message, fix)


def _property(view: View, path: Path, stated: Property) -> Iterator[Problem]:
    if stated.at is not None and stated.quantile is not None:
        message = "a property has one of `at` and `quantile`; this one has both"
        yield view.error("bad-property", (*path, "quantile"), message, key=True)
    if stated.forall is not None:
        yield from _scope(view, (*path, "forall"), stated.forall)
    try:
        requirement = parse_requirement(stated.require)
    except ExpressionError as error:
        yield view.error("bad-expression", (*path, "require"), error.message, error.fix, offset=error.at)
        return
    yield from _names(view, path, requirement)
    yield from _types(view, path, stated, requirement)


def _scope(view: View, path: Path, forall: ForAll) -> Iterator[Problem]:
    if forall.violate is not None:
        yield from _violated(view, (*path, "violate"), forall.violate)
    numbers, safeguards = movable(view.document), tuple(view.document.safeguards)
    together = {path_text(n.path) for n in view.numbers if drawn_together(view.document, n.form)}
    for key, patterns, known, what in (
        ("raise", forall.raising, numbers, "number that can be moved"),
        ("lower", forall.lowering, numbers, "number that can be moved"),
        ("omit", forall.omit, safeguards, "safeguard"),
    ):
        for index, pattern in enumerate(patterns):
            if not matching(known, (pattern,)):
                fix = story_has(pattern, known) or f"the story has no {what}"
                if pattern in together:
                    fix = "its experts are drawn for all numbers together"
                name = pattern.removeprefix("safeguards.")
                if key == "omit" and matching(known, (name,)):
                    fix = f"`omit` takes names, not paths: {quoted(name)}"
                message = f"{quoted(pattern)} matches no {what}"
                yield view.error("bad-property", (*path, key, index), message, fix)


def _violated(view: View, path: Path, violate: Violate) -> Iterator[Problem]:
    if violate.min > violate.max:
        message = f"`min` must be at most `max`: {violate.min} is above {violate.max}"
        yield view.error("bad-property", (*path, "min"), message)
        return
    nodes = {
        name: node for kind in violate.kinds for name, node in getattr(view.document, f"{kind}s").items()
    }
    kinds = " or ".join(violate.kinds)
    none = f"the story has no {kinds}"
    tags = [tag for node in nodes.values() for tag in node.tags]
    parts = [node.part for node in nodes.values() if hasattr(node, "part")]
    unmatched = False
    for key, wanted, known, what, empty in (
        ("among", violate.among, list(nodes), "is named", none),
        ("tags", violate.tags, tags, "has the tag", f"no {kinds} has tags" if nodes else none),
        ("parts", violate.parts, parts, "is about the part", none),
    ):
        for index, name in enumerate(wanted):
            if name not in known:
                unmatched = True
                message = f"no {kinds} {what} {quoted(name)}"
                fix = story_has(name, known) or empty
                yield view.error("bad-property", (*path, key, index), message, fix)
    chosen = violate.among or violate.tags or violate.parts or "kinds" in violate.model_fields_set
    if chosen and not unmatched and not violable(view.document, violate):
        message = f"no {kinds} is within all that `violate` asks for" if nodes else none
        yield view.error("bad-property", path, message, "the property would range over nothing")


def _names(view: View, path: Path, requirement: Requirement) -> Iterator[Problem]:
    """Names in measures that the story does not have."""
    for one in requirement.measured:
        if isinstance(one.measure, SobolTotal):
            if one.measure.parameter not in view.parameters:
                message = f"{quoted(one.measure.parameter)} is not the path of a parameter"
                fix = did_you_mean(near(one.measure.parameter, view.parameters))
                yield view.error("bad-measure", (*path, "require"), message, fix, offset=one.at)
            continue
        for error in name_problems(view, one.measure):
            yield view.error("bad-measure", (*path, "require"), error.message, error.fix, offset=one.at)


def _types(view: View, path: Path, stated: Property, requirement: Requirement) -> Iterator[Problem]:
    """Measures where they are undefined, and comparisons that are always decided."""
    forall = stated.forall
    moved = forall is not None and bool(forall.raising or forall.lowering or forall.omit)
    apart = stated.quantile is not None or stated.at == "worst" or forall is not None
    for one in requirement.measured:
        at: Path = (*path, "require")
        if one.version in ("before", "after") and not moved:
            message = f"`{one.version}` has no meaning where nothing is moved"
            fix = "`forall` has `raise`, `lower` or `omit`"
            yield view.error("bad-property", at, message, fix, offset=one.at)
        if isinstance(one.measure, SobolTotal) and apart:
            message = "a Sobol' index is of all parameters at once: it does not go with `forall`, `quantile`"
            yield view.error("bad-property", at, f'{message} or `at = "worst"`', offset=one.at)
    for side, other in ((requirement.left, requirement.right), (requirement.right, requirement.left)):
        if not (isinstance(side, Measured) and isinstance(other, Constant)) or 0 <= other.value <= 1:
            continue
        if isinstance(side.measure, SobolTotal) or side.measure.of is not None:
            message = f"{quoted(side.text)} is always within [0, 1], so {other.value:g} decides nothing"
            meant = f"did you mean `{other.value / 100:g}`?" if 1 < other.value <= 100 else None
            yield view.error("bad-property", (*path, "require"), message, meant, offset=other.at)
