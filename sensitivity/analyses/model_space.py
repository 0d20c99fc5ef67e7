"""The models that training may give: how probable each is, and what each constraint and nudge does."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.graph import Graph, Pick
from sensa.kernels.program import Floats
from sensa.methods.interventions import CHANGE, paired
from sensa.model_circuit import MAX_STEPS, choices, circuit_of, goal_graph, left_out, with_rules
from sensa.results import UNDEFINED, described
from sensa.session import Session

NO_CHOICE = "the story has no choice among models"


def model_space(session: Session) -> xr.Dataset:
    """The posterior of the options of each choice, and the part of each constraint and nudge in it.

    `posterior` (option): P(option), over all cases; `prior`: by the weights alone; `conforms`; `alike`: the
    first option that the same constraints exclude, as written, so that only weights and nudges tell the two
    apart; `alike_off_goal`: the probability of the options of that group that do not conform. Of each choice:
    `on_goal` = P(an option that conforms), `entropy` in bits (Shannon 1948,
    10.1002/j.1538-7305.1948.tb01338.x) and `effective` = 2^entropy, the effective number of models (Hill
    1973, 10.2307/1934352); `expected_miss`.

    Of each constraint and nudge (`rule`): `bits` = log2 (O / O'), where O are the odds of on_goal and O' the
    same where the rule never applies and all else is as stated; `bits_in_order`: the same as it is added to
    the weights and the rules before it, constraints first. The latter add up to the move from the weights to
    the posterior; the former say what is lost without the rule, and do not add up where rules overlap.
    `divergence`: D(P || P') in bits (Kullback and Leibler 1951, 10.1214/aoms/1177729694); no goal is needed.
    `without` (rule, outcome), `without_on_goal`, `without_miss`: how the story ends, P(conforming option) and
    the expected miss where the rule never applies. `miss_change` (choice, assumption): what violating it adds
    to the expected miss.

    An option of an every-step choice is that of the step at which the story ends. Bits are infinite where one
    of the odds is, and NaN where both are or no option conforms. Misleads where options left out of the
    choice are likely: the space is no larger than what its author thought of.
    """
    known = choices(session.graph)
    skipped = left_out(session.graph)
    note = (
        f"drawn at each of more than {MAX_STEPS} steps, so left out: {', '.join(skipped)}" if skipped else ""
    )
    if not known:
        return described(xr.Dataset({"choices": ((), 0)}), exact=True, note=note or NO_CHOICE)
    spaces = [_space(session, name, law) for name, law in known.items()]
    names = list(session.circuit.assumption_coins)
    rows = [(space, i) for space in spaces for i in range(len(space.law.options))]
    rules = [rule for space in spaces for rule in space.rules]
    data = xr.Dataset(
        {
            "posterior": ("option", [space.posterior.p[i] for space, i in rows]),
            "prior": ("option", [space.prior.p[i] for space, i in rows]),
            "conforms": ("option", [i in space.law.conforms for space, i in rows]),
            "alike": ("option", [space.law.options[_first_alike(space.law, i)] for space, i in rows]),
            "alike_off_goal": ("option", [space.alike_off_goal(i) for space, i in rows]),
            "on_goal": ("choice", [space.on_goal(space.posterior) for space in spaces]),
            "entropy": ("choice", [space.posterior.entropy for space in spaces]),
            "effective": ("choice", [2.0**space.posterior.entropy for space in spaces]),
            "expected_miss": ("choice", [space.miss(space.posterior) for space in spaces]),
            "bits": ("rule", [rule.bits for rule in rules]),
            "bits_in_order": ("rule", [rule.bits_in_order for rule in rules]),
            "divergence": ("rule", [rule.divergence for rule in rules]),
            "without": (
                ("rule", "outcome"),
                np.array([rule.ends for rule in rules]).reshape(-1, len(session.outcomes)),
            ),
            "without_on_goal": ("rule", [rule.on_goal for rule in rules]),
            "without_miss": ("rule", [rule.miss for rule in rules]),
            "miss_change": (
                ("choice", "assumption"),
                np.array([space.miss_change for space in spaces]).reshape(len(spaces), len(names)),
            ),
        },
        coords={
            "option": [f"{space.name}: {space.law.options[i]}" for space, i in rows],
            "of": ("option", [space.name for space, _ in rows]),
            "choice": [space.name for space in spaces],
            "rule": [rule.path for rule in rules],
            "outcome": session.outcomes,
            "assumption": names,
        },
    )
    empty = [name for name, size in data.sizes.items() if size == 0]
    hows = {space.how for space in spaces}
    how = max(hows, key=("exact", "parameters-sampled", "worlds-sampled").index)
    return described(data.drop_dims(empty), how=how, note=note)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Found:
    """The mean probability of each option, and of each option that misses."""

    p: Floats
    missed: Floats

    @property
    def entropy(self) -> float:
        positive = self.p[self.p > 0]
        return max(0.0, float(-(positive * np.log2(positive)).sum()))


@dataclass(frozen=True)
class _Rule:
    path: str
    bits: float
    bits_in_order: float
    divergence: float
    ends: Floats
    on_goal: float
    miss: float


@dataclass(frozen=True)
class _Space:
    name: str
    law: Pick
    posterior: _Found
    prior: _Found
    rules: list[_Rule]
    miss_change: Floats
    how: str

    def on_goal(self, found: _Found) -> float:
        return _on_goal(self.law, found)

    def miss(self, found: _Found) -> float:
        return _miss(self.law, found)

    def alike_off_goal(self, option: int) -> float:
        """The probability of what does not conform among the options that no constraint tells from it."""
        if not self.law.conforms:
            return UNDEFINED
        first = _first_alike(self.law, option)
        options = range(len(self.law.options))
        group = [i for i in options if _first_alike(self.law, i) == first and i not in self.law.conforms]
        return float(self.posterior.p[group].sum())


def _space(session: Session, name: str, law: Pick) -> _Space:
    graph, paths = session.graph, [rule.path for rule in law.rules]
    made = _of(session, goal_graph(graph, name))
    posterior = _found(made, law)
    added = [_posterior(session, graph, name, law, paths[:i]) for i in range(len(paths))]
    added.append(posterior)
    rules = []
    for i, path in enumerate(paths):
        varied = with_rules(graph, name, {*paths} - {path})
        without = _found(_of(session, goal_graph(varied, name)), law)
        ended = _of(session, varied)
        rules.append(
            _Rule(
                path,
                _bits(law, posterior, without),
                _bits(law, added[i + 1], added[i]),
                _divergence(posterior.p, without.p),
                ended.average(ended.ends, ended.by_outcome).mean[0].clip(0.0, 1.0),
                _on_goal(law, without),
                _miss(law, without),
            )
        )
    change = _miss_change(session, made, law)
    return _Space(name, law, posterior, added[0], rules, change, made.how(made.ends))


def _of(session: Session, graph: Graph) -> Session:
    return replace(session, graph=graph, circuit=circuit_of(graph))


def _posterior(session: Session, graph: Graph, name: str, law: Pick, kept: Collection[str]) -> _Found:
    return _found(_of(session, goal_graph(with_rules(graph, name, kept), name)), law)


def _found(made: Session, law: Pick) -> _Found:
    each = made.average(made.ends, made.by_outcome).mean[0].clip(0.0, 1.0)
    missed, rest = each[: len(law.options)], each[len(law.options) : 2 * len(law.options)]
    return _Found(missed + rest, missed)


def _on_goal(law: Pick, found: _Found) -> float:
    return float(found.p[sorted(law.conforms)].sum()) if law.conforms else UNDEFINED


def _miss(law: Pick, found: _Found) -> float:
    return float(found.missed.sum()) if law.misses else UNDEFINED


def _bits(law: Pick, found: _Found, other: _Found) -> float:
    """log2 of the ratio of the odds that an option conforms; NaN if both are infinite, or both 0."""
    if not law.conforms:
        return UNDEFINED
    off = [i for i in range(len(law.options)) if i not in law.conforms]
    on = sorted(law.conforms)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = [np.log2(one.p[on].sum()) - np.log2(one.p[off].sum()) for one in (found, other)]
        return float(odds[0] - odds[1])


def _divergence(p: Floats, q: Floats) -> float:
    there = p > 0
    with np.errstate(divide="ignore"):
        return max(0.0, float((p[there] * np.log2(p[there] / q[there])).sum()))


def _first_alike(law: Pick, option: int) -> int:
    """The first option that the constraints with the same conditions exclude."""
    excluded = [
        {repr(rule.when) for rule in law.rules if i in rule.excludes} for i in range(len(law.options))
    ]
    return next(i for i, rules in enumerate(excluded) if rules == excluded[option])


def _miss_change(session: Session, made: Session, law: Pick) -> Floats:
    """What violating each assumption adds to the expected miss; 0 for those that it does not depend on."""
    names = list(session.circuit.assumption_coins)
    if not law.misses:
        return np.full(len(names), UNDEFINED)
    found = np.zeros(len(names))
    read = [name for name in names if _is_read(made.circuit, name)]
    if read:
        found[[names.index(name) for name in read]] = paired(made, read).mean[CHANGE, :, -2]
    return found


def _is_read(circuit: Circuit, name: str) -> bool:
    return bool(circuit.assumption_coins.get(name))
