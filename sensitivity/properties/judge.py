"""Judging: each property of a story held against what its circuit gives."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from time import monotonic

import numpy as np

from sensa.engines.protocol import EngineRefusal
from sensa.interrupts import TimeUp
from sensa.kernels.program import Floats
from sensa.methods.boxes import BOXES_WORK
from sensa.properties.case_search import MANY, Searched, search
from sensa.properties.cases import Case, Scope, scope, sets_others
from sensa.properties.counterexamples import Telling
from sensa.properties.evaluate import Measures, Meter, measures
from sensa.properties.margins import Asked, Sides
from sensa.properties.monotonicity import falling
from sensa.properties.quantile_and_worst import Worst, at_worst, for_share
from sensa.properties.verdicts import (
    NO_MEND,
    Certainty,
    Counterexample,
    Judgement,
    Range,
    Verdict,
    WaiverUse,
)
from sensa.properties.waivers import apply, waivers
from sensa.sampling.estimates import Interval
from sensa.session import Session
from sensa.stories.problems import Place
from sensa.stories.properties.measures import Measure
from sensa.stories.properties.requirements import Measured, Requirement, SobolTotal, parse_requirement
from sensa.stories.schema import Document, Property
from sensa.stories.story import Story

SECONDS = 60.0
ALPHA = 1e-3
MOST_SHOWN = 20  # minimal sets that a verdict lists
MOST_AT_WORST = 64  # cases that share the work of one worst


@dataclass(frozen=True)
class Stated:
    """A property and where it is written."""

    name: str
    written: Property
    place: Place
    requirement: Requirement

    @property
    def at(self) -> str:
        """Over the parameters: at their mean, at the worst, or for a share of their distribution."""
        if self.written.quantile is not None:
            return f"quantile {self.written.quantile:g}"
        return self.written.at or "mean"


def stated(story: Story) -> tuple[Stated, ...]:
    """The properties that a checked story states."""
    return tuple(
        Stated(name, written, story.key_place(("properties", name)), parse_requirement(written.require))
        for name, written in story.document.properties.items()
    )


def judge(
    session: Session,
    *,
    today: date,
    base: Session | None = None,
    properties: Sequence[Stated] | None = None,
    seconds: float = SECONDS,
    alpha: float = ALPHA,
) -> Judgement:
    """A verdict on every property: those of the story, and further ones that are given.

    Properties that read `base.` are inactive without one. Where anything is sampled, `alpha` is the chance
    that any verdict of the run is wrong, split evenly; what the sampling leaves open is undecided, and so is
    what a search could not finish in its share of the `seconds`, or was not begun within them. Raises
    `RunError` where a parameter value breaks the story.
    """
    start = monotonic()
    uses = waivers(session.story, today)
    asked = [*stated(session.story), *(properties or ())]
    if not asked:
        return Judgement((), uses, alpha)
    judged = _Judge(session, base, asked, alpha / len(asked), uses)
    verdicts: list[Verdict] = []
    end = start + seconds
    try:
        for number, one in enumerate(asked):
            now = monotonic()
            if number and now >= end:  # the first one whatever the time
                raise TimeUp(seconds)
            session.progress("judging properties", number / len(asked))
            verdicts.append(judged.verdict(one, now + (end - now) / (len(asked) - number)))
    except TimeUp:
        verdicts += [judged.late(one) for one in asked[len(verdicts) :]]
    verdicts = _whole(verdicts, judged.telling, end)
    told = {use.place: use for verdict in verdicts for use in verdict.waivers}
    return Judgement(
        tuple(verdicts), tuple(told.get(use.place, use) for use in uses), alpha, monotonic() - start
    )


def asking(
    session: Session, one: Stated, base: Session | None = None, *, alpha: float = ALPHA
) -> tuple[Asked, Scope]:
    """Whom a property's requirement is asked of, and the cases it ranges over: for a search of another kind.

    The session's story has what the property names; `alpha` is as in `judge`.
    """
    ranged = scope(session.story.document, one.written.forall)
    judged = _Judge(session, base, [one], alpha, ())
    return _Judged(judged, one, judged.late(one)).asked(ranged), ranged


def _whole(
    verdicts: list[Verdict], telling: Mapping[str, Callable[[], Counterexample]], end: float
) -> list[Verdict]:
    """The verdicts with all that can be told of what breaks each, as far as the time goes."""
    whole = list(verdicts)
    with suppress(TimeUp):
        for i, verdict in enumerate(verdicts):
            if verdict.nearest is not None and verdict.complete:
                whole[i] = replace(verdict, reason="; ".join(filter(None, (verdict.reason, NO_MEND))))
        for i, verdict in enumerate(verdicts):
            if verdict.nearest is not None and monotonic() < end:
                whole[i] = replace(verdict, nearest=telling[verdict.name]())
    return whole


@dataclass(frozen=True)
class _Judge:
    """What all properties of one run share."""

    session: Session
    base: Session | None
    properties: Sequence[Stated]
    alpha: float  # of one property
    uses: tuple[WaiverUse, ...]
    shares: dict[tuple[bool, str, float], Interval] = field(default_factory=dict)
    telling: dict[str, Callable[[], Counterexample]] = field(default_factory=dict)

    def late(self, one: Stated) -> Verdict:
        """What is said of a property that the time was not enough for."""
        return replace(self._plain(one), reason="the time was up", complete=False)

    def _plain(self, one: Stated) -> Verdict:
        return Verdict(
            name=one.name,
            claim=one.written.claim,
            require=one.written.require,
            at=one.at,
            severity=one.written.severity,
            place=one.place,
            status="undecided",
            waivers=tuple(use for use in self.uses if use.property == one.name),
        )

    def verdict(self, one: Stated, until: float) -> Verdict:
        """The verdict on one property."""
        plain = self._plain(one)
        if any(m.version == "base" for m in one.requirement.measured):
            if self.base is None:
                return replace(plain, status="inactive", reason="there is no base to compare with")
            missing = _missing(one.requirement, self.base)
            if missing:
                return replace(plain, status="inactive", reason=f"the base has no `{missing}`")
            plain = replace(plain, base=self.base.graph.origin.file)
        try:
            return _Judged(self, one, plain).verdict(until)
        except EngineRefusal as refusal:
            return replace(plain, reason=f"beyond the budget: {refusal}", complete=False)

    def meters(self, requirement: Requirement) -> tuple[Meter, Meter | None]:
        """Who answers for the story and for its base."""
        head = self.head.meter(_asked_of(requirement, base=False))
        theirs = any(m.version == "base" for m in requirement.measured)
        if not theirs or self.base is None:
            return head, None
        return head, self.theirs.meter(_asked_of(requirement, base=True))

    @cached_property
    def head(self) -> Measures:
        """All that is measured of the story."""
        found = [m for one in self.properties for m in _asked_of(one.requirement, base=False)]
        return measures(self.session, found, opened=self._opened)

    @cached_property
    def theirs(self) -> Measures:
        """All that is measured of the base, of what it has."""
        assert self.base is not None
        asked = [one.requirement for one in self.properties if not _missing(one.requirement, self.base)]
        found = [m for one in asked for m in _asked_of(one, base=True)]
        return measures(self.base, found, opened=self._opened)

    @property
    def _opened(self) -> bool:
        """Whether a case sets what is no assumption."""
        return any(sets_others(one.written.forall) for one in self.properties)

    def sobol_total(self, session: Session, parameter: str, level: float) -> Interval:
        """A total index of P(catastrophic), each computed once."""
        key = session is self.base, parameter, level
        if key not in self.shares:
            self.shares[key] = _sobol_total(session, parameter, level)
        return self.shares[key]


def _asked_of(requirement: Requirement, *, base: bool) -> list[Measure]:
    """What a requirement measures of the base, or else of the story, but for Sobol' indices."""
    asked = [m.measure for m in requirement.measured if (m.version == "base") == base]
    return [m for m in asked if not isinstance(m, SobolTotal)]


