"""Adapt a model to SALib: levels in, outcomes out, with guards that SALib lacks."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtr, ndtri

from sensa.kernels import confidence_intervals
from sensa.kernels import sobol_points as sobol
from sensa.kernels.program import Floats
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import spread
from sensa.sampling.parameters import RunError
from sensa.session import NO_DIAGRAM, Session

MIN_LEVEL = 2.0**-53  # and its complement is the largest: quantiles there are finite
RELATIVE_ROUNDING = 1e-13  # of the largest value: smaller variation is no effect
SALIB_RESAMPLES = 1  # its intervals are not used, and only `delta` needs one, for its bias
NO_PARAMETERS = "no parameters: nothing is uncertain"

Statistics = Mapping[str, Floats]


def problem(session: Session) -> dict[str, Any]:
    """A story as SALib's problem: parameters by path, each a level in the open unit interval."""
    names = [parameter.path for parameter in session.circuit.parameters]
    return {
        "num_vars": len(names),
        "names": names,
        "bounds": [[MIN_LEVEL, 1.0 - MIN_LEVEL]] * len(names),
    }


def nameless(session: Session) -> dict[str, Any]:
    """The same with other names: some methods refuse names that end as their own columns do."""
    spec = problem(session)
    return {**spec, "names": [f"x{i}" for i in range(spec["num_vars"])]}


def evaluator(session: Session) -> Callable[[Floats], Floats]:
    """The story as SALib's model: levels (points, parameters) to outcomes' probabilities (points, outcomes).

    Levels of 0 and 1 are taken as the nearest within. Parameters that `[[dependence]]` ties are mixed by the
    copula: their levels are then independent inputs of what gives the parameters. Raises `RunError` where a
    parameter value breaks the story.
    """

    def evaluate(levels: Floats) -> Floats:
        engine = session.exact_ends
        if engine is None:
            raise RunError(NO_DIAGRAM)
        theta = session.points.sampler.theta(
            np.clip(np.asarray(levels, np.float64), MIN_LEVEL, 1.0 - MIN_LEVEL)
        )
        q: Floats = engine.probabilities(session.points.sampler.probabilities(theta)) @ session.by_outcome
        if not np.isfinite(q).all():
            raise RunError("a probability came out as not a number")
        return q

    return evaluate


def problem_spec(session: Session) -> Any:
    """SALib's `ProblemSpec` of a story, for use with SALib's own functions.

        from sensa.analyses.salib_methods import evaluator, problem_spec
        spec = problem_spec(session)
        spec.sample_sobol(1024).evaluate(evaluator(session)).analyze_sobol()

    Outputs are the outcomes. SALib's methods assume what their documentation says and check little of it: see
    the docstrings of this package for when each misleads, and leave constant outcomes out.
    """
    from SALib import ProblemSpec

    return ProblemSpec({**problem(session), "outputs": session.outcomes})


def undrawn(method: str) -> Any:
    """A module of `SALib.analyze` that draws, without Matplotlib before it does.

    Matplotlib takes its settings, and whatever they name, from `matplotlibrc` in the working directory.
    """
    name = f"SALib.plotting.{method}"
    if name in sys.modules:
        return import_module(f"SALib.analyze.{method}")

    def plot(*arguments: Any, **options: Any) -> Any:
        return import_module(name).plot(*arguments, **options)

    import_module("SALib.plotting")
    stand_in = ModuleType(name)
    stand_in.plot = plot  # type: ignore[attr-defined]
    sys.modules[name] = stand_in
    try:
        return import_module(f"SALib.analyze.{method}")
    finally:
        del sys.modules[name]


@contextmanager
def quiet(seed: int) -> Iterator[None]:
    """SALib with its generators seeded; all global state is restored afterwards.

    Some of its methods draw from numpy's global generator whatever seed they are given, some take the seed 0
    for none, one puts its own form and filter of warnings in the place of Python's. Warnings are many, and of
    what the docstrings here say; they are recorded and dropped.
    """
    state, form = np.random.get_state(), warnings.formatwarning  # noqa: NPY002 (what SALib draws from)
    try:
        with warnings.catch_warnings(record=True), np.errstate(all="ignore"):
            warnings.simplefilter("always")  # else what is an error outside would be one here
            np.random.seed(seed)  # noqa: NPY002
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = form


def levels(session: Session, replicate: int, points: int) -> tuple[Floats, Floats]:
    """A sample as levels of the unit cube, and as each parameter's own level in its distribution.

    The two are the same but for parameters that the copula ties. Both have one dimension more, of the same
    kind of points, that nothing reads.
    """
    units = session.points.sampler.units(replicate=replicate, start=0, count=points)
    spare = sobol.net(np.array([units.shape[1]], np.int64))
    key = sobol.keys(np.zeros(1, np.uint64), seed=session.settings.seed, replicate=replicate)
    units = np.hstack([units, sobol.points(spare, key, start=0, count=points)])
    own = np.array(units, order="C")
    tied = session.circuit.correlated.tolist()
    if tied:
        own[:, tied] = ndtr(ndtri(units[:, tied]) @ np.linalg.cholesky(session.circuit.correlation).T)
    return units, own


