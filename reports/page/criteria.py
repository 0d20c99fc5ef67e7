"""Hubinger's four criteria, with their intervals."""

from sensa.reports.page.markup import EMPTY, Html, authored, tag
from sensa.reports.page.report import Report
from sensa.reports.page.split import strip
from sensa.reports.page.words import between, percent, spaced
from sensa.reports.result.goal_lines import audit

EXPLAINED = (
    "Hubinger’s: alignment asks whether what is wanted is safe and training gives it, competitiveness "
    "whether it is useful and training can afford it."
)


def criteria(report: Report) -> Html:
    """A row for each criterion, and whether a model as specified can be catastrophic."""
    rows = [
        tag(
            "tr",
            tag("td", spaced(name)),
            tag("td", percent(measure.mean), class_="n big"),
            tag("td", strip(spaced(name), measure, "good"), class_="strip"),
            tag("td", between(measure), class_="n t-safe q90"),
        )
        for name, measure in report.answers.criteria.items()
    ]
    data = report.answers.others.get("specification_audit")
    audited = "" if data is None else audit(report.answers, data)
    if not rows and not audited:
        return EMPTY
    return tag(
        "section",
        tag("h2", "The four criteria"),
        tag("p", EXPLAINED, class_="sub"),
        tag("table", tag("tbody", *rows), class_="ends") if rows else None,
        tag("p", tag("b", "As specified: "), authored(audited), ".", class_="note") if audited else None,
        id=report.id("criteria"),
    )
