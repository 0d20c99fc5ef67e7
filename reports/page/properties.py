"""The story's properties: verdicts, what breaks them and waivers."""

from collections.abc import Iterator

from sensa.properties.verdicts import Counterexample, Judgement, Verdict, WaiverUse
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.words import identifier
from sensa.reports.review import verdict_lines as lines

TONES = {
    "pass": "good",
    "fail": "bad",
    "undecided": "bad",
    "vacuous": "safe",
    "waived": "bad",
    "inactive": "safe",
}
WORDS = {"pass": "holds", "fail": "fails"}


def properties(judgement: Judgement, id_: str) -> Html:
    """A row for each property; nothing without properties and waivers."""
    if not judgement.verdicts and not judgement.waivers:
        return EMPTY
    rows = [_row(verdict) for verdict in judgement.verdicts]
    others = [tag("p", *_waiver(use), class_="sub") for use in lines.elsewhere(judgement)]
    head = tag("h2", "The limits that the story sets itself", class_="h3")
    table = tag("table", tag("tbody", *rows), class_="properties") if rows else None
    return tag("div", head, table, *others, class_="block", id=id_)


def status(verdict: Verdict) -> Html:
    """`✓ holds`, in its colour."""
    tone, word = TONES[verdict.status], WORDS.get(verdict.status, verdict.status)
    return tag("span", f"{lines.MARKS[verdict.status]} {word}", class_=f"t-{tone} big")


def _row(verdict: Verdict) -> Html:
    about = [authored(verdict.claim), tag("br")] if verdict.claim else []
    required = tag("code", authored(verdict.require), lines.at(verdict))
    return tag(
        "tr",
        tag("td", status(verdict), class_="n status"),
        tag("td", *about, identifier(verdict.name), " ", required),
        tag("td", *_found(verdict)),
    )


def _found(verdict: Verdict) -> Iterator[Html]:
    """What was found, the nearest case that breaks it, its fix, and the waivers."""
    yield tag("div", lines.sentence(verdict))
    if verdict.nearest is not None:
        yield tag("div", "Nearest case: ", *_case(verdict, verdict.nearest))
    if verdict.worst is not None and (verdict.nearest is None or verdict.worst.name != verdict.nearest.name):
        yield tag("div", "Worst case: ", *_case(verdict, verdict.worst))
    for use in verdict.waivers:
        yield tag("div", *_waiver(use))


def _case(verdict: Verdict, case: Counterexample) -> Iterator[Html]:
    yield authored(lines.parts(case))
    yield join([f" ({lines.sides(verdict, case)})"])
    if case.fix is not None:
        yield join(["; fixed by ", authored(lines.moved(case.fix))])


def _waiver(use: WaiverUse) -> Iterator[Html]:
    yield authored(lines.waiver(use))
