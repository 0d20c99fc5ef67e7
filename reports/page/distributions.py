"""How sure it is: the outcomes, the loss and the properties' quantities over the uncertain numbers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sensa.properties.distributions import Distribution
from sensa.reports.number_format import compact, defined
from sensa.reports.page.dots import PLAIN, Axis, Quantiles, dot_plot, linear, logarithmic
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.page.words import TONES, identifier, kind_mark, percent, spaced

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MAX_LOGARITHMIC = 0.2  # probabilities below it are on a logarithmic axis
EXPLAINED = (
    "What each probability would be if the uncertain numbers were known. A chart has 20 dots: of 20 equally "
    "likely settings of the numbers, one is at each dot."
)


def distributions(report: Report) -> Html:
    """A chart for each outcome, the expected loss and each property's quantity; nothing where none varies."""
    outcomes, loss = _outcomes(report), _loss(report)
    charts = [*(_outcome(report, name, one) for name, one in outcomes.items()), *map(_of_loss, loss)]
    charts += list(_properties(report))
    if not charts:
        return EMPTY
    rows = [_row(authored(spaced(name)), one, percent) for name, one in outcomes.items()]
    rows += [_row("expected loss", one, compact) for one in loss]
    heads = [tag("th", text, class_="n") for text in map(_level, LEVELS)]
    head = tag("tr", tag("th", "Quantile"), *heads)
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="phases")
    folded = tag("details", tag("summary", "Quantiles"), report.region("Quantiles", table)) if rows else None
    return tag(
        "section",
        tag("h2", "How sure it is"),
        tag("p", EXPLAINED + _error(report, list(outcomes)), class_="sub"),
        tag("div", *charts, class_="two"),
        folded,
        id=report.id("distributions"),
    )


def _analysis(report: Report) -> Mapping[str, Any] | None:
    """The analysis of the result, or the one beside it."""
    source = report.result.source
    return report.answers.others.get("distributions") or (None if source is None else source.distributions)


def _outcomes(report: Report) -> dict[str, Quantiles]:
    """The outcomes that vary."""
    data = _analysis(report)
    if data is None or "outcomes" not in data["variables"]:
        return {}
    names, rows = data["coordinates"]["outcome"]["values"], data["variables"]["outcomes"]["values"]
    found = {name: Quantiles(row) for name, row in zip(names, rows, strict=True)}
    return {name: one for name, one in found.items() if one.varies(percent)}


def _error(report: Report, varied: Sequence[str]) -> str:
    """How far off sampled worlds may leave the quantiles of these outcomes."""
    data = _analysis(report)
    if data is None or data["how"] != "worlds-sampled" or "outcomes_error" not in data["variables"]:
        return ""
    names, rows = data["coordinates"]["outcome"]["values"], data["variables"]["outcomes_error"]["values"]
    errors = [e for name, row in zip(names, rows, strict=True) if name in varied for e in row if defined(e)]
    if not errors:
        return ""
    return f" As worlds are sampled, each has a standard error of up to {percent(max(errors))}."


def _loss(report: Report) -> list[Quantiles]:
    data = _analysis(report)
    if data is None or "loss" not in data["variables"]:
        return []
    found = Quantiles(data["variables"]["loss"]["values"])
    return [found] if found.varies(compact) else []


def _outcome(report: Report, name: str, one: Quantiles) -> Html:
    kind = report.answers.outcomes[name].kind
    axis = logarithmic(one.dots) if kind == "catastrophic" else PLAIN
    title = join([kind_mark(kind), " ", authored(spaced(name)), _scaled(axis)])
    return _chart(title, one.said(axis.text), dot_plot(one, axis, lambda _: TONES[kind]))


def _scaled(axis: Axis) -> str:
    return "" if axis.scale is PLAIN.scale or axis.text is not percent else ", on a logarithmic axis"


def _of_loss(one: Quantiles) -> Html:
    axis = linear(one.dots)
    return _chart(join(["expected loss"]), one.said(axis.text), dot_plot(one, axis, lambda _: "ink"))


def _properties(report: Report) -> Iterator[Html]:
    source = report.result.source
    for one in () if source is None else source.of_properties:
        found = Quantiles(one.quantiles)
        axis = _axis(one, found)
        if not found.varies(axis.text):
            continue
        plot = dot_plot(found, axis, partial(_tone, one), one.limit)
        title = join([identifier(one.property), " ", tag("code", authored(one.quantity)), _scaled(axis)])
        yield _chart(title, f"{_held(one)} {found.said(axis.text).capitalize()}.", plot)


def _axis(one: Distribution, found: Quantiles) -> Axis:
    values = [*found.dots, one.limit]
    if not (one.quantity.startswith("P(") and all(0.0 <= value <= 1.0 for value in values)):
        return linear(values)
    return logarithmic(values) if max(values) < MAX_LOGARITHMIC else PLAIN


def _tone(one: Distribution, value: float) -> str:
    return "good" if (value < one.limit) == one.below else "bad"


def _held(one: Distribution) -> str:
    """`Holds for 83 % of what the numbers may be.`"""
    asked = "" if one.asked is None else f" (it asks for {percent(one.asked)})"
    as_stated = ", in the story as it is" if one.ranges else ""
    return f"Holds for {percent(one.holds)} of what the numbers may be{as_stated}{asked}."


def _chart(title: Html, said: str, plot: Html) -> Html:
    return tag("div", tag("h3", title), tag("p", said, class_="sub"), plot)


def _row(name: str, one: Quantiles, text: Any) -> Html:
    return tag("tr", tag("td", name), *(tag("td", text(one.at(level)), class_="n") for level in LEVELS))


def _level(level: float) -> str:
    return "median" if level == 0.5 else f"{100 * level:.0f}\N{NO-BREAK SPACE}%"
