"""The story in its four parts: what is said, the assumptions with their reasons, evidence and challenges."""

from collections.abc import Iterator
from datetime import date

from sensa.reports.number_format import defined
from sensa.reports.page.markup import Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import identifier, percent
from sensa.stories.counts import is_counted, source_of
from sensa.stories.schema.bookkeeping import Bookkeeping, Evidence
from sensa.stories.schema.document import Document
from sensa.stories.schema.nodes import Assumption, Challenge
from sensa.stories.writing import value_text

PARTS = {
    "goal.specification": "What model is wanted",
    "goal.desirability": "Why that model is wanted",
    "rationale.constraints": "What training rules out",
    "rationale.nudges": "What tips the balance to the wanted model",
}


def story(report: Report) -> Html:
    """The section with the four parts, and the sources."""
    document = report.document
    if document is None:
        said = f"The text of the story ({report.answers.provenance.file}) was not at hand."
        return tag("section", tag("h2", "The story"), tag("p", said, class_="sub"), id=report.id("story"))
    sources = [tag("li", authored(source)) for source in document.story.sources]
    return tag(
        "section",
        tag("h2", "The story"),
        tag("p", authored(document.story.summary), class_="sub") if document.story.summary else None,
        _evident(report, document),
        *(_part(report, document, part, title) for part, title in PARTS.items()),
        *([tag("h3", "Sources"), tag("ul", *sources, class_="plain")] if sources else []),
        id=report.id("story"),
    )


def _evident(report: Report, document: Document) -> Html:
    """How many claims cite evidence, and which credences are stale and which challenges open."""
    source, claims = report.result.source, document.assumptions
    cited = sum(bool(one.evidence) for one in claims.values())
    stale = [name for name, one in claims.items() if source and one.expires and one.expires < source.today]
    challenged = {
        name: _target(document, one) for name, one in document.challenges.items() if one.status == "open"
    }
    marks = (
        ("stale", [tag("a", identifier(name), href=f"#{report.id(f'a-{name}')}") for name in stale]),
        (
            "open",
            [
                tag("a", identifier(name), href=f"#{report.id(f'a-{of}')}")
                if of in claims
                else identifier(name)
                for name, of in challenged.items()
            ],
        ),
    )
    said = [
        join([" ", tag("span", mark, class_="pill t-bad"), " ", join(names, between=", ")])
        for mark, names in marks
        if names
    ]
    count = "1 claim cites" if cited == 1 else f"{cited} claims cite"
    return tag("p", f"{count} evidence, of {len(claims)}.", *said, class_="sub")


def _part(report: Report, document: Document, part: str, title: str) -> Html:
    found = [name for name, one in document.assumptions.items() if one.part == part]
    order = {one.assumption: i for i, one in enumerate(report.effects)}
    found.sort(key=lambda name: order.get(name, len(order)))
    cards = [_card(report, document, name) for name in found]
    if not cards:
        cards = [tag("p", "No assumption is stated for this part.", class_="sub")]
    return tag(
        "div",
        tag(
            "div",
            tag("h3", title),
            tag("span", part, class_="id"),
            *(tag("p", authored(text), class_="q") for text in said_in(document, part)),
        ),
        tag("div", *cards, class_="cards" if len(found) > 1 else "cards single"),
        class_="part",
    )


def said_in(document: Document, part: str) -> tuple[str, ...]:
    """The statements of a part."""
    return {
        "goal.specification": (document.goal.specification,),
        "goal.desirability": (document.goal.desirability,),
        "rationale.constraints": document.rationale.constraints,
        "rationale.nudges": document.rationale.nudges,
    }[part]


def _card(report: Report, document: Document, name: str) -> Html:
    one = document.assumptions[name]
    against = [
        challenge for challenge in document.challenges.items() if _target(document, challenge[1]) == name
    ]
    return tag(
        "div",
        tag("p", authored(one.claim), class_="c"),
        tag("p", identifier(name)),
        tag("dl", *_belief(report, name, one), *_reasons(report, name, one), *_effect(report, name)),
        *(_challenge(report, challenge, of) for challenge, of in against),
        class_="claim",
        id=report.id(f"a-{name}"),
    )


