"""Axes, not phases: what makes deployment differ from training, and where the danger falls."""

from dataclasses import dataclass, replace
from math import factorial
from typing import Any

import numpy as np
import xarray as xr

from sensa.axis_circuit import independent_axes, like_training, reference
from sensa.circuit import Circuit
from sensa.circuit_diagnostics import errors
from sensa.graph import Graph
from sensa.kernels.program import Floats
from sensa.methods.many_circuits import outcomes_of, without_diagrams
from sensa.methods.over_points import at_points
from sensa.methods.real_values import DependsOnTruthError, real_values
from sensa.results import UNDEFINED, How, described
from sensa.sampling.estimates import deviation, spread
from sensa.sampling.parameters import RunError
from sensa.session import Session

MAX_AXES = 10  # that matter, for all sets of them,
MAX_GATES = 3_000_000  # and gates of all their circuits together
POINTS = 256  # parameter values of a replicate, for means of the axes themselves
SHIFTS = ("distribution_shift", "cognitive_shift")
RATES = {"updating": "updated_first", "oversight": "overseen_first"}
NO_AXES = "the story's phases have no axes"
NO_TRAINING = "the story has no phase of training to compare with"

Variables = dict[str, Any]


def axes(session: Session) -> xr.Dataset:
    """What the properties along which deployment differs from training do to how the story ends.

    `risk_effect` (axis), `effect` (axis, outcome): the Shapley value of an axis (Shapley 1953,
    10.1515/9781400881970-018): what it adds to the probability as deployment leaves training's value of it,
    averaged over all orders in which the axes do so. They add up to `as_stated` less `like_training`
    (outcome), the outcomes if all axes had training's values at every step of deployment. `alone_risk`
    (axis): P(catastrophic) with only this axis as in training; `return_risk` with all axes but this one.
    Training's value is that of the first step of the first phase of training.

    `danger` (step): P(the story ends in catastrophe at this step | catastrophe); `danger_in_training`: at
    steps of training; `training` (step).

    `value` (axis, step): the axis itself, in the mean. Of rates: `shifts` (step), P(a shift of the
    distribution or of cognition within a step), within(shift, 1); `updated_first`, `overseen_first`: P(an
    update, or a look, comes before the next shift), race(rate, shift).

    `decorrelated` (outcome): the outcomes without the rank correlations between axes; `decorrelated_change`,
    and `risk_sd`, `decorrelated_risk_sd`: what they do to the spread of P(catastrophic).

    Misleads where an axis only says how phases differ, and no number reads it: its effect is then 0, for
    `phase == "NAME"` is no axis.
    """
    graph = None if session.axes_apart is None else session.axes_apart()
    if graph is None or not graph.axes:
        return described(xr.Dataset(), how=session.how(session.ends), note=NO_AXES)
    data = xr.Dataset(
        coords={
            "axis": [axis.name for axis in graph.axes],
            "outcome": session.outcomes,
            "step": np.arange(1, len(graph.steps) + 1),
            "phase": ("step", list(graph.steps)),
        }
    )
    notes = list[str]()
    for variables, said in (
        _danger(session, graph),
        _values(session, graph),
        _effects(session, graph),
        _decorrelated(session, graph),
    ):
        data, notes = data.assign(variables), [*notes, *said]
    return described(data, how=session.how(session.ends), note="; ".join(notes))


Part = tuple[Variables, list[str]]


