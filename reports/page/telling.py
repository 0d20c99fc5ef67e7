"""Which facts would tell which of two versions of a story is right."""

from sensa.comparing.changes import Comparison, Telling
from sensa.reports.number_format import compact, settled
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.words import key, percent
from sensa.reports.review.comparison_text import how_far_apart, telling

TOLD = (
    "What learning a fact is expected to tell of which version is right, in bits (at most 1), and by how "
    "many bits it would bring their forecasts of a catastrophe together."
)


def would_tell(comparison: Comparison) -> Html:
    """The facts that tell the most; nothing unless that was asked for."""
    apart = comparison.apart
    if apart is None:
        return EMPTY
    found = telling(apart)
    base = tag("th", authored(comparison.base), class_="n")
    heads = [tag("th", name, class_="n") for name in ("now", "tells", "closes")]
    head = tag("tr", tag("th", "Fact"), base, *heads)
    table = tag("table", tag("thead", head), tag("tbody", *map(_row, found)), class_="telling")
    return join(
        [
            tag("h3", "What would tell who is right", class_="gap"),
            *([tag("p", TOLD, class_="sub"), table] if found else []),
            tag("p", how_far_apart(apart), class_="sub"),
        ]
    )


def _row(one: Telling) -> Html:
    chances = ("" if p is None else percent(p) for p in (one.before, one.after))
    bits = (compact(one.tells), compact(settled(one.closes)))
    return tag("tr", tag("td", key(one.fact)), *(tag("td", text, class_="n") for text in (*chances, *bits)))
