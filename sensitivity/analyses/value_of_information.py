"""The value of information: the value of knowing more before deciding to go on or to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.circuit import read_by
from sensa.engines.capabilities import SupportsRanges
from sensa.engines.protocol import Draws
from sensa.kernels.distributions.levels import Levels, Marginal, at_scores
from sensa.kernels.distributions.quadrature import legendre, mean_of
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import Holding
from sensa.results import UNDEFINED, described
from sensa.sampling.budget import Effort
from sensa.sampling.estimates import Estimate, spread
from sensa.sampling.parameters import Block, evaluate
from sensa.session import NO_DIAGRAM, Session
from sensa.variance.datasets import with_errors
from sensa.variance.factors import factors

STOPS = ("stated", "break_even")
PANELS, REACH = 32, 16.0  # of a tail: cells of equal width in normal score, and their reach
REGRESSION_DEGREE = 6  # of the Legendre polynomials in one parameter
MAX_COLUMNS = 60  # of the regression on several
NO_LOSSES = "no outcome states a loss, so there is nothing to decide by"


def value_of_information(
    session: Session, *, stop: float = 0.0, groups: Mapping[str, Sequence[str]] | None = None
) -> xr.Dataset:
    """The expected loss saved by knowing something before deciding to go on or to stop.

    Going on costs the loss L of the outcome (0 if none is stated); stopping costs `stop`, whatever is true.
    Without more knowledge the better decision costs min(E L, stop). If X is known first, the decision may
    depend on it: the value of X is min(E L, stop) - E min(E[L | X], stop), never negative, in units of loss.
    `evpi`: X is everything, all parameters and all truths (expected value of perfect information);
    `parameters`: all parameters; `evppi`: one parameter (those that `[[dependence]]` ties are one factor);
    `evppi_group`: the parameters of one declaring table, or those of `groups`.

    There are two costs of stopping: `stated`, and `break_even`, where stopping costs E L, so that both
    decisions are equally good. No other cost of stopping gives information more value.

    Misleads if losses leave out the benefit of going on: without an outcome of negative loss, stopping at
    cost 0 is always right and nothing is worth knowing, as a note says; use `break_even` then, or state the
    gain of success as a negative loss. It is the value of perfect knowledge, an upper bound on that of any
    study. A sum over factors means nothing.

    Exact if only the means of the other parameters matter: the conditional mean is then a function of the
    parameter alone, integrated over its distribution. Else by regression of the loss on the parameter over
    the run's points (Strong, Oakley, Brennan 2014, 10.1177/0272989X13505910), with a standard error from the
    replicates that leaves out the bias of the regression. Values of groups, and of all parameters, are always
    sampled. `exact` says which it was, for each.
    """
    engine = session.exact_ends
    if engine is None or not session.circuit.losses:
        return _nothing(session, NO_LOSSES if engine is not None else NO_DIAGRAM, stop)
    sampled = _sampled(session, engine)
    holding = Holding(session, engine, ())
    mean = _mean(holding, sampled)
    costs = np.array([stop, float(mean.mean)])
    named = _groups(session) if groups is None else dict(groups)
    paths = [p.path for p in session.circuit.parameters]
    members = factors(session.circuit)
    lines = _lines(session, holding, float(mean.mean)) if holding.exact else None
    singles = [_single(session, engine, group, costs, mean, sampled, lines) for group in members]
    several = [sampled.worth([paths.index(path) for path in group], costs, mean) for group in named.values()]
    note = ""
    if stop == 0 and not _ever_gains(session, sampled):
        note = "no outcome has a negative loss: stopping at no cost is right whatever is learned"
    worth = _Worth(
        mean,
        costs,
        evpi=_perfect(sampled, holding, costs, mean),
        parameters=sampled.worth(None, costs, mean),
        singles=stacked([worth for worth, _ in singles]),
        exact=np.array([exact for _, exact in singles], np.bool_),
        groups=stacked(several),
    )
    exact = holding.exact and bool(worth.exact.all())
    return described(_dataset(session, list(named), worth), exact=exact, note=note)


@dataclass(frozen=True)
class _Worth:
    """The expected loss, and the value of knowing everything, all parameters, each, and groups of them."""

    loss: Estimate
    costs: Floats  # of stopping
    evpi: Estimate  # (costs,)
    parameters: Estimate  # (costs,)
    singles: Estimate  # (factors, costs)
    exact: npt.NDArray[np.bool_]  # whether that of each factor is
    groups: Estimate  # (groups, costs)


def _dataset(session: Session, groups: list[str], worth: _Worth) -> xr.Dataset:
    paths = [p.path for p in session.circuit.parameters]
    return xr.Dataset(
        {
            **with_errors((), loss=worth.loss),
            "cost": ("stop", worth.costs),
            **with_errors(("stop",), evpi=worth.evpi, parameters=worth.parameters),
            **with_errors(("factor", "stop"), evppi=worth.singles),
            "exact": ("factor", worth.exact),
            **with_errors(("group", "stop"), evppi_group=worth.groups),
        },
        coords={
            "stop": list(STOPS),
            "factor": [" + ".join(paths[i] for i in group) for group in factors(session.circuit)],
            "group": groups,
        },
    )


def gain(means: Floats, weights: Floats, costs: Floats, expected: float) -> Floats:
    """The loss saved by deciding case by case (..., costs); E L is `expected`, arrays are (cases, ...).

    min(E L, c) - sum w min(m, c), written as the sum of the gains in those cases in which the decision
    changes, so that nothing cancels. `means` are E[L; case], so multiplied by the case's weight.
    """
    beyond = means[..., None] - costs * weights[..., None]
    turned = np.where(expected <= costs, np.maximum(beyond, 0.0), np.maximum(-beyond, 0.0))
    saved: Floats = turned.sum(axis=0)
    return saved


@dataclass(frozen=True)
class Sampled:
    """The run's points: parameters, losses, and the cost and probability of each loss."""

    replicate: Floats
    theta: Floats  # (points, parameters)
    loss: Floats  # (points,)
    each: Floats  # (points, losses): its cost,
    chance: Floats  # (points, losses): and its probability

    def over(self, values: Floats) -> Estimate:
        """The mean of values (points, ...)."""
        return spread(np.stack([values[self.replicate == r].mean(axis=0) for r in np.unique(self.replicate)]))

    def worth(self, members: list[int] | None, costs: Floats, mean: Estimate) -> Estimate:
        """The value (costs,) of knowing these parameters together, or all parameters."""
        known = self.loss if members is None else self._fitted(members)
        saved = gain(known[None], np.ones((1, len(known))), costs, float(mean.mean))
        return self.over(saved)

    def _fitted(self, members: list[int]) -> Floats:
        """E[loss | these] at each point, by least squares."""
        columns = [np.ones(len(self.theta))]
        scores = []
        for i in members:
            x = self.theta[:, i]
            spread_ = x.std()
            if spread_ == 0 or not np.isfinite(spread_):
                continue
            scores.append((x - x.mean()) / spread_)
            level = (np.argsort(np.argsort(x, kind="stable")) + 0.5) / len(x)
            columns += [scores[-1], *np.polynomial.legendre.legvander(2 * level - 1, REGRESSION_DEGREE).T[1:]]
        if len(columns) > MAX_COLUMNS:
            columns = [columns[0], *scores]
        products = [scores[i] * scores[j] for i in range(len(scores)) for j in range(i)]
        columns += products[: max(MAX_COLUMNS - len(columns), 0)]
        basis = np.stack(columns, axis=1)
        centre = self.loss.mean()  # normal equations suffice: columns are nearly orthogonal, or dropped
        weights = np.linalg.lstsq(basis.T @ basis, basis.T @ (self.loss - centre), rcond=1e-11)[0]
        fitted: Floats = centre + basis @ weights
        return fitted


