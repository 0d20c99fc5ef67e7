"""Importance measures of reliability analysis: each violation and failure, for each outcome and kind."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.kernels.program import Floats
from sensa.methods.interventions import HOLDS, JOINT, VIOLATED, effects
from sensa.methods.outputs import outputs
from sensa.methods.settable_nodes import always_and_never
from sensa.results import UNDEFINED, described
from sensa.session import Session


def importance(session: Session) -> xr.Dataset:
    """The importance of each node for each outcome, each kind, and `failure` (all but success).

    With q the probability, q1 and q0 the same where the assumption is set to violated or to hold, and v the
    probability that it is violated: `birnbaum` q1 - q0 (Birnbaum 1969); `criticality` (q1 - q0) v / q;
    `raw`, risk achievement worth, q1 / q; `rrw`, risk reduction worth, q / q0, infinite where q0 is 0;
    `fussell_vesely` (q - q0) / q, the share of the risk that vanishes if the assumption holds (Vesely et al.
    1983, NUREG/CR-3385); `differential` (q1 - q0) v over its sum over all assumptions, for changes in
    proportion (Borgonovo and Apostolakis 2001, 10.1016/S0951-8320(00)00108-3). Signs are kept: a violation
    that makes an outcome less likely has a negative Birnbaum measure, and worths below 1.

    For an event, q1 is the probability if it happens wherever it can, and q0 if it never does; for a
    challenge, if it stands or not; for a safeguard, if it never acts or catches all of its targets. Their
    chances depend on others, so (q1 - q0) v is replaced by q - q0, which is the same if one draw decides, and
    sums are over the nodes of one kind. Draws stated as 0 or 1 are set too.

    Nodes are set by intervention at all steps. Not defined (NaN): all if q is 0, `differential` if the sum
    is 0, and `violated` of nodes other than assumptions. Misleads if nodes depend on each other: each is
    moved alone.
    """
    names = list(session.circuit.assumption_coins)
    others = {n.name: n.kind for n in session.graph.nodes if n.kind in ("event", "challenge", "safeguard")}
    asked = outputs(session.circuit, loss=False, failure=True)
    together = asked.matrix[:-1]
    found = effects(session, names)
    acts, idle = always_and_never(session, list(others))
    guards = np.array([kind == "safeguard" for kind in others.values()], np.bool_)[:, None]
    q1 = np.concatenate([found.mean[VIOLATED], np.where(guards, idle, acts)]) @ together
    q0 = np.concatenate([found.mean[HOLDS], np.where(guards, acts, idle)]) @ together
    chance = found.mean[JOINT].sum(axis=1)
    q = np.broadcast_to(session.ended.mean @ together, q1.shape)
    moved = q - q0
    moved[: len(names)] = (q1 - q0)[: len(names)] * chance[:, None]
    kinds = ["assumption"] * len(names) + list(others.values())
    same = (np.array(kinds)[:, None] == np.array(kinds)).astype(np.float64)
    both = ("node", "output")
    data = xr.Dataset(
        {
            "violated": ("node", np.append(chance, np.full(len(others), UNDEFINED))),
            "birnbaum": (both, q1 - q0),
            "criticality": (both, _over(moved, q)),
            "raw": (both, _over(q1, q)),
            "rrw": (both, _over(q, q0, infinite=True)),
            "fussell_vesely": (both, _over(q - q0, q)),
            "differential": (both, _over(moved, same @ moved)),
        },
        coords={"node": [*names, *others], "kind": ("node", kinds), "output": asked.names},
    )
    never = [
        name for name, value in zip(asked.names, session.ended.mean @ together, strict=True) if value == 0
    ]
    note = f"of probability 0, so shares of it are not defined: {', '.join(never)}" if never else ""
    return described(data, how=session.how(session.ends), note=note)


def _over(part: Floats, whole: Floats, *, infinite: bool = False) -> npt.NDArray[np.float64]:
    """Ratios; over 0 they are undefined, or infinite if wanted and the numerator is not 0."""
    found = np.full(part.shape, UNDEFINED)
    np.divide(part, whole, out=found, where=whole != 0)
    if infinite:
        found[(whole == 0) & (part > 0)] = np.inf
    return found
