"""How much evidence is enough: what more trials of a credence are worth, and how many hold a limit."""

import math
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from sensa.analyses.tipping_points import LIMITS
from sensa.analyses.value_of_information import STOPS, gain
from sensa.circuit import read_by
from sensa.engines.capabilities import SupportsRanges
from sensa.kernels.distributions.levels import Levels, Marginal
from sensa.kernels.distributions.quadrature import mean_of
from sensa.kernels.program import Floats
from sensa.methods.conjugate_trials import Beta, Expected, Polynomial, expected, good_trials, polynomial
from sensa.methods.sample_information import answer
from sensa.results import described
from sensa.session import NO_DIAGRAM, Session

TRIALS = (10, 30, 100, 300, 1000)
NOTHING = "no probability has a Beta distribution that nothing is tied to, so there is none to try"


def value_of_trials(session: Session, *, stop: float = 0.0, trials: tuple[int, ...] = TRIALS) -> xr.Dataset:
    """What more trials are worth, for each probability that is counted or has a Beta distribution otherwise.

    n independent trials of a number p ~ Beta(a, b), of which k hold, make it Beta(a + k, b + n - k), and k is
    beta-binomial. `worth` (number, count, stop): the expected loss saved by n trials before deciding to go
    on or to stop, min(E L, c) - sum_k P(k) min(E[L | k], c): the expected value of sample information
    (Raiffa and Schlaifer 1961), at the costs c of `value_of_information`; `perfect` (number, stop): its
    limit, the value of knowing p. `sd_now` (number), `sd_after` (number, count): the standard deviation of
    P(catastrophic) over p, and what is expected of it. `changes` (number, count, limit): P(the mean risk is
    then on the other side of the limit). `good_trials` (number, limit): the fewest trials, all of which go
    well, after which the mean risk is within the limit; 0 where it is now, infinite where no number suffices.
    `a`, `b` (number): the distribution.

    Limits are those that the story sets, or else 0.1 % to 50 %. All other numbers are in expectation. The
    sums are exact where only the others' means matter and the risk is a polynomial in p of a degree up to
    14; `exact` (number) says where. Numbers that `[[dependence]]` ties are left out, as trials of one tell of
    the others too.

    Misleads where the trials would not be of the same probability, such as those of a smaller model
    (`extrapolation`), or not independent; and where losses leave out the gain of going on, as
    `value_of_information` says.
    """
    engine = session.exact_ends
    if engine is None:
        return described(xr.Dataset(), exact=False, note=NO_DIAGRAM)
    numbers = _numbers(session)
    if not numbers:
        return described(xr.Dataset(), exact=True, note=NOTHING)
    limits = np.array(sorted(session.graph.limits) or LIMITS)
    rows = [_row(session, engine, i, of, limits, stop, trials) for i, of in numbers.items()]
    each: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    dims = {
        "worth": ("number", "count", "stop"),
        "perfect": ("number", "stop"),
        "sd_after": ("number", "count"),
        "changes": ("number", "count", "limit"),
        "good_trials": ("number", "limit"),
    }
    data = xr.Dataset(
        {name: (dims.get(name, ("number",)), values) for name, values in each.items()},
        coords={
            "number": [session.circuit.parameters[i].path for i in numbers],
            "count": list(trials),
            "limit": limits,
            "stop": list(STOPS),
        },
    )
    return described(data, exact=bool(each["exact"].all()))


def _numbers(session: Session) -> dict[int, Beta]:
    """The Beta distributions of probabilities that are read and tied to nothing, by index."""
    circuit, tied = session.circuit, set(session.circuit.correlated.tolist())
    programs = {coin.program for coin in circuit.coins}
    read = set[int]().union(*(read_by(circuit, program) for program in programs))
    return {
        i: Beta(*map(float, parameter.distribution.args))
        for i, parameter in enumerate(circuit.parameters)
        if parameter.distribution.family == "beta" and parameter.scale == "probability"
        if i in read and i not in tied
    }


def _row(
    session: Session,
    engine: SupportsRanges,
    parameter: int,
    prior: Beta,
    limits: Floats,
    stop: float,
    trials: tuple[int, ...],
) -> dict[str, Any]:
    risk, loss, exact = _answer(session, engine, parameter)
    now = float(loss.mean(*prior))
    found = [expected(prior, n, risk, loss, limits) for n in trials]
    spread = math.sqrt(max(float(risk.squared().mean(*prior)) - float(risk.mean(*prior)) ** 2, 0.0))
    row: dict[str, Any] = {
        "a": prior.a,
        "b": prior.b,
        "sd_now": spread,
        "sd_after": [one.spread for one in found],
        "changes": [one.turned for one in found],
        "good_trials": [good_trials(prior, risk, limit) for limit in limits.tolist()],
        "exact": exact,
    }
    if session.circuit.losses:
        costs = np.array([stop, now])
        row["worth"] = [_worth(one, costs, now) for one in found]
        row["perfect"] = _perfect(session.points.sampler.marginals[parameter], loss, costs, now)
    return row


def _answer(session: Session, engine: SupportsRanges, parameter: int) -> tuple[Polynomial, Polynomial, bool]:
    """The risk and the loss as polynomials of one number, and whether both are exact."""
    found = answer(session, engine, parameter)
    risk, loss = polynomial(found.risk), polynomial(found.loss)
    return risk, loss, found.exact and risk.resolved and loss.resolved


def _worth(of: Expected, costs: Floats, now: float) -> Floats:
    return gain(of.loss * of.chance, of.chance, costs, now)


def _perfect(marginal: Marginal, loss: Polynomial, costs: Floats, now: float) -> list[float]:
    """The value of knowing the number itself, by quadrature."""

    def gained(levels: Levels, cost: float) -> Floats:
        beyond = loss(marginal.inverse(levels)) - cost
        return np.maximum(beyond if now <= cost else -beyond, 0.0)

    return [mean_of(partial(gained, cost=cost)) for cost in costs.tolist()]
