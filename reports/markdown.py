"""Reviews as one Markdown comment, as a pull request shows it; under 60,000 characters whatever it holds."""

import re
from collections.abc import Iterator, Sequence

from sensa.comparing.changes import Change, Comparison
from sensa.properties.verdicts import Verdict, Witness
from sensa.reports import judged
from sensa.reviewing import Review
from sensa.stories.problems import cut, escaped

LONGEST = 60_000
MARK = "<!-- sensa -->"  # by which a pipeline finds its comment again
MOST_ROWS = 50
MOST_CHANGES = 12
LONGEST_TEXT = 160
WORDS = {
    "passed": "✓ passes",
    "failed": "✗ fails",
    "undecided": "? is undecided",
    "wrong": "✗ cannot be judged",
    "error": "✗ could not be judged, by an error of sensa's own",
    "interrupted": "? was interrupted",
}
_CELL = re.compile(r"(?<!\\)\|")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$^-])")


def render(reviews: Sequence[Review]) -> str:
    """The comment; what does not fit is left out from the end, and said."""
    parts = [f"{MARK}\n"]
    room = LONGEST - len(parts[0]) - 200
    for number, review in enumerate(reviews):
        for part in _of(review):
            if len(part) > room:
                left = len(reviews) - number
                stories = "1 story" if left == 1 else f"{left} stories"
                parts.append(
                    f"\n*Cut here for length; {stories} not shown whole. `sensa check` has the rest.*\n"
                )
                return "".join(parts)
            parts.append(part)
            room -= len(part)
    return "".join(parts)


def text(words: str, most: int = LONGEST_TEXT) -> str:
    """An author's text as Markdown shows it and nothing more: no markup, link, mention or line of its own."""
    plain = cut(escaped(" ".join(words.split())), most)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _SPECIAL.sub(r"\\\1", plain)
    return plain.replace("@", "@\u200b").replace("://", "&#58;//").replace("www.", "www&#46;")


def _of(review: Review) -> Iterator[str]:
    yield f"\n## {text(review.title or review.file)}: {WORDS[review.state]}\n\n{_sentence(review)}\n"
    errors = [problem for problem in review.problems if problem.severity == "error"]
    if errors:
        yield _listed("Errors", [f"{_place(p.place.line)}: {text(p.message)}" for p in errors])
    if review.comparison is not None and review.comparison.outcomes:
        yield _before_and_after(review.comparison)
    elif review.endings:
        rows = [
            f"| {text(e.outcome)} | {e.kind} | {_p(e.mean)} | {_p(e.low)} to {_p(e.high)} |"
            for e in review.endings
        ]
        yield _table("| outcome | kind | probability | 90 % |", rows)
    if review.judgement.verdicts:
        yield _properties(review)
    if review.comparison is not None:
        yield from _cause(review.comparison)
    for verdict in review.judgement.verdicts:
        if verdict.status == "fail" and verdict.nearest is not None:
            yield _witness(verdict, verdict.nearest, review.file)
    waivers = [text(judged.waiver(use), 400) for use in review.judgement.waivers]
    if waivers:
        yield _listed("Waivers", waivers)
    yield from _folded(review)


def _sentence(review: Review) -> str:
    if review.message:
        return text(review.message, 400)
    failing = [verdict.name for verdict in review.judgement.verdicts if verdict.status == "fail"]
    counted = judged.counts(review.judgement)
    if failing:
        return f"{counted}. Broken: {', '.join(text(name) for name in failing[:8])}."
    errors = sum(problem.severity == "error" for problem in review.problems)
    if errors:
        return f"{errors} {'error' if errors == 1 else 'errors'} in the story; nothing was computed."
    return f"{counted}." if counted else "No property is stated, and nothing is wrong."


def _before_and_after(comparison: Comparison) -> str:
    rows = [
        f"| {text(one.outcome)} | {one.kind} | {_maybe(one.before)} | {_maybe(one.after)} | "
        f"{_change(one.before, one.after, one.error)} |"
        for one in comparison.outcomes[:MOST_ROWS]
    ]
    return _table(f"| outcome | kind | {text(comparison.base)} | now | change |", rows)


