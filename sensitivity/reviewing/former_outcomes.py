"""The outcomes of a base and those of now, asked of the same nodes: what a change calls otherwise."""

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
from sensa.stories.loading import examine
from sensa.stories.positions import scan
from sensa.stories.problems import StoryError, told_apart
from sensa.stories.story import Story, story_of

SURE = 3.0  # standard errors
ROUNDING = 1e-12  # relative to the probability; smaller differences are none

Outcomes = dict[str, dict[str, Any]]  # TOML values
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """Whether a probability is lower now, None if sampled worlds do not show it; and both, as written."""

    less: bool | None
    was: str
    now: str


@dataclass(frozen=True)
class SameNodes:
    """A story with the outcomes of the base and with those of now, with the probabilities of both.

    `was` and `now` (replicates, outcomes) are in the order of the design.
    """

    former: Session
    later: Session
    plan: Design
    was: Floats
    now: Floats
    at_base: bool  # whether the nodes are those of the base

    def compared(self, word: str) -> Compared:
        """P(word), an outcome or a kind, by both."""
        was, now = _of(self.former, self.plan, self.was, word), _of(self.later, self.plan, self.now, word)
        fall = spread(was - now)
        mean, margin = float(fall.mean), SURE * float(fall.error) + ROUNDING * float(was.mean())
        sampled = {self.former.ends.way, self.later.ends.way} != {"exact"}
        less = True if mean > margin else None if sampled and mean >= -margin else False
        return Compared(less, *_written(float(was.mean()), float(now.mean())))


def on_same_nodes(session: Session, base: Session) -> SameNodes | None:
    """Both versions of the outcomes on the nodes as they are now, else on those of the base.

    None if neither is a story that can be run.
    """
    former = _ending(session, session.story, as_named_now(base.story, session.story))
    found = None if former is None else _paired(former, session, at_base=False)
    if found is not None:
        return found
    later = _ending(session, base.story, as_named_now(session.story, base.story))
    return None if later is None else _paired(base, later, at_base=True)


def as_named_now(then: Story, now: Story) -> Outcomes:
    """The outcomes of a story by the names that another has for them, and for what they read."""
    moved = renamed(then.values, now.values)
    names = {old: new for (table, old), (to, new) in moved.items() if table == to == "outcomes"}
    found = {}
    for name, end in then.values["outcomes"].items():
        read = {key: with_new_names(end[key], moved) for key in ("when",) if key in end}
        found[names.get(name, name)] = {**end, **read}
    return found


def _ending(session: Session, story: Story, outcomes: Outcomes) -> Session | None:
    """A story with other outcomes, compiled; None if it is wrong or too large."""
    values = bare({**story.values, "outcomes": outcomes})
    try:
        made, _ = examine(story_of(values, story.file, "", scan("")))
        return pipeline.prepare(made, session.settings, session.progress)
    except (StoryError, EngineRefusal):
        return None


def _paired(former: Session, later: Session, *, at_base: bool) -> SameNodes | None:
    plan = design(former, later, 1.0)
    try:
        return SameNodes(former, later, plan, valued(former, plan), valued(later, plan), at_base)
    except (RunError, EngineRefusal):
        return None


def _of(session: Session, plan: Design, values: Floats, word: str) -> Floats:
    """The probability of an outcome, or of a kind, in each replicate."""
    names = {end.name for end in session.circuit.ends if word in (end.name, end.kind)}
    total: Floats = values[:, [name in names for name in plan.outcomes]].sum(axis=1)
    return total


def _written(was: float, now: float) -> tuple[str, str]:
    if abs(was - now) <= ROUNDING * was:
        return f"{was:.3g}", f"{now:.3g}"
    return told_apart(was, now, digits=3), told_apart(now, was, digits=3)
