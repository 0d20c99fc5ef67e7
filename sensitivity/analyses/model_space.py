"""The models that training may give: how probable each is, and what each constraint and nudge does."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from sensa.analyses.sobol_credence import sobol_credence
from sensa.analyses.specification_audit import with_catastrophes
from sensa.circuit import Circuit
from sensa.graph import Graph, Pick
from sensa.kernels.program import Floats
from sensa.methods.interventions import CHANGE, paired
from sensa.methods.option_statistics import Options, bits_between, divergence, entropy, estimated, total
from sensa.model_circuit import MAX_STEPS, choices, circuit_of, goal_graph, left_out, with_rules
from sensa.results import UNDEFINED, How, described, without_empty
from sensa.sampling.estimates import Estimate
from sensa.session import Session
from sensa.variance.datasets import mark, with_errors
from sensa.variance.factors import factor_names

HOWS: tuple[How, ...] = ("exact", "parameters-sampled", "worlds-sampled")  # from the best on
NO_CHOICE = "the story has no choice among models"


def model_space(session: Session) -> xr.Dataset:
    """The posterior of the options of each choice, and the part of each constraint and nudge in it.

    `posterior` (option): P(option), over all cases; `prior`: by the weights alone; `catastrophic`: P(option
    and catastrophe); `conforms`; `alike`: the
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
    to the expected miss. `miss_first`, `miss_total` (factor, choice): Sobol' indices of the expected miss, as
    `sobol_credence` has them of an outcome: which uncertain number to know better.

    Each number has its `…_error`: 0 where it is exact, else the jackknife's over the replicates.

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
    data = _dataset(session, spaces)
    how, indices = _worst([one.how for one in spaces]), _worst([one.indices_how for one in spaces])
    if indices != how:
        for word in ("first", "total"):
            mark(data, word, indices)
    return described(without_empty(data), how=how, note=note)


def _dataset(session: Session, spaces: Sequence["_Space"]) -> xr.Dataset:
    """The choices one after the other, with all their options and rules."""
    rows = [(space, i) for space in spaces for i in range(len(space.law.options))]
    rules = [rule for space in spaces for rule in space.rules]
    of_options = _joined(spaces, ("posterior", "prior", "catastrophic", "alike_off_goal"))
    of_choices = _stacked(spaces, ("on_goal", "entropy", "effective", "expected_miss"))
    of_rules = ("bits", "bits_in_order", "divergence", "without", "without_on_goal", "without_miss")
    return xr.Dataset(
        {
            **with_errors(("option",), **of_options),
            "conforms": ("option", [i in space.law.conforms for space, i in rows]),
            "alike": ("option", [space.law.options[_first_alike(space.law, i)] for space, i in rows]),
            **with_errors(("choice",), **of_choices),
            **with_errors(("rule", "outcome"), **_stacked(rules, of_rules)),
            **with_errors(("choice", "assumption"), **_stacked(spaces, ("miss_change",))),
            **with_errors(("factor", "choice"), **_stacked(spaces, ("miss_first", "miss_total"), axis=1)),
        },
        coords={
            "option": [f"{space.name}: {space.law.options[i]}" for space, i in rows],
            "of": ("option", [space.name for space, _ in rows]),
            "choice": [space.name for space in spaces],
            "rule": [rule.path for rule in rules],
            "outcome": session.outcomes,
            "assumption": list(session.circuit.assumption_coins),
            "factor": spaces[0].factors,
        },
    )


def _worst(hows: Collection[How]) -> How:
    return max(hows, key=HOWS.index)


def _stacked(of: Sequence["_Rule | _Space"], names: Sequence[str], axis: int = 0) -> dict[str, Estimate]:
    """The values of each of these along an axis of rules or choices; none without any."""

    def put(values: list[Floats]) -> Floats:
        return np.stack(values, axis=axis)

    return {name: _along(put, [one.values[name] for one in of]) for name in names if of}


def _joined(of: Sequence["_Space"], names: Sequence[str]) -> dict[str, Estimate]:
    """The values of each of these by option, of one choice after the other."""
    return {name: _along(np.concatenate, [one.values[name] for one in of]) for name in names}


def _along(put: Callable[[list[Floats]], Floats], found: Sequence[Estimate]) -> Estimate:
    return Estimate(put([one.mean for one in found]), put([one.error for one in found]))


@dataclass(frozen=True)
class _Rule:
    path: str
    values: dict[str, Estimate]


@dataclass(frozen=True)
class _Space:
    name: str
    law: Pick
    rules: list[_Rule]
    values: dict[str, Estimate]
    factors: list[str]
    how: How
    indices_how: How


