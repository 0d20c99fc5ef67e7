"""The effect of violating an assumption, by intervention and by observation."""

import itertools
from collections.abc import Sequence

import numpy as np
import xarray as xr

from sensa.engines.protocol import NO_FORCE
from sensa.kernels.program import Floats
from sensa.kernels.ties import PROBABILITY_ROUNDING, largest
from sensa.methods.interventions import CHANGE, HOLDS, JOINT, VIOLATED, effects, held, in_replicates
from sensa.methods.statistics_of_means import of_means
from sensa.methods.unmet_outcomes import paired_as_met, rare, without
from sensa.methods.violation_chances import violation_chances
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import spread
from sensa.session import Session
from sensa.variance.datasets import with_errors

MAX_IN_PAIRS = 40  # assumptions: 780 pairs


def violations(session: Session) -> xr.Dataset:
    """The outcome distribution if an assumption is violated, and if it holds.

    `do_violated` and `do_holds` are interventions: the assumption is set at all steps, whatever its credence,
    cases and challenges; its causes are unchanged. `change` is `do_violated` minus the value
    without the intervention, in the same worlds and at the same parameter values, so that it is 0 if nothing
    changes; `risk_change` and `failing_change` are the changes of any catastrophe and of any failure. They
    answer: what would a violation do to the plan? `observed_violated` is P(outcome | violated) by Bayes, and
    answers another question: learning of the violation is also evidence about its causes. `violated_given` is
    P(violated | outcome). For an every-step assumption, observed means violated at a step that the story
    reached. `all_violated` and `all_hold` are the outcome distributions if all assumptions are set so
    together. Each number has its `…_error`: 0 where it is exact. Not defined (NaN) if the condition is
    impossible, or in no sampled world; so are `violated` and `violated_given` of assumptions of several draws
    that no sampled world violates, or each one, unless the circuit shows that it must be so, and values and
    changes of outcomes that are too rare for the sampled worlds, where none of them meets such an outcome.
    """
    names = list(session.circuit.assumption_coins)
    outcomes = len(session.outcomes)
    seen = paired_as_met(session, names)
    found = seen[:, :, :outcomes]
    each = in_replicates(session, names)[..., :outcomes]
    observed = of_means(_observed, each)
    violated = violation_chances(session, names)
    unseen = np.isnan(violated.mean)[:, None]
    together = [held(session.circuit, dict.fromkeys(names, value)) for value in (False, True)]
    ended = session.replicated(session.ends, session.by_outcome, [NO_FORCE, *together])
    given = without(of_means(_given, each[:, JOINT], ended[:, 0]), unseen)
    all_set = without(spread(ended[:, 1:]), (ended == 0).all(axis=0)[1:] & rare(session)[:outcomes])
    data = xr.Dataset(
        {
            **with_errors(
                ("assumption", "outcome"),
                do_violated=found[VIOLATED],
                change=found[CHANGE],
                risk_change=seen[CHANGE, :, outcomes],
                failing_change=seen[CHANGE, :, outcomes + 1],
                do_holds=found[HOLDS],
                observed_violated=observed,
                violated_given=given,
                violated=violated,
            ),
            **with_errors(("outcome",), all_violated=all_set[0], all_hold=all_set[1]),
        },
        coords={"assumption": names, "outcome": session.outcomes},
    )
    return described(data, how=session.how(session.ends), note=_note(names, violated.mean))


def pairs(session: Session) -> xr.Dataset:
    """The outcome distribution if two assumptions are violated together, by intervention.

    The diagonal has one alone. `change` is that minus the value without the intervention, and `joint_change`
    what the two add beyond what each adds alone, on the diagonal minus `change`. All values of a difference
    are from the same worlds and parameter values. Of more than 40 assumptions, only the 40 whose violation
    alone moves the outcome distribution most are included, as a note says: joint effects among the rest are
    missed. Not defined (NaN) where an outcome is too rare for the sampled worlds, and none of them meets it.
    """
    names = list(session.circuit.assumption_coins)
    note = ""
    if len(names) > MAX_IN_PAIRS:
        note = f"the {MAX_IN_PAIRS} of {len(names)} assumptions that move the outcomes most by themselves"
        names = _strongest(session, names)
    couples = list(itertools.combinations_with_replacement(range(len(names)), 2))
    forces = [held(session.circuit, {names[i]: False, names[j]: False}) for i, j in couples]
    done = session.replicated(session.ends, session.by_outcome, [NO_FORCE, *forces])
    both = np.zeros((len(done), len(names), len(names), len(session.outcomes)))
    for at, (i, j) in enumerate(couples, start=1):
        both[:, i, j] = both[:, j, i] = done[:, at]
    change = both - done[:, 0, None, None]
    alone = np.diagonal(change, axis1=1, axis2=2).transpose(0, 2, 1)
    joint = change - alone[:, :, None] - alone[:, None]
    dims = ("assumption", "other", "outcome")
    unmet = (both == 0).all(axis=0) & (done[:, 0] == 0).all(axis=0) & rare(session)[: both.shape[-1]]
    found = {"do_both_violated": both, "change": change, "joint_change": joint}
    seen = {name: without(spread(each), unmet) for name, each in found.items()}
    errors = {"do_both_violated": "error", "change": "change_error", "joint_change": "joint_change_error"}
    data = xr.Dataset(
        {name: (dims, one.mean) for name, one in seen.items()}
        | {errors[name]: (dims, one.error) for name, one in seen.items()},
        coords={"assumption": names, "other": names, "outcome": session.outcomes},
    )
    return described(data, how=session.how(session.ends), note=note)


def _note(names: Sequence[str], violated: Floats) -> str:
    """What is never violated, and of what sampled worlds do not show whether it is."""
    never, unseen = (list(itertools.compress(names, which)) for which in (violated == 0, np.isnan(violated)))
    notes = [f"never violated, so violations are not observed: {', '.join(never)}"] if never else []
    if unseen:
        notes.append(f"violated in no sampled world, or in all, so not seen: {', '.join(unseen)}")
    return "; ".join(notes)


def _observed(each: Floats) -> Floats:
    """P(outcome | violated) of means (4, assumptions, outcomes)."""
    joint = each[JOINT].clip(0.0, 1.0)
    violated = joint.sum(axis=1, keepdims=True)
    found = np.full(joint.shape, UNDEFINED)
    np.divide(joint, violated, out=found, where=violated > 0)
    return found


def _given(joint: Floats, ended: Floats) -> Floats:
    """P(violated | outcome) of P(violated and outcome), shape (assumptions, outcomes), and P(outcome)."""
    joint, ended = joint.clip(0.0, 1.0), np.broadcast_to(ended, joint.shape)
    found = np.full(joint.shape, UNDEFINED)
    np.divide(joint, ended, out=found, where=ended > 0)
    return found.clip(max=1.0)


def _strongest(session: Session, names: list[str]) -> list[str]:
    """The assumptions whose violation moves the outcome distribution most, in their original order."""
    base = session.average(session.ends, session.by_outcome).mean[0]
    done = effects(session, names).mean[VIOLATED]
    moved = np.abs(done - base).sum(axis=1)
    chosen = sorted(largest(moved.tolist(), MAX_IN_PAIRS, absolute=PROBABILITY_ROUNDING))
    return [names[i] for i in chosen]
