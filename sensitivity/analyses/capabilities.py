"""Capability exclusion: what dangerous behaviour requires, and what is left of the risk without it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
import xarray as xr

from sensa.analyses.tipping_points import LIMITS
from sensa.ancestry import Ancestry
from sensa.capability_circuit import MAX_STEPS, Capability, CapabilityCircuit, capability_circuit
from sensa.engines.protocol import NO_FORCE, Force
from sensa.kernels.program import Floats, Ints
from sensa.methods.crossings import crossings
from sensa.methods.statistics_of_means import of_means
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session
from sensa.variance.datasets import with_errors

Texts = np.ndarray[tuple[int, ...], np.dtype[np.str_]]
SURE = 3.0  # standard errors by which a sampled effect must differ from 0
NOTHING = 1e-12  # effects of this size are rounding
ROUNDING = 1e-12  # of a limit, within which the risk counts as at it
MAX_POINTS = 256  # parameter values at which a leak of several draws is moved
LEVELS = np.array([0.0, *np.geomspace(1e-6, 1.0, 25)])  # of a leak, between which crossings are searched
SAMPLED_LEAK = "a leak of several draws has no crossing where worlds are sampled"
NO_CAPABILITIES = "no event behind a catastrophe requires anything"


def capabilities(session: Session, limits: tuple[float, ...] | None = None) -> xr.Dataset:
    """What remains of the catastrophic risk without the capabilities that dangerous behaviour requires.

    A behaviour is an event that a catastrophic outcome depends on, and that has a failure mode or is needed
    by no other event; its capabilities are what it `requires`, and what its `when` joins by `and`. All are
    interventions at all steps; `q` is P(catastrophic).

    `gated` (behaviour, capability): (q - q0) / q, q0 where this behaviour alone finds the capability absent,
    and so happens by its leak only; `gated_in_all` (capability): where it is absent for all that reads it;
    `absent` is that probability. `present`: q if it is there after all; `missed`: if, besides, the
    safeguards against it do not see it (`unseen_by`), and the assumptions by which it is less likely are
    violated (`claimed_absent_by`), for all that rests on them. `route` (behaviour): q if the behaviour has
    another route: it happens wherever its requirements do not hold, `leak` = 1.

    `present_at`, `missed_at` (capability, limit), `leak_at` (behaviour, limit): where q reaches a limit. The
    first is the probability that the capability is there, all else as stated, on the line from `absent` to
    `present`; the second the probability of what `missed` says, on the line from q; the third the leak, NaN
    where it never does. `trials` (capability, limit): the fewest n such that q is within the limit where
    the capability was found in 0 of n independent trials: its probability is then Beta(1/2, n + 1/2), of
    mean 1 / (2 (n + 1)) (Jeffreys 1946, 10.1098/rspa.1946.0056); infinite where not even its absence is
    enough, NaN where that is within 3 errors of sampled worlds.

    `chance` (capability): P(it is there at a step that the story reaches). `opens` (capability, step),
    `happens` (behaviour, step): P(it is there, or happens, for the first time at this step). `shared`
    (capability, other): what both rest on: nodes, then numbers and sources that their other nodes share;
    `missed_both`: q if both are missed, where they share something.

    Each number has its `…_error`: 0 where it is exact, NaN of a leak of several draws.

    Misleads where a requirement is not necessary: look at `route` first. Trials count what elicitation shows,
    and `missed` says what it may not. Gates overlap, so shares do not add up.
    """
    made = capability_circuit(session.graph)
    if made is None:
        return described(xr.Dataset(), exact=True, note=NO_CAPABILITIES)
    own = session.graph.limits
    wanted = np.array(sorted({*own, *LIMITS}) if limits is None else limits)
    asked = _Asked(session, made)
    data = xr.Dataset(
        coords={
            "behaviour": list(made.behaviours),
            "capability": [one.text for one in made.capabilities],
            "other": [one.text for one in made.capabilities],
            "limit": wanted,
            "own": ("limit", [limit in own for limit in wanted.tolist()]),
            "step": np.arange(1, len(session.graph.steps) + 1),
            "required": ("capability", [one.required for one in made.capabilities]),
        }
    )
    data = asked.gates(data)
    data = asked.after_all(data, wanted)
    data = asked.routes(data, wanted)
    data = asked.by_step(data)
    return described(data, how=session.how(asked.engine), note=asked.note)


class _Asked:
    """The interventions of one analysis, and P(catastrophic) under each."""

    def __init__(self, session: Session, made: CapabilityCircuit) -> None:
        self.made = made
        self.session = replace(session, circuit=made.circuit)
        first = [gate for gates in (*made.opens, *made.happens) for gate in gates]
        ends = self.session.circuit.of_kind("catastrophic")
        roots = [root.gate for root in made.circuit.roots]
        self.engine = self.session.engine([*roots, *first])
        self.combine = np.zeros((len(roots) + len(first), 1 + len(first)))
        self.combine[: len(roots), 0] = self.session.by_outcome[: len(roots)] @ ends
        self.combine[len(roots) :, 1:] = np.eye(len(first))
        self.place = np.cumsum([0, *map(len, (*made.opens, *made.happens))]) + 1
        self.note = ""

    def under(self, forces: Sequence[Force]) -> Floats:
        """The risk, and every gate of opening and happening (replicates, forces, 1 + gates)."""
        return self.session.replicated(self.engine, self.combine, forces)

    @cached_property
    def now(self) -> Floats:
        """The same as stated, and each capability absent, and present (replicates, 1 + 2 n, 1 + gates)."""
        force, known = self.made.force, self.made.capabilities
        absent, present = ([force([one.draw(value)]) for one in known] for value in (False, True))
        return self.under([NO_FORCE, *absent, *present])

    @cached_property
    def risk(self) -> Floats:
        """The risk as stated, in each replicate (replicates,)."""
        risk: Floats = self.now[:, 0, 0]
        return risk

    def gates(self, data: xr.Dataset) -> xr.Dataset:
        """How much each capability gates: through each behaviour, and in all."""
        made, count = self.made, len(self.made.capabilities)
        pairs = [(b, c) for c, one in enumerate(made.capabilities) for b in map(self._row, one.behaviours)]
        forces = [made.force([made.capabilities[c].draw(False, made.behaviours[b])]) for b, c in pairs]
        here = self._vanished(self.under(forces)[:, :, 0])
        gated = np.full((2, len(made.behaviours), count), UNDEFINED)
        for at, (b, c) in enumerate(pairs):
            gated[:, b, c] = here.mean[at], here.error[at]
        in_all = self._vanished(self.now[:, 1 : 1 + count, 0])
        risk, chance = spread(self.risk), spread(self._each_chance(self.now[:, 0]))
        both = ("behaviour", "capability")
        return data.assign(
            risk=((), risk.mean),
            risk_error=((), risk.error),
            gated=(both, gated[0]),
            gated_error=(both, gated[1]),
            gated_in_all=("capability", in_all.mean),
            gated_in_all_error=("capability", in_all.error),
            chance=("capability", chance.mean.clip(0.0, 1.0)),
            chance_error=("capability", chance.error),
        )

    def _row(self, behaviour: str) -> int:
        return self.made.behaviours.index(behaviour)

    def _vanished(self, left: Floats) -> Estimate:
        """The share of the risk that is gone where (replicates, n) is left, by the delta method."""
        now = self.risk.mean()
        if now <= 0:
            return Estimate(*(np.full(left.shape[1], UNDEFINED) for _ in range(2)))
        share = left.mean(axis=0) / now
        return Estimate(1.0 - share, spread(left - share * self.risk[:, None]).error / now)

    def after_all(self, data: xr.Dataset, limits: Floats) -> xr.Dataset:
        """The risk if a capability is absent, there after all, or missed; and where that reaches a limit."""
        made, count = self.made, len(self.made.capabilities)
        absent, present = (self.now[:, at : at + count, 0] for at in (1, 1 + count))
        against = self._against()
        draws = [self._missed(one) for one in made.capabilities]
        shared = _shared(Ancestry(self.session.graph), made.capabilities)
        pairs = [(a, b) for a in range(count) for b in range(a) if shared[a, b]]
        forces = [made.force(draws[a], against[a]) for a in range(count)]
        forces += [made.force([*draws[a], *draws[b]], [*against[a], *against[b]]) for a, b in pairs]
        found = self.under(forces)[:, :, 0]
        missed, together = found[:, :count], spread(found[:, count:])
        both = np.full((2, count, count), UNDEFINED)
        for (a, b), value, error in zip(pairs, together.mean, together.error, strict=True):
            both[:, a, b] = both[:, b, a] = value, error
        risk = np.broadcast_to(self.risk[:, None], (len(self.risk), count))
        columns: dict[str, Estimate] = {
            "absent": spread(absent),
            "present": spread(present),
            "missed": spread(missed),
            "present_at": of_means(partial(_crossings, limits=limits), absent, present),
            "missed_at": of_means(partial(_crossings, limits=limits), risk, missed),
            "trials": _trials(absent, present, limits),
        }
        return data.assign(
            with_errors(("capability", "limit"), **columns),
        ).assign(
            claimed_absent_by=("capability", [", ".join(names) for names in against]),
            unseen_by=("capability", [", ".join(one.watchers) for one in made.capabilities]),
            shared=(("capability", "other"), shared),
            missed_both=(("capability", "other"), both[0]),
            missed_both_error=(("capability", "other"), both[1]),
        )

    def _missed(self, one: Capability) -> list[str]:
        return [one.draw(True), *(one.draw(False, watcher) for watcher in one.watchers)]

    def _against(self) -> list[list[str]]:
        """The assumptions of each capability by which it is less likely to be there."""
        known = self.made.capabilities
        names = list(dict.fromkeys(name for one in known for name in one.claims))
        if not names:
            return [[] for _ in known]
        forces = [self.made.force(violated=[name]) for name in names]
        forces += [self.made.force(held=[name]) for name in names]
        found = self.under(forces)
        more = np.stack(
            [self._each_chance(found[:, i] - found[:, len(names) + i]) for i in range(len(names))]
        )
        more = more.transpose(1, 0, 2)  # (replicates, assumptions, capabilities)
        effect = spread(more)
        less = effect.mean > np.maximum(SURE * effect.error, NOTHING)
        return [[name for name in one.claims if less[names.index(name), c]] for c, one in enumerate(known)]

    def _each_chance(self, row: Floats) -> Floats:
        """The sum of each capability's gates (replicates, capabilities)."""
        starts = self.place[: len(self.made.capabilities) + 1]
        return np.stack([row[:, a:b].sum(axis=1) for a, b in pairwise(starts)], axis=1)

    def routes(self, data: xr.Dataset, limits: Floats) -> xr.Dataset:
        """The risk where a behaviour has another route, and the leak at which it reaches a limit."""
        made = self.made
        coins = [made.leaks(name) for name in made.behaviours]
        forces = [Force(own, np.full(len(own), value)) for value in (0.0, 1.0) for own in coins]
        found = self.under(forces)[:, :, 0]
        closed, route = found[:, : len(coins)], found[:, len(coins) :]
        ends, at = spread(route), of_means(partial(_crossings, limits=limits), closed, route)
        several = [i for i, own in enumerate(coins) if len(own) > 1]
        for i in several:
            at.mean[i] = self._leak_at(coins[i], limits)
            at.error[i] = UNDEFINED
        return data.assign(with_errors(("behaviour", "limit"), route=ends, leak_at=at))

    def _leak_at(self, coins: Ints, limits: Floats) -> Floats:
        """The leak, the same in all its draws, at which the risk first reaches each limit."""
        if self.engine.way != "exact":
            self.note = SAMPLED_LEAK
            return np.full(len(limits), UNDEFINED)
        values = self.session.mean_p
        if values is None:
            each = max(MAX_POINTS // self.session.budget.replicates, 2)
            values = np.concatenate([block.p for block in self.session.points.blocks(each)])

        def risks(levels: Floats) -> Floats:
            p = np.tile(values, (len(levels), 1))
            p[:, coins] = np.repeat(levels, len(values))[:, None]
            found: Floats = (self.engine.probabilities(p) @ self.combine[:, 0]).reshape(len(levels), -1)
            return np.asarray(found.mean(axis=1))

        return crossings(risks, LEVELS, limits)

    def by_step(self, data: xr.Dataset) -> xr.Dataset:
        """When each gate opens, and each behaviour first happens; nothing for one step, or very many."""
        made, steps = self.made, len(self.session.graph.steps)
        if not 1 < steps <= MAX_STEPS:
            return data
        count, first = len(made.capabilities), spread(self.now[:, 0, 1:])
        row, error = first.mean.clip(0.0, 1.0).reshape(-1, steps), first.error.reshape(-1, steps)
        return data.assign(
            opens=(("capability", "step"), row[:count]),
            opens_error=(("capability", "step"), error[:count]),
            happens=(("behaviour", "step"), row[count:]),
            happens_error=(("behaviour", "step"), error[count:]),
        )


def _trials(absent: Floats, present: Floats, limits: Floats) -> Estimate:
    """`zero_failure_trials` of means over replicates; NaN where the absent risk is too close to a limit."""
    found, low = of_means(partial(zero_failure_trials, limits=limits), absent, present), spread(absent)
    close = np.abs(limits - low.mean[:, None]) <= SURE * low.error[:, None]
    unsure = close & (low.error[:, None] > 0) & (found.mean > 0)
    return Estimate(*(np.where(unsure, UNDEFINED, part) for part in (found.mean, found.error)))


def zero_failure_trials(absent: Floats, present: Floats, limits: Floats) -> Floats:
    """The fewest trials (capabilities, limits), none with the capability, whose posterior mean holds a limit.

    q = absent + (present - absent) / (2 (n + 1)); 0 where half a chance is within it, infinite where absence
    is not.
    """
    found = np.zeros((len(absent), len(limits)))
    for row, (low, high) in enumerate(zip(absent.tolist(), present.tolist(), strict=True)):
        for column, limit in enumerate(limits.tolist()):
            most = limit * (1.0 + ROUNDING)
            if low + 0.5 * (high - low) <= most:
                continue
            if low >= limit * (1.0 - ROUNDING):
                found[row, column] = math.inf
                continue
            n = max(math.ceil(0.5 * (high - low) / (limit - low)) - 2, 0)
            while low + 0.5 * (high - low) / (n + 1) > most:
                n += 1
            found[row, column] = n
    return found


def _crossings(start: Floats, end: Floats, limits: Floats) -> Floats:
    """Where lines from `start` to `end` (n,) reach limits, as a share of the way; NaN where they do not."""
    slope = (end - start)[:, None]
    found = np.full((len(start), len(limits)), UNDEFINED)
    np.divide(limits - start[:, None], slope, out=found, where=np.abs(slope) > NOTHING)
    within = (found >= -ROUNDING) & (found <= 1 + ROUNDING)
    return np.where(within, np.where(found < ROUNDING, 0.0, found.clip(max=1.0)), UNDEFINED)


def _shared(ancestry: Ancestry, known: Sequence[Capability]) -> Texts:
    """What each two rest on: nodes, and numbers and sources of evidence of their other nodes."""
    found = np.full((len(known), len(known)), "", object)
    for a, one in enumerate(known):
        for b, other in enumerate(known[:a]):
            nodes = [name for name in one.rests_on if name in other.rests_on]
            apart = [[name for name in each.rests_on if name not in nodes] for each in (one, other)]
            numbers = [n for n in ancestry.numbers(apart[0]) if n in ancestry.numbers(apart[1])]
            sources = [s for s in ancestry.sources(apart[0]) if s in ancestry.sources(apart[1])]
            found[a, b] = found[b, a] = "; ".join([*nodes, *numbers, *sources])
    return found.astype(str)