def _space(session: Session, name: str, law: Pick) -> _Space:
    graph, paths = session.graph, [rule.path for rule in law.rules]
    made = _of(session, goal_graph(graph, name))
    posterior = _options(made, law)
    added = [_posterior(session, graph, name, law, paths[:i]) for i in range(len(paths))]
    added.append(posterior)
    rules = [_rule(session, name, law, i, posterior, added[i : i + 2]) for i in range(len(paths))]
    indices = sobol_credence(made) if law.misses else None
    uncertain = factor_names(made.circuit)
    values = {
        "posterior": estimated(np.asarray, posterior.p),
        "prior": estimated(np.asarray, added[0].p),
        "catastrophic": _catastrophic(session, name, law),
        "alike_off_goal": _alike_off_goal(law, posterior),
        "on_goal": _on_goal(law, posterior),
        "entropy": estimated(entropy, posterior.p),
        "effective": estimated(lambda p: 2.0 ** entropy(p), posterior.p),
        "expected_miss": _miss(law, posterior),
        "miss_change": _miss_change(session, made, law),
        "miss_first": _miss_index(indices, "first", len(uncertain)),
        "miss_total": _miss_index(indices, "total", len(uncertain)),
    }
    how = made.how(made.ends)
    return _Space(name, law, rules, values, uncertain, how, indices.attrs["how"] if indices else how)


def _rule(
    session: Session, name: str, law: Pick, i: int, posterior: Options, added: Sequence[Options]
) -> _Rule:
    """What one rule does; `added`: the options before and after it is added to those before it."""
    path = law.rules[i].path
    varied = with_rules(session.graph, name, {rule.path for rule in law.rules} - {path})
    without = _options(_of(session, goal_graph(varied, name)), law)
    ended = _of(session, varied)
    ends = ended.average(ended.ends, ended.by_outcome)
    return _Rule(
        path,
        {
            "bits": _bits(law, posterior, without),
            "bits_in_order": _bits(law, added[1], added[0]),
            "divergence": estimated(divergence, posterior.p, without.p),
            "without": Estimate(ends.mean[0].clip(0.0, 1.0), ends.error[0]),
            "without_on_goal": _on_goal(law, without),
            "without_miss": _miss(law, without),
        },
    )


def _miss_index(indices: xr.Dataset | None, which: str, count: int) -> Estimate:
    """An index of P(missed), by factor: misses are the catastrophes of a choice's own graph."""
    if indices is None:
        return _unknown(count)
    found = [
        indices[name].sel(kind="catastrophic").values for name in (f"kind_{which}", f"kind_{which}_error")
    ]
    return Estimate(*found)


def _catastrophic(session: Session, name: str, law: Pick) -> Estimate:
    """P(option and catastrophe) of each option."""
    made, gates = with_catastrophes(session, [(name, option) for option in range(len(law.options))])
    found = made.average(made.engine(gates))
    return Estimate(found.mean[0].clip(0.0, 1.0), found.error[0])


def _of(session: Session, graph: Graph) -> Session:
    return replace(session, graph=graph, circuit=circuit_of(graph))


def _posterior(session: Session, graph: Graph, name: str, law: Pick, kept: Collection[str]) -> Options:
    return _options(_of(session, goal_graph(with_rules(graph, name, kept), name)), law)


def _options(made: Session, law: Pick) -> Options:
    each, count = made.replicated(made.ends, made.by_outcome)[:, 0], len(law.options)
    return Options(each[:, :count], each[:, count : 2 * count])


def _unknown(*shape: int) -> Estimate:
    return Estimate(np.full(shape, UNDEFINED), np.full(shape, UNDEFINED))


def _on_goal(law: Pick, found: Options) -> Estimate:
    return estimated(total(law.conforms), found.p) if law.conforms else _unknown()


def _miss(law: Pick, found: Options) -> Estimate:
    return estimated(total(), found.missed) if law.misses else _unknown()


def _bits(law: Pick, found: Options, other: Options) -> Estimate:
    return estimated(bits_between(law.conforms), found.p, other.p) if law.conforms else _unknown()


def _alike_off_goal(law: Pick, found: Options) -> Estimate:
    """The probability of what does not conform among the options that no constraint tells from each."""
    count = len(law.options)
    if not law.conforms:
        return _unknown(count)
    first = [_first_alike(law, i) for i in range(count)]
    groups = [
        [j for j in range(count) if first[j] == first[i] and j not in law.conforms] for i in range(count)
    ]
    return _along(np.stack, [estimated(total(group), found.p) for group in groups])


def _first_alike(law: Pick, option: int) -> int:
    """The first option that the constraints with the same conditions exclude."""
    excluded = [
        {repr(rule.when) for rule in law.rules if i in rule.excludes} for i in range(len(law.options))
    ]
    return next(i for i, rules in enumerate(excluded) if rules == excluded[option])


def _miss_change(session: Session, made: Session, law: Pick) -> Estimate:
    """What violating each assumption adds to the expected miss; 0 for those that it does not depend on."""
    names = list(session.circuit.assumption_coins)
    if not law.misses:
        return _unknown(len(names))
    found = Estimate(np.zeros(len(names)), np.zeros(len(names)))
    read = [name for name in names if _is_read(made.circuit, name)]
    if read:
        at, change = [names.index(name) for name in read], paired(made, read)
        found.mean[at], found.error[at] = change.mean[CHANGE, :, -2], change.error[CHANGE, :, -2]
    return found


def _is_read(circuit: Circuit, name: str) -> bool:
    return bool(circuit.assumption_coins.get(name))
