"""One story's result as the page's sections read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

from sensa.graph import SIGNED
from sensa.reports.number_format import defined
from sensa.reports.page.markup import Html, tag
from sensa.reports.result import ranking
from sensa.reports.result.answers import Answers, Crossing, Measure, Number, Violations
from sensa.reports.result.story_result import StoryResult
from sensa.stories.schema.document import Document

NO_DOCUMENT = Document.model_construct()


@dataclass(frozen=True)
class Report:
    """A result, and what sections compute from it once."""

    result: StoryResult
    answers: Answers
    prefix: str = ""  # of all ids, where several stories share a page
    everything: bool = field(default=False)

    @property
    def document(self) -> Document | None:
        """The story as written, if it is at hand."""
        return None if self.result.source is None else self.result.source.story.document

    def id(self, name: str) -> str:
        """An id that is unique on the page."""
        return f"{self.prefix}{name}"

    def region(self, said: str, *parts: Html) -> Html:
        """A part that scrolls sideways where it does not fit, reached by keys, with a name."""
        named = f"{said} of {self.title}" if self.prefix else said
        return tag(
            "div",
            *parts,
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label=f"{named}, scrolls sideways",
        )

    @property
    def title(self) -> str:
        """The story's title."""
        return self.answers.provenance.story

    @cached_property
    def catastrophic(self) -> Measure | None:
        """The catastrophic risk, with its interval."""
        return self.of_kind("catastrophic")

    def of_kind(self, kind: str) -> Measure | None:
        """The probability of a kind of outcome; None if it was not computed."""
        if kind in self.answers.kinds:
            return self.answers.kinds[kind]
        names = ranking.of_kind(self.answers, kind)
        return self.answers.outcomes[names[0]].probability if len(names) == 1 else None

    @cached_property
    def base(self) -> ranking.Effect:
        """The catastrophic risk and failing at all, as stated."""
        return ranking.base(self.answers)

    @cached_property
    def effects(self) -> Sequence[ranking.Effect]:
        """What violating each assumption does, the largest first."""
        return ranking.effects(self.answers)

    @cached_property
    def holding(self) -> Mapping[str, tuple[Number, Number]]:
        """The catastrophic risk and failing at all if an assumption holds."""
        found = self.answers.violations
        return {} if found is None else {name: self.risks(row) for name, row in found.holds.items()}

    @property
    def violations(self) -> Violations | None:
        """What was computed of violations."""
        return self.answers.violations

    def risks(self, row: Mapping[str, Number]) -> tuple[Number, Number]:
        """The catastrophic risk and failing at all of an outcome distribution."""
        outcomes = self.answers.outcomes
        failing = [name for name in row if outcomes[name].kind != "success"]
        return (
            ranking.total(row, [name for name in row if outcomes[name].kind == "catastrophic"]),
            ranking.total(row, failing),
        )

    def believed(self, assumption: str) -> Number:
        """The probability that an assumption holds."""
        violated = None if self.violations is None else self.violations.probability.get(assumption)
        return None if violated is None else 1.0 - violated

    @cached_property
    def own_limits(self) -> Mapping[float, Sequence[str]]:
        """The story's own limits of the catastrophic risk, with the properties that set them."""
        if self.result.source is not None:
            return dict(sorted(self.result.source.graph.limits.items()))
        known = {move.limit: tuple(move.properties) for move in self.answers.meeting}
        return dict(sorted({**{c.limit: () for c in self.answers.tipping if c.own}, **known}.items()))

    @cached_property
    def limit(self) -> float | None:
        """The limit that charts show: the story's own nearest to the risk, or the next usual one above it."""
        risk = self.base.catastrophic
        if not defined(risk):
            return None
        if self.own_limits:
            return min(self.own_limits, key=lambda limit: abs(limit - risk))
        return next((limit for limit in USUAL_LIMITS if limit > risk), None)

    @cached_property
    def suspect(self) -> frozenset[str]:
        """The entries that were edited since they were signed, and all that rest on them."""
        source = self.result.source
        signed = () if source is None else source.graph.signed
        return frozenset(one.path.split(".", 1)[1] for one in signed if one.state != SIGNED)

    def crossings(self, limit: float) -> list[Crossing]:
        """The tipping points to a limit, the nearest first; those not known now last."""
        found = [crossing for crossing in self.answers.tipping if crossing.limit == limit]
        return sorted(found, key=lambda c: (abs(c.credence - c.now) if defined(c.now) else inf, c.assumption))


USUAL_LIMITS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)