def _danger(session: Session, graph: Graph) -> Part:
    """The share of the danger that falls in each step, and in training."""
    catastrophic = {end.name for end in session.circuit.ends if end.kind == "catastrophic"}
    roots = session.circuit.roots
    steps = np.zeros((session.totals.by_root.shape[1], len(graph.steps)))
    for row, root in enumerate(roots):
        steps[row, root.step] = root.outcome in catastrophic
    by_step = session.totals.by_root @ steps
    training = np.array(graph.training, np.float64)
    here = {"training": ("step", np.array(graph.training))}
    total = by_step.mean(axis=0).sum()
    if total <= 0:
        return here, ["the story never ends in catastrophe, so no danger falls anywhere"]
    share = by_step.mean(axis=0) / total
    within = float(share @ training)
    off = spread(by_step @ training - within * by_step.sum(axis=1)).error / total
    return {
        **here,
        "danger": ("step", share),
        "danger_in_training": ((), within),
        "danger_in_training_error": ((), float(off)),
    }, []


def _values(session: Session, graph: Graph) -> Part:
    """The axes' means, and what comes first."""
    flat = _theta(session)
    found = np.full((len(graph.axes), len(graph.steps), len(flat)), UNDEFINED)
    notes = []
    for row, axis in enumerate(graph.axes):
        try:
            for step, index in enumerate(axis.values):
                found[row, step] = real_values(graph.quantities[index].value, graph, flat)
        except DependsOnTruthError:
            notes.append(f"`{axis.name}` depends on what is true or false, so its mean is left out")
    how = {"how": "parameters-sampled" if session.circuit.parameters else "exact"}
    variables: Variables = {"value": (("axis", "step"), found.mean(axis=2), how)}
    names = [axis.name for axis in graph.axes]
    moving = [found[names.index(name)] for name in SHIFTS if name in names]
    if moving:
        shift = np.sum(moving, axis=0)
        variables["shifts"] = ("step", -np.expm1(-shift).mean(axis=1), how)
        for rate, label in RATES.items():
            if rate in names:
                first = _race(found[names.index(rate)], shift)
                variables[label] = ("step", first.mean(axis=1), how)
    return variables, notes


def _race(rate: Floats, other: Floats) -> Floats:
    """P(the first of two competing rates comes first); NaN where both are 0."""
    both = rate + other
    found = np.full(both.shape, UNDEFINED)
    np.divide(rate, both, out=found, where=both > 0)
    return found


def _theta(session: Session) -> Floats:
    """Parameter values (samples, parameters)."""
    if not session.circuit.parameters:
        return np.zeros((1, 0))
    sampler = session.points.sampler
    replicates = range(session.settings.replicates)
    each = [sampler.theta(sampler.units(replicate=r, start=0, count=POINTS)) for r in replicates]
    return np.concatenate(each)


@dataclass(frozen=True)
class _Coalitions:
    """Outcomes of stories whose deployment is like training along some axes, as asked for."""

    session: Session
    graph: Graph
    passes: int

    def circuit(self, names: tuple[str, ...]) -> Circuit:
        """The circuit of a coalition. Raises `RunError` where its numbers leave their bounds."""
        made = like_training(self.graph, names)
        for defect in errors(made):
            raise RunError(defect.message, defect.path)
        return made

    def outcomes(self, names: tuple[str, ...]) -> Floats:
        """The outcomes (replicates, outcomes)."""
        return outcomes_of(replace(self.session, circuit=self.circuit(names)), self.passes)


def _effects(session: Session, graph: Graph) -> Part:
    if reference(graph) is None or all(graph.training):
        return {}, [NO_TRAINING if reference(graph) is None else "every phase is one of training"]
    size = max(session.circuit.gates.size, 1)
    if size * (2 + 2 * len(graph.axes)) > MAX_GATES:
        return {}, ["no effects: the story is too large to be compiled for each axis"]
    plain = without_diagrams(session)
    names = [axis.name for axis in graph.axes]
    made = _Coalitions(plain, graph, 2 + 2 * len(names))
    try:
        now = made.circuit(()).digest
        active = [name for name in names if made.circuit((name,)).digest != now]
        every = len(active) <= MAX_AXES and size << len(active) <= MAX_GATES
        if every:
            made = replace(made, passes=1 << len(active))
        return _shared(session, names, active, made, every=every)
    except RunError as error:
        return {}, [f"no effects: deployment like training is no story, since {error}"]


