"""Experts: results by each alone and without each, and the effect of their disagreement."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sensa.engines.capabilities import SupportsRanges
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import Holding
from sensa.methods.outputs import outputs
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import deviation
from sensa.session import NO_DIAGRAM, Session

if TYPE_CHECKING:
    from sensa.graph import ExpertDraw, Parameter

POOLS = ("linear", "odds")
MAX_POINTS = 4096  # parameter values for each variant's spread, at most
MAX_TOGETHER = 256  # joint choices of one expert for each number
NO_EXPERTS = "no number is given by experts"

Drawn = Mapping[int, "ExpertDraw"]  # draws of experts for all numbers, by parameter
Change = dict[int, "Parameter"]  # parameters by index, and their replacements


def experts(session: Session) -> xr.Dataset:
    """How much each outcome, kind and the loss depend on the experts, and on how their answers are pooled.

    `mean` and `sd` are the story's. `without`: the mean without one expert, for all numbers (the
    others' weights unchanged); `alone`: the mean with only this expert's answers, where given;
    `…_sd`: their standard deviations over the parameters. `pooled`: the mean with all numbers pooled
    linearly (a mixture), or in log-odds where possible (probabilities without an answer of 0 or 1).
    `disagreement`: the share of the variance of the outcome's probability that is between experts, for each
    number: Var E[q | expert] / Var q, by the law of total variance under linear pooling, and
    `disagreement_together` over all numbers, with an independent expert for each. The rest is the
    experts' own uncertainty, and other parameters.

    Misleads if experts share their sources: ten experts who read one paper look like ten sources. A small
    share means that they agree, not that they are right; and a linear pool of confident experts who disagree
    has a variance that none of them has. Leaving out the only expert of a number is not defined (NaN).

    Means are exact if they depend on the parameters' means only, else over scrambled points; standard
    deviations and shares are always over points, the same for every variant.
    """
    names, of, matrix = outputs(session.circuit)
    asked, draws, people = asked_of(session)
    engine = session.exact_ends
    if not asked or engine is None:
        note = NO_EXPERTS if not asked else NO_DIAGRAM
        return _dataset(_Panel(asked, people), names, of, _Found(), exact=False, note=note)
    of_change = _Variants(session, engine, matrix)
    story = of_change({})
    linear = _linear(asked)
    found = _Found(
        story=story,
        without=[of_change(_without(asked, draws, name)) for name in people],
        alone=[of_change(alone(asked, draws, name)) for name in people],
        pooled=[of_change(linear), of_change(_odds(asked))],
    )
    variance = found.pooled[0].sd ** 2
    shares = [_between(of_change, linear, [i], variance) for i in asked]
    together = _between(of_change, linear, list(asked), variance)
    found = replace(found, shares=shares, together=together)
    kept = [p.path for p in asked.values() if not _poolable(p)]
    note = f"pooled linearly in both cases: {', '.join(kept)}" if kept else ""
    exact = story.exact and all(v.exact for v in (*found.alone, *found.pooled))
    return _dataset(_Panel(asked, people), names, of, found, exact=exact, note=note)


def asked_of(session: Session) -> tuple[dict[int, "Parameter"], Drawn, list[str]]:
    """The numbers that experts answered, by parameter; the draws of experts for all numbers; the experts."""
    draws = {draw.parameter: draw for draw in session.graph.draws}
    parameters = enumerate(session.circuit.parameters)
    asked = {i: p for i, p in parameters if p.distribution.experts or i in draws}
    people = dict.fromkeys(
        name
        for i, p in asked.items()
        for name in ((draws[i].first, *draws[i].others) if i in draws else p.distribution.experts)
    )
    return asked, draws, list(people)


@dataclass(frozen=True)
class _Panel:
    """The experts and the numbers that they answered, by parameter."""

    numbers: dict[int, "Parameter"]
    people: list[str]


@dataclass(frozen=True)
class _Variant:
    """Mean and spread (outputs,) of a variant of the story; NaN if it does not exist."""

    mean: Floats
    sd: Floats
    exact: bool


@dataclass(frozen=True)
class _Found:
    """All results; empty by default."""

    story: _Variant | None = None
    without: Sequence[_Variant] = ()
    alone: Sequence[_Variant] = ()
    pooled: Sequence[_Variant] = ()
    shares: Sequence[Floats] = ()
    together: Floats | None = None


@dataclass(frozen=True)
class _Variants:
    """Variants of the story with other answers, at the same points."""

    session: Session
    engine: SupportsRanges
    matrix: Floats

    def __call__(self, change: Change | None) -> _Variant:
        if change is None:
            nothing = np.full(self.matrix.shape[1], UNDEFINED)
            return _Variant(nothing, nothing, True)
        holding = self.holding(change)
        session = holding.session
        points = max(min(MAX_POINTS, session.settings.points) // session.budget.replicates, 2)
        theta = [session.points.theta(r, points) for r in range(session.budget.replicates)]
        values = holding.each(np.concatenate(theta)) @ self.matrix
        mean = self.mean(change) if holding.exact else values.mean(axis=0)
        return _Variant(mean, deviation(values), holding.exact)

    def mean(self, change: Change) -> Floats:
        """Only the means (outputs,)."""
        means: Floats = self.holding(change)(np.empty((1, 0))).mean(axis=0)[0] @ self.matrix
        return means

    def holding(self, change: Change) -> Holding:
        parameters = tuple(change.get(i, p) for i, p in enumerate(self.session.circuit.parameters))
        return Holding(
            replace(self.session, circuit=replace(self.session.circuit, parameters=parameters)),
            self.engine,
            (),
        )


def _without(asked: dict[int, "Parameter"], draws: Drawn, name: str) -> Change | None:
    """The numbers that this expert answered, by the other experts; None if a number has no other."""
    change: Change = {}
    for i, parameter in asked.items():
        if i in draws:
            change |= _without_drawing(parameter, draws[i], name)
            continue
        of = parameter.distribution
        others = [j for j, other in enumerate(of.experts) if other != name]
        if len(others) == len(of.experts):
            continue
        total = math.fsum(of.args[j] for j in others)
        if not others or total <= 0:
            return None
        pooled = replace(
            of,
            args=tuple(of.args[j] / total for j in others),
            parts=tuple(of.parts[j] for j in others),
            names=tuple(of.experts[j] for j in others),
        )
        change[i] = replace(parameter, distribution=pooled)
    return change


def _without_drawing(parameter: "Parameter", draw: "ExpertDraw", name: str) -> Change:
    """The draw from among the others; unchanged if the expert is not in it."""
    i = draw.parameter
    if name == draw.first:
        return {i: _answered(parameter, 1)}
    if name not in draw.others:
        return {}
    left = [w for other, w in zip((draw.first, *draw.others), draw.weights, strict=True) if other != name]
    share = left[0] / math.fsum(left)
    pool = replace(parameter.distribution, args=(share, 1.0 - share))
    return {i: replace(parameter, distribution=pool if share < 1 else parameter.distribution.parts[0])}


def alone(asked: dict[int, "Parameter"], draws: Drawn, name: str) -> Change:
    """The numbers that an expert answered, as this expert answered them; the others as they are."""
    change: Change = {}
    for i, parameter in asked.items():
        if i in draws and name in (draws[i].first, *draws[i].others):
            change[i] = _answered(parameter, int(name != draws[i].first))
        elif name in parameter.distribution.experts:
            change[i] = _answered(parameter, parameter.distribution.experts.index(name))
    return change


def _answered(parameter: "Parameter", expert: int) -> "Parameter":
    return replace(parameter, distribution=parameter.distribution.parts[expert])


def _linear(asked: dict[int, "Parameter"]) -> Change:
    return {
        i: replace(p, distribution=replace(p.distribution, family="linear_pool")) for i, p in asked.items()
    }


def _odds(asked: dict[int, "Parameter"]) -> Change:
    return {
        i: replace(
            p, distribution=replace(p.distribution, family="odds_pool" if _poolable(p) else "linear_pool")
        )
        for i, p in asked.items()
    }


def _poolable(parameter: "Parameter") -> bool:
    """Whether all answers have odds: probabilities other than points of 0 or 1."""
    sure = any(part.family == "point" and part.args[0] in (0.0, 1.0) for part in parameter.distribution.parts)
    return parameter.scale == "probability" and not sure


def _between(of_change: _Variants, linear: Change, numbers: list[int], variance: Floats) -> Floats:
    """The share of the variance that is between experts, for these numbers together."""
    pools = [linear[i].distribution for i in numbers]
    if math.prod(len(pool.parts) for pool in pools) > MAX_TOGETHER:
        return np.full_like(variance, UNDEFINED)
    weights, means = [], []
    choices: Iterable[tuple[int, ...]] = itertools.product(*(range(len(pool.parts)) for pool in pools))
    for choice in choices:
        change = {i: _answered(linear[i], j) for i, j in zip(numbers, choice, strict=True)}
        weights.append(math.prod(pool.args[j] for pool, j in zip(pools, choice, strict=True)))
        means.append(of_change.mean({**linear, **change}))
    weight, mean = np.array(weights)[:, None], np.stack(means)
    between = (weight * (mean - (weight * mean).sum(axis=0)) ** 2).sum(axis=0)
    share: Floats = np.divide(
        between, variance, out=np.full_like(variance, UNDEFINED), where=variance > 1e-24 * (1 + mean[0] ** 2)
    )
    return share


def _dataset(
    asked: _Panel, names: list[str], of: list[str], found: _Found, *, exact: bool, note: str
) -> xr.Dataset:
    nothing = np.full(len(names), UNDEFINED)
    unknown = _Variant(nothing, nothing, True)
    story = found.story or unknown
    pooled = found.pooled or [unknown] * len(POOLS)
    rows = {"without": found.without, "alone": found.alone}
    people = asked.people if found.story else []
    numbers = [p.path for p in asked.numbers.values()] if found.story else []

    def table(rows: Sequence[Floats]) -> Floats:
        return np.stack(rows) if rows else np.empty((0, len(names)))

    data = xr.Dataset(
        {
            "mean": ("output", story.mean),
            "sd": ("output", story.sd),
            **{
                name: (("expert", "output"), table([v.mean for v in found_])) for name, found_ in rows.items()
            },
            **{
                f"{name}_sd": (("expert", "output"), table([v.sd for v in found_]))
                for name, found_ in rows.items()
            },
            "pooled": (("pool", "output"), table([v.mean for v in pooled])),
            "pooled_sd": (("pool", "output"), table([v.sd for v in pooled])),
            "disagreement": (("number", "output"), table(found.shares)),
            "disagreement_together": ("output", nothing if found.together is None else found.together),
        },
        coords={
            "output": names,
            "of": ("output", of),
            "expert": people,
            "pool": list(POOLS),
            "number": numbers,
        },
    )
    return described(data, exact=exact, note=note)
