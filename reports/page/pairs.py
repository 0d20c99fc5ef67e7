"""Two at once: the risk with two assumptions violated."""

from sensa.reports.number_format import defined
from sensa.reports.page.markup import EMPTY, Html, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import percent

CELL_WIDTH, CELL_HEIGHT = 62, 32  # width and height of a cell
NAMES_WIDTH = 190  # width of the names
MAX_NAME = 25
MAX_SHOWN = 16  # assumptions; a larger matrix has too little to say for its size
SHADE = (0.04, 0.5)  # opacity at the risk as stated, and at the largest


def pairs(report: Report) -> Html:
    """The lower triangle; the diagonal has one alone."""
    now = report.base.catastrophic
    both = report.answers.both_violated
    order = [one.assumption for one in report.effects if one.assumption in both][:MAX_SHOWN]
    if len(order) < 2 or not defined(now):
        return EMPTY
    risks = {(a, b): report.risks(both[a][b])[0] or 0.0 for a in order for b in order}
    most = max(risks.values())
    cells = [
        _cell(risks[a, b], i, j, (a, b), now, most)
        for i, a in enumerate(order)
        for j, b in enumerate(order[: i + 1])
    ]
    names = [
        tag("text", _short(name), x=-10, y=i * CELL_HEIGHT + 21, text_anchor="end", class_="idt")
        for i, name in enumerate(order)
    ]
    width, height = NAMES_WIDTH + len(order) * CELL_WIDTH, len(order) * CELL_HEIGHT
    few = f" The {MAX_SHOWN} that matter most." if len(both) > MAX_SHOWN else ""
    said = (
        f"Risk of catastrophe with both violated; on the diagonal, one alone. As stated: {percent(now)}.{few}"
    )
    return tag(
        "section",
        tag("h2", "Two at once"),
        tag("p", said, class_="sub"),
        report.region(
            "Table of pairs",
            tag(
                "svg",
                *names,
                *cells,
                class_="pairs",
                viewBox=f"-{NAMES_WIDTH} 0 {width} {height}",
                width=width,
                height=height,
                role="group",
                aria_label="Risk of catastrophe with two assumptions violated",
            ),
        ),
        id=report.id("pairs"),
    )


def _cell(risk: float, i: int, j: int, names: tuple[str, str], now: float, most: float) -> Html:
    low, high = SHADE
    shade = low + (high - low) * max(0.0, risk - now) / max(most - now, 1e-12)
    said = names[0] if i == j else f"{names[0]} and {names[1]}"
    return tag(
        "g",
        tag(
            "rect",
            tag("title", f"{said}: {percent(risk)}"),
            x=j * CELL_WIDTH,
            y=i * CELL_HEIGHT,
            width=CELL_WIDTH - 3,
            height=CELL_HEIGHT - 3,
            class_="fill-bad",
            opacity=f"{shade:.2f}",
        ),
        tag(
            "text",
            percent(risk),
            x=j * CELL_WIDTH + (CELL_WIDTH - 3) / 2,
            y=i * CELL_HEIGHT + 20,
            text_anchor="middle",
            class_="bold" if i == j else None,
        ),
    )


def _short(name: str) -> str:
    """A name that fits, without its middle."""
    return name if len(name) <= MAX_NAME else f"{name[:12]}…{name[-11:]}"