def _target(document: Document, challenge: Challenge) -> str:
    """The assumption that a challenge bears on, also by way of other challenges."""
    seen: set[str] = set()
    while challenge.against in document.challenges and challenge.against not in seen:
        seen.add(challenge.against)
        challenge = document.challenges[challenge.against]
    return challenge.against


def _belief(report: Report, name: str, one: Assumption) -> Iterator[Html]:
    believed = report.believed(name)
    stated = f"stated as {number(report, f'assumptions.{name}.credence')}"
    yield from _entry("Believed", tag("b", percent(believed)) if defined(believed) else "", f" · {stated}")
    for i, case in enumerate(one.given):
        value = number(report, f"assumptions.{name}.given[{i}].credence")
        yield from _entry("Where", tag("span", authored(case.condition or "true"), class_="id"), f": {value}")


def _reasons(report: Report, name: str, one: Bookkeeping, *, cited: bool = True) -> Iterator[Html]:
    if one.because:
        yield from _entry("Because", authored(one.because))
    if one.falsified_by:
        yield from _entry("Shown false by", authored(one.falsified_by))
    for evidence in one.evidence:
        yield from _entry("Evidence", *_evidence(evidence))
    if cited and not one.evidence:
        yield from _entry("Evidence", "none is cited")
    if one.owner:
        yield from _entry("Owner", authored(one.owner))
    if one.signed is not None:
        mark = tag("span", "suspect", class_="pill t-bad") if name in report.suspect else None
        yield from _entry("Signed", authored(f"{one.signed.by}, {_day(one.signed.day)} "), mark)
    elif name in report.suspect:
        yield from _entry("Signed", "not; it rests on what is ", tag("span", "suspect", class_="pill t-bad"))
    if one.expires is not None:
        source = report.result.source
        stale = source is not None and one.expires < source.today
        mark = tag("span", "stale", class_="pill t-bad") if stale else None
        yield from _entry("Valid until", f"{one.expires.isoformat()} ", mark)


def _evidence(one: Evidence) -> Iterator[Html]:
    yield authored(source_of(one))
    about = ", ".join(filter(None, (one.kind, one.task, one.model, _day(one.day) if one.day else "")))
    if about:
        yield join([" (", authored(about), ")"])
    if is_counted(one):
        left_out = f", {one.unscored} unscored and left out" if one.unscored else ""
        yield join([f": {one.held:g} of {one.trials:g}{left_out}"])
    if one.note:
        yield join([". ", authored(one.note)])


def _day(day: date) -> str:
    return day.isoformat()


def _effect(report: Report, name: str) -> Iterator[Html]:
    found = next((one for one in report.effects if one.assumption == name), None)
    if found is None:
        return
    risk = _moved("catastrophe", report.base.catastrophic, found.catastrophic)
    failing = _moved("failing", report.base.failing, found.failing)
    yield from _entry("If violated", risk, ", ", failing)


def _moved(said: str, now: float | None, then: float | None) -> Html:
    if percent(now) == percent(then):
        return join([f"{said} unchanged"])
    return join([f"{said} {percent(now)} → ", tag("b", percent(then))])


def _challenge(report: Report, name: str, one: Challenge) -> Html:
    stands = number(report, f"challenges.{name}.stands")
    leaves = "" if one.leaves is None else f"; leaves {number(report, f'challenges.{name}.leaves')}"
    open_ = "pill t-bad" if one.status == "open" else "pill"
    return tag(
        "div",
        tag(
            "p",
            tag("b", "Challenged"),
            " ",
            tag("span", one.kind, class_="pill"),
            " ",
            tag("span", one.status, class_=open_),
            " ",
            identifier(name),
        ),
        tag("p", authored(one.claim)),
        tag("dl", *_reasons(report, name, one, cited=False)),
        tag("p", "Answer: ", authored(one.answer)) if one.answer else None,
        tag("p", f"Right with {stands}{leaves}.", class_="t-safe"),
        class_="ch",
    )


def _entry(term: str, *said: str | None) -> Iterator[Html]:
    yield tag("dt", term)
    yield tag("dd", *said)


def number(report: Report, path: str) -> str:
    """A number as its author states it."""
    source = report.result.source
    value: object = None if source is None else source.story.values
    for key in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, list):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
    return "unknown, between 0 and 1" if value is None else value_text(value)
