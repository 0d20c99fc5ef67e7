"""Which failure modes carry the catastrophic risk."""

import numpy as np
import xarray as xr

from sensa.engines.protocol import NONE
from sensa.kernels.program import Floats
from sensa.methods.settable_nodes import forced, opened
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import spread
from sensa.session import Session

MAX_EVENTS = 40  # events that are asked about one by one
NO_MODES = "no event states a failure mode"
NO_RISK = "the story never ends in catastrophe, so that there is nothing to share"


def carried_by(session: Session) -> xr.Dataset:
    """The share of P(catastrophic) that would go if a failure mode never happened.

    `share` (event) of each event that states a `mode`, and `mode_share` (mode) of all events of a mode
    together: (q - q0) / q, where q is P(catastrophic) and q0 the same with these events set never to happen,
    leaks included (Fussell and Vesely's importance). `rest`: what would be left with none of them at all;
    `…_error`: standard errors, 0 where nothing is sampled.

    Shares need not add up to 100 %: what takes several modes at once counts for each of them, and what each
    of several would bring about alone counts for none. A mode that keeps a catastrophe away has a negative
    share. Without a `mode` an event has no share of its own; `rest` holds what only such events bring about.
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
    notes += [] if single else [f"of more than {MAX_EVENTS} events, so that modes alone have shares"]
    return described(data, how=session.how(session.ends), note="; ".join(notes))


def _gone(session: Session, groups: list[list[str]]) -> tuple[Floats, Floats]:
    """The share of P(catastrophic) that goes where the events of each group never happen, and its error.

    The error is that of a ratio of means, all had in the same worlds (the delta method).
    """
    made = opened(session)
    catastrophic = session.circuit.of_kind("catastrophic")
    forces = [NONE, *(forced(made.circuit, group, 0.0) for group in groups)]
    risks = made.replicated(made.ends, made.by_outcome, forces) @ catastrophic
    now, without = risks[:, :1], risks[:, 1:]
    if now.mean() <= 0.0:
        return np.full(len(groups), UNDEFINED), np.full(len(groups), UNDEFINED)
    left = without.mean(axis=0) / now.mean()
    return 1.0 - left, spread(without - left * now).error / now.mean()