def _sampled(session: Session, engine: SupportsRanges) -> Sampled:
    programs = np.array([loss.program for loss in session.circuit.losses], np.int32)
    columns = session.loss_columns

    def at(block: Block, draws: Draws) -> tuple[Floats, ...]:
        chance = engine.probabilities(block.p)[:, columns]
        each = evaluate(session.circuit, programs, block.theta)
        of = np.full(len(chance), float(block.replicate))
        return of, block.theta, (chance * each).sum(axis=1), each, chance

    effort = Effort(session.budget.points_for(1, engine.size), 0)
    blocks = session.points.blocks(effort.points)
    parts = [part for _, part in session.executor.map(at, blocks, effort)]
    return Sampled(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _mean(holding: Holding, sampled: Sampled) -> Estimate:
    """The expected loss, at the points at which the decisions are taken."""
    if not holding.exact:
        return sampled.over(sampled.loss)
    value = holding(np.empty((1, 0)))[0, 0, -1]
    return Estimate(value, np.zeros_like(value))


def _perfect(sampled: Sampled, holding: Holding, costs: Floats, mean: Estimate) -> Estimate:
    """The value of knowing how the story ends and what it costs."""
    constant = not np.ptp(sampled.each, axis=0).any()
    chance, each = sampled.chance, sampled.each
    if holding.exact and constant:
        engine, session = holding.engine, holding.session
        p = session.points.sampler.probabilities(holding.others)
        chance, each = engine.probabilities(p)[:, session.loss_columns], each[:1]
    rest = np.maximum(1.0 - chance.sum(axis=1, keepdims=True), 0.0)
    weights = np.concatenate([chance, rest], axis=1).T
    means = weights * np.concatenate([each, np.zeros((len(each), 1))], axis=1).T
    saved = gain(means, weights, costs, float(mean.mean))
    return Estimate(saved[0], np.zeros_like(saved[0])) if len(saved) == 1 else sampled.over(saved)


def _single(
    session: Session,
    engine: SupportsRanges,
    group: tuple[int, ...],
    costs: Floats,
    mean: Estimate,
    sampled: Sampled,
    lines: Floats | None,
) -> tuple[Estimate, bool]:
    """The value of knowing one parameter, or those tied together, and whether it is exact."""
    if len(group) > 1:
        return sampled.worth(list(group), costs, mean), False
    (parameter,) = group
    if not any(parameter in read_by(session.circuit, program) for program in _programs(session)):
        return Estimate(np.zeros(len(costs)), np.zeros(len(costs))), True
    marginal = session.points.sampler.marginals[parameter]
    expected = float(mean.mean)
    if lines is not None:
        start, slope = lines[parameter]
        worth = [_of_line(marginal, start, slope, c, expected) for c in costs]
        return Estimate(np.array(worth), np.zeros(len(costs))), True
    holding = Holding(session, engine, group)
    if not holding.exact:
        return sampled.worth(list(group), costs, mean), False

    def gained(levels: Levels, cost: float) -> Floats:
        means: Floats = holding(marginal.inverse(levels)[:, None])[0, :, -1]
        return np.maximum(means - cost if expected <= cost else cost - means, 0.0)

    worth = [mean_of(partial(gained, cost=cost)) for cost in costs.tolist()]
    return Estimate(np.array(worth), np.zeros(len(costs))), True


def _programs(session: Session) -> set[int]:
    """The programs that decide the loss."""
    coins = {coin.program for coin in session.circuit.coins}
    return coins | {loss.program for loss in session.circuit.losses}


def _lines(session: Session, holding: Holding, expected: float) -> Floats:
    """E[L | x] as start and slope (parameters, 2) for each parameter x, if only the means of all matter.

    Each parameter then enters one coin, or only losses, unchanged, so that the conditional mean is linear; it
    is E L at the parameter's mean.
    """
    theta = holding.by_replicate[0]
    rows = np.repeat(theta, theta.shape[1], axis=0)
    for i, marginal in enumerate(session.points.sampler.marginals):
        low, high = (float(marginal.inverse(at_scores(np.array([z])))[0]) for z in (-1.0, 1.0))
        rows[i, i] = low if abs(low - theta[0, i]) > abs(high - theta[0, i]) else high
    moved = np.diagonal(rows) - theta[0]
    losses = holding.each(rows)[:, -1] - expected
    slope = np.divide(losses, moved, out=np.zeros_like(moved), where=moved != 0)
    return np.stack([expected - slope * theta[0], slope], axis=1)


def _of_line(marginal: Marginal, start: float, slope: float, cost: float, expected: float) -> float:
    """E max(s (start + slope X - cost), 0), s = 1 if going on is right without more knowledge, else -1."""
    sign = 1.0 if expected <= cost else -1.0
    if slope == 0 or not np.isfinite(slope):
        return 0.0
    turn = (cost - start) / slope
    up = sign * slope > 0

    def beyond(levels: Levels) -> Floats:
        x = marginal.inverse(levels)
        return np.maximum(x - turn, 0.0) if up else np.maximum(turn - x, 0.0)

    if not marginal.smooth:
        return abs(slope) * mean_of(beyond)
    low, high = marginal.support  # outside, a distribution function may be undefined
    z = float(np.clip(marginal.tails(np.array([turn])).score[0], -REACH, REACH)) if low < turn < high else 0.0
    z = -REACH if turn <= low else REACH if turn >= high else z
    edge = REACH if up else -REACH
    x, w = legendre(12)
    width = (edge - z) / PANELS
    at = (z + width * (np.arange(PANELS)[:, None] + (1 + x) / 2)).ravel()
    density = np.exp(-0.5 * at * at) / np.sqrt(2 * np.pi)
    values = (beyond(at_scores(at)) * density).reshape(PANELS, -1)
    return abs(slope) * float((values @ w).sum() * abs(width) / 2)


def _groups(session: Session) -> dict[str, list[str]]:
    """The parameters of each declaring table that has several."""
    found: dict[str, list[str]] = {}
    for parameter in session.circuit.parameters:
        found.setdefault(parameter.owner, []).append(parameter.path)
    return {owner: paths for owner, paths in found.items() if len(paths) > 1}


def _ever_gains(session: Session, sampled: Sampled) -> bool:
    return bool((sampled.each < 0).any())


def stacked(estimates: list[Estimate]) -> Estimate:
    """Values (costs,) of several things as one estimate (things, costs)."""
    if not estimates:
        return Estimate(np.empty((0, len(STOPS))), np.empty((0, len(STOPS))))
    return Estimate(np.stack([e.mean for e in estimates]), np.stack([e.error for e in estimates]))


def _nothing(session: Session, note: str, stop: float) -> xr.Dataset:
    """A dataset of unknown values."""
    count = len(factors(session.circuit))
    unknown = Estimate(np.full(2, UNDEFINED), np.full(2, UNDEFINED))
    worth = _Worth(
        unknown[0],
        np.array([stop, UNDEFINED]),
        evpi=unknown,
        parameters=unknown,
        singles=stacked([unknown] * count),
        exact=np.zeros(count, np.bool_),
        groups=stacked([]),
    )
    return described(_dataset(session, [], worth), exact=False, note=note)
