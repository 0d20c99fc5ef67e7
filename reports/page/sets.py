"""Smallest sets of violated assumptions that make failing certain or catastrophe possible."""

from collections.abc import Sequence

from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import identifier, percent
from sensa.reports.result.answers import ViolationSets

MAX_SETS = 4
WORDS = {1: "one", 2: "two", 3: "three", 4: "four"}


def smallest_sets(report: Report) -> Html:
    """Which sets make failing certain, and how few violations a catastrophe needs."""
    minimal = report.answers.minimal
    if not minimal:
        return EMPTY
    rows = [*_certain(minimal.get("failure", {}).get("certain"))]
    rows += _possible(report, minimal.get("catastrophic", {}).get("possible"))
    return join([tag("h2", "Smallest sets", class_="h3"), tag("ul", *rows, class_="plain tightlist")])


def _certain(found: ViolationSets | None) -> list[Html]:
    if found is None or found.count is None:
        return []
    if found.single:
        said = "Failing is certain with any one of these violated:"
        return [tag("li", said), *_sets([(name,) for name in found.single], None)]
    if found.sets:
        return [tag("li", "Failing is certain with these violated:"), *_sets(found.sets, found.count)]
    return [tag("li", "No set of violations makes failing certain: each can still turn out well.")]


def _possible(report: Report, found: ViolationSets | None) -> list[Html]:
    if found is None or found.count is None:
        return []
    floor = report.violations.all_hold if report.violations is not None else {}
    left = report.risks(floor)[0] if floor else None
    if any(not members for members in found.sets):
        remains = f": {percent(left)} remains if all hold" if left is not None else ""
        return [tag("li", f"Catastrophe needs nothing violated{remains}.")]
    if not found.sets:
        return [tag("li", "No set of violations makes a catastrophe possible.")]
    least = min(map(len, found.sets))
    smallest = [members for members in found.sets if len(members) == least]
    said = f"Of the ways that the story models, catastrophe needs {WORDS.get(least, least)} violated:"
    return [tag("li", said), *_sets(smallest, None)]


def _sets(sets: Sequence[tuple[str, ...]], count: float | None) -> list[Html]:
    rows = [
        tag("li", join([identifier(name) for name in members], between=" + ")) for members in sets[:MAX_SETS]
    ]
    more = int(count or len(sets)) - len(rows)
    return [*rows, *([tag("li", f"and {more} more", class_="soft")] if more > 0 else [])]
