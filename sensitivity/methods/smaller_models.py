"""What smaller models did, as numbers state it by `extrapolate`: rows, nodes of the posterior, backtests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import betainc, expit

from sensa.graph import Parameter
from sensa.kernels.distributions import extrapolation, partial_pooling
from sensa.kernels.distributions.levels import Marginal, at_scores
from sensa.kernels.distributions.logistic_posterior import conditional_slopes
from sensa.kernels.distributions.marginals import marginal
from sensa.kernels.distributions.quadrature import legendre
from sensa.kernels.program import Floats
from sensa.results import UNDEFINED

FORMS = ("extrapolate", "extrapolate_families")
NODES, REACH = 240, 8.5  # over the normal score
NEGLIGIBLE = 1e-13  # weight of a node
INSIDE = 0.9  # the level of intervals
SOURCES = ("sampling", "slope", "family", "break")


@dataclass(frozen=True)
class Row:
    """Trials of one family at one scale."""

    family: int
    scale: float
    trials: float
    held: float


@dataclass(frozen=True)
class Test:
    """A row that was left out, and its distribution by the rest: P(K <= held), P(K >= held)."""

    row: Row
    mean: float  # of the share that holds
    low: float  # counts
    high: float
    below: float
    above: float

    @property
    def surprise(self) -> float:
        """The two-sided probability of a count as far out."""
        return min(1.0, 2 * min(self.below, self.above))

    @property
    def inside(self) -> bool:
        """Whether the count is within the central interval."""
        return min(self.below, self.above) >= (1 - INSIDE) / 2


@dataclass(frozen=True)
class Nodes:
    """The posterior as weighted points: log-odds at the target before a bend, and the slope per decade."""

    odds: Floats
    slope: Floats
    weight: Floats
    bend: Floats  # values of the bend at the target,
    bend_weight: Floats  # and their weights


@dataclass(frozen=True)
class Evidence:
    """The rows behind one extrapolated number."""

    rows: tuple[Row, ...]
    names: tuple[str, ...]  # of the families; none for one family without a name
    at: float
    of: int = -1  # the target's family; -1 for a new one
    chance: float = 0.0
    sd: float = 0.0

    @property
    def decades(self) -> float:
        """From the largest scale tried to the target; below 0 if that is smaller."""
        return float(np.log10(self.at) - np.log10(max(row.scale for row in self.rows)))

    @property
    def seen(self) -> tuple[float, float]:
        """How many trials held, of how many."""
        return sum(row.held for row in self.rows), sum(row.trials for row in self.rows)

    @property
    def arguments(self) -> tuple[str, tuple[float, ...]]:
        """The family of distributions, and its arguments."""
        if not self.names:
            rows = [v for row in self.rows for v in (row.scale, row.trials, row.held)]
            return "extrapolate", (self.at, *rows)
        rows = [v for row in self.rows for v in (float(row.family), row.scale, row.trials, row.held)]
        args = (self.at, float(self.of), self.chance, self.sd, *rows)
        return "extrapolate_families", args

    @cached_property
    def marginal(self) -> Marginal:
        """The posterior of the number."""
        return marginal(*self.arguments)

    def shares(self) -> dict[str, float]:
        """Shares of the variance of the log-odds at the target, which add up to 1.

        Line and level are split where they are uncorrelated: `sampling` is the variance of the line at the
        scale at which it is best known, `slope` what its slope adds up to the target, `family` that of a
        family that was not tried, `break` that of the bend. Undefined where the variance is infinite, as with
        one family and separated data.
        """
        if self.names:
            data, joint = partial_pooling.fitted(self.arguments[1])
            by_level, by_slope = joint.weight.sum(axis=1), joint.weight.sum(axis=0)
            level, slope = joint.level - by_level @ joint.level, joint.slope - by_slope @ joint.slope
            family = joint.spread if self.of < 0 else 0.0
            both, steep = float(level @ joint.weight @ slope), float(slope**2 @ by_slope)
            base, x = float(level**2 @ by_level) - family, data.target
            bend = data.chance * data.bend**2
        elif _separated(self.rows):
            return dict.fromkeys(SOURCES, UNDEFINED)
        else:
            family = bend = 0.0
            x = 1.0
            logs = np.log10([row.scale for row in self.rows])
            middle = float(logs.mean())
            span = float(np.log10(self.at)) - middle or 1.0
            at = [_variance(replace(self, at=10.0 ** (middle + span * k))) for k in (-1.0, 0.0, 1.0)]
            base, both, steep = at[1], (at[2] - at[0]) / 4, (at[2] + at[0]) / 2 - at[1]
            x = 1.0 if float(np.log10(self.at)) != middle else 0.0
        parts = (base - both**2 / steep, steep * (x + both / steep) ** 2, family, bend)
        total = sum(parts)
        return {name: part / total for name, part in zip(SOURCES, parts, strict=True)}

    def nodes(self) -> Nodes:
        """The posterior as weighted points."""
        x, w = legendre(NODES)
        if self.names:
            data, joint = partial_pooling.fitted(self.arguments[1])
            i, j = np.nonzero(joint.weight > NEGLIGIBLE)
            unit = _unit(self.rows)
            odds = joint.level[i] + joint.slope[j] * data.target
            near, weight = np.polynomial.hermite_e.hermegauss(21)
            bend = np.append(near * data.bend, 0.0)
            of_bend = np.append(weight / weight.sum() * data.chance, 1 - data.chance)
            kept = joint.weight[i, j]
            return Nodes(odds, joint.slope[j] / unit, kept / kept.sum(), bend, of_bend)
        data_ = extrapolation.scaled(self.arguments[1])
        z = REACH * x
        weight = REACH * w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
        odds = self.marginal.odds(at_scores(z))
        mode = extrapolation.laplace(data_)
        which, beta, given = conditional_slopes(data_, mode, odds - mode.eta)
        weight = weight[which] * given
        some = weight > NEGLIGIBLE
        slope, weight = beta[some] / _unit(self.rows), weight[some]
        return Nodes(odds[which][some], slope, weight / weight.sum(), np.zeros(1), np.ones(1))

    def backtest(self) -> Iterator[Test]:
        """Each family's largest scale, left out for all families at once and predicted from the rest.

        A family that was tried at one scale is kept. Nothing where fewer than two scales are left.
        """
        largest = {f: max(r.scale for r in self.rows if r.family == f) for f in {r.family for r in self.rows}}
        several = {f for f in largest if len({r.scale for r in self.rows if r.family == f}) > 1}
        left = [r for r in self.rows if r.family in several and r.scale == largest[r.family]]
        rest = tuple(row for row in self.rows if row not in left)
        if len({row.scale for row in rest}) < 2:
            return
        for row in left:
            if row.trials:
                made = replace(self, rows=rest, at=row.scale, of=row.family)
                yield _tested(row, made.marginal)


def evidence(parameter: Parameter) -> Evidence | None:
    """The rows behind a number that is extrapolated; None for any other."""
    distribution = parameter.distribution
    args = distribution.args
    if distribution.family == "extrapolate":
        rows = np.array(args[1:]).reshape(-1, 3).tolist()
        return Evidence(tuple(Row(0, *row) for row in rows), (), args[0])
    if distribution.family == "extrapolate_families":
        at, of, chance, sd = args[:4]
        each = np.array(args[4:]).reshape(-1, 4).tolist()
        rows_ = tuple(Row(int(family), *rest) for family, *rest in each)
        return Evidence(rows_, distribution.names, at, int(of), chance, sd)
    return None


def _unit(rows: tuple[Row, ...]) -> float:
    """How many decades one unit of the scaled input is."""
    spread = float(np.std(np.log10([row.scale for row in rows]), ddof=1)) if len(rows) > 1 else 0.0
    return 2.0 * spread if spread > 0 else 1.0


def _variance(of: Evidence) -> float:
    """The variance of the log-odds."""
    x, w = legendre(NODES)
    z = REACH * x
    weight = REACH * w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    odds = of.marginal.odds(at_scores(z))
    mean = float(odds @ weight)
    return float((odds - mean) ** 2 @ weight)


def _separated(rows: tuple[Row, ...]) -> bool:
    """Whether some line fits all rows ever better the steeper or the higher it is."""
    x = np.log10([row.scale for row in rows if row.trials])
    held = np.array([row.held for row in rows if row.trials]) > 0
    failed = np.array([row.trials - row.held for row in rows if row.trials]) > 0
    lines = [np.ones_like(x), -np.ones_like(x), *(sign * (x - x0) for x0 in x for sign in (1.0, -1.0))]
    return any(bool((~held | (y >= 0)).all() and (~failed | (y <= 0)).all() and y.any()) for y in lines)


def _tested(row: Row, of: Marginal) -> Test:
    x, w = legendre(NODES)
    z = REACH * x
    weight = REACH * w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    y = of.odds(at_scores(z))
    p, q = expit(y), expit(-y)

    def at_most(k: float) -> float:
        """P(K <= k), averaged over p."""
        return 0.0 if k < 0 else 1.0 if k >= row.trials else float(betainc(row.trials - k, k + 1, q) @ weight)

    def quantile(level: float) -> float:
        low, high = -1, int(np.ceil(row.trials))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if at_most(middle) >= level else (middle, high)
        return float(high)

    tail = (1 - INSIDE) / 2
    above = 1 - at_most(row.held - 1) if row.held > 0 else 1.0
    mean = float(p @ weight)
    return Test(row, mean, quantile(tail), quantile(1 - tail), at_most(row.held), above)
