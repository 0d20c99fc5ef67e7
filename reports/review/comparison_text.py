"""Compare two versions of a story on a terminal: what moved, what moved it, the verdicts on both."""

from collections.abc import Iterator, Sequence
from math import isnan

from sensa.comparing.changes import Apart, Change, Comparison, Effect, Moved, MovedLoss, Telling
from sensa.kernels import ties
from sensa.kernels.ties import PROBABILITY_ROUNDING, falling
from sensa.properties.verdicts import Judgement
from sensa.reports.layout import MARKS, NARROW, SCROLL, Paper, columns, left, named, shown, wrapped
from sensa.reports.number_format import UNSEEN, compact, settled, side_by_side
from sensa.reports.review import verdict_lines as judged
from sensa.reports.table import Column, Table
from sensa.reviewing.review import Review
from sensa.stories.problems import Problem, cut, escaped

MAX_COLUMNS = 100
NAME_COLUMNS = 32
MAX_ROWS = 30
MAX_WORDS = 12
MAX_VALUE_COLUMNS = 44  # columns of a value
MAX_TELLING = 5
ROUNDING = 1e-12  # relative to the probabilities; smaller differences are none
MIN_BITS = 1e-9
INDENT = " " * 12


def render(review: Review, paper: Paper = SCROLL) -> str:
    """Render the comparison of a review and its verdicts; its errors if there is none.

    Of the warnings, those of what was lost, or is not as signed or counted; all if they alone fail it.
    """
    lines = [str(problem) for problem in review.problems if problem.severity == "error"]
    lines += [judged.warning(problem) for problem in review.serious or _failing(review)]
    lines += [f"note: {judged.shown(words, 400)}" for words in review.notes]
    if review.message:
        lines.append(f"{escaped(review.file)}: {cut(escaped(review.message), 400)}")
    lines = [part for line in lines for part in judged.wrapped(line, paper.width)]
    if review.comparison is not None:
        lines += compared(review.comparison, review.file, review.judgement, review.before, paper)
    return "".join(f"{line}\n" for line in lines)


def _failing(review: Review) -> Iterator[Problem]:
    """The warnings of a review that fails by nothing else."""
    verdicts = review.judgement.verdicts
    if review.state == "failed" and not any(verdict.status == "fail" for verdict in verdicts):
        yield from (problem for problem in review.problems if problem.severity == "warning")


def compared(
    comparison: Comparison,
    file: str,
    now: Judgement | None = None,
    before: Judgement | None = None,
    paper: Paper = SCROLL,
) -> Iterator[str]:
    """What changed and what that moved; below it the verdicts on both versions."""
    yield from wrapped(f"{escaped(file)} against {escaped(comparison.base)}", paper.width)
    if not comparison.changes:
        yield from wrapped("No difference: no value of the story has changed.", paper.width)
    else:
        room = min(paper.width, MAX_COLUMNS)
        yield from _outcomes(comparison, room)
        yield from _changes(comparison, room)
        if comparison.apart is not None:
            yield from _apart(comparison.apart, room)
    if now is not None and now.verdicts:
        yield ""
        yield "Properties"
        for line in _statuses(now, before):
            yield from judged.wrapped(line, paper.width)
        for verdict in now.verdicts:
            if verdict.status in ("fail", "undecided"):
                yield ""
                for line in judged.of_verdict(verdict, file):
                    yield from judged.wrapped(line, paper.width)


def _outcomes(comparison: Comparison, width: int) -> Iterator[str]:
    rows = [(f"{MARKS.get(one.kind, ' ')} {one.outcome}", *probabilities(one)) for one in comparison.outcomes]
    if comparison.loss is not None:
        rows.append(("expected loss", *losses(comparison.loss)))
    columns = (
        Column("before", [was for _, was, *_ in rows], 11),
        Column("now", [now for _, _, now, *_ in rows], 11),
        Column("change", [f"{by}{error}" for *_, by, error in rows], 15),
    )
    yield ""
    names = [name for name, *_ in rows]
    yield from Table(
        "Outcome", names, columns, least=NAME_COLUMNS, most=NAME_COLUMNS, whole=True, gap=" "
    ).lines(Paper(width))


