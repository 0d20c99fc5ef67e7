"""Requirements on a story's results: properties, their waivers, and expected and stated measures."""

from datetime import date
from functools import partial
from typing import Any

from hypothesis import strategies as st

from sensa.stories import traversal
from sensa.stories.model import Frozen
from sensa.stories.numbers.forms.odds import Odds
from sensa.stories.numbers.pooled_experts import drawn_together
from sensa.stories.problems import path_text
from sensa.stories.properties.scopes import movable
from sensa.stories.schema.document import Document
from sensa.testing.strategies.toml_text import document_of
from sensa.testing.strategies.typed_expressions import Draw, one_of

KINDS = ("success", "fail_safe", "catastrophic")
SIGNS = ("<=", "<", ">=", ">")
VIOLABLE = ("assumption", "challenge", "event", "safeguard")


def add(draw: Draw, doc: dict[str, Any], most: int) -> None:
    """Add at most `most` properties, and waivers, expectations and stated results with them."""
    number = draw(st.integers(0, most)) if most else 0
    if not number:
        return
    document = document_of({key: table for key, table in doc.items() if table})
    doc["properties"] = {f"p{i}": property_(draw, document) for i in range(number)}
    if draw(st.integers(0, 2)) == 2:
        doc["waivers"] = [waiver(draw, document)]
    if draw(st.integers(0, 2)) == 2:
        within = draw(st.integers(0, 20)) / 20
        doc["expect"] = {measure(draw, document): {"value": draw(st.integers(0, 10)) / 10, "within": within}}
    if draw(st.integers(0, 2)) == 2:
        value = draw(st.integers(0, 10)) / 10
        doc["stated"] = {measure(draw, document): {"value": value, "source": "A report"}}


def property_(draw: Draw, document: Document) -> dict[str, Any]:
    """A property of the story."""
    forall = scope(draw, document)
    moved = bool(forall.keys() & {"raise", "lower", "omit"})
    over: dict[str, Any] = draw(st.sampled_from([{}, {"at": "mean"}, {"at": "worst"}, {"quantile": 0.9}]))
    table: dict[str, Any] = {"require": requirement(draw, document, moved), **over}
    parameters = uncertain(document)
    if parameters and not forall and not over and draw(st.booleans()):
        table["require"] = f"sobol_total({draw(st.sampled_from(parameters))}) <= 0.5"
    notes: list[dict[str, Any]] = [
        {},
        {"claim": "It is safe"},
        {"severity": "error"},
        {"severity": "warning"},
    ]
    table |= draw(st.sampled_from(notes))
    return table | ({"forall": forall} if forall else {})


def uncertain(document: Document) -> list[str]:
    """The paths of the parameters."""
    return [
        path_text(n.path)
        for n in traversal.numbers(document)
        if isinstance(n.form, Frozen)
        and not isinstance(n.form, Odds)
        and not drawn_together(document, n.form)
    ]


def measure(draw: Draw, document: Document) -> str:
    """`P(X)`, `P(X | Y)` or `loss`."""
    criteria = {traversal.criterion_of(one) for one in document.assumptions.values()} | {*document.criteria}
    ends = [*KINDS, "failure", *document.outcomes, *sorted(criteria)]
    x = draw(st.sampled_from(ends))
    return one_of(
        draw,
        lambda: f"P({x})",
        lambda: f"P({x} | {draw(st.sampled_from(ends))})",
        lambda: f"P({x} | violated({draw(st.sampled_from(list(document.assumptions)))}))",
        lambda: f"P({x} | holds({draw(st.sampled_from(list(document.assumptions)))}))",
        lambda: f"P({event(draw, document)} | {event(draw, document)})",
        lambda: "loss",
    )


