"""Which failure modes carry the risk, in words, including the author's own placeholder."""

from collections.abc import Iterator

from sensa.reports.layout import listed, named
from sensa.reports.number_format import compact, defined
from sensa.reports.result.answers import Answers, Carrying, Number
from sensa.reports.result.ranking import means, of_kind, total

MODE_NAMES = {"unmodelled": "your own placeholder"}
MIN_SHARE = 0.005  # of the risk; smaller shares are not mentioned
MAX_EVENTS = 3
MAX_NAME_COLUMNS = 30  # columns of a name


def carrying(answers: Answers) -> Iterator[tuple[str, str]]:
    """A label and a paragraph; nothing if there is no risk to carry."""
    carried = answers.carried
    if carried is None or not total(means(answers), of_kind(answers, "catastrophic")):
        return
    modes = [(mode, part) for mode, part in carried.modes.items() if defined(part) and abs(part) >= MIN_SHARE]
    modes.sort(key=lambda row: (-abs(round(row[1], 9)), row[0]))
    parts = [
        _part(
            part,
            off(carried.modes_error.get(mode)),
            f"{MODE_NAMES.get(mode, mode)} ({_named(carried, mode)})",
        )
        for mode, part in modes
    ]
    if defined(carried.rest) and carried.rest >= MIN_SHARE:
        if not parts and carried.rest > 1.0 - MIN_SHARE:
            yield "Carried by", "no failure mode: all of it comes about without an event that states one"
            return
        part = f"{share(carried.rest)}{off(carried.rest_error)}"
        parts.append(f"{part} without any event that states a failure mode")
    if not parts:
        return
    text = "; ".join(parts)
    if sum(part for _, part in modes) + (carried.rest or 0.0) > 1.0 + MIN_SHARE:
        text += "; shares overlap"
    yield "Carried by", text


def _part(part: float, error: str, mode: str) -> str:
    if part < 0:
        return f"without {mode} the risk would be {share(-part)}{error} higher"
    return f"{share(part)}{error} {mode}"


def share(part: Number) -> str:
    """A share of the risk in whole percent."""
    if not defined(part):
        return "-"
    return f"{100 * part:.0f} %" if part >= MIN_SHARE or part < 0 else "<1 %"


def off(error: Number) -> str:
    """The standard error of a share in points, if it can change whole percents."""
    return f" ±{compact(100 * error, 1)}" if defined(error) and error >= MIN_SHARE / 10 else ""


def _named(carried: Carrying, mode: str) -> str:
    """The events of a mode, with their own shares if there are several."""
    names = list(carried.members[mode])
    if len(names) == 1:
        return named(names[0], MAX_NAME_COLUMNS)
    own = carried.events
    names.sort(key=lambda name: (-(own.get(name) or 0.0), name))
    events = [
        f"{named(name, MAX_NAME_COLUMNS)} {share(own[name])}"
        if name in own
        else named(name, MAX_NAME_COLUMNS)
        for name in names[:MAX_EVENTS]
    ]
    more = [f"{len(names) - MAX_EVENTS} more"] if len(names) > MAX_EVENTS else []
    return listed([*events, *more])
