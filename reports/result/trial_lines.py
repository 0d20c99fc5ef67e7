"""What more trials of each credence are worth: a line each, and how many that go well hold a limit."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sensa.kernels.ties import largest
from sensa.reports.layout import Paper, left, right, shown, wrapped
from sensa.reports.number_format import compact, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.ranking import short

MAX_NUMBERS, MAX_HOLDING = 5, 3
_NAME_COLUMNS, _CELL_COLUMNS, _WORTH_COLUMNS, _LABEL_COLUMNS = 32, 9, 15, 12

Plain = Mapping[str, Any]


def value_of_trials(_: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `value_of_trials`; all its tables with `everything`."""
    if everything or "sd_after" not in data["variables"]:
        yield from tables("value_of_trials", data, paper, everything=everything)
        return
    counts = data["coordinates"]["count"]["values"]
    row = "".join(right(text, _CELL_COLUMNS) for text in ("now", *(f"{counts[at]:,}" for at in _shown(data))))
    if "worth" in data["variables"]:
        row += right(f"worth of {counts[_middle(data)]:,}", _WORTH_COLUMNS) + right("share", _CELL_COLUMNS)
    yield paper.paint(f"{left('Spread of the risk, by trials', _NAME_COLUMNS)}{row}", "head")
    order = _order(data)
    for i in order[:MAX_NUMBERS]:
        yield _row(data, i)
    if len(order) > MAX_NUMBERS:
        yield f"{left('', _LABEL_COLUMNS)}and {len(order) - MAX_NUMBERS} more (--verbose shows them)"
    said = _holding(data, order)
    if said:
        yield from wrapped(said, paper.width, " " * _LABEL_COLUMNS, left("Hold", _LABEL_COLUMNS))


def _middle(data: Plain) -> int:
    return len(data["coordinates"]["count"]["values"]) // 2


def _shown(data: Plain) -> list[int]:
    """The first, the middle and the last count of trials."""
    last = len(data["coordinates"]["count"]["values"]) - 1
    return sorted({0, _middle(data), last})


def _order(data: Plain) -> list[int]:
    """The numbers, those first whose trials are worth most at break-even, or else narrow the risk most."""
    now, after = (data["variables"][name]["values"] for name in ("sd_now", "sd_after"))
    at = _middle(data)
    worth = data["variables"].get("worth")
    gains = [one - then[at] for one, then in zip(now, after, strict=True)]
    if worth is not None:
        gains = [of[at][-1] for of in worth["values"]]
    return largest(gains, len(gains))


def _row(data: Plain, i: int) -> str:
    """A number, the standard deviation of the risk over it now and after trials, what the middle count is
    worth at break-even, and the share of the worth of knowing the number.
    """
    variables = data["variables"]
    after = variables["sd_after"]["values"][i]
    cells = [percent(variables["sd_now"]["values"][i]), *(percent(after[at]) for at in _shown(data))]
    if "worth" in variables:
        worth = variables["worth"]["values"][i][_middle(data)][-1]
        perfect = variables["perfect"]["values"][i][-1]
        cells += [compact(worth), percent(worth / perfect) if perfect else "–"]
    widths = (*[_CELL_COLUMNS] * (1 + len(_shown(data))), _WORTH_COLUMNS, _CELL_COLUMNS)
    name = left(shown(_name(data, i), _NAME_COLUMNS), _NAME_COLUMNS)
    return name + "".join(right(cell, width) for cell, width in zip(cells, widths, strict=False))


def _holding(data: Plain, order: list[int]) -> str:
    """The fewest trials, all going well, that hold the largest limit which does not hold yet."""
    limits = data["coordinates"]["limit"]["values"]
    rows = data["variables"]["good_trials"]["values"]
    open_ = [j for j in range(len(limits)) if any(_trials(row[j]) != 0 for row in rows)]
    if not open_:
        return ""
    j = open_[-1]
    enough = sorted((_trials(rows[i][j]), i) for i in order if math.isfinite(_trials(rows[i][j])))
    if not enough:
        return f"no trials of one number alone bring the mean risk to {percent(limits[j])}"
    said = [f"{count:,.0f} of {_name(data, i)}" for count, i in enough[:MAX_HOLDING]]
    return f"the mean risk is within {percent(limits[j])} after {', or '.join(said)}, if all go well"


def _trials(value: float | str) -> float:
    return float(value)  # "inf" where no number of trials is enough


def _name(data: Plain, i: int) -> str:
    return short(str(data["coordinates"]["number"]["values"][i]))
