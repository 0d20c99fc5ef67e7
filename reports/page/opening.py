"""The first sentences: how the story ends, how sure that is, and what is worst for it."""

from sensa.reports.number_format import defined
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import claim, frequent, often, percent
from sensa.reports.result.text import headline

TIED_RATIO = 0.99  # of the largest risk: violations that are as bad


def opening(report: Report) -> Html:
    """A sentence that can be quoted, and one on its range and on the worst single mistake."""
    return join([tag("p", _sentence(report), class_="lede"), tag("p", _range(report), class_="lede2")])


def _sentence(report: Report) -> Html:
    bad, good = report.of_kind("catastrophic"), report.of_kind("success")
    risk, success = (None if measure is None else measure.mean for measure in (bad, good))
    if not defined(risk) or not defined(success) or risk == 0.0:
        return join([headline(report.answers)])
    safely = 1.0 - risk - success > 5e-4
    if frequent([risk, success]):
        catastrophe, works = f"about {often(risk)} times in 100", f"about {often(success)}"
    else:
        catastrophe, works = f"with probability {percent(risk)}", f"with probability {percent(success)}"
    return join(
        [
            "By its author’s own numbers, “",
            authored(report.title),
            "” ends in ",
            tag("span", f"catastrophe {catastrophe}", class_="b"),
            " and ",
            tag("span", f"works {works}", class_="g"),
            "; otherwise it fails safely." if safely else ".",
        ]
    )


def _range(report: Report) -> Html:
    parts = [_fits(report), _worst(report), _limits(report)]
    return join([part for part in parts if part], between=" ")


def _fits(report: Report) -> Html:
    measure = report.catastrophic
    low, high = (None, None) if measure is None or measure.blurred else measure.between()
    if not defined(low) or not defined(high) or percent(low) == percent(high):
        return EMPTY
    return join(
        [f"Any risk from {percent(low)} to {percent(high)} (90 % interval) fits what the author leaves open."]
    )


def _worst(report: Report) -> Html:
    """The violation that is worst for the risk."""
    risks = {one.assumption: one.catastrophic or 0.0 for one in report.effects}
    worst = max(risks.values(), default=0.0)
    now = report.base.catastrophic
    if not defined(now) or worst <= now * 1.01:
        return EMPTY
    tied = [name for name, risk in risks.items() if risk >= TIED_RATIO * worst]
    said = f"The worst single mistake takes it to {percent(worst)}"
    if len(tied) > 1:
        return join([f"{said}: any one of {len(tied)} assumptions violated."])
    document = report.document
    if document is None:
        return join([f"{said}: ", tag("span", tied[0], class_="id"), " violated."])
    return join([f"{said}: if it is false that “", claim(document.assumptions[tied[0]].claim), "”."])


def _limits(report: Report) -> Html:
    """How many of its own limits the story fails."""
    verdicts = report.result.judgement.verdicts
    failing = [verdict.name for verdict in verdicts if verdict.status == "fail"]
    if not failing:
        return EMPTY
    which = "its own limit" if len(verdicts) == 1 else f"{len(failing)} of its own {len(verdicts)} limits"
    return join([tag("a", f"It fails {which}.", href=f"#{report.id('properties')}", class_="t-bad")])
