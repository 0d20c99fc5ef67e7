"""The measures of all properties of a run, each computed once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sensa.properties.cases import sets_others
from sensa.properties.declared import DeclaredProperty, declared
from sensa.properties.evaluate import Meter
from sensa.properties.meters import Measures, measures
from sensa.sampling.estimates import Interval
from sensa.session import Session
from sensa.stories.properties.measures import Measure
from sensa.stories.properties.requirements import Requirement, SobolTotal


@dataclass(frozen=True)
class RunMeasures:
    """The measures of the story and of its base for all properties.

    `own` are those of the story, if they are known already.
    """

    session: Session
    base: Session | None
    properties: Sequence[DeclaredProperty]
    own: Measures | None = None
    shares: dict[tuple[bool, str, float], Interval] = field(default_factory=dict)

    def meters(self, requirement: Requirement) -> tuple[Meter, Meter | None]:
        """The meters of the story and of its base."""
        head = self.head.meter(measures_of(requirement, base=False))
        base_measures = any(m.version == "base" for m in requirement.measured)
        if not base_measures or self.base is None:
            return head, None
        return head, self.base_measures.meter(measures_of(requirement, base=True))

    @cached_property
    def head(self) -> Measures:
        """The measures of the story."""
        return self.own or self.opened(())

    def opened(self, free: Collection[str]) -> Measures:
        """The measures of the story, with the numbers at the paths in `free` as parameters."""
        found = [m for one in self.properties for m in measures_of(one.requirement, base=False)]
        return measures(self.session, found, opened=self._opened, free=free)

    @cached_property
    def base_measures(self) -> Measures:
        """The measures of the base, for properties that it can answer."""
        assert self.base is not None
        asked = [one.requirement for one in self.properties if not missing_in(one.requirement, self.base)]
        found = [m for one in asked for m in measures_of(one, base=True)]
        return measures(self.base, found, opened=self._opened)

    @property
    def _opened(self) -> bool:
        """Whether a case sets anything other than assumptions."""
        return any(sets_others(one.written.forall) for one in self.properties)

    def sobol_total(self, session: Session, parameter: str, level: float) -> Interval:
        """A total index of P(catastrophic), cached."""
        key = session is self.base, parameter, level
        if key not in self.shares:
            self.shares[key] = _sobol_total(session, parameter, level)
        return self.shares[key]


def own_measures(session: Session) -> Measures:
    """The measures of the story itself in its properties, with a draw for every chance that can be set."""
    asked = [m for one in declared(session.story) for m in measures_of(one.requirement, base=False)]
    return measures(session, asked, opened=True)


def measures_of(requirement: Requirement, *, base: bool) -> list[Measure]:
    """The measures of the base, or of the story, in a requirement, except Sobol' indices."""
    asked = [m.measure for m in requirement.measured if (m.version == "base") == base]
    return [m for m in asked if not isinstance(m, SobolTotal)]


def missing_in(requirement: Requirement, base: Session) -> str | None:
    """The first name in a measure of the base that the base does not have, or None."""
    from sensa.stories.checking.measures import name_problems
    from sensa.stories.checking.view import view_of

    view = view_of(base.story)
    for one in requirement.measured:
        if one.version != "base":
            continue
        if isinstance(one.measure, SobolTotal):
            if one.measure.parameter not in {p.path for p in base.circuit.parameters}:
                return one.measure.parameter
        elif name_problems(view, one.measure):
            return one.text
    return None


def _sobol_total(session: Session, parameter: str, level: float) -> Interval:
    """The interval (1, 1) of the total index of a number for P(catastrophic)."""
    from sensa.variance.credence_indices import total_interval
    from sensa.variance.factors import factors

    paths = [one.path for one in session.circuit.parameters]
    if parameter not in paths:  # it was set to a value, as all others were
        return Interval(np.zeros((1, 1)), np.zeros((1, 1)))
    row = next(i for i, group in enumerate(factors(session.circuit)) if paths.index(parameter) in group)
    found = total_interval(session, row, "catastrophic", level=level)
    return Interval(np.reshape(found.low, (1, 1)), np.reshape(found.high, (1, 1)))
