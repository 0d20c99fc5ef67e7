"""Whether the sampling has settled: the same answers from fewer samples."""

from collections.abc import Iterator
from dataclasses import replace

import xarray as xr

from sensa.analyses.kinds import kinds
from sensa.analyses.outcomes import outcomes
from sensa.results import described
from sensa.sampling.budget import MEAN_BATCHES, MIN_WORDS, WORLDS
from sensa.session import Session

SHOWN = ("mean", "error", "low", "high", "quantiles", "quantiles_error")
FIRST_POINTS = 16  # of a replicate
FIRST_WORLDS = WORLDS * MEAN_BATCHES * MIN_WORDS  # the fewest that are sampled
STEP = 4  # how many times as many samples each time
NOTE = "nothing is sampled: the story has no uncertain number, and its worlds are exact"


def convergence(session: Session) -> xr.Dataset:
    """The outcomes from a part of the samples, each time four times as many, up to all of them.

    `mean`, `error`, `low`, `high` (count, output), `quantiles` and `quantiles_error` (count, output,
    quantile), as in `outcomes` and `kinds`, with the first `count` parameter values of the run or, where
    worlds are sampled at the parameters' means, with so many worlds; `counted` says which.

    Misleads if what is rare has not been met at all: estimates may agree with each other, and be wrong.
    """
    worlds = session.ends.way != "exact" and session.mean_p is not None
    if not worlds and not session.circuit.parameters:
        return described(xr.Dataset(), exact=True, note=NOTE)
    counts = list(_world_counts(session) if worlds else _point_counts(session))
    parts = [_answers(_with(session, count, worlds=worlds)) for count in counts]
    data = xr.concat(
        parts, "count", coords="minimal", compat="override", join="override", combine_attrs="drop"
    )
    data = data.assign_coords(count=counts).assign_attrs(counted="worlds" if worlds else "parameter values")
    return described(data, how=session.how(session.ends))


def _point_counts(session: Session) -> Iterator[int]:
    settings = session.settings
    count = FIRST_POINTS * settings.replicates
    while count < settings.points:
        yield count
        count *= STEP
    yield settings.points


def _world_counts(session: Session) -> Iterator[int]:
    count, most = FIRST_WORLDS, session.totals.worlds.count
    while count < most:
        yield count
        count *= STEP
    yield most


def _with(session: Session, count: int, *, worlds: bool) -> Session:
    """The session with so many samples; engines are shared."""
    settings = session.settings
    fewer = replace(settings, samples=count) if worlds else replace(settings, points=count)
    return replace(session, settings=replace(fewer, precision=None))


def _answers(session: Session) -> xr.Dataset:
    """Outcomes and kinds, along one dimension."""
    found = outcomes(session)[[*SHOWN]].drop_vars(["kind"], errors="ignore")
    together = kinds(session)[[*SHOWN]]
    taken = set(found["outcome"].values.tolist())
    others = [name for name in together["kind"].values.tolist() if name not in taken]
    return xr.concat(
        [found.rename(outcome="output"), together.sel(kind=others).rename(kind="output")],
        "output",
        coords="minimal",
        compat="override",
        combine_attrs="drop",
    )
