"""Which facts would settle how it ends, a line each, and which tells two experts apart."""

from collections.abc import Iterator, Mapping
from typing import Any

from sensa.kernels.ties import largest
from sensa.reports.layout import Paper, left, listed, right, shown, wrapped
from sensa.reports.number_format import compact, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.ranking import short

MAX_FACTS, MAX_NUMBERS = 4, 3
CATASTROPHIC, FAILURE = 0, 1  # of the questions
NOTHING = 1e-6  # bits
_NAME_COLUMNS, _CELL_COLUMNS, _SHARE_COLUMNS, _LABEL_COLUMNS = 32, 9, 16, 12

Plain = Mapping[str, Any]


def settling_facts(_: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `settling_facts`; all its tables with `everything`."""
    if everything or "bits" not in data["variables"]:
        yield from tables("settling_facts", data, paper, everything=everything)
        return
    entropy = data["variables"]["entropy"]["values"]
    heads = (("chance", _CELL_COLUMNS), ("bits", _CELL_COLUMNS), ("of catastrophe", _SHARE_COLUMNS),
             ("of failing", _SHARE_COLUMNS))  # fmt: skip
    row = "".join(right(text, width) for text, width in heads)
    yield paper.paint(f"{left('Facts that would settle it', _NAME_COLUMNS)}{row}", "head")
    bits = [of[CATASTROPHIC] for of in data["variables"]["bits"]["values"]]
    for i in largest(bits, MAX_FACTS):
        yield _row(data, i)
    if len(bits) > MAX_FACTS:
        yield f"{left('', _LABEL_COLUMNS)}and {len(bits) - MAX_FACTS} more (--verbose shows them)"
    said = (
        f"catastrophe is open by {compact(entropy[CATASTROPHIC])} bits, failing by "
        f"{compact(entropy[FAILURE])}; shares are of these"
    )
    yield from wrapped(said, paper.width, " " * _LABEL_COLUMNS, left("Shares", _LABEL_COLUMNS))
    for label, text in (("Numbers", _numbers(data)), ("Experts", _experts(data))):
        if text:
            yield from wrapped(text, paper.width, " " * _LABEL_COLUMNS, left(label, _LABEL_COLUMNS))


def _row(data: Plain, i: int) -> str:
    name = str(data["coordinates"]["fact"]["values"][i])
    shares = data["variables"]["share"]["values"][i]
    cells = [
        right(percent(data["variables"]["chance"]["values"][i]), _CELL_COLUMNS),
        right(compact(data["variables"]["bits"]["values"][i][CATASTROPHIC]), _CELL_COLUMNS),
        *(right(percent(share), _SHARE_COLUMNS) for share in shares),
    ]
    return left(shown(name, _NAME_COLUMNS), _NAME_COLUMNS) + "".join(cells)


def _numbers(data: Plain) -> str:
    """The uncertain numbers of which the knowledge would add most about catastrophe."""
    if "number_bits" not in data["variables"]:
        return ""
    shares = [of[CATASTROPHIC] or 0.0 for of in data["variables"]["number_share"]["values"]]
    names = [short(str(name)) for name in data["coordinates"]["number"]["values"]]
    said = [
        f"{shown(names[i], _NAME_COLUMNS)} {percent(shares[i])}"
        for i in largest(shares, MAX_NUMBERS)
        if shares[i] > 0
    ]
    return f"knowing a number adds, of catastrophe: {listed(said)}" if said else ""


def _experts(data: Plain) -> str:
    """The two experts whose forecasts of catastrophe are furthest apart, and what would tell who is right."""
    if "apart" not in data["variables"]:
        return ""
    apart = [of[CATASTROPHIC] for of in data["variables"]["apart"]["values"]]
    pair = largest(apart, 1)[0]
    facts = data["coordinates"]["fact"]["values"]
    tells = data["variables"]["tells_apart"]["values"][pair]
    best = largest(tells, 1)[0]
    if tells[best] < NOTHING:
        return ""
    closes = data["variables"]["closes"]["values"][pair][best][CATASTROPHIC]
    share = (
        f", and closes {percent(round(closes / apart[pair], 4))} of the gap" if apart[pair] > NOTHING else ""
    )
    who = " and ".join(data["coordinates"]["pair"]["values"][pair].rsplit(", ", 1))
    return (
        f"{shown(who, 40)} are furthest apart, by {compact(apart[pair])} bits; "
        f"{shown(str(facts[best]), _NAME_COLUMNS)} tells most of who is right, "
        f"{compact(tells[best])} bits{share}"
    )
