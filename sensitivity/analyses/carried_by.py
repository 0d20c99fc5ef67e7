"""Which failure modes carry the catastrophic risk."""

import numpy as np
import xarray as xr

from sensa.engines.protocol import NO_FORCE
from sensa.kernels.program import Floats
from sensa.methods.settable_nodes import forced, opened
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import spread
from sensa.session import Session

MAX_EVENTS = 40  # events whose shares are computed one by one
NO_MODES = "no event states a failure mode"
NO_RISK = "the story never ends in catastrophe, so there is nothing to share"


def carried_by(session: Session) -> xr.Dataset:
    """The share of P(catastrophic) that would vanish if a failure mode never occurred.

    `share` (event) of each event that states a `mode`, and `mode_share` (mode) of all events of a mode
    together: (q - q0) / q, where q is P(catastrophic) and q0 the same if these events never happen,
    leaks included (Fussell and Vesely's importance). `rest`: the share that is left without any of them;
    `…_error`: standard errors, 0 if nothing is sampled.

    Shares need not add up to 100 %: a catastrophe that needs several modes counts for each of them, and one
    that each of several modes would cause alone counts for none. A mode that prevents a catastrophe has a
    negative share. Events without a `mode` have no share; `rest` includes what they cause.
    """
    of = session.graph.modes
    modes = list(dict.fromkeys(of.values()))
    if not of:
        return described(
            xr.Dataset({"rest": ((), 1.0), "rest_error": ((), 0.0)}),
            how=session.how(session.ends),
            note=NO_MODES,
        )
    single = list(of) if len(of) <= MAX_EVENTS else []
    groups = [
        *([name] for name in single),
        *([name for name, mode in of.items() if mode == wanted] for wanted in modes),
        list(of),
    ]
    gone, error = _gone(session, groups)
    of_modes = slice(len(single), -1)
    data = xr.Dataset(
        {
            "mode_share": ("mode", gone[of_modes]),
            "mode_share_error": ("mode", error[of_modes]),
            "rest": ((), 1.0 - float(gone[-1])),
            "rest_error": ((), float(error[-1])),
        },
        coords={
            "mode": modes,
            "members": ("mode", [", ".join(name for name in of if of[name] == mode) for mode in modes]),
        },
    )
    if single:
        data["share"] = ("event", gone[: len(single)])
        data["share_error"] = ("event", error[: len(single)])
        data = data.assign_coords(event=single, of=("event", [of[name] for name in single]))
    notes = [NO_RISK] if np.isnan(gone).all() else []
    notes += [] if single else [f"more than {MAX_EVENTS} events, so only modes have shares"]
    return described(data, how=session.how(session.ends), note="; ".join(notes))


def _gone(session: Session, groups: list[list[str]]) -> tuple[Floats, Floats]:
    """The share of P(catastrophic) that vanishes if the events of each group never happen, and its error.

    The error is that of a ratio of means, all computed in the same worlds (the delta method).
    """
    made = opened(session)
    catastrophic = session.circuit.of_kind("catastrophic")
    forces = [NO_FORCE, *(forced(made.circuit, group, 0.0) for group in groups)]
    risks = made.replicated(made.ends, made.by_outcome, forces) @ catastrophic
    now, without = risks[:, :1], risks[:, 1:]
    if now.mean() <= 0.0:
        return np.full(len(groups), UNDEFINED), np.full(len(groups), UNDEFINED)
    left = without.mean(axis=0) / now.mean()
    return 1.0 - left, spread(without - left * now).error / now.mean()
