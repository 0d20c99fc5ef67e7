"""Two versions of a story for a terminal: what moved, what moved it, and the verdicts before and after."""

from collections.abc import Iterator

from sensa.comparing.changes import Change, Comparison
from sensa.properties.verdicts import Judgement
from sensa.reports import judged
from sensa.reviewing import Review
from sensa.stories.problems import cut, escaped

NAME = 30
MOST = 30
LONGEST = 60


def render(review: Review) -> str:
    """The comparison that a review has, and its verdicts."""
    lines: list[str] = []
    if review.comparison is not None:
        lines += _compared(review.comparison, review.file)
    if review.judgement.verdicts:
        lines += ["", "Properties", *_statuses(review.judgement, review.before)]
        for verdict in review.judgement.verdicts:
            if verdict.status in ("fail", "undecided"):
                lines += ["", *judged.of_verdict(verdict, review.file)]
    return "".join(f"{line}\n" for line in lines)


def _compared(comparison: Comparison, file: str) -> Iterator[str]:
    yield f"{escaped(file)} against {escaped(comparison.base)}"
    if not comparison.changes:
        yield "nothing has changed"
        return
    yield ""
    yield f"{'outcome':<{NAME}}{'before':>10}{'now':>10}{'change':>14}"
    for one in comparison.outcomes:
        by = ""
        if one.before is not None and one.after is not None:
            by = f"{100 * (one.after - one.before):+.3g} pts"
            by += f" ± {196 * one.error:.1g}" if one.error else ""
        yield f"{_name(one.outcome, NAME)}{_percent(one.before):>10}{_percent(one.after):>10}{by:>14}"
    moving = [change for change in comparison.changes if not change.silent]
    if moving:
        yield ""
        how = {"exact": "", "sampled": ", shares sampled", "none": ""}[comparison.attribution]
        yield f"What changed, and what it moved{how}"
    for change in moving[:MOST]:
        yield from _changed(change)
    if len(moving) > MOST:
        yield f"  and {len(moving) - MOST} more"
    if comparison.note:
        yield f"  ({judged.shown(comparison.note)})"
    silent = [change for change in comparison.changes if change.silent]
    if silent:
        yield ""
        paths = ", ".join(escaped(change.path) for change in silent[:6])
        yield f"Words alone: {paths}" + (f" and {len(silent) - 6} more" if len(silent) > 6 else "")


def _changed(change: Change) -> Iterator[str]:
    line = f"line {change.place.line}" if change.place is not None else ""
    if change.what == "changed":
        values = f"{cut(escaped(change.before or ''), LONGEST)} → {cut(escaped(change.after or ''), LONGEST)}"
    else:
        values = change.what
    yield f"  {escaped(change.path)} ({line}): {values}"
    if change.told_with is not None:
        yield f"      told with {escaped(change.told_with)}: they make no story apart"
    effects = [effect for effect in change.effects if abs(effect.share) > 1e-9]
    if effects:
        told = [
            f"{escaped(effect.outcome)} {100 * effect.share:+.3g} pts"
            + (f" ± {196 * effect.error:.1g}" if effect.error else "")
            for effect in sorted(effects, key=lambda effect: -abs(effect.share))[:4]
        ]
        yield f"      moves {', '.join(told)}"


def _statuses(now: Judgement, before: Judgement | None) -> Iterator[str]:
    was = {} if before is None else {verdict.name: verdict.status for verdict in before.verdicts}
    for verdict in now.verdicts:
        earlier = was.get(verdict.name, "not there") if before is not None else ""
        change = f" (was: {earlier})" if earlier and earlier != verdict.status else ""
        yield f"  {judged.MARKS[verdict.status]} {verdict.status:<9} {judged.shown(verdict.name)}{change}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.3g} %"


def _name(name: str, width: int) -> str:
    return cut(escaped(name), width - 1).ljust(width)