def _changes(comparison: Comparison, width: int) -> Iterator[str]:
    leading = [one for one in comparison.changes if not one.silent and one.told_with is None]
    leading = most_moving(leading)
    if leading:
        how = {"exact": "", "sampled": " (shares are sampled)", "none": ""}[comparison.attribution]
        yield ""
        moved = ", and what that moved" if comparison.attribution != "none" else ""
        yield from wrapped(f"What changed{moved}{how}", width)
        for change in leading[:MAX_ROWS]:
            yield from _change(change, comparison, width)
        if len(leading) > MAX_ROWS:
            yield f"  and {len(leading) - MAX_ROWS} more"
    else:
        yield ""
        yield from wrapped("Nothing that affects a number has changed.", width)
    words = [change for change in comparison.changes if change.silent]
    if words:
        yield ""
        yield "Wording only"
        room = min(MAX_COLUMNS - 30, width - len(INDENT) - len(" changed"))
        for change in words[:MAX_WORDS]:
            if change.signing:
                yield from _written(change, width)
                continue
            yield from _keyed(change, f"{named(change.path, room)} {change.what}", width)
        if len(words) > MAX_WORDS:
            yield f"  and {len(words) - MAX_WORDS} more"
    if comparison.note:
        yield ""
        yield from wrapped(f"Note: {escaped(comparison.note)}.", width)


def _change(change: Change, comparison: Comparison, width: int) -> Iterator[str]:
    together = [one for one in comparison.changes if one.told_with == change.path and not one.silent]
    yield from _written(change, width)
    for one in together[:MAX_ROWS]:
        yield from _written(one, width, "together with ")
    if len(together) > MAX_ROWS:
        yield f"{_indent(width)}together with {len(together) - MAX_ROWS} more"
    if change.effects:
        indent = _indent(width)
        yield from wrapped(_moved(change.effects), width, f"{indent}  ", f"{indent}moves ")


def _written(change: Change, width: int, before: str = "") -> Iterator[str]:
    """A key and its new value; on two lines if one is too short."""
    was, now = (shown(text, MAX_VALUE_COLUMNS) for text in (change.before or "", change.after or ""))
    said = {"added": f"added {now}", "removed": f"removed {was}", "changed": f"{was} → {now}"}[change.what]
    room = width - len(_indent(width))
    key = f"{before}{named(change.path, room if width < NARROW else room - len(before))}"
    if columns(key) + 2 + columns(said) <= room:
        yield from _keyed(change, f"{key}: {said}", width)
    else:
        yield from _keyed(change, key, width)
        indent = f"{_indent(width)}  "
        yield from wrapped(said, width, indent, indent)


def _keyed(change: Change, words: str, width: int) -> Iterator[str]:
    """Words beside a change's line, or below it where the paper is narrow."""
    line, indent = f"  {_line(change)}", _indent(width)
    if width >= NARROW:
        yield line + words
        return
    yield from [line.rstrip()] * bool(line.strip())
    yield from wrapped(words, width, indent, indent)


def _indent(width: int) -> str:
    """What stands before the words on a change."""
    return INDENT if width >= NARROW else INDENT[:4]


def _line(change: Change) -> str:
    """Its line; for what was removed, its former line."""
    if change.place is None:
        return left("", 10)
    return left(f"{'was ' if change.what == 'removed' else 'line '}{change.place.line}", 10)


def _apart(apart: Apart, width: int) -> Iterator[str]:
    """The facts that would tell most of who is right, and how far apart the two are."""
    found = telling(apart)
    yield ""
    if found:
        columns = (
            Column("before", [_percent(one.before) if one.before is not None else "" for one in found], 9),
            Column("now", [_percent(one.after) if one.after is not None else "" for one in found], 9),
            Column("tells, bits", [compact(one.tells) for one in found], 12),
            Column("closes", [compact(settled(one.closes)) for one in found], 9),
        )
        names = [escaped(one.fact) for one in found]
        head = "Would tell who is right"
        yield from Table(head, names, columns, least=NAME_COLUMNS, most=NAME_COLUMNS, whole=True).lines(
            Paper(width)
        )
    yield from wrapped(how_far_apart(apart), width)


def telling(apart: Apart, most: int = MAX_TELLING) -> list[Telling]:
    """The facts that tell most of which story is right; those that tell nothing are left out."""
    bits = [one.tells if one.tells > MIN_BITS else 0.0 for one in apart.facts]
    return [apart.facts[i] for i in ties.largest(bits, most) if bits[i]]


