"""A portfolio in the terminal: a line for each story, or for each of its variants."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensa.reports.layout import Paper, ending, named, named_apart, shown, wrapped
from sensa.reports.number_format import UNDEFINED, compact, defined, interval, percent, settled
from sensa.reports.portfolio.rows import ANSWERED, Row, counted, highest, numbers, rows, unanswered, undecided
from sensa.reports.result.ranking import short
from sensa.reports.table import Column, Table
from sensa.stories.problems import listed

if TYPE_CHECKING:
    import xarray as xr

DECIDING = {"✗": ("fail",), "?": ("undecided", "vacuous")}  # the statuses, the first that there is
MAX_NAMES = 4  # of properties that fail
MARKS = {"failed": "✗", "undecided": "?", "passed": "✓"}
MAX_ROWS = 40  # unless all are shown
MAX_FAILED = 8
MAX_LABEL_COLUMNS, MAX_PATH_COLUMNS = 40, 24
LOW, HIGH = 0.05, 0.95
HEADS = ("catastrophe", "90 % interval", "safe, if it fails", "success", "loss", "judged")
WORDS = (HEADS[1], HEADS[-1])


def render(data: "xr.Dataset", paper: Paper, exit_code: int, *, everything: bool = False) -> Iterator[str]:
    """The comparison table; with many rows, those with the highest risk. `exit_code` is not shown."""
    paper = paper.bounded()
    kept = list(rows(data, highest(data, None if everything else MAX_ROWS)))
    lines = [paper.paint(line, "head") for line in wrapped(f"{counted(data)}: how they end", paper.width)]
    if kept:
        lines += ["", *_table(data, kept, paper)]
    failed = unanswered(data)
    left = data["status"].size - failed.total() - len(kept)
    if left:
        lines += wrapped(f"and {left:,} with a lower risk (--verbose shows them)", paper.width)
    lines += _failed(failed, paper, everything=everything)
    lines += _undecided(undecided(data), paper, everything=everything)
    lines += ["", *_rest(data, paper)]
    yield "".join(f"{line.rstrip()}\n" for line in lines)


def _table(data: "xr.Dataset", kept: Sequence[Row], paper: Paper) -> Iterator[str]:
    """The rows: a story, or a value; in columns as wide as what is in them."""
    paths = numbers(data)
    heads = named_apart(list(map(short, paths)), MAX_PATH_COLUMNS)
    swept = [(head, [label(row.at[path]) for row in kept]) for head, path in zip(heads, paths, strict=True)]
    several = data.sizes["story"] > 1 or not swept
    (first, names), *others = [*([("story", [row.story for row in kept])] if several else []), *swept]
    columns = [Column(head, cells, words=True) for head, cells in others]
    decided = all(judged(row) in ("", MARKS["passed"]) for row in kept)  # then the last line says so
    for head, cells in zip(
        HEADS[: -1 if decided else None], zip(*map(_cells, kept), strict=True), strict=False
    ):
        if any(cells):
            columns.append(Column(head, cells, words=head in WORDS))
    cut = ending if several else named
    yield from Table(first, names, columns, most=MAX_LABEL_COLUMNS, whole=True, cut=cut).lines(paper)


def label(value: str | float) -> str:
    """A swept value, or the name of a variant."""
    return named(value, MAX_LABEL_COLUMNS) if isinstance(value, str) else f"{settled(value):.6g}"


def _cells(row: Row) -> tuple[str, ...]:
    risk, loss = row.quantiles.get("catastrophic", {}), row.mean["loss"]
    share = UNDEFINED if row.share is None else percent(row.share)
    return (
        row.risk,
        interval(risk.get(LOW), risk.get(HIGH)),
        share,
        percent(row.mean["success"]),
        compact(loss) if defined(loss) else "",
        judged(row),
    )


def judged(row: Row) -> str:
    """What the properties of a cell come to, and how many decide that: `✗ 1 of 4`."""
    statuses = [status for status, *_ in row.verdicts.values()]
    for mark, deciding in DECIDING.items():
        count = sum(status in deciding for status in statuses)
        if count:
            return f"{mark} {count} of {len(statuses)}"
    return MARKS.get(row.state, "") if row.state else ""


def _failed(reasons: Mapping[tuple[str, str, str], int], paper: Paper, *, everything: bool) -> Iterator[str]:
    """Those without numbers, each with its reason; cells of a story with the same reason are one line."""
    said = []
    for (story, status, message), count in reasons.items():
        reason = f"{status}: {message}" if message else status
        said.append((f"{ending(story, MAX_LABEL_COLUMNS)}: {shown(reason, 400)}", count))
    return _counted_lines("No result", said, paper, everything=everything)


def _undecided(
    reasons: Mapping[tuple[str, str, str], int], paper: Paper, *, everything: bool
) -> Iterator[str]:
    """Properties that neither pass nor fail, each with its reason."""
    said = []
    for (name, status, reason), count in reasons.items():
        said.append((f"{named(name, MAX_LABEL_COLUMNS)}: {status}: {shown(reason, 400)}", count))
    return _counted_lines("Neither pass nor fail", said, paper, everything=everything)


def _counted_lines(
    head: str, said: Sequence[tuple[str, int]], paper: Paper, *, everything: bool
) -> Iterator[str]:
    """Texts under a head, with how often each applies; nothing without any."""
    if not said:
        return
    yield ""
    yield paper.paint(head, "head")
    most = None if everything else MAX_FAILED
    for text, count in said[:most]:
        times = f" ({count:,} times)" if count > 1 else ""
        yield from wrapped(f"{text}{times}", paper.width, "    ", "  ")
    if most is not None and len(said) > most:
        yield f"  and {len(said) - most:,} more (--verbose shows them)"


def _rest(data: "xr.Dataset", paper: Paper) -> Iterator[str]:
    """How it was computed, and what this table leaves out."""
    answered = data["status"].values == ANSWERED
    ways = Counter(data["how"].values[answered].tolist())
    said = ", ".join(f"{count:,} {way}" for way, count in ways.items()) or "nothing"
    error = data["error"].sel(output="catastrophic").values[answered].max(initial=0.0)
    largest_error = f"; standard errors of the risk up to {compact(float(error))}" if error else ""
    cut = "; interrupted, the others were not run" if data.attrs["stopped"] else ""
    text = f"Computed: {said}{largest_error}; seed {data.attrs['seed']}{cut}."
    yield from wrapped(text + _judged_in_all(data), paper.width)


def _judged_in_all(data: "xr.Dataset") -> str:
    """How many cells pass all of their properties, and which fail."""
    if "state" not in data:
        return " Properties are not judged with `--means-only`: that computes thousands of values at a time."
    if "verdict" not in data:
        states = Counter(filter(None, data["state"].values.ravel().tolist()))
        said = [f"{states[state]:,} {state}" for state in MARKS if states[state]]
        return f" Properties: {', '.join(said)}." if said else ""
    verdict = data["verdict"].values.reshape(-1, data.sizes["property"])
    left, said = (verdict != "").any(axis=1), []
    for word, deciding in zip(("failed", "undecided"), DECIDING.values(), strict=True):
        found = np.isin(verdict, deciding) & left[:, None]
        if found.any():
            names = listed(data["property"].values[found.any(axis=0)].tolist(), "and", MAX_NAMES)
            said.append(f"{found.any(axis=1).sum():,} {word} ({names})")
        left &= ~found.any(axis=1)
    if left.any():
        said.append(f"{left.sum():,} passed")
    without = (data["status"].values.ravel() == ANSWERED) & (verdict == "").all(axis=1)
    if said and without.any():
        said.append(f"{without.sum():,} without")
    return f" Properties: {', '.join(said)}." if said else ""
