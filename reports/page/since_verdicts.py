"""Verdicts and waivers before and now."""

from collections.abc import Iterator

from sensa.properties.verdicts import Judgement, Verdict, WaiverUse
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.properties import status
from sensa.reports.page.words import identifier
from sensa.reports.review import verdict_lines as lines

Both = tuple[Verdict | None, Verdict | None]  # before and now


def changed_verdicts(before: Judgement | None, now: Judgement) -> Iterator[Html]:
    """The properties whose verdict is another one now, in a line each.

    A property that compares with the base is inactive at the base itself: that is no change.
    """
    for was, one in _both(before, now):
        if was is not None and one is not None and was.status == "inactive":
            continue
        if was is None or one is None or was.status != one.status:
            (name, *_) = [verdict.name for verdict in (one, was) if verdict is not None]
            yield join([identifier(name), ": ", _status(was, "not there"), " → ", _status(one, "gone")])


def properties(before: Judgement | None, now: Judgement) -> Html:
    """A row for each property of either side; nothing without them, or where the base was not judged."""
    rows = [_row(was, one) for was, one in _both(before, now)]
    if not rows:
        return EMPTY
    head = tag("tr", tag("th", "Property"), tag("th", "before"), tag("th", "now"))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="properties both")
    return join([tag("h3", "Properties", class_="gap"), table])


def waivers(before: Judgement | None, now: Judgement) -> Html:
    """The waivers that are new, gone or have other terms; nothing if all are the same."""
    were, are = ({} if one is None else _waivers(one) for one in (before, now))
    said = [
        *(("new", use, None) for key, use in are.items() if key not in were),
        *(("gone", use, None) for key, use in were.items() if key not in are),
        *(
            ("changed", are[key], use)
            for key, use in were.items()
            if key in are and _terms(use) != _terms(are[key])
        ),
    ]
    if before is None or not said:
        return EMPTY
    rows = [
        tag(
            "li",
            tag("b", what),
            ": ",
            authored(lines.waiver(use)),
            *([" (was: ", authored(lines.waiver(was)), ")"] if was else []),
        )
        for what, use, was in said
    ]
    return join([tag("h3", "Waivers", class_="gap"), tag("ul", *rows, class_="plain")])


def _both(before: Judgement | None, now: Judgement) -> list[Both]:
    if before is None:
        return []
    were, are = ({verdict.name: verdict for verdict in one.verdicts} for one in (before, now))
    return [(were.get(name), are.get(name)) for name in dict.fromkeys([*are, *were])]


def _status(verdict: Verdict | None, otherwise: str) -> Html:
    return tag("span", otherwise, class_="soft") if verdict is None else status(verdict)


def _row(was: Verdict | None, now: Verdict | None) -> Html:
    stated = [one for one in (was, now) if one is not None]
    required = list(dict.fromkeys(f"{one.require}{lines.at(one)}" for one in stated))
    asked = join([tag("code", authored(text)) for text in required], between=" → ")
    return tag(
        "tr",
        tag("td", identifier(stated[0].name), " ", asked),
        *(
            tag(
                "td",
                tag("span", when, class_="only-narrow soft"),
                _status(one, otherwise),
                *([tag("div", lines.sentence(one))] if one else []),
            )
            for when, one, otherwise in (("before", was, "not there"), ("now", now, "gone"))
        ),
    )


def _waivers(judgement: Judgement) -> dict[tuple[str, tuple[str, ...] | None], WaiverUse]:
    """All waivers, by what they are for."""
    return {(use.property, use.witness): use for use in judgement.waivers}


def _terms(use: WaiverUse) -> tuple[object, ...]:
    return use.ceiling, use.reason, use.owner, use.expires, use.standing
