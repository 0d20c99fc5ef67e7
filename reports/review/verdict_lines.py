"""Verdicts in lines: what was required, what was found, the cases that break it, and the waivers."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from sensa.properties.verdicts import Counterexample, Judgement, Move, Part, Range, Verdict, WaiverUse
from sensa.reports import layout
from sensa.reports.file_paths import relative
from sensa.reports.number_format import settled
from sensa.stories.problems import Problem, cut, escaped

MARKS = {"pass": "✓", "fail": "✗", "undecided": "?", "vacuous": "∅", "waived": "~", "inactive": "–"}
MAX_COLUMNS = 120
MAX_REASON_COLUMNS = 2 * MAX_COLUMNS  # with what to try next
REPLAY = "replay: "
NEXT_TO_0 = 1e-300  # smaller numbers stand for rounding, as the smallest float 2.2e-308 does
DIGITS = 4
BROKEN = {"<=": ">", "<": ">", ">=": "<", ">": "<"}  # the relation that holds if the required one does not


def lines(judgement: Judgement, file: str, before: Judgement | None = None) -> Iterator[str]:
    """Every verdict, with the former one if it differs, and every waiver."""
    earlier = was(judgement, before)
    for verdict in judgement.verdicts:
        yield from of_verdict(verdict, file, earlier.get(verdict.name, ""))
    for use in elsewhere(judgement):
        yield f"  {waiver(use)}"


def warning(problem: Problem) -> str:
    """A warning with its code."""
    return escaped(f"{problem} [warning: {problem.code}]")


def wrapped(line: str, width: int) -> Iterator[str]:
    """A line of these, wrapped below its own indent; a command stays one that can be copied."""
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    if text.startswith(REPLAY):
        yield from layout.command(text.removeprefix(REPLAY), width, f"{indent}  ", indent + REPLAY)
    else:
        yield from layout.wrapped(text, width, f"{indent}  ", indent)


def was(judgement: Judgement, before: Judgement | None) -> dict[str, str]:
    """The former status of each property whose verdict has changed.

    A property that compares with the base is inactive at the base itself: that is no change.
    """
    if before is None:
        return {}
    earlier: dict[str, str] = {one.name: one.status for one in before.verdicts if one.status != "inactive"}
    now = {verdict.name: verdict.status for verdict in judgement.verdicts}
    return {name: earlier[name] for name in now if earlier.get(name, now[name]) != now[name]}


def elsewhere(judgement: Judgement) -> list[WaiverUse]:
    """The waivers that belong to no verdict."""
    with_verdicts = {use.place for verdict in judgement.verdicts for use in verdict.waivers}
    return [use for use in judgement.waivers if use.place not in with_verdicts]


def of_verdict(verdict: Verdict, file: str, earlier: str = "", asserted: str = "") -> Iterator[str]:
    """A verdict in one line; below it what was found, its counterexamples and its waivers."""
    required = f"{shown(verdict.name)}: {shown(verdict.require)}{at(verdict)}"
    change = f" (was: {earlier})" if earlier else ""
    yield f"{MARKS[verdict.status]} {verdict.status:<9} {required}{change}"
    found = sentence(verdict)
    if found:
        yield f"    {found}"
    if verdict.claim and verdict.status in ("fail", "undecided"):
        yield f"    claimed: {shown(verdict.claim)}"
    if verdict.nearest is not None:
        yield from of_counterexample(verdict, verdict.nearest, "nearest")
        command = replay(verdict, verdict.nearest, file, asserted)
        yield from [f"      {REPLAY}{command}"] * bool(command)
    if verdict.worst is not None and (verdict.nearest is None or verdict.worst.name != verdict.nearest.name):
        yield from of_counterexample(verdict, verdict.worst, "worst")
    more = len(verdict.minimal) - 1
    if more > 0:
        names = "; ".join(parts(one) for one in verdict.minimal[1:4])
        yield f"    {more} more minimal {'case breaks' if more == 1 else 'cases break'} it: {names}" + (
            "; …" if more > 3 else ""
        )
    for use in verdict.waivers:
        yield f"    {waiver(use)}"


def said(verdict: Verdict, file: str) -> list[str]:
    """A verdict in lines, without its mark; names the story if the property is in a file of rules."""
    first, *rest = of_verdict(verdict, file)
    story = [f"story: {escaped(file)}"] if relative(verdict.place.file) != file else []
    return [" ".join(first[2:].split()), *story, *(line.strip() for line in rest)]


def sentence(verdict: Verdict) -> str:
    """What was found, how certain it is, and why it is not decided."""
    said = []
    if verdict.left is not None and verdict.right is not None:
        sides = between(verdict.left), between(verdict.right)
        said.append(compared(verdict.require, *sides, _decided(verdict), _in_same_worlds(verdict)))
    if verdict.share is not None:
        said.append(f"true for {between(verdict.share)} of the distribution")
    if verdict.certainty == "statistical":
        said.append(f"statistical, wrong with chance {verdict.alpha:.1g} at most")
    elif verdict.certainty is not None:
        said.append({"exact": "exact", "bound": "proven by bounds"}[verdict.certainty])
    counted = verdict.reason and verdict.status in ("fail", "waived")  # the reason has the number of cases
    if not verdict.complete:
        said.append(f"{verdict.examined:,} cases, not all")
    elif verdict.examined > 1 and not counted:
        said.append(f"{verdict.examined:,} cases")
    if verdict.reason:
        said.append(shown(verdict.reason, MAX_REASON_COLUMNS))
    return "; ".join(said)


def of_counterexample(verdict: Verdict, case: Counterexample, which: str) -> Iterator[str]:
    """A counterexample to a property."""
    yield f"    {which} {case.name}: {parts(case)} ({sides(verdict, case)})"
    for part in case.parts:
        yield f"      without {shown(part.name)} {rest(part)}"
    if case.path:
        yield f"      {' → '.join(map(shown, case.path))}"
    if case.fix is not None:
        yield f"      fixed by {moved(case.fix)}"


def replay(verdict: Verdict, case: Counterexample, file: str, asserted: str = "") -> str:
    """The command that replays a case of a verdict on the story in a file.

    It names the rules and the base that the verdict depends on; empty if the base has no commit, as no
    command can replay it then. `asserted` has the keys, as TOML, of a property that no file states.
    """
    from sensa.comparing.history import parted

    words = ["sensa", "explain", file, case.name]
    if asserted:
        words += ["--property", asserted]
    elif verdict.place.file != file:
        rules, commit = parted(verdict.place.file)
        words += ["--properties", rules, *([] if commit is None else ["--config-from", commit])]
    if verdict.base:
        _, commit = parted(verdict.base)
        if commit is None:
            return ""
        words += ["--against", commit]
    return shlex.join(escaped(word) for word in words)


def rest(part: Part) -> str:
    """What a counterexample does without one of its parts."""
    if part.without is None:
        return "its condition is impossible"
    if part.undecided:
        return "it is undecided"
    if part.without == 0:
        return "both sides are equal"
    return f"it {'holds' if part.without > 0 else 'still breaks'}, by {number(abs(part.without))}"


def parts(case: Counterexample) -> str:
    """The parts of a case, in words."""
    said = []
    if case.violated:
        said.append(f"{_listed(case.violated)} violated")
    if case.omitted:
        said.append(f"{_listed(case.omitted)} left out")
    said += [moved(move) for move in case.moves[:3]]
    if len(case.moves) > 3:
        said.append(f"{len(case.moves) - 3} more numbers moved")
    return ", ".join(said) or "the story as it is"


def moved(move: Move) -> str:
    """A number with its stated and its moved value."""
    return f"{shown(move.parameter)} from {number(move.stated)} to {number(move.to)}"


def waiver(use: WaiverUse) -> str:
    """A waiver and its status."""
    about = "any case" if use.witness is None else _listed(use.witness) or "the story as it is"
    until = f"until {use.expires.isoformat()}"
    standing = {
        "used": f"used, {_days(use.days_left)} left",
        "unused": f"not needed, {_days(use.days_left)} left",
        "exceeded": "exceeded: worse than its ceiling",
        "lapsed": f"lapsed {_days(-use.days_left)} ago",
    }[use.standing]
    ceiling = "" if use.ceiling is None else f", up to {number(use.ceiling)}"
    owner = f" ({shown(use.owner)})" if use.owner else ""
    terms = f"waiver of {shown(use.property)} for {about}{ceiling} {until}"
    return f"{terms}: {standing}; {shown(use.reason)}{owner}"


def counts(judgement: Judgement) -> str:
    """`3 pass, 1 fails, 1 undecided`; empty without properties."""
    words = {"pass": ("passes", "pass"), "fail": ("fails", "fail")}
    said = []
    for status in MARKS:
        n = sum(verdict.status == status for verdict in judgement.verdicts)
        if n:
            said.append(f"{n} {words.get(status, (status, status))[n > 1]}")
    return ", ".join(said)


def between(value: Range) -> str:
    """A value, or both ends of its range if they print differently."""
    low, high = number(value.low), number(value.high)
    return low if low == high else f"{low} to {high}"


def number(value: float) -> str:
    """A number to four significant digits, or a bound for one that is next to 0."""
    if 0 < abs(value) < NEXT_TO_0:
        return f"<{NEXT_TO_0:g}" if value > 0 else f">-{NEXT_TO_0:g}"
    return f"{settled(value):.{DIGITS}g}"


def shown(text: str, longest: int = MAX_COLUMNS) -> str:
    """An author's text on one line."""
    return cut(escaped(" ".join(text.split())), longest)


