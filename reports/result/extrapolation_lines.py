"""What smaller models foretell: predictions, backtests, what was never seen, what to try next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensa.reports.layout import Paper, labelled, lines_of, shown
from sensa.reports.number_format import compact, defined, percent
from sensa.reports.result.answers import Answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.ranking import short
from sensa.reports.table import Column, Table

MAX_NUMBERS = 3
UNBOUNDED = "a slope without bounds"
_NAME_COLUMNS = 24

Plain = Mapping[str, Any]


def extrapolation(answers: Answers, data: Plain, paper: Paper, everything: bool) -> Iterator[str]:
    """The section of the analysis `extrapolation`; all its tables with `everything`."""
    if everything or not data["variables"]:
        yield from tables("extrapolation", data, paper, everything=everything)
        return
    found = list(predictions(data))
    if found:
        yield from _predictions(found, paper)
    for label, text in sentences(answers, data):
        yield from labelled(label, shown(text, lines_of(2, paper)), paper)


def sentences(_: Answers, data: Plain) -> Iterator[tuple[str, str]]:
    """What is said below the table, with a word on each."""
    said = (
        ("Backtest", _backtest(data)),
        ("Never seen", _never(data)),
        ("Red team", _red_team(data)),
        ("Try next", _next(data)),
        ("Note", data["note"]),
    )
    yield from ((label, text) for label, text in said if text)


@dataclass(frozen=True)
class Prediction:
    """A number at the target scale, from smaller models."""

    name: str
    mean: float
    low: float
    high: float
    decades: float  # from the largest scale tried
    doubt: list[str]  # shares of the variance by source, from 10 %, the largest first


def predictions(data: Plain) -> Iterator[Prediction]:
    """Every number that is predicted."""
    if "mean" not in data["variables"]:
        return
    sources = data["coordinates"]["source"]["values"]
    columns = (_values(data, name) for name in ("mean", "quantiles", "decades", "share"))
    for name, mean, quantiles, decades, shares in zip(_numbers(data), *columns, strict=True):
        ranked = sorted(zip(sources, shares, strict=True), key=lambda each: -(each[1] or 0))
        parts = [f"{source} {percent(share)}" for source, share in ranked if defined(share) and share >= 0.1]
        yield Prediction(name, mean, quantiles[0], quantiles[-1], decades, parts)


def _values(data: Plain, name: str) -> Any:
    found = data["variables"].get(name)
    return [] if found is None else found["values"]


def _numbers(data: Plain) -> list[str]:
    return [short(str(name)) for name in data["coordinates"]["number"]["values"]]


def _predictions(found: list[Prediction], paper: Paper) -> Iterator[str]:
    """A line for each number: predicted at the target, how far beyond, what the doubt is made of."""
    found = found[:MAX_NUMBERS]
    between = [f" {percent(one.low)} to {percent(one.high)}" for one in found]
    room = max(paper.width - 65, 12) if paper.width >= 80 else paper.width - 4
    yield from Table(
        "From smaller models",
        [one.name for one in found],
        (
            Column("predicted", [percent(one.mean) for one in found]),
            Column(" 90 % interval", between, 21, words=True),
            Column("decades", [f"{one.decades:.1f}" for one in found]),
            Column("doubt from", [_doubt(one, room) for one in found], words=True),
        ),
        least=_NAME_COLUMNS - 1,
        most=_NAME_COLUMNS - 1,
        whole=True,
    ).lines(paper)


def _doubt(one: Prediction, room: int) -> str:
    """As many of the largest shares of the doubt as fit, one at least."""
    parts = one.doubt[:]
    while len(parts) > 1 and len(", ".join(parts)) > room:
        parts.pop()
    return shown(", ".join(parts) or UNBOUNDED, room)


def _backtest(data: Plain) -> str:
    """Whether the law predicted each family's largest scale: the laws that break, then the rest together."""
    if "tests" not in data["variables"]:
        return ""
    paths, short_names = data["coordinates"]["number"]["values"], _numbers(data)
    of, surprise = _values(data, "test_number"), _values(data, "test_p")
    said, held, tests = [], 0.0, 0.0
    rows = zip(paths, short_names, _values(data, "tests"), _values(data, "covered"), strict=True)
    for (path, name, count, covered), breaks in zip(rows, _values(data, "breaks"), strict=True):
        if breaks:
            worst = min((i for i, it in enumerate(of) if it == path), key=lambda i: surprise[i])
            said.append(f"THE LAW BREAKS: {name} {_count(data, worst)}")
        else:
            held, tests = held + covered, tests + count
            if not count:
                said.append(f"{name}: too few scales to leave one out")
    if tests:
        said.append(f"{held:.0f} of {tests:.0f} counts at left-out scales are in their 90 % intervals")
    return "; ".join(said)


def _count(data: Plain, i: int) -> str:
    held, trials, low, high, scale = (
        _values(data, f"test_{name}")[i] for name in ("held", "trials", "low", "high", "scale")
    )
    whose = _values(data, "test_family")[i]
    where = f"{whose} at {scale:.3g}" if whose else f"at {scale:.3g}"
    return f"({where}: {held:g} of {trials:g}, predicted {low:g} to {high:g})"


def _never(data: Plain) -> str:
    """Numbers of which no trial held, or all did: what can still be said."""
    if "mean" not in data["variables"]:
        return ""
    rows = zip(
        _numbers(data),
        _values(data, "held"),
        _values(data, "trials"),
        _values(data, "quantiles"),
        strict=True,
    )
    return "; ".join(
        f"{name} in {held:g} of {trials:g} trials: only that it is "
        + (f"at most {percent(of[-1])} (95 %)" if held == 0 else f"at least {percent(of[0])} (95 %)")
        + " means something; its trend is the prior's"
        for name, held, trials, of in rows
        if held in (0, trials)
    )


def _red_team(data: Plain) -> str:
    if "unseen" not in data["variables"]:
        return ""
    found = _values(data, "found")
    once = sum(count == 1 for count in found)
    low, high = percent(_values(data, "unseen_low")), percent(_values(data, "unseen_high"))
    return (
        f"a mode never seen: {percent(_values(data, 'unseen'))} of trials (90 % interval {low} to {high}), "
        f"as {once} of {len(found)} modes were seen once in {_values(data, 'red_team_trials'):g} trials"
    )


def _next(data: Plain) -> str:
    """The experiment that is worth most, or narrows the risk most."""
    if "sd_after" not in data["variables"]:
        return ""
    before, after = _values(data, "sd_now"), _values(data, "sd_after")
    worth = _values(data, "worth")
    gains = worth or [now - then for now, then in zip(before, after, strict=True)]
    best = max(range(len(gains)), key=lambda i: gains[i])
    name, scale = short(_values(data, "experiment_number")[best]), _values(data, "experiment_scale")[best]
    text = f"{_values(data, 'experiment_trials'):g} trials at {scale:.3g} of {name}: the risk's standard "
    text += f"deviation by it falls from {percent(before[best])} to {percent(after[best])}"
    if worth:
        text += f"; worth {compact(worth[best])} at break-even"
    if "changes" in data["variables"]:
        limits = data["coordinates"]["limit"]["values"]
        changes = zip(limits, _values(data, "changes")[best], strict=True)
        limit, chance = max(changes, key=lambda each: each[1])
        text += f"; with {percent(chance)} the verdict on {percent(limit)} changes"
    return text
