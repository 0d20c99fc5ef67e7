"""Find the differences between two versions of a story, each as small as makes sense alone."""

import json
import math
from datetime import date
from typing import Any, Literal

from sensa.comparing.changes import Change
from sensa.comparing.tree_alignment import NOTHING, Alignment, Difference, align
from sensa.stories.problems import Path, Place, cut, path_text
from sensa.stories.story import Story

MAX_VALUE_CHARACTERS = 2000  # characters of a value as it is shown
WORDS = ("story", "goal", "rationale")  # tables that hold only wording
WORDING_KEYS = {
    "claim", "because", "falsified_by", "evidence", "owner", "expires", "unit", "mode", "status", "answer",
    "reason", "signed",
}  # fmt: skip
JUDGED = ("properties", "waivers", "expect", "stated", "criteria")  # requirements on a story, not parts of it
SORTED = ("part", "criterion", "tags", "loss")  # keys that group or weigh results


def changes(before: Story, after: Story) -> tuple[Change, ...]:
    """The changes between two stories, in the order of the second; empty if only the layout differs.

    A node, case or option that only one of them has is one change, a renamed one two. The order of outcomes,
    challenges and phases is a change of its own. Changes of wording (`silent`) affect no number.
    """
    alignment = aligned(before, after)
    return tuple(change(one, before, after) for one in alignment.differences)


def aligned(before: Story | None, after: Story) -> Alignment:
    """Align two stories; without a first one everything is new."""
    return align({} if before is None else before.values, after.values)


def change(difference: Difference, before: Story | None, after: Story) -> Change:
    """A difference for reports: its key, its value as written on both sides, its line."""
    gone = difference.after is NOTHING
    path = difference.before_path if gone else difference.after_path
    what: Literal["added", "removed", "changed"] = "changed"
    if gone or difference.before is NOTHING:
        what = "removed" if gone else "added"
    return Change(
        path_text(path),
        what,
        _written_value(difference, difference.before),
        _written_value(difference, difference.after),
        _place(before if gone else after, path, what),
        silent(difference),
    )


def silent(difference: Difference) -> bool:
    """Whether a difference is only one of wording."""
    return not _recounts(difference) and _is_wording(difference.after_path)


def _recounts(difference: Difference) -> bool:
    """Whether a difference of evidence is one of its counts, from which a number may come."""
    counts = [_counts(value) for value in (difference.before, difference.after)]
    return difference.after_path[2:] == ("evidence",) and counts[0] != counts[1]


def _counts(evidence: Any) -> list[tuple[Any, Any, str]]:
    """The counts of each entry of evidence that has any, with its source."""
    entries = evidence if isinstance(evidence, list) else []
    return [
        (entry["held"], entry["trials"], str(entry.get("log") or entry.get("source")))
        for entry in entries
        if isinstance(entry, dict) and {"held", "trials"} <= entry.keys()
    ]


def _is_wording(path: Path) -> bool:
    if path[0] in WORDS:
        return True
    if path[0] == "waivers":
        return path[2:] in (("reason",), ("owner",))  # its expiry is not only wording
    return len(path) == 3 and path[2] in WORDING_KEYS and path[0] != "phases"


def moves(difference: Difference) -> bool:
    """Whether a difference could move the probability of an outcome."""
    return _recounts(difference) or any(map(_may_move, (difference.before_path, difference.after_path)))


def _may_move(path: Path) -> bool:
    if _is_wording(path) or path[0] in ("format", *JUDGED):
        return False
    if len(path) == 3 and path[0] != "phases" and path[2] in SORTED:
        return False
    return not (path[0] == "choices" and len(path) == 5 and path[4] == "part")


def written(value: Any) -> str:
    """A value as TOML, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() if abs(value) >= 10**20:
            return f"{value:.6g}" if abs(value) < 10**300 else "1e300 and more"
        case float() if not math.isfinite(value):
            return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        case list() | tuple():
            return "[" + ", ".join(map(written, value)) + "]"
        case dict():
            inner = ", ".join(f"{path_text((key,))} = {written(part)}" for key, part in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case date():
            return value.isoformat()
    return str(value)


def _written_value(difference: Difference, value: Any) -> str | None:
    if value is NOTHING:
        return None
    if difference.order:
        return "in the order " + ", ".join(map(str, value))
    if _recounts(difference):
        counts = [f"{held:g} of {trials:g} in {source}" for held, trials, source in _counts(value)]
        return cut("; ".join(counts) or "no counts", MAX_VALUE_CHARACTERS)
    if difference.after_path[2:] == ("signed",):
        return cut(_signed(value), MAX_VALUE_CHARACTERS)
    return cut(written(value), MAX_VALUE_CHARACTERS)


def _signed(value: Any) -> str:
    """Who signed, when, and the digest of what; two signatures of one day differ by that."""
    return f"by {value['by']} on {value['date']} (digest {value['digest'][:8]})"


def _place(story: Story | None, path: Path, what: str) -> Place | None:
    if story is None:
        return None
    return story.place(path) if what == "changed" else story.key_place(path)