def at(verdict: Verdict) -> str:
    """How parameters are treated, and `[warning]` for a warning; empty for an error at the mean."""
    words = {"mean": "", "worst": ", at the worst"}.get(verdict.at, f", {shown(verdict.at)}")
    return words + (" [warning]" if verdict.severity == "warning" else "")


def compared(require: str, left: str, right: str, margin: float | None, paired: str = "") -> str:
    """Both sides and how they compare: `0.0954 > 0.05 (margin -0.0454)`; `against` if undecided.

    `paired` says the margin in other words.
    """
    if margin is None or not isfinite(margin):
        return f"{left} against {right}" + (f" (margin {paired})" if paired else "")
    sign = re.search(r"[<>]=?", require)
    required = "<=" if sign is None else sign[0]
    if margin == 0:
        strict = {"<": "; `<` needs less", ">": "; `>` needs more"}
        return f"{left} = {right}{strict.get(required, '')}"
    word = required if margin > 0 else BROKEN[required]
    return f"{left} {word} {right} (margin {paired or number(margin)})"


def _in_same_worlds(verdict: Verdict) -> str:
    """The interval of the margin if both sides are from the same worlds: far shorter than theirs, maybe."""
    paired = verdict.paired_margin
    if paired is None or not (isfinite(paired.low) and isfinite(paired.high)):
        return ""
    return f"{between(paired)}, in the same worlds"


def _decided(verdict: Verdict) -> float | None:
    """The margin; None if it is not decided, and for a share, which is worded differently."""
    open_ = verdict.status in ("undecided", "vacuous", "inactive") or verdict.share is not None
    return None if open_ else verdict.margin


def sides(verdict: Verdict, case: Counterexample) -> str:
    """The two sides in a case that breaks a property, and how they compare."""
    margin = 0.0 if case.left == case.right else -1.0
    text = compared(verdict.require, number(case.left), number(case.right), margin)
    return text.partition(" (")[0].partition(";")[0]


def _listed(names: Iterable[str]) -> str:
    every: Sequence[str] = [shown(name) for name in names]
    return ", ".join(every[:-1]) + f" and {every[-1]}" if len(every) > 1 else "".join(every)


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
