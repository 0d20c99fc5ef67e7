"""Sobol' indices over the parameters by sampling: Saltelli's design, in a stream of blocks.

First order by Saltelli et al. 2010 (10.1016/j.cpc.2009.09.018), total by Jansen 1999
(10.1016/S0010-4655(98)00154-4). If a factor moves only one draw, the model at A with that factor's column
from B is q(A) + (p_i(B) - p_i(A)) dq/dp_i(A), exactly, since q is multilinear: one gradient serves all such
factors. A and B are the two halves of one scrambled Sobol' net in twice the dimensions, so that the design
can grow without losing points; each replicate is an independent scrambling.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial

import numpy as np

from sensa.circuit import address, read_by
from sensa.engines.capabilities import SupportsExchanges
from sensa.engines.protocol import Draws, Engine, with_values
from sensa.kernels import confidence_intervals
from sensa.kernels import sobol_points as sobol
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import Effort
from sensa.sampling.executor import Piece
from sensa.sampling.over_parameters import SECOND_REPLICATE
from sensa.sampling.parameters import Wanted, coin_probabilities, evaluate, wanted_by_factor
from sensa.session import Session

POINTS_AT_ONCE = 2048  # points at a time
NUMBERS_AT_ONCE = 1 << 21  # probabilities or derivatives computed at once
BACKWARD_PASSES = 4  # cost of a derivative, in forward passes
RELATIVE_ROUNDING = 1e-14  # of the largest value: smaller variation is none


@dataclass(frozen=True)
class Sampled:
    """Indices (replicates, factors, outputs), with means and variances; NaN if an output does not vary."""

    first: Floats
    total: Floats
    variance: Floats  # (outputs,)
    whole: Floats  # (replicates, outputs): each replicate's variance relative to that
    points: int  # of each replicate


@dataclass
class _Sums:
    """Sums over the points of a replicate, of outputs minus a fixed `centre`."""

    factors: int
    outputs: int
    centre: Floats
    count: int = 0
    plain: Floats = field(init=False)  # (2, outputs): of A, of B
    square: Floats = field(init=False)
    change: Floats = field(init=False)  # (factors, outputs): A with the factor of B, minus A
    product: Floats = field(init=False)  # that times B
    change_square: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Set all sums to 0."""
        self.plain, self.square = np.zeros((2, 2, self.outputs))
        self.change, self.product, self.change_square = np.zeros((3, self.factors, self.outputs))


