"""How an outcome moved: a bar for what each change adds, each from where the one above it ends."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from sensa.comparing.changes import Change, Comparison, Moved
from sensa.reports.number_format import defined
from sensa.reports.page import marks
from sensa.reports.page.markup import Html, authored, tag
from sensa.reports.page.words import SPACE, TONES, key, kind_mark, spaced
from sensa.reports.review.comparison_text import difference, points, probabilities

MAX_BARS = 6  # changes with a bar of their own
ROW_HEIGHT = 22  # height


def waterfalls(comparison: Comparison) -> Iterator[Html]:
    """A chart for each outcome of both stories that moved, in the story's order."""
    if comparison.attribution == "none":
        return
    for one in comparison.outcomes:
        if not defined(one.before) or not defined(one.after):
            continue
        if difference(one):
            yield _waterfall(one, one.before, one.after, comparison.changes)


def _waterfall(moved: Moved, before: float, after: float, changes: Sequence[Change]) -> Html:
    shares = [
        (change.path, effect.share)
        for change in changes
        for effect in change.effects
        if effect.outcome == moved.outcome and effect.share and defined(effect.share)
    ]
    shares.sort(key=lambda one: -abs(one[1]))
    rest = shares[MAX_BARS:]
    shown = shares[:MAX_BARS] + ([(f"{len(rest)} others", sum(share for _, share in rest))] if rest else [])
    starts = list(accumulate((share for _, share in shown), initial=before))
    most = max(*starts, after)
    was, now, *_ = probabilities(moved)
    tone = TONES.get(moved.kind, "safe")
    rows = [_row("before", 0.0, before / most, was, f"{tone}-soft")]
    rows += [
        _row(key(path), start / most, (start + share) / most, points(share), _tone(moved.kind, share))
        for (path, share), start in zip(shown, starts, strict=False)
    ]
    rows.append(_row("now", 0.0, after / most, now, tone))
    said = "; ".join(f"{path} {points(share)}" for path, share in shown)
    return tag(
        "div",
        tag(
            "h3", kind_mark(moved.kind) if moved.kind in TONES else None, " ", authored(spaced(moved.outcome))
        ),
        tag("div", *rows, class_="fall", role="img", aria_label=f"before {was}; {said}; now {now}"),
    )


def _row(name: str, start: float, end: float, value: str, tone: str) -> Html:
    bars = (
        marks.bar(0, 1, 4, ROW_HEIGHT - 8, "fill-faint"),
        marks.bar(start, end, 4, ROW_HEIGHT - 8, f"fill-{tone}"),
    )
    return tag("div", tag("span", name), marks.chart(ROW_HEIGHT, *bars), tag("b", value.replace(" ", SPACE)))


def _tone(kind: str, share: float) -> str:
    """More of a catastrophe is bad, more of a success good; safe failures are neither."""
    if kind not in ("catastrophic", "success"):
        return "safe"
    return "bad" if (share > 0) == (kind == "catastrophic") else "good"