def _missing(requirement: Requirement, base: Session) -> str | None:
    """What a measure of the base names and the base does not have."""
    from sensa.stories.checking.judgements import unknown_names

    for one in requirement.measured:
        if one.version != "base":
            continue
        if isinstance(one.measure, SobolTotal):
            if one.measure.parameter not in {p.path for p in base.circuit.parameters}:
                return one.measure.parameter
        elif any(unknown_names(base.story.document, one.measure)):
            return one.text
    return None


@dataclass(frozen=True)
class _Judged:
    judge: _Judge
    one: Stated
    plain: Verdict

    def verdict(self, until: float) -> Verdict:
        """Search, then say what was found."""
        written = self.one.written
        ranged = scope(self.judge.session.story.document, written.forall)
        if not ranged.total:
            return replace(self.plain, status="vacuous", reason="it ranges over no case")
        asked = self.asked(ranged)
        shares = asked.shares
        if written.quantile is not None:
            return self._for_share(asked, ranged, written.quantile, until)
        if written.at == "worst":
            return self._at_worst(asked, ranged, until)
        proven = ranged.total > MANY and falling(asked, ranged)
        prune = not self.plain.waivers  # which may be for some of the cases that contain a breaking one
        found = search(ranged, asked.over_means, until, falling=proven, prune=prune)
        sampled = any((share.low < share.high).any() for share in shares.values())
        certainty: Certainty = "exact" if asked.exact and asked.decided and not sampled else "statistical"
        telling = Telling(self.one.name, asked, asked.over_means, self._document, mends=not shares)
        return self._told(ranged, found, certainty, telling)

    def asked(self, ranged: Scope) -> Asked:
        """The requirement and whom it is asked of, in so many cases."""
        requirement = self.one.requirement
        head, base = self.judge.meters(requirement)
        level = 1.0 - self.judge.alpha / (max(len(requirement.measured), 1) * ranged.total)
        level = min(level, 1.0 - 1e-15)
        return Asked(requirement, head, base, self._shares(requirement, level), level)

    @property
    def _document(self) -> Document:
        return self.judge.session.story.document

    def _shares(self, requirement: Requirement, level: float) -> dict[tuple[str, str], Interval]:
        """The Sobol' indices that are asked for, for P(catastrophic)."""
        return {
            (m.version, m.measure.parameter): self.judge.sobol_total(self._of(m), m.measure.parameter, level)
            for m in requirement.measured
            if isinstance(m.measure, SobolTotal)
        }

    def _of(self, one: Measured) -> Session:
        if one.version == "base":
            assert self.judge.base is not None
            return self.judge.base
        return self.judge.session

    def _for_share(self, asked: Asked, ranged: Scope, share: float, until: float) -> Verdict:
        if not asked.exact:
            return replace(self.plain, reason=f"a quantile needs diagrams: {asked.head.engine.info.reason}")
        shares: dict[Case, Range] = {}

        def ask(cases: Sequence[Case]) -> Sides:
            sides, kept = for_share(asked, cases, share)
            for i, case in enumerate(cases):
                shares[case] = Range(float(kept.low[i]), float(kept.high[i]))
            return _by_share(sides, kept, share)

        def tell(cases: Sequence[Case]) -> Sides:
            return _by_share(*for_share(asked, cases, share), share)

        found = search(ranged, ask, until)
        certainty: Certainty = "statistical" if asked.head.session.circuit.parameters else "exact"
        telling = Telling(self.one.name, asked, tell, self._document, mends=False)
        told = self._told(ranged, found, certainty, telling)
        least = min(shares.values(), key=lambda each: each.low, default=None)
        return replace(told, share=least, margin=None if least is None else least.low - share)

    def _at_worst(self, asked: Asked, ranged: Scope, until: float) -> Verdict:
        if not asked.exact:
            return replace(self.plain, reason=f"the worst needs diagrams: {asked.head.engine.info.reason}")
        theta: dict[Case, Floats] = {}
        work = BOXES_WORK / min(ranged.total, MOST_AT_WORST)
        tight = True

        def ask(cases: Sequence[Case]) -> Sides:
            nonlocal tight
            worst = [at_worst(asked, case, work) for case in cases]
            theta.update({case: each.theta for case, each in zip(cases, worst, strict=True)})
            sides = _together(worst)
            tight &= not (sides.margin.low < sides.margin.high).any()
            return sides

        def tell(cases: Sequence[Case]) -> Sides:
            return _together([at_worst(asked, case, work) for case in cases])

        found = search(ranged, ask, until)
        telling = Telling(self.one.name, asked, tell, self._document, mends=False, theta=theta)
        told = self._told(ranged, found, "exact", telling)
        return told if tight or told.status != "pass" else replace(told, certainty="bound")

    def _told(self, ranged: Scope, found: Searched, certainty: Certainty, telling: Telling) -> Verdict:
        told = replace(
            self.plain,
            alpha=self.judge.alpha if certainty == "statistical" else 0.0,
            examined=found.examined,
            complete=found.complete,
            certainty=certainty,
        )
        least = found.worst or found.unanswered or found.least
        if least is not None:
            told = replace(told, left=least.left, right=least.right, margin=least.margin)
        if found.bounded:
            told = replace(told, certainty="bound" if certainty == "exact" else certainty)
            return replace(
                told, status="pass", reason=f"with all violated it holds, so in all {ranged.total}"
            )
        if found.breaking:
            return self._broken(told, found, telling)
        if found.undecided or not found.complete:
            return replace(told, status="undecided", certainty=None, reason=_open(found, ranged))
        if found.vacuous == found.examined:
            return replace(told, status="vacuous", reason="its condition is impossible", margin=None)
        reason = f"in {found.vacuous} of {found.examined} cases its condition is impossible"
        return replace(told, status="pass", reason=reason if found.vacuous else "")

    def _broken(self, told: Verdict, found: Searched, telling: Telling) -> Verdict:
        minimal, worst = found.minimal, found.worst
        assert worst is not None
        self.judge.telling[self.one.name] = partial(telling.whole, minimal[0])
        waived = apply(told.waivers, found.breaking, self.one.requirement)
        told = replace(
            told,
            nearest=telling.counterexample(minimal[0]),
            worst=telling.counterexample(worst),
            minimal=tuple(telling.counterexample(one) for one in minimal[:MOST_SHOWN]),
            waivers=waived.uses,
        )
        if waived.left or found.broken > len(found.breaking):
            return replace(told, status="fail", reason=_count(found))
        if found.undecided or not found.complete:
            reason = "all that was found is waived, but not all cases were decided"
            return replace(told, status="undecided", certainty=None, reason=reason)
        return replace(told, status="waived", reason=_count(found))