def _shared(session: Session, names: list[str], active: list[str], made: _Coalitions, *, every: bool) -> Part:
    """Shapley values if every set is asked for, and each axis alone."""
    count = len(active)
    asked = range(1 << count) if every else _singles(count)
    sets = {one: tuple(name for i, name in enumerate(active) if one >> i & 1) for one in asked}
    found = _together({one: made.outcomes(members) for one, members in sets.items()})
    whole = (1 << count) - 1
    catastrophic = session.circuit.of_kind("catastrophic")
    now, like = found[0].mean(axis=0), found[whole].mean(axis=0)
    alone, back = np.full(len(names), now @ catastrophic), np.full(len(names), like @ catastrophic)
    for i, name in enumerate(active):
        alone[names.index(name)] = found[1 << i].mean(axis=0) @ catastrophic
        back[names.index(name)] = found[whole ^ 1 << i].mean(axis=0) @ catastrophic
    sampled: How = "worlds-sampled" if session.ends.way != "exact" else "parameters-sampled"
    about = {"how": sampled if len(found[0]) > 1 else "exact"}
    variables: Variables = {
        "as_stated": ("outcome", now, about),
        "like_training": ("outcome", like, about),
        "alone_risk": ("axis", alone, about),
        "return_risk": ("axis", back, about),
    }
    if not every:
        return variables, [f"{count} axes matter, too many to share their effects out"]
    effect = np.zeros((len(found[0]), len(names), len(now)))
    for i, name in enumerate(active):
        effect[:, names.index(name)] = _shapley(found, i, count)
    for label, estimate, dims in (
        ("effect", spread(effect), ("axis", "outcome")),
        ("risk_effect", spread(effect @ catastrophic), ("axis",)),
    ):
        variables[label] = (dims, estimate.mean, about)
        variables[f"{label}_error"] = (dims, estimate.error, about)
    return variables, []


def _singles(count: int) -> list[int]:
    """No axis, each alone, all but each, and all, as bits."""
    whole = (1 << count) - 1
    return [0, *(1 << i for i in range(count)), *(whole ^ 1 << i for i in range(count)), whole]


def _together(found: dict[int, Floats]) -> dict[int, Floats]:
    """The same with one number of replicates each, the least; exact values serve each of them.

    Of more replicates, i, i + least, … are averaged, so that only replicate i may share draws with the
    others' replicate i, and errors are those of independent replicates.
    """
    least = min({len(one) for one in found.values()} - {1}, default=1)

    def grouped(one: Floats) -> Floats:
        if len(one) == 1:
            return np.broadcast_to(one, (least, one.shape[1]))
        return np.stack([one[i::least].mean(axis=0) for i in range(least)])

    return {key: grouped(one) for key, one in found.items()}


def _shapley(found: dict[int, Floats], axis: int, count: int) -> Floats:
    """What leaving training's value of an axis adds, averaged over all orders (replicates, outcomes)."""
    bit, total = 1 << axis, np.zeros(found[0].shape)
    for one in range(1 << count):
        if not one & bit:
            size = one.bit_count()
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            total += weight * (found[one] - found[one | bit])
    return total


def _decorrelated(session: Session, graph: Graph) -> Part:
    circuit, removed = independent_axes(session.graph)
    if not removed:
        return {}, []
    other = replace(session, circuit=circuit)
    catastrophic = session.circuit.of_kind("catastrophic")[:, None]
    return {
        "decorrelated": ("outcome", other.ended.mean),
        "decorrelated_error": ("outcome", other.ended.error),
        "decorrelated_change": ("outcome", other.ended.mean - session.ended.mean),
        "risk_sd": ((), deviation(at_points(session, catastrophic))[0]),
        "decorrelated_risk_sd": ((), deviation(at_points(other, catastrophic))[0]),
    }, []
