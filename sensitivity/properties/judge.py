"""Judge the properties of a story by what its circuit gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from time import monotonic

from sensa.engines.protocol import EngineRefusal
from sensa.interrupts import TimeUp
from sensa.properties.cases import Scope, scope
from sensa.properties.declared import DeclaredProperty, declared
from sensa.properties.margins import MeteredRequirement
from sensa.properties.meters import Measures
from sensa.properties.next_try import MORE_TIME
from sensa.properties.property_verdict import PropertyVerdict
from sensa.properties.run_measures import RunMeasures, missing_in
from sensa.properties.verdicts import NO_TIME_FOR_FIX, Counterexample, Judgement, Verdict, WaiverUse
from sensa.properties.waivers import waivers
from sensa.session import Session

MAX_SECONDS = 60.0
ALPHA = 1e-3


def judge(
    session: Session,
    *,
    today: date,
    base: Session | None = None,
    properties: Sequence[DeclaredProperty] | None = None,
    seconds: float = MAX_SECONDS,
    alpha: float = ALPHA,
    head: Measures | None = None,
    details: bool = True,
) -> Judgement:
    """Judge all properties of the story, and further given ones.

    Properties that read `base.` are inactive without a base. If anything is sampled, `alpha` is the chance
    that any verdict of the run is wrong, split evenly among the properties. A property is undecided if
    sampling leaves it open, if its search did not finish within its share of the `seconds`, or was not
    started. `head` are the measures of these properties, if they are known already; without `details`
    nothing is said about what would fix a property. Raises `RunError` if a parameter value breaks the story.
    """
    start = monotonic()
    uses = waivers(session.story, today)
    asked = [*declared(session.story), *(properties or ())]
    if not asked:
        return Judgement((), uses, alpha)
    judged = _Judge(RunMeasures(session, base, asked, head), alpha / len(asked), uses)
    verdicts: list[Verdict] = []
    try:
        _judge_each(judged, asked, verdicts, start + seconds)
        if not details:
            judged.details.clear()
        _add_details(judged, verdicts, start + seconds)
        return _judgement(judged, asked, verdicts, alpha, start)
    except TimeUp:  # wherever it came from; nothing is called here, where another could come
        pass
    return _judgement(judged, asked, verdicts, alpha, start)


def _judge_each(
    judged: "_Judge", asked: Sequence[DeclaredProperty], verdicts: list[Verdict], end: float
) -> None:
    """Add the verdicts that there is time for."""
    progress = judged.run.session.progress
    for number, one in enumerate(asked):
        now = monotonic()
        if number and now >= end:  # judge at least the first one
            break
        progress("judging properties", number / len(asked))
        verdicts.append(judged.verdict(one, now + (end - now) / (len(asked) - number)))


def _add_details(judged: "_Judge", verdicts: list[Verdict], end: float) -> None:
    """Give counterexamples their full details, as far as there is time."""
    for i, verdict in enumerate(verdicts):
        if verdict.name in judged.details and monotonic() < end:
            verdicts[i] = replace(verdict, nearest=judged.details[verdict.name]())
            del judged.details[verdict.name]


def _judgement(
    judged: "_Judge",
    asked: Sequence[DeclaredProperty],
    verdicts: Sequence[Verdict],
    alpha: float,
    start: float,
) -> Judgement:
    """The judgement, including what there was no time for."""
    known = [_without_details(one) if one.name in judged.details else one for one in verdicts]
    late = [judged.late(one) for one in asked[len(verdicts) :]]
    used = {use.place: use for verdict in known for use in verdict.waivers}
    uses = tuple(used.get(use.place, use) for use in judged.uses)
    return Judgement((*known, *late), uses, alpha, monotonic() - start)


def asking(
    session: Session, one: DeclaredProperty, base: Session | None = None, *, alpha: float = ALPHA
) -> tuple[MeteredRequirement, Scope]:
    """The requirement of a property, ready to evaluate, and the cases it ranges over, for other searches.

    The session's story must have what the property names; `alpha` is as in `judge`.
    """
    ranged = scope(session.story.document, one.written.forall)
    judged = _Judge(RunMeasures(session, base, [one]), alpha, ())
    return judged.property_verdict(one, judged.late(one)).asked(ranged), ranged


def _without_details(verdict: Verdict) -> Verdict:
    """A verdict without time for the details of its counterexample."""
    if verdict.nearest is None or not verdict.complete:
        return verdict
    return replace(verdict, reason="; ".join(filter(None, (verdict.reason, NO_TIME_FOR_FIX))))


@dataclass(frozen=True)
class _Judge:
    """Judges properties, with what all verdicts of one run share."""

    run: RunMeasures
    alpha: float  # of one property
    uses: tuple[WaiverUse, ...]
    details: dict[str, Callable[[], Counterexample]] = field(default_factory=dict)

    def late(self, one: DeclaredProperty) -> Verdict:
        """The verdict on a property for which there was no time."""
        return replace(self._plain(one), reason=f"the time was up; {MORE_TIME}", complete=False)

    def _plain(self, one: DeclaredProperty) -> Verdict:
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

    def verdict(self, one: DeclaredProperty, until: float) -> Verdict:
        """The verdict on one property."""
        plain = self._plain(one)
        if any(m.version == "base" for m in one.requirement.measured):
            if self.run.base is None:
                return replace(plain, status="inactive", reason="there is no base to compare with")
            missing = missing_in(one.requirement, self.run.base)
            if missing:
                return replace(plain, status="inactive", reason=f"the base has no `{missing}`")
            plain = replace(plain, base=self.run.base.graph.origin.file)
        try:
            return self.property_verdict(one, plain).verdict(until)
        except EngineRefusal as refusal:
            return replace(plain, reason=f"beyond the budget: {refusal}", complete=False)

    def property_verdict(self, one: DeclaredProperty, plain: Verdict) -> PropertyVerdict:
        """The judge of this one property."""
        return PropertyVerdict(self.run, one, plain, self.alpha, self.details)
