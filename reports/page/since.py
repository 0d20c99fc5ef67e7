"""What changed since a base: how the story ends before and now, which change moved what, and the verdicts."""

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from sensa.comparing.changes import Change, Comparison, Moved
from sensa.properties.verdicts import Judgement
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.since_verdicts import changed_verdicts, properties, waivers
from sensa.reports.page.telling import would_tell
from sensa.reports.page.waterfall import waterfalls
from sensa.reports.page.words import SPACE, TONES, key, kind_mark, spaced
from sensa.reports.result.story_result import Since
from sensa.reports.review import verdict_lines as lines
from sensa.reports.review.comparison_text import (
    difference,
    give_or_take,
    largest,
    losses,
    most_moving,
    nothing,
    points,
    probabilities,
)

MAX_FIRST = 3  # changes on the first screen
MAX_ROWS = 60
MAX_VALUE = 160  # characters of a value
ALIKE = "No value of the story has changed."
ONLY_WORDS = "Nothing that affects a number has changed."
EXPLAINED = (
    "How the story ended before and ends now. What a change moves is its Shapley value: what it adds, "
    "averaged over the orders in which the changes could have been made."
)
HOW = {"exact": "", "sampled": " It is sampled.", "none": " It is not known here."}


def brief(since: Since | None, now: Judgement, link: str) -> Html:
    """What a reader sees first: the outcomes that moved, what moved them most, the verdicts that changed."""
    if since is None:
        return EMPTY
    notes = [tag("p", "Note: ", authored(note), ".", class_="sub") for note in since.notes]
    lost = [tag("li", authored(problem.message)) for problem in since.lost]
    notes = [tag("ul", *lost, class_="plain t-bad"), *notes] if lost else notes
    if since.comparison is None:
        return tag("div", *notes, class_="block") if notes else EMPTY
    comparison = since.comparison
    head = tag("h2", "What changed since ", authored(comparison.base), class_="h3")
    if not comparison.changes:
        return tag("div", head, tag("p", ALIKE, class_="sub"), *notes, class_="block")
    moved = [_outcome(one) for one in comparison.outcomes if probabilities(one)[2] != "no change"]
    leading = _leading(comparison)
    first = sorted(leading, key=lambda change: change != _worst(comparison))[:MAX_FIRST]
    listed = [tag("li", *_change(change), *_moves(change)) for change in first]
    if len(leading) > MAX_FIRST:
        listed.append(tag("li", f"and {len(leading) - MAX_FIRST} more", class_="soft"))
    listed += [tag("li", one) for one in changed_verdicts(since.before, now)]
    ends = (
        tag("table", tag("tbody", *moved), class_="since")
        if moved
        else tag("p", _still(leading), class_="sub")
    )
    columns = [tag("div", ends), tag("div", tag("ul", *listed, class_="plain"))] if listed else [ends]
    more = tag("p", tag("a", "All that changed", href=f"#{link}"), class_="sub note")
    return tag("div", head, tag("div", *columns, class_="two tight"), more, *notes, class_="block")


def _still(leading: list[Change]) -> str:
    return "No outcome has moved." if leading else ONLY_WORDS


def section(since: Since | None, now: Judgement, id_: str) -> Html:
    """Base and head side by side; nothing without a base or without a change."""
    if not changed(since) or since is None or since.comparison is None:
        return EMPTY
    comparison = since.comparison
    note = [" Note: ", authored(comparison.note), "."] if comparison.note else []
    return tag(
        "section",
        tag("h2", "Since ", authored(comparison.base)),
        tag("p", EXPLAINED, HOW[comparison.attribution], *note, class_="sub"),
        _ends(comparison),
        tag("div", *waterfalls(comparison), class_="two"),
        _changes(comparison),
        would_tell(comparison),
        properties(since.before, now),
        waivers(since.before, now),
        id=id_,
    )


def changed(since: Since | None) -> bool:
    """Whether there is anything to say of a base."""
    return since is not None and since.comparison is not None and bool(since.comparison.changes)


def _leading(comparison: Comparison) -> list[Change]:
    """The changes of numbers, those that moved most first."""
    return most_moving([one for one in comparison.changes if not one.silent and one.told_with is None])


