"""What violating an assumption does, by intervention and by observation."""

import itertools

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.engines import Force
from sensa.model import Model
from sensa.results import UNDEFINED, described

MOST_IN_PAIRS = 40  # assumptions: 780 pairs


def held(circuit: Circuit, values: dict[str, bool]) -> Force:
    """The intervention that sets these assumptions, at all steps, whatever challenges them."""
    coins = [(coin, value) for name, value in values.items() for coin in circuit.assumption_coins[name]]
    return Force(
        np.array([coin for coin, _ in coins], np.int32), np.array([float(value) for _, value in coins])
    )


def violations(model: Model) -> xr.Dataset:
    """The outcome distribution where an assumption is violated, and where it holds.

    `do_violated` and `do_holds` are interventions: the assumption is set at all steps, whatever its credence,
    its cases and what challenges it; what causes it stays as it is. They answer: what would it do to the
    plan? `observed_violated` is P(outcome | violated) by Bayes, and answers another question: learning
    that it is violated also tells about what it depends on. `violated_given` is P(violated | outcome). For
    an every-step assumption, observed means violated at a step that the story reached. Not defined (NaN)
    where the condition is impossible.
    """
    circuit = model.circuit
    names = list(circuit.assumption_coins)
    forces = [held(circuit, {name: value}) for value in (False, True) for name in names]
    done = model.average(model.ends, model.by_outcome, forces or [Force()])
    count = len(names)
    observed = _observed(model, names)
    both = ("assumption", "outcome")
    data = xr.Dataset(
        {
            "do_violated": (both, done.mean[:count]),
            "do_violated_error": (both, done.error[:count]),
            "do_holds": (both, done.mean[count : 2 * count]),
            "do_holds_error": (both, done.error[count : 2 * count]),
            **observed,
        },
        coords={"assumption": names, "outcome": model.outcomes},
    )
    impossible = [n for n, p in zip(names, data["violated"].values, strict=True) if p == 0]
    note = f"never violated, so not observed as such: {', '.join(impossible)}" if impossible else ""
    return described(data, exact=model.mean_p is not None, note=note)


def _observed(
    model: Model, names: list[str]
) -> dict[str, tuple[tuple[str, ...], np.typing.NDArray[np.float64]]]:
    """P(violated), and the two conditionals of violation and outcome, as ratios of means."""
    circuit = model.circuit
    joint_gates = [circuit.violated_and[name][outcome] for name in names for outcome in model.outcomes]
    gates = [*joint_gates, *circuit.ended.values()]
    mean = model.average(model.engine(gates)).mean[0]
    joint = mean[: len(joint_gates)].reshape(len(names), len(model.outcomes))
    ended = mean[len(joint_gates) :]
    violated = joint.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        given_violated = np.where(violated[:, None] > 0, joint / violated[:, None], UNDEFINED)
        given_outcome = np.where(ended > 0, joint / ended, UNDEFINED)
    both = ("assumption", "outcome")
    return {
        "observed_violated": (both, given_violated),
        "violated_given": (both, given_outcome),
        "violated": (("assumption",), violated),
    }


def pairs(model: Model) -> xr.Dataset:
    """The outcome distribution where two assumptions are violated together, by intervention.

    The diagonal is one alone. Of more than 40 assumptions, the 40 whose violation alone moves the outcome
    distribution most, as a note says: what only two together do is then missed among the rest.
    """
    names = list(model.circuit.assumption_coins)
    note = ""
    if len(names) > MOST_IN_PAIRS:
        note = f"the {MOST_IN_PAIRS} of {len(names)} assumptions that move the outcomes most by themselves"
        names = _strongest(model, names)
    couples = list(itertools.combinations_with_replacement(range(len(names)), 2))
    forces = [held(model.circuit, {names[i]: False, names[j]: False}) for i, j in couples]
    done = model.average(model.ends, model.by_outcome, forces or [Force()])
    values = np.zeros((len(names), len(names), len(model.outcomes)))
    errors = np.zeros_like(values)
    for (i, j), mean, error in zip(couples, done.mean, done.error, strict=False):
        values[i, j] = values[j, i] = mean
        errors[i, j] = errors[j, i] = error
    dims = ("assumption", "other", "outcome")
    data = xr.Dataset(
        {"do_both_violated": (dims, values), "error": (dims, errors)},
        coords={"assumption": names, "other": names, "outcome": model.outcomes},
    )
    return described(data, exact=model.mean_p is not None, note=note)


def _strongest(model: Model, names: list[str]) -> list[str]:
    """Those whose violation moves the outcome distribution most, in the order written."""
    base = model.average(model.ends, model.by_outcome).mean[0]
    done = model.average(model.ends, model.by_outcome, [held(model.circuit, {n: False}) for n in names]).mean
    moved = np.abs(done - base).sum(axis=1)
    chosen = sorted(np.argsort(-moved, kind="stable")[:MOST_IN_PAIRS])
    return [names[i] for i in chosen]
