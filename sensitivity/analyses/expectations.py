"""The author's expected results, beside the computed ones."""

import numpy as np
import xarray as xr

from sensa.methods.expected_loss import HEAVY, expected_loss
from sensa.results import UNDEFINED, described
from sensa.session import Session


def expectations(session: Session) -> xr.Dataset:
    """Each measure of `[expect]`: the stated value, the computed value, and whether the two agree.

    A probability conditional on an impossible event has no value (NaN) and is not met. `P(X)` is of a kind
    if X is the name of one. `error` is the standard error of the computed value; for a conditional
    probability, that of the ratio with a fixed denominator.
    """
    expected = session.circuit.expected
    gates = [gate for e in expected for gate in (e.joint, e.given) if gate is not None]
    probabilities = session.average(session.engine(gates)) if gates else None
    loss = expected_loss(session) if any(e.joint is None for e in expected) else None
    values, errors, at = [], [], 0
    for e in expected:
        if e.joint is None or probabilities is None:
            values.append(UNDEFINED if loss is None else float(loss.loss.mean))
            errors.append(UNDEFINED if loss is None else float(loss.loss.error))
            continue
        (joint, given), error = probabilities.mean[0, at : at + 2], probabilities.error[0, at]
        at += 2
        values.append(joint / given if given > 0 else UNDEFINED)
        errors.append(error / given if given > 0 else UNDEFINED)
    stated = np.array([e.value for e in expected])
    within = np.array([e.within for e in expected])
    computed = np.array(values, np.float64)
    data = xr.Dataset(
        {
            "value": ("measure", computed),
            "error": ("measure", np.array(errors, np.float64)),
            "stated": ("measure", stated),
            "within": ("measure", within),
            "met": ("measure", np.abs(computed - stated) <= within),
        },
        coords={"measure": [e.measure for e in expected]},
    )
    how = session.how(session.ends)
    sampled = loss is not None and loss.sampled and how == "exact"
    note = HEAVY if loss is not None and loss.heavy else ""
    return described(data, how="parameters-sampled" if sampled else how, note=note)