def _worst(comparison: Comparison) -> Change | None:
    """The change that moved a catastrophe most."""
    bad = {one.outcome for one in comparison.outcomes if one.kind == "catastrophic"}
    moved = [
        (abs(effect.share), change)
        for change in comparison.changes
        for effect in change.effects
        if effect.outcome in bad and not isnan(effect.share)
    ]
    return max(moved, key=lambda one: one[0], default=(0.0, None))[1]


def _outcome(one: Moved) -> Html:
    was, now, by, error = (text.replace(" ", SPACE) for text in probabilities(one))
    rise = difference(replace(one, before=one.before or 0.0, after=one.after or 0.0)) or 0.0
    tone = "" if one.kind != "catastrophic" or not rise or isnan(rise) else "t-bad" if rise > 0 else "t-good"
    return tag(
        "tr",
        tag("td", kind_mark(one.kind) if one.kind in TONES else None, " ", authored(spaced(one.outcome))),
        tag("td", was, class_="n"),
        tag("td", "→", class_="n soft"),
        tag("td", now, class_="n big"),
        tag("td", f"{by}{error}", class_=f"n {tone}".strip()),
    )


def _ends(comparison: Comparison) -> Html:
    """All outcomes, and the expected loss."""
    heads = [("How it ends", ""), ("before", "n"), ("", "n"), ("now", "n"), ("change", "n")]
    head = tag("tr", *(tag("th" if text else "td", text, class_=style or None) for text, style in heads))
    rows = [_outcome(one) for one in comparison.outcomes]
    if comparison.loss is not None:
        was, now, by, error = losses(comparison.loss)
        cells = [tag("td", text, class_="n") for text in (was, "→", now, f"{by}{error}")]
        rows.append(tag("tr", tag("td", "expected loss"), *cells))
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="since")


def _change(change: Change) -> Iterator[Html]:
    """A key with its value before and now."""
    was, now = (
        tag("code", authored(lines.shown(text or "", MAX_VALUE))) for text in (change.before, change.after)
    )
    said = {"added": ["added ", now], "removed": ["removed ", was], "changed": [was, " → ", now]}
    yield join([key(change.path), ": ", *said[change.what]])


def _moves(change: Change) -> Iterator[Html]:
    """What it moves, the most first; nothing where that is not known."""
    if not change.effects:
        return
    said = [
        join(
            [
                authored(spaced(one.outcome)),
                f" {points(one.share)}{give_or_take(one.error)}",
            ]
        )
        for one in largest(change.effects)
    ]
    moved = join(said, between=", ") if said else nothing(change.effects)
    yield tag("span", "moves ", moved, class_="members")


def _changes(comparison: Comparison) -> Html:
    """Every change of a number with its line, and the changes of wording folded."""
    leading = _leading(comparison)
    rows = [_row(one, comparison) for one in leading[:MAX_ROWS]]
    if len(leading) > MAX_ROWS:
        rows.append(tag("li", f"and {len(leading) - MAX_ROWS} more", class_="soft"))
    silent = [one for one in comparison.changes if one.silent]
    words = [
        tag("li", *(_change(one) if one.signing else (key(one.path), f" {one.what}")), _line(one))
        for one in silent[:MAX_ROWS]
    ]
    if len(silent) > MAX_ROWS:
        words.append(tag("li", f"and {len(silent) - MAX_ROWS} more", class_="soft"))
    folded = tag(
        "details", tag("summary", f"Wording only: {len(silent)}"), tag("ul", *words, class_="plain tightlist")
    )
    return join(
        [
            tag("h3", "Changes", class_="gap"),
            tag("ul", *rows, class_="plain") if rows else tag("p", ONLY_WORDS, class_="sub"),
            folded if words else None,
        ]
    )


def _row(change: Change, comparison: Comparison) -> Html:
    together = [one for one in comparison.changes if one.told_with == change.path and not one.silent]
    joint = [tag("span", "together with ", *_change(one), class_="members") for one in together[:MAX_ROWS]]
    return tag("li", *_change(change), _line(change), *joint, *_moves(change))


def _line(change: Change) -> Html | None:
    """Its line; of what was removed, its former line."""
    if change.place is None:
        return None
    return tag(
        "span", f" {'was ' if change.what == 'removed' else ''}line {change.place.line}", class_="soft"
    )