def _properties(review: Review) -> str:
    before = (
        {} if review.before is None else {verdict.name: verdict.status for verdict in review.before.verdicts}
    )
    rows = []
    for verdict in review.judgement.verdicts[:MOST_ROWS]:
        was = (
            f" (was {before[verdict.name]})"
            if before.get(verdict.name, verdict.status) != verdict.status
            else ""
        )
        status = f"{judged.MARKS[verdict.status]} {verdict.status}{was}"
        had = text(judged.sentence(verdict), 200)
        rows.append(f"| {text(verdict.name)} | {text(verdict.require)} | {status} | {had} |")
    more = len(review.judgement.verdicts) - MOST_ROWS
    if more > 0:
        rows.append(f"| and {more} more | | | |")
    return _table("| property | requires | verdict | had |", rows)


def _cause(comparison: Comparison) -> Iterator[str]:
    moving = [change for change in comparison.changes if not change.silent]
    if not moving:
        yield "\nNothing that moves a number has changed.\n"
        return
    moving.sort(key=lambda change: -max((abs(effect.share) for effect in change.effects), default=0.0))
    lines = [_changed(change) for change in moving[:MOST_CHANGES]]
    if len(moving) > MOST_CHANGES:
        lines.append(f"and {len(moving) - MOST_CHANGES} more")
    yield _listed("What moved it", lines)
    if comparison.note:
        yield f"\n{text(comparison.note, 400)}\n"


def _changed(change: Change) -> str:
    line = "" if change.place is None else f" ({_place(change.place.line)})"
    values = {
        "added": "added",
        "removed": "removed",
        "changed": f"{text(change.before or '', 60)} → {text(change.after or '', 60)}",
    }[change.what]
    effects = sorted(change.effects, key=lambda effect: -abs(effect.share))[:3]
    moved = ", ".join(f"{text(effect.outcome)} {_points(effect.share)}" for effect in effects if effect.share)
    return f"{text(change.path)}{line}: {values}" + (f"; moves {moved}" if moved else "")


def _witness(verdict: Verdict, witness: Witness, file: str) -> str:
    lines = [text(line.strip(), 400) for line in judged.of_witness(witness, "nearest", file)]
    head, *rest = lines
    body = "".join(f"- {line}\n" for line in rest)
    return f"\n**{text(verdict.name)}**: {head}\n\n{body}"


def _folded(review: Review) -> Iterator[str]:
    warnings = [problem for problem in review.problems if problem.severity == "warning"]
    if warnings:
        lines = "".join(f"- {_place(p.place.line)}: {text(p.message)}\n" for p in warnings[:MOST_ROWS])
        yield f"\n<details><summary>{len(warnings)} warnings</summary>\n\n{lines}\n</details>\n"
    silent = [] if review.comparison is None else [c for c in review.comparison.changes if c.silent]
    if silent:
        lines = "".join(f"- {_changed(change)}\n" for change in silent[:MOST_ROWS])
        yield f"\n<details><summary>{len(silent)} changes of words alone</summary>\n\n{lines}\n</details>\n"
    how = f"{review.engine or 'no'} engine, seed {review.seed}, {review.seconds:.1f} s"
    yield f"\n<sub>sensa: {how}; story {text(review.file)}, sha256 {review.digest[:12]}</sub>\n"


def _table(header: str, rows: Sequence[str]) -> str:
    rule = "|" + "---|" * (len(_CELL.findall(header)) - 1)
    return "\n" + "\n".join([header, rule, *rows]) + "\n"


def _listed(title: str, lines: Sequence[str]) -> str:
    shown = "".join(f"- {line}\n" for line in lines[:MOST_ROWS])
    more = f"- and {len(lines) - MOST_ROWS} more\n" if len(lines) > MOST_ROWS else ""
    return f"\n**{title}**\n\n{shown}{more}"


def _place(line: int) -> str:
    return f"line {line}"


def _p(value: float) -> str:
    return f"{100 * value:.3g} %"


def _maybe(value: float | None) -> str:
    return "none" if value is None else _p(value)


def _change(before: float | None, after: float | None, error: float) -> str:
    if before is None or after is None:
        return ""
    return _points(after - before) + (f" ± {100 * 1.96 * error:.2g}" if error else "")


def _points(share: float) -> str:
    return f"{100 * share:+.3g} points"
