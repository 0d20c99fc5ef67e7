"""How the story ends given an observation: `sensa run --given`."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.circuit import FAILURES
from sensa.defects import WrongObservation
from sensa.fact_circuit import joined
from sensa.kernels.program import Floats, Op
from sensa.methods.measures import ratio
from sensa.methods.outputs import outputs
from sensa.results import How, described
from sensa.sampling.estimates import spread
from sensa.session import Session

OBSERVATION = "given"  # the measure of the session's circuit of which the condition is observed


def given(session: Session, text: str) -> xr.Dataset:
    """P(output | Y) of each outcome, each kind and `failure`, by Bayes, where Y is observed.

    `mean` (output): E P(output and Y) / E P(Y), the ratio of the means; `before`: the same without the
    observation; `probability`: P(Y); `fail_safe_given_failure`: P(fail_safe | failure and Y). Each with its
    `error`. An observation is evidence about what Y depends on, and about the numbers too; to set
    something from outside is another question (`violations`, `nodes`). The session's circuit has the measure
    `OBSERVATION`. Raises `WrongObservation` if P(Y) is 0.
    """
    condition = session.circuit.measures[OBSERVATION].given
    assert condition is not None
    ends = list(session.circuit.ended.values())
    circuit, both = joined(session.circuit, Op.AND, [(end, condition) for end in ends])
    wider = replace(session, circuit=circuit)
    engine = wider.engine([*ends, *both.tolist(), condition])
    each, how = wider.replicated(engine)[:, 0], wider.how(engine)
    if not each[:, -1].mean() > 0:
        never = "is true in no sampled world" if how == "worlds-sampled" else "is impossible in this story"
        raise WrongObservation(f"`{text}` {never}")
    return _dataset(wider, text, each, how)


def _dataset(session: Session, text: str, each: Floats, how: How) -> xr.Dataset:
    circuit, count = session.circuit, len(session.circuit.ends)
    names, of, matrix = outputs(circuit, loss=False, failure=True)
    before, joint, condition = each[:, :count], each[:, count:-1], each[:, -1]
    after = [ratio(column, condition) for column in (joint @ matrix[:count]).T]
    prior = spread(before @ matrix[:count])
    failing, safe = joint @ circuit.of_kind(*FAILURES), joint @ circuit.of_kind("fail_safe")
    share, share_error = ratio(safe, failing)
    certain = spread(condition)
    data = xr.Dataset(
        {
            "mean": ("output", [value for value, _ in after]),
            "error": ("output", [error for _, error in after]),
            "before": ("output", prior.mean),
            "before_error": ("output", prior.error),
            "probability": ((), float(certain.mean)),
            "probability_error": ((), float(certain.error)),
            "fail_safe_given_failure": ((), share),
            "fail_safe_given_failure_error": ((), share_error),
        },
        coords={"output": names, "of": ("output", of), "given": text},
    )
    note = "" if np.isfinite(share) else "given this, the story never fails"
    return described(data, how=how, note=note)
