"""Which unknown numbers move the result: the first few on the first screen, all of them below."""

from sensa.reports.number_format import compact, defined
from sensa.reports.page import marks
from sensa.reports.page.markup import EMPTY, Html, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import identifier, share
from sensa.reports.result import ranking
from sensa.reports.result.answers import Factor, Number

MAX_FIRST = 4
MIN_SHARE = 0.01  # shares of the variance below it are only named
WHISKER_ERRORS = 2.0  # standard errors in a whisker


def find_out_first(report: Report) -> Html:
    """The numbers that explain most of the risk's variance, beside that of failing at all."""
    drivers = [one for one in ranking.drivers(report.answers) if max(one.size) >= MIN_SHARE]
    if not drivers:
        return EMPTY
    rows = [_first(one) for one in ranking.shortlist(drivers, MAX_FIRST)]
    note = tag(
        "p",
        "Share of the variance that depends on each number: ",
        tag("span", "of the risk", class_="t-bad"),
        ", ",
        tag("span", "of failing at all", class_="t-safe"),
        ".",
        class_="sub",
    )
    return join([tag("h2", "What to find out first", class_="h3"), tag("ul", *rows, class_="plain"), note])


def _first(one: ranking.Driver) -> Html:
    drawn = [marks.bar(0, 1, 2, 5, "fill-faint"), marks.bar(0, _bounded(one.catastrophic), 2, 5, "fill-bad")]
    drawn += [marks.bar(0, 1, 10, 3, "fill-faint"), marks.bar(0, _bounded(one.failing), 10, 3, "fill-safe")]
    shares = tag(
        "span",
        tag("b", share(one.catastrophic), class_="t-bad"),
        " ",
        tag("span", share(one.failing), class_="t-safe"),
    )
    name = identifier(ranking.short(one.path))
    return tag("li", tag("div", name, shares, class_="row"), marks.chart(14, *drawn))


def numbers(report: Report) -> Html:
    """Total indices with their errors, for the risk and for failing."""
    if not report.answers.sobol_credence:
        return EMPTY
    drivers = ranking.drivers(report.answers)
    shown = [one for one in drivers if max(one.size) >= MIN_SHARE]
    little = [ranking.short(one.path) for one in drivers if one not in shown]
    rows = [_row(one, report.answers.sobol_credence[one.path]) for one in shown]
    head = tag(
        "tr",
        tag("th", "Number"),
        tag("th", "of the risk", class_="n t-bad"),
        tag("td"),
        tag("th", "alone", class_="n"),
        tag("th", "of failing", class_="n"),
        tag("td"),
    )
    below = [identifier(name) for name in little]
    exact = report.answers.how.get("sobol_credence") == "exact"
    how = "They are exact." if exact else "Thin line: two standard errors."
    return tag(
        "section",
        tag("h2", "Which unknown numbers move the result"),
        tag(
            "p",
            "Total Sobol’ indices: the share of the variance that depends on each number, alone or with "
            f"others; “alone” is the first-order index of the risk. {how}",
            class_="sub",
        ),
        tag("table", tag("thead", head), tag("tbody", *rows), class_="numbers") if rows else None,
        tag("p", "Below 1 % of either: ", join(below, between=", "), ".", class_="sub note")
        if below
        else None,
        id=report.id("numbers"),
    )


def _row(one: ranking.Driver, factor: Factor) -> Html:
    alone = factor.kind_first.get("catastrophic")
    return tag(
        "tr",
        tag("td", identifier(ranking.short(one.path))),
        tag("td", share(one.catastrophic), class_="n big"),
        tag("td", _bar(one.catastrophic, _error(factor, "catastrophic"), "bad"), class_="strip2"),
        tag("td", share(alone), class_="n t-safe"),
        tag("td", share(one.failing), class_="n big"),
        tag("td", _bar(one.failing, _error(factor, "success"), "safe"), class_="strip2"),
    )


def _error(factor: Factor, kind: str) -> Number:
    return factor.kind_total_error.get(kind)


def _bar(value: Number, error: Number, tone: str) -> Html:
    if not defined(value):
        return marks.chart(18)
    drawn = [marks.across(9), marks.bar(0, _bounded(value), 5, 8, f"fill-{tone}")]
    said = f"{share(value)}"
    if defined(error) and error > 0:
        drawn.append(
            marks.across(
                9,
                "whisker",
                _bounded(value - WHISKER_ERRORS * error),
                _bounded(value + WHISKER_ERRORS * error),
            )
        )
        said += f", standard error {compact(100 * error, 1)} points"
    return marks.chart(18, *drawn, label=said)


def _bounded(x: Number) -> float:
    return min(max(x, 0.0), 1.0) if defined(x) else 0.0