def how_far_apart(apart: Apart) -> str:
    """A sentence for below the facts."""
    if max(apart.catastrophic, apart.failing, *(one.tells for one in apart.facts), 0.0) <= MIN_BITS:
        return "Both say the same of every fact that they share: none would tell who is right."
    parts = [
        f"{compact(bits)} bits apart on {question}"
        for bits, question in ((apart.catastrophic, "a catastrophe"), (apart.failing, "failing"))
        if bits > MIN_BITS
    ]
    return f"They are {' and '.join(parts)}." if parts else "Their forecasts of how it ends are the same."


def _moved(effects: Sequence[Effect]) -> str:
    parts = [
        f"{escaped(effect.outcome)}\xa0{points(effect.share)}{give_or_take(effect.error)}".replace(
            " ", "\xa0"
        )
        for effect in largest(effects)
    ]
    return ", ".join(parts) or nothing(effects)


def _statuses(now: Judgement, before: Judgement | None) -> Iterator[str]:
    was = {} if before is None else {verdict.name: verdict.status for verdict in before.verdicts}
    for verdict in now.verdicts:
        earlier = was.get(verdict.name, "not there") if before is not None else ""
        changed = earlier not in ("", "inactive", verdict.status)
        change = f" (was: {earlier})" if changed else ""
        yield f"  {judged.MARKS[verdict.status]} {verdict.status:<9} {judged.shown(verdict.name)}{change}"


def most_moving(changes: Sequence[Change]) -> list[Change]:
    """Sort changes by their largest effect; ties keep their order, and changes without effects come last."""
    most = [
        max((abs(effect.share) for effect in change.effects if not isnan(effect.share)), default=-1.0)
        for change in changes
    ]
    places = falling(most, absolute=PROBABILITY_ROUNDING)
    return [changes[i] for i in sorted(range(len(changes)), key=places.__getitem__)]


def largest(effects: Sequence[Effect]) -> list[Effect]:
    """Effects by size, without those of 0, and last those that are not seen; ties keep their order."""
    there = [effect for effect in effects if effect.share != 0]
    places = falling([abs(effect.share) for effect in there], absolute=PROBABILITY_ROUNDING)
    return [there[i] for i in sorted(range(len(there)), key=places.__getitem__)]


def nothing(effects: Sequence[Effect]) -> str:
    """What a change without effects moves."""
    return "nothing that worlds show" if any(effect.error > 0 for effect in effects) else "nothing"


def points(share: float) -> str:
    """A difference of probabilities in percentage points."""
    if isnan(share):
        return UNSEEN
    return "no change" if share == 0 else f"{settled(100 * share):+.3g} pts"


def give_or_take(error: float) -> str:
    """Half of a 95 % interval, in percentage points; empty if it is exact or unknown."""
    return f" ± {196 * error:.1g}" if error > 0 else ""


def difference(one: Moved) -> float | None:
    """By how much an outcome moved: 0 by rounding, NaN if neither is seen, None if only one story has it.

    What only one of the two stories shows moved by nearly all of that.
    """
    if one.before is None or one.after is None:
        return None
    if isnan(one.before) and isnan(one.after):
        return one.after
    was, now = (0.0 if isnan(value) else value for value in (one.before, one.after))
    return now - was if abs(now - was) > ROUNDING * max(abs(was), abs(now)) else 0.0


def probabilities(one: Moved) -> tuple[str, str, str, str]:
    """An outcome's probability before and now, its change, and half of a 95 % interval if it is sampled."""
    by = difference(one)
    if by is None:
        return _percent(one.before), _percent(one.after), "new" if one.before is None else "gone", ""
    if one.before is None or one.after is None or isnan(one.before + one.after):
        was, now = _percent(one.before), _percent(one.after)
    else:
        was, now = side_by_side(one.before, one.after)
    return was, now, points(by), give_or_take(one.error)


def losses(loss: MovedLoss) -> tuple[str, str, str, str]:
    """The expected loss before and now, its change, and half of a 95 % interval if it is sampled."""
    if loss.change is None:
        by = "new" if loss.before is None else "gone"
    elif loss.change == 0:
        by = "no change"
    else:
        by = f"{'+' if loss.change > 0 else '-'}{compact(abs(loss.change), 3)}"
    was, now = _loss(loss.before, loss.before_error), _loss(loss.after, loss.after_error)
    return was, now, by, f" ± {1.96 * loss.error:.1g}" if loss.error else ""


def _loss(value: float | None, error: float) -> str:
    if value is None:
        return "none"
    return compact(value, 3) + (f" ± {1.96 * error:.1g}" if error else "")


def _percent(value: float | None) -> str:
    if value is None:
        return "none"
    return UNSEEN if isnan(value) else f"{settled(100 * value):.3g} %"