@dataclass(frozen=True)
class Design:
    """Saltelli's design: a session, the factors (indices of parameters), and the outputs.

    Outputs are the outcomes, the kinds, the loss if one is stated, and the share of failures that are
    safe, P(fail_safe | not success).
    """

    session: Session
    factors: tuple[tuple[int, ...], ...]

    @cached_property
    def engine(self) -> Engine:
        """The engine: a diagram if there is one, even if worlds were requested."""
        return self.session.exact_ends or self.session.ends

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.session.outcomes) + len(self.session.circuit.kinds) + 2

    @cached_property
    def rows(self) -> Floats:
        """Combinations (rows, roots): the outcomes, then the gates of each loss."""
        rows = list(self.session.by_outcome.T)
        columns = self.session.loss_columns
        for program in self._programs:
            row = np.zeros(self.engine.roots)
            for column, loss in zip(columns, self.session.circuit.losses, strict=True):
                row[column] += loss.program == program
            rows.append(row)
        return np.stack(rows)

    @cached_property
    def _programs(self) -> list[int]:
        return list(dict.fromkeys(loss.program for loss in self.session.circuit.losses))

    @cached_property
    def wanted(self) -> list[Wanted]:
        """What depends on each factor: its coins, and requirements."""
        return wanted_by_factor(self.session.circuit, self.factors)

    @cached_property
    def single(self) -> tuple[int, ...]:
        """The factors computed by one gradient, if that is cheaper: each moves only its own coin."""
        circuit = self.session.circuit
        single = [
            f
            for f, want in enumerate(self.wanted)
            if len(want.coins) == 1
            and not self.costly & set(self.factors[f])
            and read_by(circuit, circuit.coins[want.coins[0]].program) <= set(self.factors[f])
        ]
        cheaper = self.engine.way == "exact" and len(single) > BACKWARD_PASSES * len(self.rows)
        return tuple(single) if cheaper else ()

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The factors that need a pass of their own."""
        return tuple(f for f in range(len(self.factors)) if f not in set(self.single))

    @cached_property
    def costly(self) -> set[int]:
        """The parameters that losses depend on."""
        return set[int]().union(*(read_by(self.session.circuit, program) for program in self._programs))

    @property
    def block(self) -> int:
        """Points at a time."""
        width = max(len(self.rows) * max(self.session.points.width, 1), 1)
        return max(min(POINTS_AT_ONCE, 1 << max(NUMBERS_AT_ONCE // width, 1).bit_length() - 1), 32)

    @property
    def grows(self) -> bool:
        """Whether more points can be drawn to reach a precision."""
        return True

    @property
    def replicates(self) -> int:
        """The number of replicates of the indices."""
        return self.session.settings.replicates

    def pair(self, replicate: int, start: int, count: int) -> tuple[Floats, ...]:
        """Parameter values (points, parameters) and coins' probabilities (points, coins) at A and at B."""
        a, b = (self.session.points.sampler.theta(units) for units in self.levels(replicate, start, count))
        return (
            a,
            b,
            self.session.points.sampler.probabilities(a),
            self.session.points.sampler.probabilities(b),
        )

    def moved(self, output: int, steps: list[Floats], values: Floats, costs: Floats) -> Floats:
        """An output's change (points, single) if the rows change by `steps` (points, single) each."""
        ends = self.session.circuit.ends
        place = output - len(ends)
        if place < 0:
            return steps[output]
        if place < len(self.session.circuit.kinds):
            return _sum(
                [
                    step
                    for step, end in zip(steps, ends, strict=False)
                    if end.kind == self.session.circuit.kinds[place]
                ]
            )
        if place == len(self.session.circuit.kinds):
            lost = zip(steps[len(ends) :], costs.T, strict=True)
            return _sum([step * cost[:, None] for step, cost in lost] or [np.zeros_like(steps[0])])
        safe = [i for i, end in enumerate(ends) if end.kind == "fail_safe"]
        failed = [i for i, end in enumerate(ends) if end.kind != "success"]
        before = [values[:, rows].sum(axis=1)[:, None] for rows in (safe, failed)]
        after = [at + _sum([steps[i] for i in rows]) for at, rows in zip(before, (safe, failed), strict=True)]
        return ratio(*after) - ratio(*before)

    def levels(self, replicate: int, start: int, count: int) -> tuple[Floats, Floats]:
        """Points of the unit cube (points, parameters) at A and at B."""
        session = self.session
        a = session.points.sampler.units(replicate=replicate, start=start, count=count)
        parameters = session.circuit.parameters
        addresses = np.array([address(f"other {p.path}") for p in parameters], np.uint64)
        key = sobol.keys(addresses, seed=session.settings.seed, replicate=replicate)
        return a, sobol.points(_further(len(parameters)), key, start=start, count=count)

    @property
    def passes(self) -> int:
        """The cost of a point, in passes through the engine."""
        return 2 + len(self.others) + (BACKWARD_PASSES * len(self.rows) if self.single else 0)

    def costs(self, theta: Floats) -> Floats:
        """The value of each loss (samples, losses)."""
        return evaluate(self.session.circuit, np.array(self._programs, np.int32), theta)

    def outputs_at(self, values: Floats, costs: Floats) -> Floats:
        """The outputs (samples, outputs) from the rows' values (samples, rows)."""
        ends = self.session.circuit.ends
        outcomes = values[:, : len(ends)]
        kinds = np.stack(
            [outcomes[:, [e.kind == kind for e in ends]].sum(axis=1) for kind in self.session.circuit.kinds],
            axis=1,
        )
        loss = (values[:, len(ends) :] * costs).sum(axis=1)
        failed = outcomes[:, [e.kind != "success" for e in ends]].sum(axis=1)
        safely = outcomes[:, [e.kind == "fail_safe" for e in ends]].sum(axis=1)
        return np.column_stack([outcomes, kinds, loss, ratio(safely, failed)])