class Table:
    """Statistics by outcome, collected into a dataset; NaN where an outcome is constant."""

    def __init__(
        self,
        session: Session,
        outcome: str | None,
        dims: Mapping[str, tuple[str, ...]],
        coords: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        """`dims` has each statistic's dimensions beside the outcome, `coords` those but for `factor`."""
        if outcome is not None and outcome not in session.outcomes:
            raise ValueError(f"unknown outcome `{outcome}`; expected one of {', '.join(session.outcomes)}")
        self.session = session
        self.dims = dims
        self.chosen = session.outcomes if outcome is None else [outcome]
        self.coords = {"factor": [p.path for p in session.circuit.parameters], **(coords or {})}
        self.constant: list[str] = []
        self.failed: list[str] = []

    def refused(self, *, independent: bool) -> str:
        """Why the method cannot answer for this story, if it cannot."""
        if not self.session.circuit.parameters:
            return NO_PARAMETERS
        if self.session.exact_ends is None:
            return NO_DIAGRAM
        if independent and len(self.session.circuit.correlated):
            return "not computed: the method assumes independent parameters, and `[[dependence]]` ties some"
        return ""

    def unknown(self, note: str) -> xr.Dataset:
        """All NaN."""
        return self.dataset({}, note)

    def of(self, y: Floats, analyse: Callable[[Floats], Statistics]) -> dict[str, Statistics]:
        """The statistics of each outcome that varies, from outcomes (points, outcomes) at the design."""
        found = {}
        for name in self.chosen:
            column = y[:, self.session.outcomes.index(name)]
            if np.ptp(column) <= RELATIVE_ROUNDING * np.abs(column).max():
                self.constant.append(name)
                continue
            try:
                found[name] = analyse(np.ascontiguousarray(column))
            except (ValueError, RuntimeError, ArithmeticError, np.linalg.LinAlgError) as error:
                self.failed.append(f"{name}: SALib could not ({error})")
        return found

    def dataset(self, found: Mapping[str, Statistics], note: str = "") -> xr.Dataset:
        """The statistics with the author's names; NaN, with a note, for constant outcomes."""
        variables = {}
        for statistic, dims in self.dims.items():
            values = np.full((*(len(self.coords[d]) for d in dims), len(self.chosen)), UNDEFINED)
            for column, name in enumerate(self.chosen):
                if name in found:
                    values[..., column] = found[name][statistic]
            variables[statistic] = ((*dims, "outcome"), values)
        used = {d for dims in self.dims.values() for d in dims}
        coords = {d: list(values) for d, values in self.coords.items() if d in used}
        notes = [note, unheard(self.session) if found else "", *dict.fromkeys(self.failed)]
        if self.constant:
            notes.append(f"constant over the parameters: {', '.join(dict.fromkeys(self.constant))}")
        note = "; ".join(filter(None, notes))
        return described(
            xr.Dataset(variables, coords={**coords, "outcome": self.chosen}), exact=False, note=note
        )


def replicated(each: Sequence[Mapping[str, Statistics]]) -> dict[str, Statistics]:
    """Means over independent replicates, with errors from their spread.

    `…_error` is the standard error of the mean, `…_conf` half its 95 % interval by Student's t. An outcome
    that one replicate lacks is left out.
    """
    common = [name for name in each[0] if all(name in one for one in each)]
    found: dict[str, Statistics] = {}
    for name in common:
        estimates = {key: spread(np.stack([one[name][key] for one in each])) for key in each[0][name]}
        found[name] = {
            f"{key}{end}": values
            for key, estimate in estimates.items()
            for end, values in (
                ("", estimate.mean),
                ("_error", estimate.error),
                ("_conf", confidence_intervals.half(estimate.error, len(each))),
            )
        }
    return found


@dataclass(frozen=True)
class Base:
    """How a method spends its evaluations: `rows` for each base point, of which it needs `least`.

    `share` of the run's points is what it may spend, where the analysis costs far more than the story.
    """

    rows: int = 1
    least: int = 16
    share: float = 1.0

    def size(self, session: Session) -> int:
        """The base sample of one replicate: `--points` are split among the replicates."""
        return max(self.least, self._affordable(session))

    def note(self, session: Session) -> str:
        """A note if the method needs more points than were requested."""
        if self._affordable(session) >= self.least:
            return ""
        return (
            f"needs {self.least * self.rows * session.settings.replicates:,} points at least, and took them"
        )

    def _affordable(self, session: Session) -> int:
        return int(session.settings.points * self.share) // (session.settings.replicates * self.rows)


def unheard(session: Session) -> str:
    """A note on options that apply to the outcomes but not to these methods."""
    settings = session.settings
    given = {
        "`--precision`": settings.precision is not None,
        "`--samples`": settings.samples is not None,
        "`--engine montecarlo`": settings.engine == "montecarlo",
    }
    names = [name for name, is_given in given.items() if is_given]
    if not names:
        return ""
    return f"{' and '.join(names)} not used: exact at each point, and `--points` says how many"


def with_errors(dims: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The dimensions of statistics and of their errors."""
    return {f"{name}{end}": of for name, of in dims.items() for end in ("", "_error", "_conf")}


def seed_of(session: Session, more: int = 0) -> int:
    """A seed that SALib accepts: 32 bits, and never 0."""
    mixed = np.random.SeedSequence([session.settings.seed, more]).generate_state(1)[0]
    return int(mixed) | 1
