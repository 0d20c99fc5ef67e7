"""Evaluate measures of a story in many cases at once: joint and conditioning probabilities, and the loss."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sensa.circuit import read_by
from sensa.engines.capabilities import KnowsCoins, SupportsRanges
from sensa.engines.protocol import FIRST_DRAWS, Draws, Engine
from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.program import Floats
from sensa.kernels.programs import interval_arithmetic
from sensa.methods.boxes import degrees_of
from sensa.methods.conditional_means import Rest
from sensa.methods.impossible import impossible
from sensa.methods.loss_amounts import amounts, holding
from sensa.properties.case_means import CaseMeans
from sensa.properties.cases import Case, force
from sensa.properties.mean_plan import Held, Plan, heavy_losses
from sensa.sampling.budget import MEAN_BATCHES, WORLDS
from sensa.sampling.estimates import Interval
from sensa.sampling.executor import Piece
from sensa.sampling.parameters import evaluate, mean
from sensa.sampling.rare_numbers import RARE_WORDS, unsampled
from sensa.sampling.rare_pairs import unsampled_pairs
from sensa.session import Session
from sensa.stories.properties.measures import Measure

ENDS = (0.05, 0.95)  # levels of the interval in which an uncertain number moves
MAX_KNOWN = 1 << 21  # cached numbers,
OVERHEAD = 32  # and the overhead of a cached result in numbers
PROBABILITIES_AT_ONCE = 1 << 22  # coin probabilities in memory at once

Column = tuple[int, int | None]  # of the joint event of a measure, and of its condition
Drawn = tuple[Floats, Floats]  # coins' probabilities and parameter values at the same samples


@dataclass
class _Known:
    """A bounded cache of results, by whole batches, as the effort depends on their size."""

    means: dict[tuple[Case, ...], CaseMeans] = field(default_factory=dict)
    at: dict[tuple[Case, bytes], Floats] = field(default_factory=dict)
    samples: dict[int, Floats] = field(default_factory=dict)
    drawn: dict[tuple[bool, int, int], Drawn] = field(default_factory=dict)
    rests: dict[tuple[int, ...], Rest] = field(default_factory=dict)
    numbers: int = 0

    def room(self, numbers: int) -> bool:
        """Whether there is room for this many numbers; if so, reserve it."""
        room = self.numbers < MAX_KNOWN
        self.numbers += (numbers + OVERHEAD) * room
        return room


@dataclass(frozen=True, eq=False)
class Meter:
    """Evaluates measures of one story; the columns of its results are gates, and last the loss."""

    session: Session
    gates: tuple[int, ...]
    column: dict[Measure, Column]
    _known: _Known = field(default_factory=_Known)

    @cached_property
    def engine(self) -> Engine:
        """The engine for the gates and the gates of losses."""
        return self.session.engine(self.engine_gates)

    @property
    def engine_gates(self) -> list[int]:
        """The gates, and after them the gates of losses."""
        return [*self.gates, *self._loss_gates]

    @property
    def exact(self) -> bool:
        """Whether every world is counted, not sampled."""
        return self.engine.way == "exact"

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each node."""
        return {node.name: node.kind for node in self.session.graph.nodes}

    @property
    def _loss_gates(self) -> list[int]:
        return sorted({loss.gate for loss in self.session.circuit.losses})

    @cached_property
    def places(self) -> dict[str, int]:
        """The index of each uncertain number, by path."""
        return {parameter.path: i for i, parameter in enumerate(self.session.circuit.parameters)}

    def ends(self, parameter: int) -> tuple[float, float]:
        """The ends of a parameter's central 90 % interval; for an `interval`, its bounds."""
        marginal = self.session.points.sampler.marginals[parameter]
        if self.session.circuit.parameters[parameter].distribution.family == "interval":
            low, high = marginal.support
            return float(low), float(high)
        low, high = marginal.inverse(at_levels(np.array(ENDS)))
        return float(low), float(high)

    def moved(self, case: Case) -> dict[int, float]:
        """The values of parameters that a case moves: an interval end, or the stated value if beyond."""
        if case.change is None or case.change.name not in self.places:
            return {}
        parameter = self.places[case.change.name]
        low, high = self.ends(parameter)
        stated = self.stated(parameter)
        return {parameter: max(high, stated) if case.change.what == "raise" else min(low, stated)}

    def stated(self, parameter: int) -> float:
        """The stated value of a parameter: its mean."""
        return mean(self.session.circuit.parameters[parameter])

    @cached_property
    def middle(self) -> Floats:
        """All parameters at their means."""
        return np.array([self.stated(i) for i in range(len(self.places))])

    def means(self, cases: Sequence[Case]) -> CaseMeans:
        """Means over all parameters except those that a case moves; cached."""
        key = tuple(cases)
        known = self._known.means.get(key)
        if known is None:
            known = self._means_of(cases)
            if self._known.room(known.means.size):
                self._known.means[key] = known
        return known

    def _means_of(self, cases: Sequence[Case]) -> CaseMeans:
        groups = self.by_held(cases)
        if not self.exact:
            return self.sampled(cases, self.plan(list(groups), max(map(len, groups.values()))))
        return self._joined(cases, {held: self.plan([held], len(at)) for held, at in groups.items()})

    def sampled(self, cases: Sequence[Case], plan: Plan) -> CaseMeans:
        """Means computed as planned, for sampled worlds; not cached."""
        return self._joined(cases, dict.fromkeys(self.by_held(cases), plan))

    def _joined(self, cases: Sequence[Case], plans: Mapping[Held, Plan]) -> CaseMeans:
        """Means of cases with a plan for each group of held parameters."""
        groups = self.by_held(cases)
        found = {held: self._means(held, [cases[i] for i in at], plans[held]) for held, at in groups.items()}
        replicates = max(len(means) for means, _ in found.values())
        means = np.empty((replicates, len(cases), len(self.gates) + 1))
        heavy = np.zeros(len(cases), np.bool_)
        for held, at in groups.items():
            means[:, at], heavy[at] = found[held]  # exact means are the same in each replicate
        return self.whole(cases, means, plans, heavy)

    def whole(
        self, cases: Sequence[Case], means: Floats, plans: Mapping[Held, Plan], heavy: npt.NDArray[np.bool_]
    ) -> CaseMeans:
        """Means (replicates, cases, columns) with what is known of the cases beside the sample."""
        worlds, rare = next(iter(plans.values())).worlds, np.zeros((2, *means.shape[1:]))
        for held, at in self.by_held(cases).items():
            own = [cases[i] for i in at]
            rare[:, at] = self._unsampled(held, own, plans[held], means.mean(axis=0)[at])
        costs, never = self.costs(cases), self._impossible(cases, means)
        return CaseMeans(means, worlds, heavy, costs, self._possible_loss(costs), never, rare)

    def _unsampled(self, held: Held, cases: Sequence[Case], plan: Plan, means: Floats) -> Floats:
        """How far means (cases, columns) may be off by values of numbers that are too rare for the sample.

        By each number alone and, where worlds are exact, by pairs; see `unsampled`.
        """
        if plan.at_means:
            return np.zeros((2, *means.shape))
        rest, there, words = self.rest(held), dict(held), RARE_WORDS * (not self.exact)

        def results(theta: Floats) -> Floats:
            return self.each(cases, holding(rest.settled(theta), there), Draws(words=max(words, 1)))

        others = [parameter for parameter in self.relevant if parameter not in there]
        if not others:
            return np.zeros((2, *means.shape))
        sampler = self.session.points.sampler
        off: Floats = unsampled(sampler, others, plan.points, results, words * WORLDS).sum(axis=1)
        if words:
            return off
        pairs = unsampled_pairs(sampler, others, plan.points, plan.replicates, results, means)
        together: Floats = pairs.off.sum(axis=1)
        return off + together

    def _impossible(self, cases: Sequence[Case], means: Floats) -> npt.NDArray[np.bool_]:
        """Whether gates are certainly false (cases, gates), if some have been false in all worlds."""
        unmet = ~means[..., :-1].any(axis=0)
        if self.exact or not unmet.any():
            return np.zeros_like(unmet)
        circuit, p = self.session.circuit, self.session.points.sampler.probabilities(self.certain(Case()))
        return impossible(circuit, p, self.gates, [force(circuit, self.kinds, case) for case in cases])

    def by_held(self, cases: Sequence[Case]) -> dict[Held, list[int]]:
        """The indices of the cases, by the parameters that they move."""
        groups: dict[Held, list[int]] = {}
        for i, case in enumerate(cases):
            groups.setdefault(tuple(self.moved(case).items()), []).append(i)
        return groups

    def plan(self, groups: Collection[Held], passes: int) -> Plan:
        """How means with these parameters held are computed; sampled worlds are the same for all."""
        at_means = all(self.rest(held).exact for held in groups)
        effort = self.session.budget.effort(self.engine, passes)
        if at_means:
            replicates, count = (1 if self.exact else MEAN_BATCHES), 1
        else:
            replicates, count = self.session.budget.replicates, effort.points
        return Plan(at_means, replicates, count, effort, self.engine.way == "montecarlo")

    def rest(self, held: Held) -> Rest:
        """The parameters that are not held; cached."""
        parameters = tuple(dict(held))
        return self._known.rests.setdefault(parameters, Rest(self.session, parameters))

    def theta(self, held: Held, plan: Plan) -> Callable[[int], Floats]:
        """The values (samples, parameters) of each replicate."""
        rest, there = self.rest(held), dict(held)
        if plan.at_means:
            fixed_values = holding(rest.certain, there)
            return lambda replicate: fixed_values
        return lambda replicate: holding(rest.settled(self._theta(replicate, plan.points)), there)

    def _means(self, held: Held, cases: Sequence[Case], plan: Plan) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Means (replicates, cases, columns), and whether each sampled loss is heavy-tailed."""
        means = np.empty((plan.replicates, len(cases), len(self.gates) + 1))
        losses: list[Floats] = []
        drawn = not self.rest(held).losses_decided

        def at(piece: Piece, draws: Draws) -> Floats:
            return self.of(cases, *self._drawn(held, plan, piece.replicate), draws)

        for piece, each in self.session.executor.map(at, plan.pieces, plan.effort):
            means[piece.replicate] = each.mean(axis=1)
            if drawn:
                losses.append(each[:, :, -1])
        return means, heavy_losses(losses, len(cases))

    def _drawn(self, held: Held, plan: Plan, replicate: int) -> Drawn:
        """What the samples of a replicate are; cached if no parameter is held, as most cases need them."""
        key = plan.at_means, plan.points, replicate
        known = None if held else self._known.drawn.get(key)
        if known is not None:
            return known
        theta = self.theta(held, plan)(replicate)
        found = self.session.points.sampler.probabilities(theta), theta
        if not held and self._known.room(sum(part.size for part in found)):
            self._known.drawn[key] = found
        return found

    def costs(self, cases: Sequence[Case]) -> Interval:
        """Bounds of what is lost on average where a gate is true (cases, gates)."""
        losses = self.session.circuit.losses
        at, each = [self.gates.index(one.gate) for one in losses], self.by_held(cases if losses else ())
        found = np.zeros((2, len(cases), len(self.gates)))
        for held, rows in each.items():
            total = np.zeros((len(self.gates), 2))
            np.add.at(total, at, amounts(self.session, dict(held)).T)
            found[:, rows] = total.T[:, None]
        return Interval(*found)

    def _possible_loss(self, costs: Interval) -> Interval:
        """The least and the greatest that the mean loss can be (cases,): of one ending, or 0."""
        circuit, at = self.session.circuit, [self.gates.index(gate) for gate in self._loss_gates]
        always = {loss.outcome for loss in circuit.losses} == {end.name for end in circuit.ends}
        least, most = (np.inf, -np.inf) if always else (0.0, 0.0)
        low, high = costs.low[:, at].min(axis=1, initial=least), costs.high[:, at].max(axis=1, initial=most)
        return Interval(low, high)

    @cached_property
    def decided(self) -> bool:
        """Whether the parameters' means determine all results."""
        return self.rest(()).exact

    def certain(self, case: Case) -> Floats:
        """One sample (1, parameters): the parameters at their means, except those that the case moves."""
        return holding(self.rest(()).certain, self.moved(case))

    def _theta(self, replicate: int, count: int) -> Floats:
        return self.session.points.theta(replicate, count)

    def samples(self, passes: int) -> Floats:
        """Values (samples, parameters) of all parameters from all replicates; one without parameters."""
        if not self.session.circuit.parameters:
            return self.rest(()).certain
        count = self.session.budget.points_for(passes, self.engine.size)
        known = self._known.samples.get(count)
        if known is None:
            known = np.concatenate([self._theta(r, count) for r in range(self.session.budget.replicates)])
            if self._known.room(known.size):
                self._known.samples[count] = known
        return known

    def at(self, cases: Sequence[Case], theta: Floats) -> Floats:
        """Results (cases, samples, columns) of cases at parameter values, except for moved parameters."""
        name = blake2b(np.ascontiguousarray(theta).data).digest()
        return np.stack([self._at(case, theta, name) for case in cases])

    def _at(self, case: Case, theta: Floats, name: bytes) -> Floats:
        known = self._known.at.get((case, name))
        if known is None:
            known = self.each([case], holding(theta, self.moved(case)))[0]
            if self._known.room(known.size):
                self._known.at[case, name] = known
        return known

    def each(self, cases: Sequence[Case], theta: Floats, draws: Draws = FIRST_DRAWS) -> Floats:
        """The same for cases that move no parameter."""
        p = self.session.points.sampler.probabilities(theta)
        return self.of(cases, p, theta, draws)

    def of(self, cases: Sequence[Case], p: Floats, theta: Floats, draws: Draws = FIRST_DRAWS) -> Floats:
        """Results (cases, samples, columns) at coins' probabilities; parameters are for losses only."""
        circuit = self.session.circuit
        out = np.empty((len(cases), len(theta), len(self.gates) + 1))
        at_once = max(PROBABILITIES_AT_ONCE // max(len(theta) * self.engine.roots, 1), 1)
        forces = [force(circuit, self.kinds, case) for case in cases]
        for start in range(0, len(cases), at_once):
            part = slice(start, start + at_once)
            out[part] = self.columns(self.engine.under(p, forces[part], draws), theta)
        return out

    def columns(self, q: Floats, theta: Floats) -> Floats:
        """Results (cases, samples, columns) of the engine's roots `q` (cases, samples, roots)."""
        gates = len(self.gates)
        out = np.empty((*q.shape[:2], gates + 1))
        out[..., :gates] = q[..., :gates]
        out[..., gates] = self._losses(q[..., gates:], theta)
        return out

    def _losses(self, q: Floats, theta: Floats) -> Floats | float:
        losses = self.session.circuit.losses
        if not losses:
            return 0.0
        place = {gate: i for i, gate in enumerate(self._loss_gates)}
        values = evaluate(self.session.circuit, np.array([one.program for one in losses], np.int32), theta)
        at: Floats = (q[:, :, [place[one.gate] for one in losses]] * values).sum(axis=2)
        return at

    def measure(self, columns: Floats, measure: Measure) -> tuple[Floats, Floats | None]:
        """The joint and the conditioning probability of a measure, from columns (…, columns)."""
        asked, given = self.column[measure]
        return columns[..., asked], None if given is None else columns[..., given]

    def enclosed(self, case: Case, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Bounds (boxes, columns) of a case's results over boxes of the parameters."""
        assert isinstance(self.engine, SupportsRanges)
        circuit, gates = self.session.circuit, len(self.gates)
        held = self.moved(case)
        low, high = holding(low, held), holding(high, held)
        programs = np.array([coin.program for coin in circuit.coins], np.int32)
        p = [
            np.clip(end, 0.0, 1.0) for end in interval_arithmetic.programs(circuit.reals, low, high, programs)
        ]
        forced = force(circuit, self.kinds, case)
        q = self.engine.ranges(forced.applied(p[0]), forced.applied(p[1]))
        loss = np.zeros((2, len(low)))
        if circuit.losses:
            at = [self._loss_gates.index(one.gate) + gates for one in circuit.losses]
            amounts = np.array([one.program for one in circuit.losses], np.int32)
            corners = [
                chance[:, at] * x
                for chance in q
                for x in interval_arithmetic.programs(circuit.reals, low, high, amounts)
            ]
            loss = np.stack([np.min(corners, axis=0).sum(axis=1), np.max(corners, axis=0).sum(axis=1)])
        least, most = (np.column_stack([end[:, :gates], x]) for end, x in zip(q, loss, strict=True))
        return least, most

    @cached_property
    def relevant(self) -> tuple[int, ...]:
        """The parameters that any result depends on."""
        circuit, engine = self.session.circuit, self.engine
        coins = engine.coins_read if isinstance(engine, KnowsCoins) else range(len(circuit.coins))
        programs = {circuit.coins[i].program for i in coins} | {loss.program for loss in circuit.losses}
        return tuple(sorted(set[int]().union(*(read_by(circuit, program) for program in programs))))

    def degrees(self, parameters: tuple[int, ...]) -> Floats:
        """Upper bounds on the degrees of the results in these parameters; infinite if not polynomial."""
        assert isinstance(self.engine, KnowsCoins)
        return degrees_of(self.session, self.engine, parameters)
