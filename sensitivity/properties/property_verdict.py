"""Judge one property: search its cases, and make a verdict of the result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sensa.kernels.program import Floats
from sensa.methods.boxes import BOXES_WORK
from sensa.properties.case_search import MIN_PROOF_CASES, Searched, search
from sensa.properties.cases import Case, Scope, scope
from sensa.properties.counterexamples import CounterexampleBuilder
from sensa.properties.declared import DeclaredProperty
from sensa.properties.margins import MeteredRequirement, intervals
from sensa.properties.monotonicity import falling
from sensa.properties.next_try import MORE_TIME, next_try
from sensa.properties.quantile_and_worst import Worst, at_worst, for_share
from sensa.properties.run_measures import RunMeasures
from sensa.properties.sides import Sides
from sensa.properties.verdicts import Certainty, Counterexample, Range, Verdict
from sensa.properties.waivers import apply
from sensa.sampling.estimates import Interval
from sensa.session import Session
from sensa.stories.properties.requirements import Measured, Requirement, SobolTotal
from sensa.stories.schema.document import Document

MAX_MINIMAL_SHOWN = 20  # minimal sets that a verdict lists
MAX_CASES_AT_WORST = 64  # that share the work of one search for a worst


@dataclass(frozen=True)
class PropertyVerdict:
    """Judges one property."""

    run: RunMeasures
    one: DeclaredProperty
    plain: Verdict  # the verdict before anything is found
    alpha: float  # the chance that the verdict is wrong, if anything is sampled
    details: dict[str, Callable[[], Counterexample]]  # full counterexamples by property, for later

    def verdict(self, until: float) -> Verdict:
        """Search the cases and return the verdict."""
        written = self.one.written
        ranged = scope(self.run.session.story.document, written.forall)
        if not ranged.total:
            return replace(self.plain, status="vacuous", reason="it ranges over no case")
        asked = self.asked(ranged)
        shares = asked.shares
        if written.quantile is not None:
            return self._for_share(asked, ranged, written.quantile, until)
        if written.at == "worst":
            return self._at_worst(asked, ranged, until)
        proven = ranged.total > MIN_PROOF_CASES and falling(asked, ranged)
        prune = not self.plain.waivers  # a waiver may apply to a case that contains a breaking one
        found = search(ranged, asked.over_means, until, falling=proven, prune=prune)
        sampled = any((share.low < share.high).any() for share in shares.values())
        certainty: Certainty = "exact" if asked.exact and asked.decided and not sampled else "statistical"
        builder = CounterexampleBuilder(
            self.one.name, asked, asked.over_means, self._document, with_fix=not shares
        )
        return self._verdict(ranged, found, certainty, builder, until)

    def asked(self, ranged: Scope) -> MeteredRequirement:
        """The requirement with its meters, and a confidence level for this many cases."""
        requirement = self.one.requirement
        head, base = self.run.meters(requirement)
        exact = head.exact and (base is None or base.exact)  # then the margin alone has an interval
        count = max(len(requirement.measured), 1) if exact else intervals(requirement)
        level = 1.0 - self.alpha / (count * ranged.total)
        level = min(level, 1.0 - 1e-15)
        return MeteredRequirement(requirement, head, base, self._shares(requirement, level), level)

    @property
    def _document(self) -> Document:
        return self.run.session.story.document

    def _shares(self, requirement: Requirement, level: float) -> dict[tuple[str, str], Interval]:
        """The Sobol' indices of P(catastrophic) in the requirement."""
        return {
            (m.version, m.measure.parameter): self.run.sobol_total(self._of(m), m.measure.parameter, level)
            for m in requirement.measured
            if isinstance(m.measure, SobolTotal)
        }

    def _of(self, one: Measured) -> Session:
        if one.version == "base":
            assert self.run.base is not None
            return self.run.base
        return self.run.session

    def _for_share(self, asked: MeteredRequirement, ranged: Scope, share: float, until: float) -> Verdict:
        if not asked.exact:
            return self._needs_diagrams("a quantile", asked, until)
        shares: dict[Case, Range] = {}

        def ask(cases: Sequence[Case]) -> Sides:
            sides, kept = for_share(asked, cases, share)
            for i, case in enumerate(cases):
                shares[case] = Range(float(kept.low[i]), float(kept.high[i]))
            return _by_share(sides, kept, share)

        def evaluate_again(cases: Sequence[Case]) -> Sides:
            return _by_share(*for_share(asked, cases, share), share)

        found = search(ranged, ask, until)
        certainty: Certainty = "statistical" if asked.head.session.circuit.parameters else "exact"
        builder = CounterexampleBuilder(self.one.name, asked, evaluate_again, self._document, with_fix=False)
        verdict = self._verdict(ranged, found, certainty, builder, until)
        least = min(shares.values(), key=lambda each: each.low, default=None)
        return replace(verdict, share=least, margin=None if least is None else least.low - share)

    def _at_worst(self, asked: MeteredRequirement, ranged: Scope, until: float) -> Verdict:
        if not asked.exact:
            return self._needs_diagrams("the worst", asked, until)
        theta: dict[Case, Floats] = {}
        work = BOXES_WORK / min(ranged.total, MAX_CASES_AT_WORST)
        tight = True

        def ask(cases: Sequence[Case]) -> Sides:
            nonlocal tight
            worst = [at_worst(asked, case, work) for case in cases]
            theta.update({case: each.theta for case, each in zip(cases, worst, strict=True)})
            sides = _together(worst)
            tight &= not (sides.margin.low < sides.margin.high).any()
            return sides

        def evaluate_again(cases: Sequence[Case]) -> Sides:
            return _together([at_worst(asked, case, work) for case in cases])

        found = search(ranged, ask, until)
        builder = CounterexampleBuilder(
            self.one.name, asked, evaluate_again, self._document, with_fix=False, theta=theta
        )
        verdict = self._verdict(ranged, found, "exact", builder, until)
        return verdict if tight or verdict.status != "pass" else replace(verdict, certainty="bound")

    def _needs_diagrams(self, what: str, asked: MeteredRequirement, until: float) -> Verdict:
        """The verdict on what worlds cannot answer."""
        reason = f"{what} needs diagrams: {asked.head.engine.info.reason}; {next_try(asked, until)}"
        return replace(self.plain, reason=reason)

    def _undecided(
        self, verdict: Verdict, found: Searched, ranged: Scope, asked: MeteredRequirement, until: float
    ) -> Verdict:
        """The verdict on what sampling or the time leaves open, with what to try next."""
        said = [_open(found, ranged), next_try(asked, until) if found.undecided else MORE_TIME]
        return replace(verdict, status="undecided", certainty=None, reason="; ".join(filter(None, said)))

    def _verdict(
        self,
        ranged: Scope,
        found: Searched,
        certainty: Certainty,
        builder: CounterexampleBuilder,
        until: float,
    ) -> Verdict:
        verdict = replace(
            self.plain,
            alpha=self.alpha if certainty == "statistical" else 0.0,
            examined=found.examined,
            complete=found.complete,
            certainty=certainty,
        )
        least = found.worst or found.unanswered or found.least
        if least is not None:
            paired = least.between if builder.asked.paired else None
            verdict = replace(
                verdict, left=least.left, right=least.right, margin=least.margin, paired_margin=paired
            )
        if found.bounded:
            verdict = replace(verdict, certainty="bound" if certainty == "exact" else certainty)
            return replace(
                verdict, status="pass", reason=f"it holds with all violated, so in all {ranged.total} cases"
            )
        if found.breaking:
            return self._broken(verdict, found, builder)
        if found.undecided or not found.complete:
            return self._undecided(verdict, found, ranged, builder.asked, until)
        if found.vacuous == found.examined:
            return replace(verdict, status="vacuous", reason="its condition is impossible", margin=None)
        reason = f"in {found.vacuous} of {found.examined} cases its condition is impossible"
        return replace(verdict, status="pass", reason=reason if found.vacuous else "")

    def _broken(self, verdict: Verdict, found: Searched, builder: CounterexampleBuilder) -> Verdict:
        minimal, worst = found.minimal, found.worst
        assert worst is not None
        self.details[self.one.name] = partial(builder.whole, minimal[0])
        waived = apply(verdict.waivers, found.breaking, self.one.requirement)
        verdict = replace(
            verdict,
            nearest=builder.counterexample(minimal[0]),
            worst=builder.counterexample(worst),
            minimal=tuple(builder.counterexample(one) for one in minimal[:MAX_MINIMAL_SHOWN]),
            waivers=waived.uses,
        )
        if waived.left or found.broken > len(found.breaking):
            return replace(verdict, status="fail", reason=_count(found))
        if found.undecided or not found.complete:
            reason = "all breaking cases found are waived, but not all cases were decided"
            return replace(verdict, status="undecided", certainty=None, reason=reason)
        return replace(verdict, status="waived", reason=_count(found))


def _by_share(sides: Sides, kept: Interval, share: float) -> Sides:
    """The sides at the quantile; the margin is the share of the distribution beyond the required one."""
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
        if found.unmet == found.undecided:
            return f"no sampled world meets what it conditions on or divides by{more}"
        return f"too close to the limit for the samples, the values tried, or rounding{more}"
    return f"there was time for {found.examined} of {ranged.total} cases; none of them breaks it"


def _together(worst: Sequence[Worst]) -> Sides:
    """The sides of several cases."""

    def joined(pick: str) -> Interval:
        each = [getattr(one.sides, pick) for one in worst]
        return Interval(np.concatenate([i.low for i in each]), np.concatenate([i.high for i in each]))

    return Sides(joined("left"), joined("right"), joined("margin"), worst[0].sides.strict)
