"""The result of a run for one story, or why there is none: the input of every format of results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sensa.graph import Graph
from sensa.properties.verdicts import Judgement
from sensa.reports.result.answers import Answers
from sensa.stories.problems import Problem
from sensa.stories.story import Story

if TYPE_CHECKING:
    from sensa.comparing.changes import Comparison
    from sensa.methods.what_if import WhatIf
    from sensa.properties.distributions import Distribution
    from sensa.properties.recomputed import Recomputed
    from sensa.reviewing.shown import Shown


@dataclass(frozen=True)
class Source:
    """The story that a result is of, as written and as compiled, for reports that show its argument."""

    story: Story
    graph: Graph
    today: date
    what_if: "WhatIf | str | None" = None  # what a page needs to compute variants; as a text: why it cannot
    recomputed: "tuple[Recomputed, ...]" = ()  # the story's properties in variants
    distributions: Mapping[str, Any] | None = None  # the analysis, as `from_tree.plain`
    of_properties: "tuple[Distribution, ...]" = ()


def source_of(shown: "Shown") -> Source:
    """The source of a result, with what a page shows of it."""
    from sensa.reports.result.from_tree import plain

    session = shown.session
    return Source(
        session.story,
        session.graph,
        shown.today,
        shown.what_if,
        shown.recomputed,
        plain(shown.distributions),
        shown.of_properties,
    )


@dataclass(frozen=True)
class Since:
    """What changed since a base, with the verdicts on the base, and what is said of that."""

    comparison: "Comparison | None"
    before: Judgement | None
    notes: tuple[str, ...] = ()
    lost: tuple[Problem, ...] = ()  # warnings of what was lost, or is not as it was signed or counted


@dataclass(frozen=True)
class StoryResult:
    """One story of a run: its answers, or `status` and `message`, which say why it has none."""

    file: str
    exit_code: int
    answers: Answers | None = None
    problems: tuple[Problem, ...] = ()
    turned_off: int = 0  # number of warnings that the story allows
    unclaimed: tuple[str, ...] = ()
    judgement: Judgement = field(default_factory=Judgement)
    seconds: float | None = None
    status: str = ""  # without answers: `wrong`, `error`, …
    message: str = ""
    source: Source | None = None
    since: Since | None = None  # of a review
    state: str = ""  # of a review: `✓ passes`