def event(draw: Draw, document: Document, depth: int = 2) -> str:
    """What can be measured: nodes, options, tags and how the story ends, joined, and over all steps."""

    def of_choice() -> str:
        name, choice = draw(st.sampled_from(list(document.choices.items())))
        tags = sorted({tag for option in choice.options.values() for tag in option.tags})
        tests = [f"{name} == '{option}'" for option in choice.options] + [f"{name}.{tag}" for tag in tags]
        return draw(st.sampled_from(tests))

    bools = ["halted", *KINDS, "failure", *document.outcomes]
    bools += [*document.assumptions, *document.challenges, *document.events, *document.safeguards]
    leaves = [lambda: draw(st.sampled_from(bools)), *([of_choice] * bool(document.choices))]
    if not depth:
        return one_of(draw, *leaves)
    inner = partial(event, draw, document, depth - 1)
    return one_of(
        draw,
        *leaves * 2,
        lambda: f"not ({inner()})",
        lambda: f"({inner()}) and ({inner()})",
        lambda: f"({inner()}) or ({inner()})",
        lambda: f"holds({inner()})",
        lambda: f"violated({inner()})",
    )


def requirement(draw: Draw, document: Document, moved: bool) -> str:
    """A comparison; with `before` and `after` if something is moved."""
    m, limit = measure(draw, document), draw(st.integers(0, 20)) / 20
    sign = draw(st.sampled_from(SIGNS))
    forms = [
        lambda: f"{m} {sign} {limit}",
        lambda: f"{limit} {sign} {m}",
        lambda: f"{m} + 0.1 {sign} 0.5 * {measure(draw, document)}",
        lambda: f"({m} - 0.25) / 2 {sign} -{measure(draw, document)}",
        lambda: f"{m} {sign} base.{m} + 0.001",
    ]
    if moved:
        forms += [lambda: f"after.{m} {sign} before.{m}"] * 3
    return one_of(draw, *forms)


def scope(draw: Draw, document: Document) -> dict[str, Any]:
    """The cases that a property ranges over; often just the story."""
    found: dict[str, Any] = {}
    numbers, safeguards = movable(document), list(document.safeguards)
    if draw(st.booleans()):
        found["violate"] = violate(draw, document)
    for key in ("raise", "lower"):
        if numbers and draw(st.integers(0, 4)) == 4:
            path = draw(st.sampled_from(numbers))
            found[key] = [draw(st.sampled_from([path, f"{path.partition('.')[0]}.*"]))]
    if safeguards and draw(st.integers(0, 2)) == 2:
        found["omit"] = [draw(st.sampled_from([*safeguards, "s*"]))]
    return found


def violate(draw: Draw, document: Document) -> dict[str, Any]:
    """Sets of violations, at least one of which exists."""
    most = draw(st.integers(1, 2))
    table: dict[str, Any] = {"max": most}
    if draw(st.booleans()):
        table["min"] = draw(st.integers(0, most))
    known = [kind for kind in VIOLABLE if getattr(document, f"{kind}s")]
    kinds = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    if kinds != ["assumption"] or draw(st.booleans()):
        table["kinds"] = kinds
    nodes = {name: node for kind in kinds for name, node in getattr(document, f"{kind}s").items()}
    tags = sorted({tag for node in nodes.values() for tag in node.tags})
    parts = sorted({node.part for node in nodes.values() if hasattr(node, "part")})
    name = st.sampled_from(list(nodes)).map(lambda one: {"among": [one]})
    narrower = [st.just({}), name]
    narrower += [st.sampled_from(tags).map(lambda one: {"tags": [one]})] * bool(tags)
    narrower += [st.sampled_from(parts).map(lambda one: {"parts": [one]})] * bool(parts)
    return table | draw(st.one_of(narrower))


def waiver(draw: Draw, document: Document) -> dict[str, Any]:
    """A waiver of the first property."""
    name = draw(st.sampled_from(list(document.assumptions)))
    further = [{}, {"witness": []}, {"witness": [name]}, {"ceiling": 0.5}, {"owner": "Ana"}]
    day = draw(st.sampled_from([date(2026, 1, 1), date(2026, 12, 31)]))
    return {"property": "p0", "reason": "A drill is booked", "expires": day} | draw(st.sampled_from(further))
