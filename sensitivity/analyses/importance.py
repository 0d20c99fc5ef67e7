"""Importance measures of reliability analysis: each violation and failure, for each outcome and kind."""

from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.kernels.program import Floats
from sensa.methods.certain_effects import certain_effects
from sensa.methods.impossible import Bools
from sensa.methods.interventions import CHANGE, HOLDS, JOINT, VIOLATED, held, in_replicates
from sensa.methods.outputs import Outputs, outputs
from sensa.methods.settable_nodes import ALWAYS, NEVER, STATED, forced, opened, set_and_never
from sensa.methods.statistics_of_means import of_means
from sensa.methods.violation_chances import violation_chances
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate
from sensa.sampling.parameters import at_means
from sensa.session import Session

ROUNDING = 1e-14  # of the probabilities; a smaller difference is none
MEASURES = ("birnbaum", "criticality", "raw", "rrw", "fussell_vesely", "differential")
Texts = npt.NDArray[np.str_]


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
    is 0, `violated` of nodes other than assumptions, and what sampled worlds do not show: a measure that is
    0, 1 or infinite in all of them, unless the circuit shows that it must be. Each number has its `…_error`:
    0 where it is exact, else the jackknife's over the replicates, whose values of q, q1 and q0 are from the
    same worlds. Misleads if nodes depend on each other: each is moved alone.
    """
    names = list(session.circuit.assumption_coins)
    others = {n.name: n.kind for n in session.graph.nodes if n.kind in ("event", "challenge", "safeguard")}
    kinds = np.array(["assumption"] * len(names) + list(others.values()))
    asked = outputs(session.circuit, loss=False, failure=True)
    measured = partial(_measures, asked.matrix[:-1], kinds)
    found = of_means(measured, in_replicates(session, names), set_and_never(session, list(others)))
    unseen = _unseen(session, kinds, [*names, *others], asked.matrix[:-1], found)
    found.mean[unseen] = found.error[unseen] = UNDEFINED
    node, both = ("node",), ("node", "output")
    chances = violation_chances(session, names)
    none = np.full(len(others), UNDEFINED)
    data = xr.Dataset(
        {
            "violated": (node, np.concatenate([chances.mean, none])),
            "violated_error": (node, np.concatenate([chances.error, none])),
        }
        | {name: (both, found.mean[i]) for i, name in enumerate(MEASURES)}
        | {f"{name}_error": (both, found.error[i]) for i, name in enumerate(MEASURES)},
        coords={"node": [*names, *others], "kind": ("node", kinds), "output": asked.names},
    )
    return described(data, how=session.how(session.ends), note=_note(session, asked, bool(unseen.any())))


def _measures(together: Floats, kinds: Texts, assumed: Floats, acting: Floats) -> Floats:
    """The measures (measures, nodes, outputs)."""
    assumed, acting = assumed[..., : len(together)], acting.clip(0.0, 1.0)
    chance = np.zeros(len(kinds))
    chance[: assumed.shape[1]] = assumed[JOINT].sum(axis=1)
    guards = (kinds == "safeguard")[assumed.shape[1] :, None]
    bad, fine = assumed[VIOLATED].clip(0.0, 1.0), assumed[HOLDS].clip(0.0, 1.0)
    q, q1, q0 = (
        np.concatenate(parts) @ together
        for parts in (
            (assumed[VIOLATED] - assumed[CHANGE], acting[STATED]),
            (bad, np.where(guards, acting[NEVER], acting[ALWAYS])),
            (fine, np.where(guards, acting[ALWAYS], acting[NEVER])),
        )
    )
    q0 = np.where(q0 > ROUNDING * np.maximum(q1, q), q0, 0.0)
    moved = np.where((kinds == "assumption")[:, None], (q1 - q0) * chance[:, None], q - q0)
    moved = np.where(np.abs(moved) > ROUNDING * np.maximum(q1, q0), moved, 0.0)
    saved = np.where(np.abs(q - q0) > ROUNDING * np.maximum(q, q0), q - q0, 0.0)
    same = (kinds[:, None] == kinds).astype(np.float64)
    return np.stack(
        [
            q1 - q0,
            _over(moved, q),
            _over(q1, q),
            _over(q, q0, infinite=True),
            _over(saved, q),
            _over(moved, same @ moved),
        ]
    )


def _unseen(session: Session, kinds: Texts, names: list[str], together: Floats, found: Estimate) -> Bools:
    """Which measures (measures, nodes, outputs) sampled worlds do not show, and the circuit neither."""
    edge = np.isinf(found.mean) | (np.abs(np.abs(found.mean - 0.5) - 0.5) <= ROUNDING)
    edge[MEASURES.index("birnbaum")] |= found.mean[MEASURES.index("birnbaum")] == -1.0
    silent: Bools = edge & ~(found.error > ROUNDING)
    if session.ends.way == "exact" or not silent.any():
        return np.zeros_like(silent)
    circuit = opened(session).circuit
    ways = [
        [
            held(circuit, {name: not bad}) if kind == "assumption" else forced(circuit, [name], bad ^ guards)
            for name, kind in zip(names, kinds, strict=True)
            for guards in [kind == "safeguard"]
        ]
        for bad in (True, False)
    ]
    certain = certain_effects(circuit, at_means(circuit).p, ways, together)
    shares = certain.same[1] | certain.never[1]
    of_kind = (kinds[:, None] == kinds).astype(np.float64)
    known = {
        "birnbaum": certain.same.all(axis=0) | certain.known.all(axis=0),
        "criticality": shares,
        "raw": certain.same[0] | certain.never[0],
        "rrw": shares,
        "fussell_vesely": shares,
        "differential": certain.same[1] | (of_kind @ ~shares == 0),
    }
    silent &= ~np.stack([known[name] for name in MEASURES])
    return silent


def _note(session: Session, asked: Outputs, unseen: bool) -> str:
    """What has no shares: outcomes that are impossible, or that no sampled world met; what is not seen."""
    each = session.average(session.ends, session.by_outcome).mean[0] @ asked.matrix[:-1]
    never = ", ".join(name for name, value in zip(asked.names, each, strict=True) if value == 0)
    why = "of probability 0" if session.ends.way == "exact" else "in no sampled world"
    notes = [f"{why}, so shares of it are not defined: {never}"] if never else []
    if unseen:
        notes.append("a measure that no sampled world shows is not seen")
    return "; ".join(notes)


def _over(part: Floats, whole: Floats, *, infinite: bool = False) -> npt.NDArray[np.float64]:
    """Ratios; over 0 they are undefined, or infinite if wanted and the numerator is not 0."""
    found = np.full(part.shape, UNDEFINED)
    np.divide(part, whole, out=found, where=whole != 0)
    if infinite:
        found[(whole == 0) & (part > 0)] = np.inf
    return found
