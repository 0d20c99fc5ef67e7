"""One of two stories that are compared: how it ends, and what sampled worlds do not show of that."""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensa.comparing.changes import Moved
from sensa.comparing.path_values import Design, at_one_point, by_importance, design_worlds, possible
from sensa.comparing.shapley_attribution import Shares
from sensa.kernels.program import Floats
from sensa.sampling.estimates import Estimate, interval, spread
from sensa.sampling.run import RARE_PROBABILITY
from sensa.session import Session

Bools = npt.NDArray[np.bool_]
ROUNDING = 1e-12  # relative to the probabilities; smaller differences are none
FLOORS = 3  # of sampled worlds, below which a difference cannot be seen


@dataclass(frozen=True)
class Side:
    """The probabilities of the outcomes of a comparison in one of its stories."""

    values: Floats  # (replicates, outcomes); 0 for those that the story lacks
    refined: Bools  # (outcomes,): whether they are by importance sampling
    unseen: Bools  # (outcomes,): whether they are possible, and no sampled world met them
    limit: Floats  # (outcomes,): upper ends of 95 % intervals of what is unseen
    floor: float  # the least error of sampled worlds

    @property
    def estimate(self) -> Estimate:
        """The means and their standard errors; NaN where unseen."""
        found = spread(self.values)
        error = np.where(self.refined, found.error, np.maximum(found.error, self.floor))
        return Estimate(*(np.where(self.unseen, np.nan, part) for part in (found.mean, error)))

    def told(self, outcome: int) -> tuple[float, float, float | None]:
        """The mean of an outcome, its error, and its upper limit if it is unseen."""
        found, limit = self.estimate, float(self.limit[outcome])
        return float(found.mean[outcome]), float(found.error[outcome]), limit or None

    @property
    def settled(self) -> Bools:
        """Which are known as well as importance sampling has them, or known to be impossible."""
        found: Bools = self.refined | ((self.values == 0).all(axis=0) & ~self.unseen)
        return found


def side(session: Session, plan: Design, values: Floats) -> Side:
    """What worlds show of a story (replicates, outcomes), with rare outcomes by importance sampling.

    Outcomes are re-estimated if the means of the numbers decide, as in a run; see `sampling.rare_outcomes`.
    """
    nothing = np.zeros(len(plan.outcomes), np.bool_)
    if session.ends.way == "exact":
        return Side(values, nothing, nothing, nothing.astype(np.float64), 0.0)
    refined, unseen, found = nothing.copy(), nothing.copy(), values.copy()
    for name in possible(session):
        at = plan.outcomes.index(name)
        again = _again(session, plan, name) if values[:, at].mean() < RARE_PROBABILITY else None
        refined[at] = again is not None
        if again is not None:
            found[:, at] = again
        unseen[at] = not values[:, at].any() and again is None
    between = interval(values, design_worlds(session, plan))
    return Side(found, refined, unseen, np.where(unseen, between.high, 0.0), plan.least_error)


@dataclass(frozen=True)
class Sides:
    """Two stories of a comparison by outcome; `same` if no change can move an outcome."""

    outcomes: tuple[str, ...]
    first: Side
    second: Side
    same: bool

    @property
    def floor(self) -> float:
        """The smallest error of a difference in sampled worlds, one world."""
        return 0.0 if self.same else max(self.first.floor, self.second.floor)

    def moved(self, before: Session | None, after: Session) -> tuple[Moved, ...]:
        """Each outcome before and after; `before` is None without a base."""
        apart = spread(self.second.values - self.first.values).error
        settled = self.first.settled & self.second.settled
        apart = np.where(apart <= ROUNDING * self._largest, 0.0, apart)
        error = np.maximum(apart, np.where(settled, 0.0, self.floor))
        error = np.where(self.first.unseen & self.second.unseen, np.nan, error)
        sessions = [session for session in (before, after) if session is not None]
        kinds = {end.name: end.kind for session in sessions for end in session.circuit.ends}
        there = [[] if before is None else before.outcomes, after.outcomes]
        found = []
        for i, name in enumerate(self.outcomes):
            was, now = (
                one.told(i) if name in names else (None, 0.0, None)
                for one, names in zip((self.first, self.second), there, strict=True)
            )
            both = was[0] is not None and now[0] is not None
            by = float(error[i]) if both else max(was[1], now[1])
            found.append(Moved(name, kinds[name], was[0], now[0], by, was[1], now[1], was[2], now[2]))
        return tuple(found)

    def as_seen(self, shares: Shares, refined: Collection[str]) -> Estimate:
        """What each change moves (changes, outcomes), NaN where worlds show nothing of it.

        Outcomes in `refined` are by importance sampling in all hybrids. What is possible in one of the two
        stories, and too rare for its worlds, is seen only where it moves by more than some worlds.
        """
        again = np.array([name in refined for name in self.outcomes], np.bool_)
        settled = again | (self.first.settled & self.second.settled & ~self._rare)
        scale = np.maximum(self._largest, np.abs(shares.share).max(axis=0, initial=0.0))
        share, error = (
            np.where(np.abs(part) <= ROUNDING * scale, 0.0, part) for part in (shares.share, shares.error)
        )
        error = np.maximum(error, np.where(settled, 0.0, self.floor))
        dark = self._rare & ~again & (np.abs(share) <= FLOORS * self.floor)
        return Estimate(*(np.where(dark | np.isnan(share), np.nan, part) for part in (share, error)))

    @property
    def _largest(self) -> Floats:
        """The larger of both probabilities (outcomes,)."""
        found: Floats = np.maximum(self.first.values.mean(axis=0), self.second.values.mean(axis=0))
        return found

    @property
    def _rare(self) -> Bools:
        """Which are too rare for the worlds of one of the two."""
        first, second = self.first, self.second
        return first.unseen | second.unseen | first.refined | second.refined

    def notes(self, *, before: bool = True) -> Iterator[str]:
        """What sampled worlds do not show."""
        for one, when in ((self.first, "before"), (self.second, "now"))[not before :]:
            unseen = [
                f"{name} (at most {limit:.1e}, at 95 %)"
                for name, limit in zip(self.outcomes, one.limit.tolist(), strict=True)
                if limit
            ]
            if unseen:
                yield f"in no sampled world {when}: {', '.join(unseen)}"
        again = self.first.refined | self.second.refined
        if again.any():
            yield f"by importance sampling: {', '.join(itertools.compress(self.outcomes, again))}"
        if self.floor:
            yield f"worlds are sampled: a difference below about {FLOORS * self.floor:.0e} cannot be seen"


def refinable(plan: Design, first: Side, second: Side) -> tuple[str, ...]:
    """The outcomes that are rare in one story, and by importance sampling wherever they are."""
    rare = first.refined | second.refined
    frequent = [one.settled | (one.values.mean(axis=0) >= RARE_PROBABILITY) for one in (first, second)]
    return tuple(
        name for name, one in zip(plan.outcomes, rare & frequent[0] & frequent[1], strict=True) if one
    )


def _again(session: Session, plan: Design, name: str) -> Floats | None:
    """A rare outcome by importance sampling (replicates,); None if that fails, or numbers are sampled."""
    if session.mean_p is None or not at_one_point(session, plan):
        return None
    return by_importance(session, plan, name, session.mean_p[0])
