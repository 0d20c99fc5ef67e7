"""What smaller models did, carried to the model that the story is about."""

from typing import Any

import numpy as np
import xarray as xr

from sensa.graph import RedTeam
from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.good_turing import good_turing
from sensa.methods.sample_information import Gain, answer, gain
from sensa.methods.smaller_models import SOURCES, Evidence, Test, evidence
from sensa.results import QUANTILES, described
from sensa.session import Session

NO_EXPERIMENTS = "worlds are sampled, so what more trials would be worth is left out"
NOTHING = "no number is extrapolated from smaller models, and no red-teaming is stated"
TRIALS = 100  # of an experiment
SIGNIFICANT = 0.05  # chance that a law that goes on is said to break


def extrapolation(session: Session, *, trials: int = TRIALS) -> xr.Dataset:
    """What smaller models did, carried to the larger: predictions, their doubts, tests, worthwhile trials.

    `mean`, `quantiles` (number): the posterior at the target, `decades` beyond the largest scale tried.
    `share` (number, source): of the variance of its log-odds. `sampling`: the line where it is best known;
    `slope`: what the slope adds up to the target; `family`: that the target's family was not tried;
    `break`: the doubt that the law goes on. They add up to 1; undefined where the variance is infinite (one
    unnamed family with separated data). `held`, `trials` (number): of all rows. Where none held, or all,
    the trend is the prior's, and only the upper (lower) end means something.

    `test_…` (test): each family's largest scale left out and predicted from the rest: the share
    (`test_mean`), the central 90 % interval of the count (`test_low`, `test_high`), what it was
    (`test_held` of `test_trials`), and the two-sided probability of a count so far out (`test_p`). `tests`,
    `covered` (number); `law_p`: the least `test_p` times the number of tests; `breaks`: it is below 0.05,
    so that a law that goes on is said to break with a chance of at most 5 %. A test has little power: a law
    that passed may still break further out.

    `sd_after` (experiment): the expected standard deviation of P(catastrophic) over this number after
    `trials` more of a smaller model of the target's family at a scale that was tried; `sd_now`. `changes`
    (experiment, limit): P(the mean risk is then on the other side of a limit that the story sets). `worth`:
    expected value of sample information in units of loss where stopping costs what going on does (as in
    `value_of_information`), at most `perfect`. Exact sums over all counts; misleads where a family's
    smaller models do not share its level.

    `unseen` (red-teaming): P(the next trial shows a failure mode never seen), Good and Turing's N1 /
    trials, with `unseen_low`, `unseen_high` (90 %); `next_is_new`: the share of findings that are of a mode
    seen once.
    """
    numbers = [
        (i, p.path, found)
        for i, p in enumerate(session.graph.parameters)
        if (found := evidence(p)) is not None
    ]
    data = xr.Dataset()
    if numbers:
        data = data.merge(_predicted(session, numbers)).merge(_tested(numbers))
        data = data.merge(_experiments(session, numbers, trials))
    if session.graph.red_team is not None:
        data = data.merge(_red_team(session.graph.red_team))
    exact = bool(data.attrs.get("exact", True))
    left_out = NO_EXPERIMENTS if numbers and session.exact_ends is None else ""
    if not data.data_vars:
        return described(data, exact=True, note=NOTHING)
    return described(data, exact=exact, note=left_out)


Numbers = list[tuple[int, str, Evidence]]


def _predicted(session: Session, numbers: Numbers) -> xr.Dataset:
    marginals = [session.points.sampler.marginals[i] for i, _, _ in numbers]
    shares = [of.shares() for _, _, of in numbers]
    levels = at_levels(np.array(QUANTILES))
    return xr.Dataset(
        {
            "mean": ("number", [of.moments()[0] for of in marginals]),
            "quantiles": (("number", "quantile"), [of.inverse(levels) for of in marginals]),
            "decades": ("number", [of.decades for _, _, of in numbers]),
            "share": (("number", "source"), [[share[s] for s in SOURCES] for share in shares]),
            "held": ("number", [of.seen[0] for _, _, of in numbers]),
            "trials": ("number", [of.seen[1] for _, _, of in numbers]),
        },
        coords={
            "number": [path for _, path, _ in numbers],
            "quantile": list(QUANTILES),
            "source": list(SOURCES),
        },
    )