def sampled(design: Design, points: int, words: int = 0, what: str = "sobol_credence") -> Sampled:
    """Indices from all replicates; points are added until a requested precision is reached.

    `points` are those of a replicate, `words` of 64 worlds for each of them, if the engine samples worlds.

    A precision bounds half the width of the widest 95 % interval of the outcomes' indices.
    """
    session = design.session
    wanted = points
    sums: list[_Sums] = []
    done = 0
    most = max((session.settings.samples or 1 << 20) // session.settings.replicates, wanted)
    while True:
        pieces = [
            Piece(replicate, start, min(design.block, wanted - start))
            for replicate in range(design.replicates)
            for start in range(done, wanted, design.block)
        ]
        for piece, readings in session.executor.map(
            partial(_read, design, words), pieces, Effort(wanted, words), what=what, share=_share(pieces)
        ):
            if not sums:
                sums.extend(_started(design, readings[0]))
            _add(design, sums[piece.replicate], piece.count, readings)
        found = _indices(sums, exact=design.engine.way == "exact")
        precision = session.settings.precision
        if precision is None or 2 * wanted > most or not design.grows:
            return found
        ends = len(session.outcomes)
        both = np.concatenate([found.first, found.total], axis=1)[:, :, :ends]
        half = confidence_intervals.half(both.std(axis=0, ddof=1) / np.sqrt(len(both)), len(both))
        if np.nanmax(np.where(np.isnan(half), 0.0, half), initial=0.0) <= precision.value:
            return found
        done, wanted = wanted, 2 * wanted


def _sum(parts: list[Floats]) -> Floats:
    """The sum of one array or more."""
    found = parts[0]
    for part in parts[1:]:
        found = found + part
    return found


def ratio(safely: Floats, failed: Floats) -> Floats:
    """Their ratio; NaN if the story cannot fail."""
    out = np.full(np.broadcast_shapes(safely.shape, failed.shape), np.nan)
    np.divide(safely, failed, out=out, where=failed > 0)
    return out


@cache
def _further(parameters: int) -> sobol.Net:
    """The dimensions after the first `parameters`."""
    return sobol.net(np.arange(parameters, 2 * parameters) % sobol.MAX_DIMENSIONS)


def _share(pieces: Sequence[Piece]) -> Callable[[Piece], float]:
    """The completed share after each piece."""
    done = {(piece.replicate, piece.start): at for at, piece in enumerate(pieces, 1)}
    return lambda piece: done[piece.replicate, piece.start] / len(pieces)


def _read(design: Design, words: int, piece: Piece, draws: Draws) -> "list[_Reading]":
    """The results of a piece; sampled worlds are read twice, independently."""
    points = design.pair(piece.replicate, piece.start, piece.count)
    again = [replace(draws, replicate=piece.replicate + SECOND_REPLICATE)] if words else []
    return [_Reading(design, points, each) for each in (draws, *again)]


def _started(design: Design, first: "_Reading") -> Iterator[_Sums]:
    """Empty sums of all replicates, centred at the mean of the first block."""
    centre = np.nan_to_num((first.at_a.mean(axis=0) + first.at_b.mean(axis=0)) / 2)
    for _ in range(design.replicates):
        yield _Sums(len(design.factors), design.outputs, centre)


def _add(design: Design, into: _Sums, count: int, readings: "Sequence[_Reading]") -> None:
    """Add the results of a piece to the sums."""
    one, again = readings[0], readings[-1]
    into.count += count
    for place, (left, right) in enumerate(((one.at_a, again.at_a), (one.at_b, again.at_b))):
        into.plain[place] += (left - into.centre).sum(axis=0)
        into.square[place] += ((left - into.centre) * (right - into.centre)).sum(axis=0)
    second = again.at_b - into.centre
    single = list(design.single)
    for o in range(design.outputs) if single else ():
        change = one.moved(o)
        other = change if again is one else again.moved(o)
        into.change[single, o] += change.sum(axis=0)
        into.product[single, o] += second[:, o] @ change
        into.change_square[single, o] += np.einsum("pf,pf->f", change, other)
    for f, (change, other) in zip(design.others, _both(one, again), strict=True):
        into.change[f] += change.sum(axis=0)
        into.product[f] += (second * change).sum(axis=0)
        into.change_square[f] += (change * other).sum(axis=0)


def _both(one: "_Reading", again: "_Reading") -> Iterator[tuple[Floats, Floats]]:
    """The changes by each of the `others`, as each reading has them."""
    if again is one:
        return ((change, change) for change in one.exchanged())
    return zip(one.exchanged(), again.exchanged(), strict=True)


class _Reading:
    """The engine's results at a block: outputs at A and at B (points, outputs), and their changes."""

    def __init__(self, design: Design, points: tuple[Floats, ...], draws: Draws) -> None:
        self.design, self.draws = design, draws
        self.a, self.b, self.p_a, p_b = points
        engine, rows = design.engine, design.rows
        self.costs = design.costs(self.a)
        if design.single:
            coins = [int(design.wanted[f].coins[0]) for f in design.single]
            self.values, slopes = engine.gradients(self.p_a, rows, draws=draws)
            steps = (p_b - self.p_a)[:, coins]
            self.steps = [slopes[:, row, coins] * steps for row in range(len(rows))]
        else:
            self.values = engine.probabilities(self.p_a, draws=draws) @ rows.T
        self.at_a = design.outputs_at(self.values, self.costs)
        at_b = engine.probabilities(p_b, draws=draws) @ rows.T
        self.at_b = design.outputs_at(at_b, design.costs(self.b))

    def moved(self, output: int) -> Floats:
        """The change of an output (points, single) if a factor of one draw comes from B."""
        return self.design.moved(output, self.steps, self.values, self.costs)

    def exchanged(self) -> Iterator[Floats]:
        """The changes of all outputs (points, outputs) if a factor comes from B, for each of the `others`."""
        design = self.design
        group = max(NUMBERS_AT_ONCE // max(len(self.a) * design.engine.roots, 1), 1)
        for start in range(0, len(design.others), group):
            some = design.others[start : start + group]
            thetas = [self._with_factor(f) for f in some]
            wanted = [design.wanted[f] for f in some]
            moved = [
                coin_probabilities(design.session.circuit, theta, want)
                for theta, want in zip(thetas, wanted, strict=True)
            ]
            found = self._roots([want.coins for want in wanted], moved)
            for f, theta, there in zip(some, thetas, found, strict=True):
                costs = design.costs(theta) if design.costly & set(design.factors[f]) else self.costs
                yield design.outputs_at(there @ design.rows.T, costs) - self.at_a

    def _with_factor(self, f: int) -> Floats:
        theta, factor = self.a.copy(order="K"), self.design.factors[f]
        theta[:, factor] = self.b[:, factor]
        return theta

    def _roots(self, coins: Sequence[Ints], values: Sequence[Floats]) -> Iterable[Floats]:
        """The roots' probabilities (points, roots) at A with these values of these coins, for each case."""
        engine = self.design.engine
        if isinstance(engine, SupportsExchanges):
            return engine.exchanged(self.p_a, coins, values)
        pairs = zip(coins, values, strict=True)
        return (engine.probabilities(with_values(self.p_a, *each), draws=self.draws) for each in pairs)


def _indices(sums: list[_Sums], *, exact: bool) -> Sampled:
    count = sums[0].count
    plain = np.stack([s.plain for s in sums]) / count
    square = np.stack([s.square for s in sums]) / count
    change = np.stack([s.change for s in sums]) / count
    centre = plain.mean(axis=1, keepdims=True)
    variance: Floats = square.mean(axis=(0, 1)) - plain.mean(axis=(0, 1)) ** 2
    size = np.abs(sums[0].centre) ** 2 + square.mean(axis=(0, 1))
    varies = variance > RELATIVE_ROUNDING * size
    divisor = np.where(varies, variance, np.nan)
    first = np.stack([s.product for s in sums]) / count - centre * change
    total = np.stack([s.change_square for s in sums]) / (2 * count)
    middle = plain.mean(axis=(0, 1))
    spreads = (square - 2 * middle * plain).mean(axis=1)[:, None] + middle**2  # of each replicate
    whole = spreads / divisor
    first, total = (_ratios(each / divisor, whole) for each in (first, total))
    return Sampled(first, total, np.where(varies, variance, 0.0), whole[:, 0], count)


def _ratios(parts: Floats, whole: Floats) -> Floats:
    """Parts of the variance (replicates, factors, outputs) as shares of it, by replicate.

    Their mean is that of the parts over that of the `whole` (replicates, 1, outputs), here 1; their spread
    is that of a ratio of means, to first order (Cochran 1977, Sampling Techniques, 6.3).
    """
    index = parts.mean(axis=0)
    shares: Floats = index + parts - index * whole
    return shares
