"""Whether a change makes less count as a catastrophe than did at the base of a review."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sensa import pipeline
from sensa.comparing.hybrids import bare
from sensa.comparing.path_values import Design, design, valued
from sensa.comparing.renames import renamed, with_new_names
from sensa.engines.protocol import EngineRefusal
from sensa.sampling.estimates import spread
from sensa.sampling.parameters import RunError
from sensa.session import Session
from sensa.stories.expressions import parse, show
from sensa.stories.loading import examine
from sensa.stories.positions import scan
from sensa.stories.problems import Problem, StoryError, listed, told_apart
from sensa.stories.story import Story, story_of

SURE = 3.0  # standard errors
ROUNDING = 1e-12  # relative to the probability; smaller differences are none

Outcomes = dict[str, dict[str, Any]]  # TOML values


def narrowed(session: Session, base: Session, name: str) -> Iterator[Problem]:
    """A warning if less counts as catastrophic than by the outcomes of the base, all else being equal.

    Both are asked of the nodes as they are now; if the outcomes of the base read what is gone, of the nodes
    of the base. Names that changed are followed. What worlds cannot show is said too.
    """
    story, then = session.story, _as_named_now(base.story, session.story)
    now: Outcomes = story.values["outcomes"]
    if _rules(now) == _rules(then):
        return
    lowered = [one for one in now if _is_bad(then.get(one)) and not _is_bad(now[one])]
    found = _with_nodes_of(session, then, name) or _with_nodes_at_base(session, base, name)
    less = None if found is None else found.less
    known = _bad_rules(now) == _bad_rules(then) if found is None else less is not None
    if not lowered and (known and not less):
        return
    if lowered:
        what = f"{listed(lowered, 'and')} {'are' if len(lowered) > 1 else 'is'} not catastrophic any more"
    elif less:
        what = f"less counts as catastrophic than at {name}"
    else:
        what = f"whether as much counts as catastrophic as at {name} is not known"
    said = "its outcomes read what is gone" if found is None else found.said
    path = f"outcomes.{lowered[0]}" if lowered else "outcomes"
    yield Problem("catastrophe-narrowed", "warning", story.place(path), path, f"{what}: {said}")


@dataclass(frozen=True)
class _Found:
    """Whether less is catastrophic; None if sampled worlds do not show it."""

    less: bool | None
    said: str


def _with_nodes_of(session: Session, then: Outcomes, name: str) -> _Found | None:
    """Both versions of the outcomes on the nodes as they are now; None if that is no story."""
    former = _ending(session, session.story, then)
    found = None if former is None else _compared(former, session)
    if found is None:
        return None
    less, was, now = found
    return _Found(less, f"P(catastrophic) is {now}, and {was} by the outcomes of {name}")


def _with_nodes_at_base(session: Session, base: Session, name: str) -> _Found | None:
    """Both on the nodes of the base, with its names; None if that is no story."""
    ends = _as_named_now(session.story, base.story)
    later = _ending(session, base.story, ends)
    found = None if later is None else _compared(base, later)
    if found is None:
        return None
    less, was, now = found
    return _Found(less, f"with all else as at {name}, P(catastrophic) is {now}, and was {was}")


def _ending(session: Session, story: Story, outcomes: Outcomes) -> Session | None:
    """A story with other outcomes, compiled; None if it is wrong or too large."""
    values = bare({**story.values, "outcomes": outcomes})
    try:
        made, _ = examine(story_of(values, story.file, "", scan("")))
        return pipeline.prepare(made, session.settings, session.progress)
    except (StoryError, EngineRefusal):
        return None


def _compared(then: Session, now: Session) -> tuple[bool | None, str, str] | None:
    """Whether P(catastrophic) is lower now, and both values; None if one cannot be computed."""
    plan = design(then, now, 1.0)
    try:
        was, risk = _risk(then, plan), _risk(now, plan)
    except (RunError, EngineRefusal):
        return None
    fall = spread(was - risk)
    mean, margin = float(fall.mean), SURE * float(fall.error) + ROUNDING * float(was.mean())
    sampled = {then.ends.way, now.ends.way} != {"exact"}
    less = True if mean > margin else None if sampled and mean >= -margin else False
    return less, *_written(float(was.mean()), float(risk.mean()))


def _written(was: float, risk: float) -> tuple[str, str]:
    if abs(was - risk) <= ROUNDING * was:
        return f"{was:.3g}", f"{risk:.3g}"
    return told_apart(was, risk, digits=3), told_apart(risk, was, digits=3)


def _risk(session: Session, plan: Design) -> npt.NDArray[np.float64]:
    """P(catastrophic) in each replicate."""
    bad = {end.name for end in session.circuit.ends if end.kind == "catastrophic"}
    risk: npt.NDArray[np.float64] = valued(session, plan)[:, [name in bad for name in plan.outcomes]].sum(
        axis=1
    )
    return risk


def _as_named_now(then: Story, now: Story) -> Outcomes:
    """The outcomes of a story by the names that another has for them, and for what they read."""
    moved = renamed(then.values, now.values)
    names = {old: new for (table, old), (to, new) in moved.items() if table == to == "outcomes"}
    found = {}
    for name, end in then.values["outcomes"].items():
        read = {key: with_new_names(end[key], moved) for key in ("when",) if key in end}
        found[names.get(name, name)] = {**end, **read}
    return found


def _rules(outcomes: Outcomes) -> list[tuple[str, str | None]]:
    """The kind and the condition of each outcome, in order; how a condition is laid out does not matter."""
    return [(end["kind"], show(parse(end["when"])) if "when" in end else None) for end in outcomes.values()]


def _bad_rules(outcomes: Outcomes) -> list[tuple[str, str | None]]:
    return [rule for rule in _rules(outcomes) if rule[0] == "catastrophic"]


def _is_bad(end: Mapping[str, Any] | None) -> bool:
    return end is not None and end["kind"] == "catastrophic"