def _tested(numbers: Numbers) -> xr.Dataset:
    by_number = [list(of.backtest()) for _, _, of in numbers]
    least = [min((t.surprise for t in tests), default=np.nan) * len(tests) for tests in by_number]
    data = xr.Dataset(
        {
            "tests": ("number", [len(tests) for tests in by_number]),
            "covered": ("number", [sum(t.inside for t in tests) for tests in by_number]),
            "law_p": ("number", np.minimum(least, 1.0)),
            "breaks": ("number", np.array(least) < SIGNIFICANT),
        }
    )
    rows: list[tuple[str, str, Test]] = [
        (path, of.names[t.row.family] if of.names else "", t)
        for (_, path, of), tests in zip(numbers, by_number, strict=True)
        for t in tests
    ]
    if not rows:
        return data
    each: dict[str, Any] = {
        "test_number": [path for path, _, _ in rows],
        "test_family": [family for _, family, _ in rows],
        "test_scale": [t.row.scale for _, _, t in rows],
        "test_trials": [t.row.trials for _, _, t in rows],
        "test_held": [t.row.held for _, _, t in rows],
        "test_mean": [t.mean for _, _, t in rows],
        "test_low": [t.low for _, _, t in rows],
        "test_high": [t.high for _, _, t in rows],
        "test_p": [t.surprise for _, _, t in rows],
    }
    return data.assign({name: ("test", values) for name, values in each.items()})


def _experiments(session: Session, numbers: Numbers, trials: int) -> xr.Dataset:
    engine = session.exact_ends
    if engine is None:
        return xr.Dataset()
    limits = tuple(session.graph.limits)
    rows: list[tuple[str, float, Gain]] = []
    exact = True
    for parameter, path, of in numbers:
        nodes, found = of.nodes(), answer(session, engine, parameter)
        exact &= found.exact
        for scale in sorted({row.scale for row in of.rows if row.scale <= of.at}):
            decades = float(np.log10(of.at) - np.log10(scale))
            rows.append((path, scale, gain(nodes, found, limits, decades=decades, trials=trials)))
    if not rows:
        return xr.Dataset()
    each: dict[str, Any] = {
        "experiment_number": [path for path, _, _ in rows],
        "experiment_scale": [scale for _, scale, _ in rows],
        "sd_now": [g.spread for _, _, g in rows],
        "sd_after": [g.spread_after for _, _, g in rows],
    }
    if session.circuit.losses:
        each |= {"worth": [g.worth for _, _, g in rows], "perfect": [g.perfect for _, _, g in rows]}
    data = xr.Dataset({name: ("experiment", values) for name, values in each.items()})
    data = data.assign(experiment_trials=((), trials)).assign_attrs(exact=exact)
    if not limits:
        return data
    changes = (("experiment", "limit"), [g.verdicts for _, _, g in rows])
    return data.assign(changes=changes).assign_coords(limit=list(limits))


def _red_team(found: RedTeam) -> xr.Dataset:
    counts = list(found.findings.values())
    unseen, total = good_turing(counts, found.trials), sum(counts)
    return xr.Dataset(
        {
            "unseen": ((), unseen.mean),
            "unseen_low": ((), unseen.low),
            "unseen_high": ((), unseen.high),
            "next_is_new": ((), sum(n == 1 for n in counts) / total if total else np.nan),
            "red_team_trials": ((), found.trials),
            "found": ("mode", counts),
        },
        coords={"mode": list(found.findings)},
    )
