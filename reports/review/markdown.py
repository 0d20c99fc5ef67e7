"""Reviews as one Markdown comment for a pull request, always under 60,000 characters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import TypeVar

from sensa.comparing.changes import Change, Comparison, Moved, MovedLoss, Telling
from sensa.kernels.ties import falling
from sensa.properties.verdicts import Counterexample, Move, Verdict, WaiverUse
from sensa.reports.file_paths import here
from sensa.reports.layout import bar
from sensa.reports.markdown_escape import Block, code, fitted, text
from sensa.reports.number_format import NOT_ESTIMATED, UNSEEN, between, defined, settled, times
from sensa.reports.review import verdict_lines as judged
from sensa.reports.review.comparison_text import (
    MIN_SHARE,
    how_far_apart,
    largest,
    losses,
    most_moving,
    points,
    telling,
)
from sensa.reports.review.json import WORST
from sensa.reviewing.review import LOST, Ending, Review, Violated
from sensa.stories.problems import Problem

MAX_NAMED = 5
MAX_PASSING = 3  # properties that pass; more are folded
MAX_MOVING = 8  # changes that are not folded
MAX_VIOLATED = 5
MIN_GROWTH = 0.05  # of the risk; violations that add less are left out
BAR_COLUMNS = 20
MAX_STEPS = 20
WORDS = {
    "passed": "✓ passes",
    "failed": "✗ fails",
    "undecided": "? is undecided",
    "wrong": "✗ cannot be judged",
    "error": "✗ could not be judged: internal error of sensa",
    "interrupted": "? was interrupted",
}
_FOLDED = "\n</details>\n"
T = TypeVar("T")


def render(reviews: Sequence[Review]) -> str:
    """Render the comment, the worst story first; it says what is left out for length."""
    ordered = sorted(here(reviews), key=lambda one: WORST.index(one.exit_code))
    blocks = [] if len(reviews) == 1 else [_overview(ordered)]
    noted = list(dict.fromkeys(words for one in ordered for words in one.notes))
    if noted:
        blocks.append(_listed(0, "Judged with", noted, lambda words: text(words, 400)))
    for number, review in enumerate(ordered):
        if len(reviews) == 1 or review.exit_code or _has_news(review):
            blocks += [replace(block, story=number) for block in _of(review)]
    return fitted(blocks)


def _has_news(review: Review) -> bool:
    """Whether a story that passes has anything to report."""
    moved = review.comparison is not None and bool(review.comparison.changes)
    lost = any(problem.code in LOST for problem in review.problems)
    return moved or lost or bool(review.judgement.waivers or review.message)


def _overview(reviews: Sequence[Review]) -> Block:
    counted = [review for review in reviews if review.exit_code or _removed(review) is None]
    well = sum(review.exit_code == 0 for review in counted)
    mark = "✓" if well == len(counted) else "✗"
    table = _table(0, ("verdict", "story", "properties"), reviews, _story)
    return replace(table, head=f"\n## {mark} {well} of {len(counted)} stories pass\n{table.head}")


def _story(review: Review) -> str:
    return f"| {standing(review)} | {code(review.file)} | {judged.counts(review.judgement)} |"


def standing(review: Review) -> str:
    """`✓ passes`: the verdict on a story; one that is no longer checked does not count as passing."""
    unchecked = _removed(review) is not None and not review.exit_code
    return "– is no longer checked" if unchecked else WORDS[review.state]


def _removed(review: Review) -> Problem | None:
    return next((problem for problem in review.problems if problem.code == "story-removed"), None)


def _of(review: Review) -> Iterator[Block]:
    name = text(review.title) or code(review.file)
    yield Block(0, f"\n## {name}: {standing(review)}\n\n{_sentence(review)}\n")
    errors = [problem for problem in review.problems if problem.severity == "error"]
    if errors:
        yield _listed(1, "Errors", errors, _problem)
    if review.comparison is not None and review.comparison.outcomes:
        yield _before_and_after(review.comparison)
    elif review.endings:
        header = ("outcome", "kind", "probability", "90 % interval", "")
        yield _table(2, header, review.endings, _ending)
    yield from _violations(review)
    if review.judgement.verdicts:
        yield from _properties(review)
    if review.comparison is not None:
        yield from _cause(review.comparison)
        yield from _apart(review.comparison)
    for verdict in review.judgement.verdicts:
        if verdict.status == "fail" and verdict.nearest is not None:
            yield _counterexample(verdict, verdict.nearest, review.file)
    shown = [use for verdict in review.judgement.verdicts for use in verdict.waivers]
    waivers = [*shown, *judged.elsewhere(review.judgement)]
    yield from _waivers(waivers)
    yield from _folded(review)


def _sentence(review: Review) -> str:
    """The verdict in one sentence, and what moved it most."""
    if review.message:
        return f"{text(review.message.rstrip('.'), 400)}."
    errors = sum(problem.severity == "error" for problem in review.problems)
    if errors:
        return f"{errors} {'error' if errors == 1 else 'errors'} in the story; nothing was computed."
    removed = _removed(review)
    if removed is not None:
        return f"{text(removed.message, 400)}."
    verdicts = review.judgement.verdicts
    if not verdicts:
        return (
            "No property is stated, and no problem was found." if not review.exit_code else "Warnings count."
        )
    said = f"Of {len(verdicts)} {'property' if len(verdicts) == 1 else 'properties'}: "
    said += judged.counts(review.judgement)
    failing = [code(verdict.name) for verdict in verdicts if verdict.status == "fail"]
    if failing:
        more = f" and {len(failing) - MAX_NAMED} more" if len(failing) > MAX_NAMED else ""
        said += f" ({', '.join(failing[:MAX_NAMED])}{more})"
    cause = None if review.comparison is None else _first_cause(review.comparison)
    return f"{said}.{cause or ''}"


def _first_cause(comparison: Comparison) -> str:
    """The change that moved the catastrophic risk most, if any did."""
    bad = {one.outcome for one in comparison.outcomes if one.kind == "catastrophic"}
    moving = [(e, c) for c in comparison.changes for e in c.effects if e.outcome in bad and _visible(e.share)]
    if not moving:
        return ""
    effect, change = moving[falling([abs(effect.share) for effect, _ in moving]).index(0)]
    by = f"{code(change.path)}{_line(change)}"
    return f" {code(effect.outcome)} was moved most by {by}: {points(effect.share)}."


def _before_and_after(comparison: Comparison) -> Block:
    header = ("outcome", "kind", text(comparison.base, 60), "now", "change", "")
    rows: list[Moved | MovedLoss] = list(comparison.outcomes)
    if comparison.loss is not None:
        rows.append(comparison.loss)
    return _table(2, header, rows, _outcome)


def _outcome(one: Moved | MovedLoss) -> str:
    if isinstance(one, MovedLoss):
        was, now, by, error = losses(one)
        return f"| expected loss | | {was} | {now} | {by}{error} | |"
    values = f"{_maybe(one.before)} | {_maybe(one.after)} | {_change(one.before, one.after, one.error)}"
    return f"| {code(one.outcome)} | {text(one.kind)} | {values} | {_moving_bar(one)} |"


def _moving_bar(one: Moved) -> str:
    """Full up to the smaller of both, then dense what was added, or light what has gone."""
    was, now = one.before or 0.0, one.after or 0.0
    return _bar(min(was, now), now, max(was, now))


def _bar(low: float, mean: float, high: float) -> str:
    """A small chart in text; nothing where a number is not finite."""
    return bar(low, mean, high, BAR_COLUMNS) if all(map(isfinite, (low, mean, high))) else ""


def _ending(one: Ending) -> str:
    ends = between(_p(one.low), _p(one.high)) if defined(one.low) and defined(one.high) else NOT_ESTIMATED
    drawn = _bar(one.low, one.mean, one.high)
    return f"| {code(one.outcome)} | {text(one.kind)} | {_p(one.mean)} | {ends} | {drawn} |"


def _violations(review: Review) -> Iterator[Block]:
    """The violations that make a catastrophe likelier, the worst first."""
    worse = [one for one in review.violated if one.change > MIN_GROWTH * (one.risk - one.change)]
    rank = falling([one.risk for one in worse])
    first = [worse[i] for i in sorted(range(len(worse)), key=rank.__getitem__)][:MAX_VIOLATED]
    if first:
        most = max(first[0].risk, 1e-300)

        def row(one: Violated) -> str:
            by = times(one.risk, one.risk - one.change)
            return f"| {code(one.assumption)} | {_p(one.risk)} | {by} | {_bar(*[one.risk / most] * 3)} |"

        yield _table(2, ("if violated", "catastrophic", "change", ""), first, row)
    unseen = [code(one.assumption) for one in review.violated if not defined(one.change)]
    if unseen:
        more = [f"{len(unseen) - MAX_VIOLATED} more"] if len(unseen) > MAX_VIOLATED else []
        named = ", ".join([*unseen[:MAX_VIOLATED], *more])
        yield Block(
            2, f"\nNo sampled world met a catastrophe, so what a violation does is {UNSEEN}: {named}.\n"
        )


def _properties(review: Review) -> Iterator[Block]:
    """The verdicts; many that pass, and did before, are folded."""
    earlier = judged.was(review.judgement, review.before)
    write = partial(_verdict, earlier=earlier)
    header = ("verdict", "property", "requires", "found")
    verdicts = review.judgement.verdicts
    quiet = [one for one in verdicts if one.status == "pass" and one.name not in earlier]
    if len(quiet) <= MAX_PASSING:
        yield _table(1, header, verdicts, write)
        return
    loud = [one for one in verdicts if one not in quiet]
    if loud:
        yield _table(1, header, loud, write)
    table = _table(3, header, quiet, write)
    title = _counted(len(quiet), "property passes", "properties pass")
    yield replace(table, head=f"{_summary(title)}{table.head}", tail=_FOLDED)


def _waivers(waivers: Sequence[WaiverUse]) -> Iterator[Block]:
    """Waivers that no longer hold; those in force are folded."""

    def write(use: WaiverUse) -> str:
        return text(judged.waiver(use), 400)

    over = [use for use in waivers if use.standing in ("exceeded", "lapsed")]
    rest = [use for use in waivers if use not in over]
    if over:
        yield _listed(3, "Waivers", over, write)
    if rest:
        yield _fold(3, _counted(len(rest), "waiver in force", "waivers in force"), rest, write)


def _verdict(verdict: Verdict, earlier: Mapping[str, str]) -> str:
    was = f" (was {earlier[verdict.name]})" if verdict.name in earlier else ""
    how = judged.at(verdict)
    required = code(verdict.require) + " " * how.startswith(" ") + text(how)
    found = text(judged.sentence(verdict), 300)
    status = f"{judged.MARKS[verdict.status]} {verdict.status}{was}"
    return f"| {status} | {code(verdict.name)} | {required} | {found} |"


def _cause(comparison: Comparison) -> Iterator[Block]:
    moving = most_moving([change for change in comparison.changes if not change.silent])
    if not moving:
        yield Block(4, "\nNothing that affects a number has changed.\n")
        return
    title = {
        "exact": "What moved it",
        "sampled": "What moved it (shares are sampled)",
        "none": "What changed",
    }[comparison.attribution]
    note = f"\n{text(comparison.note.rstrip('.'), 400)}.\n" if comparison.note else ""
    yield _listed(2, title, moving[:MAX_MOVING], _changed, note)
    more = moving[MAX_MOVING:]
    if more:
        yield _fold(4, _counted(len(more), "more change", "more changes"), more, _changed)


def _apart(comparison: Comparison) -> Iterator[Block]:
    """The facts that would tell which version is right, where that was asked for."""
    if comparison.apart is None:
        return
    found = telling(comparison.apart)
    if found:
        header = ("would tell who is right", text(comparison.base, 60), "now", "tells, bits", "closes")
        yield _table(4, header, found, _telling)
    yield Block(4, f"\n{how_far_apart(comparison.apart)}\n")


def _telling(one: Telling) -> str:
    before, after = ("" if p is None else _p(p) for p in (one.before, one.after))
    bits = f"{judged.number(one.tells)} | {judged.number(settled(one.closes))}"
    return f"| {code(one.fact)} | {before} | {after} | {bits} |"


def _changed(change: Change) -> str:
    was, now = code(change.before or "", 60), code(change.after or "", 60)
    said = {"added": f"added {now}", "removed": f"removed {was}", "changed": f"{was} → {now}"}[change.what]
    effects = largest([e for e in change.effects if _visible(e.share)])
    moved = ", ".join(f"{code(e.outcome)} {points(e.share)}{_error(e.error)}" for e in effects[:3])
    if change.told_with is not None:
        moved = f"together with {code(change.told_with)}"
    elif moved:
        moved = f"moves {moved}"
    return f"{code(change.path)}{_line(change)}: {said}" + (f"; {moved}" if moved else "")


def _counterexample(verdict: Verdict, case: Counterexample, file: str) -> Block:
    """What breaks a property, what fixes it, and how to replay it."""
    worst = None if verdict.worst is None or verdict.worst.name == case.name else verdict.worst
    command = judged.replay(verdict, case, file)
    extras = (case.path, case.fix, worst, command)
    claim = f": {text(verdict.claim)}" if verdict.claim else ""
    return Block(
        2,
        f"\n**✗ {code(verdict.name)}**{claim}\n\n",
        lambda: (f"- {line}" for line in _case_lines(verdict, case, worst, command)),
        1 + len(case.parts) + sum(map(bool, extras)),
        more="- and % more",
    )


def _case_lines(
    verdict: Verdict, case: Counterexample, worst: Counterexample | None, command: str
) -> Iterator[str]:
    yield f"nearest case {code(case.name)}: {_case(case)}, {text(judged.sides(verdict, case))}"
    for part in case.parts:
        yield f"without {code(part.name)} {judged.rest(part)}"
    if case.path:
        yield " → ".join(code(name) for name in case.path[:MAX_STEPS]) + (
            f" → {len(case.path) - MAX_STEPS} more" if len(case.path) > MAX_STEPS else ""
        )
    if case.fix is not None:
        yield f"**fixed by:** {_moved(case.fix)}"
    if worst is not None:
        yield f"worst case {code(worst.name)}: {_case(worst)}, {text(judged.sides(verdict, worst))}"
    if command:
        yield f"replay: {code(command, 400)}"


def _case(case: Counterexample) -> str:
    said = []
    if case.violated:
        said.append(f"{_names(case.violated)} violated")
    if case.omitted:
        said.append(f"{_names(case.omitted)} left out")
    said += [_moved(move) for move in case.moves[:3]]
    if len(case.moves) > 3:
        said.append(f"{len(case.moves) - 3} more numbers moved")
    return ", ".join(said) or "the story as it is"


def _names(names: Sequence[str]) -> str:
    shown = [code(name) for name in names[:MAX_NAMED]]
    return " and ".join(shown) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")


def _moved(move: Move) -> str:
    return f"{code(move.parameter)} from {judged.number(move.stated)} to {judged.number(move.to)}"


def _folded(review: Review) -> Iterator[Block]:
    warnings = [problem for problem in review.problems if problem.severity == "warning"]
    if warnings:
        yield _fold(5, _counted(len(warnings), "warning", "warnings"), warnings, _problem)
    others = [(verdict, one) for verdict in review.judgement.verdicts for one in verdict.minimal[1:]]
    if others:
        yield _fold(6, _counted(len(others), "more minimal case", "more minimal cases"), others, _minimal)
    words = [] if review.comparison is None else [c for c in review.comparison.changes if c.silent]
    if words:
        title = _counted(len(words), "change of wording", "changes of wording")
        yield _fold(7, title, words, _changed)
    how = [f"{text(review.engine)} engine, seed {review.seed}"] if review.engine else []
    if any(verdict.certainty == "statistical" for verdict in review.judgement.verdicts):
        alpha = judged.number(review.judgement.alpha)
        how.append(f"the chance that any statistical verdict is wrong is at most {alpha}")
    how += [_counted(review.turned_off, "warning", "warnings") + " turned off"] if review.turned_off else []
    how += [f"{review.seconds:.1f} s", f"story {code(review.file)}"]
    how += [f"sha256 {review.digest[:12]}"] if review.digest else []
    yield Block(3, f"\n<sub>sensa: {'; '.join(how)}</sub>\n")


def _minimal(case: tuple[Verdict, Counterexample]) -> str:
    verdict, one = case
    return f"{code(verdict.name)}: {_case(one)}, {text(judged.sides(verdict, one))}, {code(one.name)}"


def _fold(rank: int, title: str, items: Sequence[T], write: Callable[[T], str]) -> Block:
    listed = _listed(rank, "", items, write, _FOLDED)
    return replace(listed, head=f"{_summary(title)}\n")


def _summary(title: str) -> str:
    return f"\n<details><summary>{title}</summary>\n"


def _table(rank: int, header: Sequence[str], items: Sequence[T], write: Callable[[T], str]) -> Block:
    head = f"\n| {' | '.join(header)} |\n|{'---|' * len(header)}\n"
    more = "| and % more " + "| " * (len(header) - 1) + "|"
    return Block(rank, head, lambda: map(write, items), len(items), "", more)


def _listed(rank: int, title: str, items: Sequence[T], write: Callable[[T], str], tail: str = "") -> Block:
    def lines() -> Iterator[str]:
        return (f"- {write(item)}" for item in items)

    return Block(rank, f"\n**{title}**\n\n", lines, len(items), tail, "- and % more")


def _counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _problem(problem: Problem) -> str:
    fix = f" ({text(problem.fix)})" if problem.fix else ""
    where = f" {code(problem.path)}:" if problem.path else ""
    return f"line {problem.place.line}:{where} {text(problem.message, 300)}{fix}"


def _line(change: Change) -> str:
    if change.place is None:
        return ""
    return f" ({'was ' if change.what == 'removed' else ''}line {change.place.line})"


def _p(value: float) -> str:
    return f"{settled(100 * value):.3g} %" if defined(value) else UNSEEN


def _maybe(value: float | None) -> str:
    return "none" if value is None else _p(value)


def _change(before: float | None, after: float | None, error: float) -> str:
    if before is None or after is None:
        return "new" if before is None else "gone"
    return points(after - before) + _error(error)


def _error(error: float) -> str:
    return f" ± {100 * 1.96 * error:.1g}" if error else ""


def _visible(share: float) -> bool:
    return abs(share) > MIN_SHARE
