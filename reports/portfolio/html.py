"""A portfolio as one HTML page: a table, by the same style and policy as the page of a story."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sensa.reports.layout import Paper
from sensa.reports.number_format import compact, defined
from sensa.reports.page.document import STYLE, file_text, policy
from sensa.reports.page.markup import Html, authored, tag
from sensa.reports.page.words import SPACE, percent
from sensa.reports.portfolio.rows import ANSWERED, Row, counted, highest, numbers, rows, unanswered, undecided
from sensa.reports.portfolio.text import HIGH, LOW, judged, label

if TYPE_CHECKING:
    import xarray as xr

MAX_ROWS = 2000  # unless all are shown
MAX_FAILED = 40
HEADS = ("Catastrophe", "90 % interval", "safe, if it fails", "success", "expected loss", "properties")


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> Iterator[str]:
    """The cells in a table, unless `everything` at most the `MAX_ROWS` with the highest risk."""
    style, title = file_text(STYLE), counted(data)
    labels = numbers(data)
    names = [tag("th", "Story"), *(tag("th", authored(name)) for name in labels)]
    head = tag("tr", *names, *(tag("th", name, class_="n") for name in HEADS))
    cut = data["status"].size > MAX_ROWS and not everything
    places = highest(data, MAX_ROWS) if cut else None
    body = tag("tbody", *(_row(row, labels) for row in rows(data, places)))
    table = tag(
        "div",
        tag("table", tag("thead", head), body, class_="cells"),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label="how they end, scrolls sideways",
    )
    rest = () if places is None else _left_out(data, len(places))
    section = tag(
        "section", tag("h1", title, class_="lede"), *rest, table, *_undecided(data), class_="first wrap"
    )
    top = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, "")),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{title}: how they end"),
        tag("style", Html(style)),
    )
    body = tag("body", tag("main", section, id="main"))
    yield f"<!doctype html>\n{tag('html', top, body, lang='en')}\n"


def _left_out(data: "xr.Dataset", shown: int) -> Iterator[Html]:
    """What a page that does not show all cells says about the others."""
    reasons = unanswered(data)
    answered = data["status"].size - reasons.total()
    if answered > shown:
        yield tag("p", f"The {shown:,} with the highest risk, of {answered:,} (--verbose shows all).")
    for (story, status, message), count in reasons.most_common(MAX_FAILED):
        said = f"{status}: {message}" if message else status
        yield tag("p", authored(story), f": {said} ({count:,} times)" if count > 1 else f": {said}")
    if len(reasons) > MAX_FAILED:
        yield tag("p", f"and {len(reasons) - MAX_FAILED:,} more without a result (--verbose shows them)")


def _undecided(data: "xr.Dataset") -> Iterator[Html]:
    """Why properties neither pass nor fail."""
    reasons = undecided(data)
    for (name, status, reason), count in reasons.most_common(MAX_FAILED):
        times = f" ({count:,} times)" if count > 1 else ""
        yield tag("p", authored(name), f": {status}: ", authored(reason), times)
    if len(reasons) > MAX_FAILED:
        yield tag("p", f"and {len(reasons) - MAX_FAILED:,} more properties that neither pass nor fail")


def _failing(row: Row) -> Iterator[Html]:
    """The properties that a cell fails."""
    for number, name in enumerate(name for name, (status, *_) in row.verdicts.items() if status == "fail"):
        yield Html(", " if number else ": ")
        yield authored(name)


def _row(row: Row, labels: list[str]) -> Html:
    name = tag("td", authored(row.story))
    at = [tag("td", authored(label(row.at[path]))) for path in labels]
    if row.status != ANSWERED:
        said = f"{row.status}: {row.message}" if row.message else row.status
        return tag("tr", name, *at, tag("td", authored(said), colspan="6"))
    risk, loss = row.quantiles.get("catastrophic", {}), row.mean["loss"]
    low, high = risk.get(LOW), risk.get(HIGH)
    between = f"{percent(low)} to {percent(high)}" if defined(low) and defined(high) else ""
    return tag(
        "tr",
        name,
        *at,
        tag("td", row.risk.replace(" ", SPACE), class_="n t-bad"),
        tag("td", between, class_="n"),
        tag("td", percent(row.share), class_="n"),
        tag("td", percent(row.mean["success"]), class_="n"),
        tag("td", compact(loss) if defined(loss) else "", class_="n"),
        tag("td", judged(row), *_failing(row)),
    )
