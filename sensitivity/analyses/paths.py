"""Paths through model space: where a training process may go, and what would divert it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from sensa.kernels.ties import PROBABILITY_ROUNDING, falling
from sensa.methods.conjunctions import conjunctions
from sensa.methods.diversions import diversions
from sensa.methods.first_passage import first_passage
from sensa.methods.long_run import long_run
from sensa.methods.look_alikes import Paths, Told
from sensa.methods.set_by_step import set_by_step
from sensa.path_circuit import Course, chains, course
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

ONE_STEP = "the story has one step, so there is no path to follow"
MAX_STEPS = 200
TOO_LONG = f"paths are followed over at most {MAX_STEPS} steps"
NO_SAFEGUARD = "no safeguard watches, so every path looks alike until it ends"

Variables = dict[str, Any]


def paths(session: Session) -> xr.Dataset:
    """What paths training may take, how they end, what they look like on the way, and what diverts them.

    `path` (outcome, step): what happens on the likeliest path to each outcome, options where they change and
    events, with `path_chance` (outcome) and `path_share`, of the outcome's probability; `path_bound`: no path
    is likelier, more than `path_chance` only where the search was cut short.

    `occurred` and `first` (value, step): P(an option is taken, an event happens, an assumption is violated
    or a safeguard fires by this step, or first at it), at a step that the story reaches; `mean_step` (value).

    `long_run` (state): the long-run share of each option of a choice that is a Markov chain, given what is
    drawn once, if the last step's axes lasted and no outcome ended it; `closed`: its closed class, 0 where it
    is only passed; `steps_until_closed`; `transition` (state, next).

    `moved` (perturbation): the share of worlds that end differently if a node is set at one step, the largest
    first; `change` (perturbation, outcome).

    `looks_wanted` (outcome, step): of the paths to an outcome, how many run on with the safeguards' record of
    the likeliest path to success; `end_if_so`: P(outcome | such a record); `unseen` (outcome): how many
    keep it to their end; `unseen_path` (outcome, step): the likeliest of them; `departs` and `told_apart`
    (outcome): the first step at which the likeliest path to the outcome, and its record, differ from the
    wanted one's. The end itself tells too.

    `set_by` (outcome, step), `kind_set_by`: path dependence, Var(E[Y | all draws up to step t]) / Var(Y) at
    the parameters' means; `set_once`: what is drawn once.

    Paths, records and their probabilities are exact where a diagram fits (means over points where parameters'
    means do not decide), else from sampled worlds, of which the likeliest path is the most frequent; each
    has its `…_error`. Misleads if the likeliest path is read as likely: see its share. Steps count from 1.
    """
    if len(session.circuit.steps) == 1:
        return described(xr.Dataset(), how=session.how(session.ends), note=ONE_STEP)
    if len(session.circuit.steps) > MAX_STEPS:
        return described(xr.Dataset(), how=session.how(session.ends), note=TOO_LONG)
    made = course(session.graph)
    data, notes = xr.Dataset(coords=_coords(session)), list[str]()
    for part in (_likeliest, _passages, _long_run, _diverted, _set_by):
        variables, coords, said = part(session, made)
        data = data.assign(variables).assign_coords(coords)
        notes += said
    return described(data, how=session.how(session.ends), note="; ".join(notes))


Part = tuple[Variables, Variables, list[str]]


def _coords(session: Session) -> Variables:
    return {
        "outcome": session.outcomes,
        "kind": session.circuit.kinds,
        "step": np.arange(1, len(session.circuit.steps) + 1),
        "phase": ("step", list(session.circuit.steps)),
    }


def _likeliest(session: Session, made: Course) -> Part:
    gates = [gate for one in made.occurrences for gate in one.gates]
    gates += [*made.reached, *(root.gate for root in made.circuit.roots)]
    events = conjunctions(session, made.circuit, list(dict.fromkeys(gates)))
    found: Paths[Any] = Paths(session, made, events.made)
    likely = [found.likeliest[name] for name in session.outcomes]
    nothing = Estimate(np.array(UNDEFINED), np.array(UNDEFINED))
    chance = [nothing if path is None else spread(events.made.shares(path.event)) for path in likely]
    share = [nothing if path is None else found.share(path) for path in likely]
    variables: Variables = {
        "path": (("outcome", "step"), _texts(session, likely)),
        "path_chance": ("outcome", [UNDEFINED if path is None else path.chance for path in likely]),
        "path_error": ("outcome", [float(one.error) for one in chance]),
        "path_share": ("outcome", [float(one.mean) for one in share]),
        "path_share_error": ("outcome", [float(one.error) for one in share]),
        "path_bound": ("outcome", [UNDEFINED if path is None else path.bound for path in likely]),
    }
    for name in variables:
        variables[name] = (*variables[name], {"how": events.made.how})
    notes = [events.note] if events.note else []
    if not made.of("safeguard") or found.wanted is None:
        return variables, {}, [*notes, NO_SAFEGUARD]
    return variables | _look_alikes(session, found, likely), {}, notes


def _look_alikes(session: Session, found: Paths[Any], likely: Sequence[Told[Any] | None]) -> Variables:
    looks, ends = found.same_record()
    wanted = found.wanted
    others = [None if wanted is None or path is None or path is wanted else path for path in likely]
    unseen = [found.alike(name) for name in session.outcomes]
    shares = [found.unseen(name) for name in session.outcomes]
    return {
        "looks_wanted": (("outcome", "step"), looks.mean),
        "looks_wanted_error": (("outcome", "step"), looks.error),
        "end_if_so": (("outcome", "step"), ends.mean),
        "end_if_so_error": (("outcome", "step"), ends.error),
        "unseen": ("outcome", [float(share.mean) for share in shares]),
        "unseen_error": ("outcome", [float(share.error) for share in shares]),
        "unseen_path": (("outcome", "step"), _texts(session, unseen)),
        "unseen_chance": ("outcome", [UNDEFINED if path is None else path.chance for path in unseen]),
        "departs": ("outcome", [UNDEFINED if path is None else found.departs(path) + 1 for path in others]),
        "told_apart": (
            "outcome",
            [UNDEFINED if path is None else found.told_apart(path) + 1 for path in others],
        ),
    }


def _texts(session: Session, found: Sequence[Told[Any] | None]) -> list[list[str]]:
    """What happens at each step (outcomes, steps); `-` where nothing does, empty after the end."""
    steps = len(session.circuit.steps)
    rows = []
    for path in found:
        words = [] if path is None else [text or "-" for text in path.happens]
        rows.append(words + [""] * (steps - len(words)))
    return rows


def _passages(session: Session, made: Course) -> Part:
    found = first_passage(session, made)
    if found is None:
        return {}, {}, []
    about = {"how": found.how}
    both = ("value", "step")
    variables = {
        "occurred": (both, found.by_step.mean, about),
        "occurred_error": (both, found.by_step.error, about),
        "first": (both, found.first.mean, about),
        "first_error": (both, found.first.error, about),
        "mean_step": ("value", found.mean_step, about),
    }
    return variables, {"value": found.names, "value_kind": ("value", found.kinds)}, []


def _long_run(session: Session, made: Course) -> Part:
    notes, known = [], []
    for chain in chains(session.graph):
        if chain.also:
            also = ", ".join(f"`{name}`" for name in chain.also)
            notes.append(f"`{chain.name}` is no Markov chain by itself: it depends on earlier {also} too")
        else:
            known.append((chain, long_run(session, chain)))
            if known[-1][1].of_means:
                notes.append(f"the long run of `{chain.name}` is that of its mean transitions")
    if not known:
        return {}, {}, notes
    states = [f"{chain.name}: {option}" for chain, _ in known for option in chain.options]
    transition = np.full((len(states), len(states)), UNDEFINED)
    at = 0
    for chain, found in known:
        here = slice(at, at + len(chain.options))
        transition[here, here] = found.transition.mean
        at = here.stop
    about = {"how": known[0][1].how}
    variables = {
        "transition": (("state", "next"), transition, about),
        "long_run": ("state", np.concatenate([found.share.mean for _, found in known]), about),
        "long_run_error": ("state", np.concatenate([found.share.error for _, found in known]), about),
        "closed": ("state", [number for _, found in known for number in found.closed], about),
        "steps_until_closed": ("state", np.concatenate([found.steps.mean for _, found in known]), about),
    }
    return variables, {"state": states, "next": states}, notes


def _diverted(session: Session, made: Course) -> Part:
    found = diversions(session, made)
    if not found.names:
        return {}, {}, []
    moved = found.moved
    rank = falling(moved.mean.tolist(), absolute=PROBABILITY_ROUNDING)
    order = sorted(range(len(found.names)), key=lambda i: (rank[i], found.steps[i], found.names[i]))
    labels = [
        found.names[i] if found.steps[i] < 0 else f"{found.names[i]} at step {found.steps[i] + 1}"
        for i in order
    ]
    both = ("perturbation", "outcome")
    variables = {
        "moved": ("perturbation", moved.mean[order]),
        "moved_error": ("perturbation", moved.error[order]),
        "change": (both, found.change.mean[order]),
        "change_error": (both, found.change.error[order]),
    }
    coords = {
        "perturbation": labels,
        "at": ("perturbation", [found.steps[i] + 1 for i in order]),
        "perturbation_kind": ("perturbation", [found.kinds[i] for i in order]),
    }
    notes = [f"{found.left_out} perturbations left out"] if found.left_out else []
    return variables, coords, notes


def _set_by(session: Session, made: Course) -> Part:
    found = set_by_step(session)
    if found is None:
        return {}, {}, ["path dependence would take too much"]
    about = {"how": found.how}
    variables: Variables = {}
    for prefix, dimension, part in (("", "outcome", found.outcomes), ("kind_", "kind", found.kinds)):
        both = (dimension, "step")
        variables[f"{prefix}set_once"] = (dimension, part.mean[:, 0], about)
        variables[f"{prefix}set_by"] = (both, part.mean[:, 1:], about)
        variables[f"{prefix}set_by_error"] = (both, part.error[:, 1:], about)
    return variables, {}, [found.note] if found.note else []
