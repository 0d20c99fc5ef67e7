"""Reviews as one Markdown comment for a pull request, always under 60,000 characters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensa.kernels.ties import falling
from sensa.properties.verdicts import Verdict, WaiverUse
from sensa.reports.file_paths import here
from sensa.reports.markdown_escape import Block, code, fitted, text
from sensa.reports.number_format import NOT_ESTIMATED, UNSEEN, between, defined, times
from sensa.reports.review import verdict_lines as judged
from sensa.reports.review.json import WORST
from sensa.reports.review.markdown_blocks import (
    FOLDED,
    as_folded_list,
    as_list,
    as_table,
    chart,
    counted,
    percent,
    summary,
)
from sensa.reports.review.markdown_cases import MAX_NAMED, counterexample, minimal_case
from sensa.reports.review.markdown_changes import (
    before_and_after,
    causes,
    change_line,
    first_cause,
    telling_facts,
)
from sensa.reviewing.review import Ending, Review, Violated
from sensa.stories.problems import Problem

MAX_PASSING = 3  # properties that pass; more are folded
MAX_VIOLATED = 5
MIN_GROWTH = 0.05  # of the risk; violations that add less are left out
WORDS = {
    "passed": "✓ passes",
    "failed": "✗ fails",
    "undecided": "? is undecided",
    "wrong": "✗ cannot be judged",
    "error": "✗ could not be judged: internal error of sensa",
    "interrupted": "? was interrupted",
}


def render(reviews: Sequence[Review]) -> str:
    """Render the comment, the worst story first; it says what is left out for length."""
    ordered = sorted(here(reviews), key=lambda one: WORST.index(one.exit_code))
    blocks = [] if len(reviews) == 1 else [_overview(ordered)]
    noted = list(dict.fromkeys(words for one in ordered for words in one.notes))
    if noted:
        blocks.append(as_list(0, "Judged with", noted, lambda words: text(words, 400)))
    for number, review in enumerate(ordered):
        if len(reviews) == 1 or review.exit_code or _has_news(review):
            blocks += [replace(block, story=number) for block in _of(review)]
    return fitted(blocks)


def _has_news(review: Review) -> bool:
    """Whether a story that passes has anything to report."""
    moved = review.comparison is not None and bool(review.comparison.changes)
    return moved or bool(review.serious or review.judgement.waivers or review.message)


def _overview(reviews: Sequence[Review]) -> Block:
    checked = [review for review in reviews if review.exit_code or _removed(review) is None]
    well = sum(review.exit_code == 0 for review in checked)
    mark = "✓" if well == len(checked) else "✗"
    table = as_table(0, ("verdict", "story", "properties"), reviews, _story)
    return replace(table, head=f"\n## {mark} {well} of {len(checked)} stories pass\n{table.head}")


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
        yield as_list(1, "Errors", errors, _problem)
    if review.serious:
        yield as_list(1, "Lost, or not as signed or counted", review.serious, _problem)
    if review.comparison is not None and review.comparison.outcomes:
        yield before_and_after(review.comparison)
    elif review.endings:
        header = ("outcome", "kind", "probability", "90 % interval", "")
        yield as_table(2, header, review.endings, _ending)
    yield from _violations(review)
    if review.judgement.verdicts:
        yield from _properties(review)
    if review.comparison is not None:
        yield from causes(review.comparison)
        yield from telling_facts(review.comparison)
    for verdict in review.judgement.verdicts:
        if verdict.status == "fail" and verdict.nearest is not None:
            yield counterexample(verdict, verdict.nearest, review.file)
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
        found = "" if review.problems else ", and no problem was found"
        return f"No property is stated{found}." if not review.exit_code else "Warnings count."
    said = f"Of {len(verdicts)} {'property' if len(verdicts) == 1 else 'properties'}: "
    said += judged.counts(review.judgement)
    failing = [code(verdict.name) for verdict in verdicts if verdict.status == "fail"]
    if failing:
        more = f" and {len(failing) - MAX_NAMED} more" if len(failing) > MAX_NAMED else ""
        said += f" ({', '.join(failing[:MAX_NAMED])}{more})"
    cause = None if review.comparison is None else first_cause(review.comparison)
    return f"{said}.{cause or ''}"


def _ending(one: Ending) -> str:
    ends = (
        between(percent(one.low), percent(one.high))
        if defined(one.low) and defined(one.high)
        else NOT_ESTIMATED
    )
    drawn = chart(one.low, one.mean, one.high)
    return f"| {code(one.outcome)} | {text(one.kind)} | {percent(one.mean)} | {ends} | {drawn} |"


def _violations(review: Review) -> Iterator[Block]:
    """The violations that make a catastrophe likelier, the worst first."""
    worse = [one for one in review.violated if one.change > MIN_GROWTH * (one.risk - one.change)]
    rank = falling([one.risk for one in worse])
    first = [worse[i] for i in sorted(range(len(worse)), key=rank.__getitem__)][:MAX_VIOLATED]
    if first:
        most = max(first[0].risk, 1e-300)

        def row(one: Violated) -> str:
            by = times(one.risk, one.risk - one.change)
            return (
                f"| {code(one.assumption)} | {percent(one.risk)} | {by} | {chart(*[one.risk / most] * 3)} |"
            )

        yield as_table(2, ("if violated", "catastrophic", "change", ""), first, row)
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
        yield as_table(1, header, verdicts, write)
        return
    loud = [one for one in verdicts if one not in quiet]
    if loud:
        yield as_table(1, header, loud, write)
    table = as_table(3, header, quiet, write)
    title = counted(len(quiet), "property passes", "properties pass")
    yield replace(table, head=f"{summary(title)}{table.head}", tail=FOLDED)


def _waivers(waivers: Sequence[WaiverUse]) -> Iterator[Block]:
    """Waivers that no longer hold; those in force are folded."""

    def write(use: WaiverUse) -> str:
        return text(judged.waiver(use), 400)

    over = [use for use in waivers if use.standing in ("exceeded", "lapsed")]
    rest = [use for use in waivers if use not in over]
    if over:
        yield as_list(3, "Waivers", over, write)
    if rest:
        yield as_folded_list(3, counted(len(rest), "waiver in force", "waivers in force"), rest, write)


def _verdict(verdict: Verdict, earlier: Mapping[str, str]) -> str:
    was = f" (was {earlier[verdict.name]})" if verdict.name in earlier else ""
    how = judged.at(verdict)
    required = code(verdict.require) + " " * how.startswith(" ") + text(how)
    found = text(judged.sentence(verdict), 300)
    status = f"{judged.MARKS[verdict.status]} {verdict.status}{was}"
    return f"| {status} | {code(verdict.name)} | {required} | {found} |"


def _folded(review: Review) -> Iterator[Block]:
    warnings = [one for one in review.problems if one.severity == "warning" and one not in review.serious]
    if warnings:
        yield as_folded_list(5, counted(len(warnings), "warning", "warnings"), warnings, _problem)
    others = [(verdict, one) for verdict in review.judgement.verdicts for one in verdict.minimal[1:]]
    if others:
        title = counted(len(others), "more minimal case", "more minimal cases")
        yield as_folded_list(6, title, others, minimal_case)
    words = [] if review.comparison is None else [c for c in review.comparison.changes if c.silent]
    if words:
        title = counted(len(words), "change of wording", "changes of wording")
        yield as_folded_list(7, title, words, change_line)
    how = [f"{text(review.engine)} engine, seed {review.seed}"] if review.engine else []
    if any(verdict.certainty == "statistical" for verdict in review.judgement.verdicts):
        alpha = judged.number(review.judgement.alpha)
        how.append(f"the chance that any statistical verdict is wrong is at most {alpha}")
    how += [counted(review.turned_off, "warning", "warnings") + " turned off"] if review.turned_off else []
    how += [f"{review.seconds:.1f} s", f"story {code(review.file)}"]
    how += [f"sha256 {review.digest[:12]}"] if review.digest else []
    yield Block(3, f"\n<sub>sensa: {'; '.join(how)}</sub>\n")


def _problem(problem: Problem) -> str:
    fix = f" ({text(problem.fix)})" if problem.fix else ""
    where = f" {code(problem.path)}:" if problem.path else ""
    return f"line {problem.place.line}:{where} {text(problem.message, 300)}{fix}"
