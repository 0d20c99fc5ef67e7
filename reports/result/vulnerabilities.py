"""What breaks a plan, in words: single points of failure, the smallest sets, and tipping points."""

import math
from collections.abc import Iterator

from sensa.kernels.ties import ranks
from sensa.reports.layout import listed, named
from sensa.reports.number_format import defined, percent
from sensa.reports.result.answers import Answers, Crossing, ViolationSets

ASIDE = "unmodelled events aside"
MAX_NAMES = 3
MAX_TIPPING = 2
MIN_LIMIT_RATIO = 1.001  # times the risk; limits closer to it are not ahead
MAX_NAME_COLUMNS = 34  # columns of a name


def breaking(answers: Answers) -> Iterator[tuple[str, str]]:
    """Labels and paragraphs; nothing if the analyses were not run."""
    parts = list(_alone(answers))
    if parts:
        yield "Breaks", "; ".join(parts)
    crossings = nearest(answers)
    if crossings:
        risk, limit = percent(answers.risk), percent(crossings[0].limit)
        where = [
            f"{named(one.assumption, MAX_NAME_COLUMNS)} "
            f"{'falls' if one.credence < (one.now or 0.0) else 'rises'} "
            f"from {percent(one.now)} to {percent(one.credence)}"
            for one in crossings[:MAX_TIPPING]
        ]
        whose = f"its own limit of {limit}" if crossings[0].own else limit
        yield "Tips", f"the catastrophic risk ({risk}) reaches {whose} where {', or where '.join(where)}"


def _alone(answers: Answers) -> Iterator[str]:
    """What a single violation suffices for; if it suffices for nothing, the smallest sets."""
    catastrophic, failure = answers.minimal.get("catastrophic"), answers.minimal.get("failure")
    if catastrophic is not None:
        yield from _possible(catastrophic["possible"])
    if failure is not None:
        names = alone(failure["certain"])
        if names:
            yield f"violating {_one_of(names)} makes failing certain"


def _possible(found: ViolationSets) -> Iterator[str]:
    if not found.sets:
        if found.count == 0:
            yield f"no violation makes a catastrophe possible, {ASIDE}"
        return
    names = alone(found)
    if any(not members for members in found.sets):
        yield "a catastrophe is possible even if every assumption holds"
    elif names:
        yield f"a catastrophe needs only {_one_of(names)} violated, {ASIDE}"
    else:
        smallest = min(found.sets, key=len)
        most = "at most " if found.count is None or len(found.sets) < found.count else ""
        many = f"{most}{len(smallest)} violations"
        yield f"a catastrophe needs {many}, unmodelled aside: {_names(smallest)}"


def alone(found: ViolationSets) -> list[str]:
    """Single points of failure: the listed sets of one, the likeliest first, then the others."""
    listed_alone = [members[0] for members in found.sets if len(members) == 1]
    return [*listed_alone, *(name for name in found.single if name not in listed_alone)]


def _one_of(names: list[str]) -> str:
    return _names(names) if len(names) == 1 else f"one of {_names(names)}"


def _names(names: "list[str] | tuple[str, ...]") -> str:
    more = [f"{len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    return listed([*(named(name, MAX_NAME_COLUMNS) for name in names[:MAX_NAMES]), *more])


def nearest(answers: Answers) -> list[Crossing]:
    """The crossings of a limit that the story sets, else of the next above the risk; the smallest move first.

    Moves are measured in log-odds. Of several limits that the story sets, the one nearest to the risk counts.
    """
    risk = answers.risk
    if not defined(risk):
        return []
    apart = [one for one in answers.tipping if one.limit != risk and defined(one.now)]
    beyond = [one for one in apart if one.own] or [one for one in apart if one.limit > MIN_LIMIT_RATIO * risk]
    if not beyond:
        return []
    limit = min((one.limit for one in beyond), key=lambda limit: abs(math.log(limit / max(risk, 1e-300))))
    here = [one for one in beyond if one.limit == limit]
    far = ranks([_far(one) for one in here])
    return [here[i] for i in sorted(range(len(here)), key=lambda i: (far[i], here[i].assumption))]


def _far(one: Crossing) -> float:
    return abs(_logit(one.credence) - _logit(one.now or 0.0))


def _logit(p: float) -> float:
    return math.log(max(p, 1e-300) / max(1.0 - p, 1e-300))