def _by_share(sides: Sides, kept: Interval, share: float) -> Sides:
    """The sides at the quantile; the margin is by how much of the distribution more keeps it than must."""
    vacuous = sides.vacuous
    margin = Interval(*(np.where(vacuous, np.nan, end - share) for end in (kept.low, kept.high)))
    return Sides(sides.left, sides.right, margin, strict=False)


def _count(found: Searched) -> str:
    cases = "cases breaks" if found.broken == 1 else "cases break"
    if found.pruned:
        minimal = "minimal case breaks" if found.broken == 1 else "minimal cases break"
        return f"{found.broken} {minimal} it, and {found.pruned} that contain one"
    return f"{found.broken} of {found.examined} {cases} it" if found.examined > 1 else ""


def _open(found: Searched, ranged: Scope) -> str:
    if found.undecided:
        more = f" in {found.undecided} of {found.examined} cases" if found.examined > 1 else ""
        return f"too close to the limit for what was sampled or tried, or for rounding{more}"
    return f"the time was enough for {found.examined} of {ranged.total} cases; none of them breaks it"


def _together(worst: Sequence[Worst]) -> Sides:
    """The sides of several cases."""

    def joined(pick: str) -> Interval:
        each = [getattr(one.sides, pick) for one in worst]
        return Interval(np.concatenate([i.low for i in each]), np.concatenate([i.high for i in each]))

    return Sides(joined("left"), joined("right"), joined("margin"), worst[0].sides.strict)


def _sobol_total(session: Session, parameter: str, level: float) -> Interval:
    """Where the total index of a number for P(catastrophic) lies, (1, 1)."""
    from sensa.variance.credence_indices import total_interval
    from sensa.variance.factors import factors

    paths = [one.path for one in session.circuit.parameters]
    row = next(i for i, group in enumerate(factors(session.circuit)) if paths.index(parameter) in group)
    found = total_interval(session, row, "catastrophic", level=level)
    return Interval(np.reshape(found.low, (1, 1)), np.reshape(found.high, (1, 1)))
