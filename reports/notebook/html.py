"""A result as an HTML fragment for a notebook cell."""

from collections.abc import Iterator
from html import escape

from sensa.reports.number_format import compact, interval, percent
from sensa.reports.result import ranking
from sensa.reports.result.answers import Answers, Measure, Number
from sensa.reports.result.text import headline

_MAX_ROWS = 8
_COLOURS = {"catastrophic": "#b3261e", "fail_safe": "#b7791f", "success": "#2f7d4f"}
_STYLE = (
    ".sensa{font-size:13px;line-height:1.4;max-width:56em}"
    ".sensa table{border-collapse:collapse;margin:.6em 1.5em .6em 0;display:inline-table;vertical-align:top}"
    ".sensa td,.sensa th{padding:.15em .8em .15em 0;text-align:left;border:0;background:none}"
    ".sensa td.n,.sensa th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".sensa tr{background:none!important;border-bottom:1px solid rgba(128,128,128,.25)}"
    ".sensa .bar{width:12em;height:.8em;background:rgba(128,128,128,.15);position:relative}"
    ".sensa .bar i{position:absolute;top:0;bottom:0;opacity:.35}"
    ".sensa .bar b{position:absolute;top:-.1em;bottom:-.1em;width:2px}"
)


def html(answers: Answers) -> str:
    """The headline, how the story ends with its intervals, what violations do and which numbers matter.

    It loads nothing, and every name of the author's is escaped.
    """
    parts = [f"<b>{escape(answers.provenance.story)}</b><br>{escape(headline(answers))}<br>"]
    parts += [*_endings(answers), *_violations(answers), *_numbers(answers)]
    return f"<style>{_STYLE}</style><div class='sensa'>{''.join(parts)}</div>"


def _endings(answers: Answers) -> Iterator[str]:
    rows = []
    for name, one in answers.outcomes.items():
        mean, between = percent(one.probability.mean), interval(*one.probability.between())
        rows.append(
            f"<tr><td>{escape(name)}</td><td>{escape(one.kind)}</td><td class='n'>{mean}</td>"
            f"<td>{between}</td><td>{_bar(one.probability, one.kind)}</td></tr>"
        )
    if rows:
        yield _table(["outcome", "kind", "=mean", "90 % interval", ""], rows)


def _bar(measure: Measure, kind: str) -> str:
    low, high = measure.between()
    colour = _COLOURS.get(kind, "#555")
    if low is None or high is None or measure.mean is None:
        return ""
    return (
        f"<div class='bar'><i style='left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%;"
        f"background:{colour}'></i><b style='left:{100 * measure.mean:.1f}%;background:{colour}'></b></div>"
    )


def _violations(answers: Answers) -> Iterator[str]:
    rows = [
        f"<tr><td>{escape(one.assumption)}</td><td class='n'>{percent(one.catastrophic)}</td>"
        f"<td class='n'>{percent(one.failing)}</td></tr>"
        for one in ranking.effects(answers)[:_MAX_ROWS]
    ]
    if rows:
        yield _table(["if violated", "=catastrophic", "=failing"], rows)


def _numbers(answers: Answers) -> Iterator[str]:
    drivers = ranking.drivers(answers)[:_MAX_ROWS]
    rows = [
        f"<tr><td>{escape(ranking.short(one.path))}</td><td class='n'>{_share(one.catastrophic)}</td>"
        f"<td class='n'>{_share(one.failing)}</td></tr>"
        for one in drivers
    ]
    if rows:
        yield _table(["unknown number", "=of the risk", "=of failing"], rows)


def _share(index: Number) -> str:
    return "" if index is None else f"{compact(100 * max(index, 0.0))} %" if index >= 0.005 else "&lt;1 %"


def _table(columns: list[str], rows: list[str]) -> str:
    """A table; a column whose name begins with `=` holds numbers."""
    head = "".join(
        f"<th class='n'>{name[1:]}</th>" if name.startswith("=") else f"<th>{name}</th>" for name in columns
    )
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
