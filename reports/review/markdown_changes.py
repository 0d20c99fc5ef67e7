"""What changed since the base, in a Markdown comment: how much, by which change, and what would tell."""

from collections.abc import Iterator
from math import isnan

from sensa.comparing.changes import Change, Comparison, Moved, MovedLoss, Telling
from sensa.kernels.ties import falling
from sensa.reports.markdown_escape import Block, code, text
from sensa.reports.number_format import settled
from sensa.reports.review import verdict_lines as judged
from sensa.reports.review.comparison_text import (
    give_or_take,
    how_far_apart,
    largest,
    losses,
    most_moving,
    points,
    probabilities,
    telling,
)
from sensa.reports.review.markdown_blocks import as_folded_list, as_list, as_table, chart, counted, percent

MAX_MOVING = 8  # changes that are not folded


def before_and_after(comparison: Comparison) -> Block:
    """How the story ended and ends, in a table."""
    header = ("outcome", "kind", text(comparison.base, 60), "now", "change", "")
    rows: list[Moved | MovedLoss] = list(comparison.outcomes)
    if comparison.loss is not None:
        rows.append(comparison.loss)
    return as_table(2, header, rows, _outcome)


def _outcome(one: Moved | MovedLoss) -> str:
    if isinstance(one, MovedLoss):
        was, now, by, error = losses(one)
        return f"| expected loss | | {was} | {now} | {by}{error} | |"
    was, now, by, error = probabilities(one)
    values = f"{was} | {now} | {by}{error}"
    return f"| {code(one.outcome)} | {text(one.kind)} | {values} | {_moving_bar(one)} |"


def _moving_bar(one: Moved) -> str:
    """Full up to the smaller of both, then dense what was added, or light what has gone."""
    was, now = one.before or 0.0, one.after or 0.0
    return chart(min(was, now), now, max(was, now))


def first_cause(comparison: Comparison) -> str:
    """The change that moved the catastrophic risk most, if any did."""
    bad = {one.outcome for one in comparison.outcomes if one.kind == "catastrophic"}
    moving = [(e, c) for c in comparison.changes for e in c.effects if e.outcome in bad and e.share]
    if not moving:
        return ""
    effect, change = moving[falling([abs(effect.share) for effect, _ in moving]).index(0)]
    if isnan(effect.share):
        return ""
    by = f"{code(change.path)}{_line(change)}"
    return f" {code(effect.outcome)} was moved most by {by}: {points(effect.share)}."


def causes(comparison: Comparison) -> Iterator[Block]:
    """The changes that affect a number, those that moved most first; most of them are folded."""
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
    yield as_list(2, title, moving[:MAX_MOVING], change_line, note)
    more = moving[MAX_MOVING:]
    if more:
        yield as_folded_list(4, counted(len(more), "more change", "more changes"), more, change_line)


def change_line(change: Change) -> str:
    """A change, its place, and what it moves."""
    was, now = code(change.before or "", 60), code(change.after or "", 60)
    said = {"added": f"added {now}", "removed": f"removed {was}", "changed": f"{was} → {now}"}[change.what]
    effects = largest(change.effects)
    moved = ", ".join(f"{code(e.outcome)} {points(e.share)}{give_or_take(e.error)}" for e in effects[:3])
    if change.told_with is not None:
        moved = f"together with {code(change.told_with)}"
    elif moved:
        moved = f"moves {moved}"
    return f"{code(change.path)}{_line(change)}: {said}" + (f"; {moved}" if moved else "")


def telling_facts(comparison: Comparison) -> Iterator[Block]:
    """The facts that would tell which version is right, where that was asked for."""
    if comparison.apart is None:
        return
    found = telling(comparison.apart)
    if found:
        header = ("would tell who is right", text(comparison.base, 60), "now", "tells, bits", "closes")
        yield as_table(4, header, found, _telling)
    yield Block(4, f"\n{how_far_apart(comparison.apart)}\n")


def _telling(one: Telling) -> str:
    before, after = ("" if p is None else percent(p) for p in (one.before, one.after))
    bits = f"{judged.number(one.tells)} | {judged.number(settled(one.closes))}"
    return f"| {code(one.fact)} | {before} | {after} | {bits} |"


def _line(change: Change) -> str:
    if change.place is None:
        return ""
    return f" ({'was ' if change.what == 'removed' else ''}line {change.place.line})"
