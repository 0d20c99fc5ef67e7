"""Variants of a story: outcomes at given values of some numbers, many at once.

A story is compiled once: numbers that it states as points or expressions become parameters, and then each
variant is a row of values. Averaged over the other numbers, the outcomes are multilinear in the
draws that the given numbers decide, so means at the corners give the mean at any values.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from sensa.circuit import Circuit, Requirement, read_by
from sensa.engines.capabilities import SupportsRanges
from sensa.engines.protocol import EngineRefusal, Force
from sensa.graph import Graph
from sensa.kernels.program import Floats
from sensa.methods.conditional_means import MAX_POINTS, Holding
from sensa.methods.interventions import held
from sensa.methods.outputs import Outputs, outputs
from sensa.results import described
from sensa.sampling.estimates import spread
from sensa.sampling.parameters import of_coin, required
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.arguments import require_names, require_number
from sensa.stories.problems import listed, quoted, unknown

MAX_VARIANTS = 1 << 24
MIN_CORNERS = 64  # corners that are worth computing even for one variant
MAX_KEPT = 64  # sets of numbers whose computations are cached

K = TypeVar("K")
V = TypeVar("V")
Compiled = Callable[[Settings, Collection[str], Sequence[str]], tuple[Graph, Circuit]]


@dataclass(frozen=True)
class Variants:
    """The computation of `Session.at`; `compiled` compiles a story with some numbers as parameters."""

    compiled: Compiled
    _opened: dict[tuple[Settings, frozenset[str]], Session] = field(default_factory=dict)
    _cases: "dict[tuple[object, ...], Case]" = field(default_factory=dict)

    def __call__(
        self,
        session: Session,
        changes: Mapping[str, object],
        *,
        violated: Sequence[str] = (),
        holds: Sequence[str] = (),
        points: int | None = None,
    ) -> xr.Dataset:
        """The outcomes at these values of the numbers at some paths; see `Session.at`."""
        if not hasattr(changes, "items"):
            raise TypeError(f"expected values by path, got {quoted(type(changes).__name__)}")
        require_names("assumptions", violated)
        require_names("assumptions", holds)
        if points is not None:
            require_number("points", points, whole=True)
        values = {path: _values(path, value) for path, value in changes.items()}
        rows, several = _rows(list(values.values()))
        free = require_numbers(session, values)
        fresh = bool(free) and (session.settings, free) not in self._opened
        case = self._case(session, tuple(values), free, tuple(violated), tuple(holds), points or MAX_POINTS)
        note = f"compiled once for {listed(sorted(free), 'and')}" if fresh else ""
        index = getattr(changes, "index", None)
        data = _dataset(case, rows, values, several=several, index=index)
        return described(data, exact=case.holding.exact, note=note).assign_attrs(compiled=int(fresh))

    def _case(
        self,
        session: Session,
        paths: tuple[str, ...],
        free: frozenset[str],
        violated: tuple[str, ...],
        holds: tuple[str, ...],
        points: int,
    ) -> "Case":
        key = (session.settings, paths, violated, holds, points)
        if key not in self._cases:
            opened = self._open(session, free)
            _keep(self._cases, key, case_of(opened, paths, _set(opened, violated, holds), points))
        return self._cases[key]

    def _open(self, session: Session, free: frozenset[str]) -> Session:
        """The same story with the numbers at these paths as free parameters."""
        if not free:
            return session
        key = session.settings, free
        if key not in self._opened:
            known = [parameter.path for parameter in session.graph.parameters]
            graph, circuit = self.compiled(session.settings, free, known)
            _keep(self._opened, key, replace(session, graph=graph, circuit=circuit))
        return self._opened[key]


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """Cache a value; evict the oldest if there are too many."""
    if len(kept) >= MAX_KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = value


@dataclass(frozen=True)
class Case:
    """Given numbers and set assumptions: everything that does not depend on their values."""

    session: Session
    engine: SupportsRanges
    holding: Holding  # of the given numbers, with the assumptions set
    _corners: list[Floats] = field(default_factory=list)  # once they are computed

    def means(self, rows: Floats) -> Floats:
        """Means (replicates, rows, outputs) over all other numbers."""
        theta = np.repeat(self.holding.rest.certain, len(rows), axis=0)
        theta[:, list(self.holding.held)] = rows
        known = required(self.session.circuit, self._required, theta)
        coins = self.decided
        if coins is None or not len(rows) or 1 << len(coins) > max(len(rows), MIN_CORNERS):
            return self.holding(rows) @ self.outputs.matrix
        column = {need.program: i for i, need in enumerate(self._required)}
        p = np.clip(known[:, [column[self.session.circuit.coins[coin].program] for coin in coins]], 0.0, 1.0)
        weights = np.ones((len(rows), 1))
        for i in range(len(coins)):
            weights = (weights[:, :, None] * np.stack([1.0 - p[:, i], p[:, i]], axis=1)[:, None]).reshape(
                len(rows), -1
            )
        found: Floats = weights @ self._means_at_corners(rows[:1])
        return found

    @cached_property
    def _reads(self) -> list[set[int]]:
        """The parameters that each draw reads, except for draws that are set."""
        circuit, forced = self.session.circuit, set(self.holding.force.coins.tolist())
        return [
            set() if i in forced else read_by(circuit, coin.program) for i, coin in enumerate(circuit.coins)
        ]

    @cached_property
    def _required(self) -> tuple[Requirement, ...]:
        """The requirements that the given numbers alone decide, those of the draws last."""
        circuit, given = self.session.circuit, set(self.holding.held)
        every = (*circuit.requirements, *map(of_coin, circuit.coins))
        return tuple(need for need in every if given >= read_by(circuit, need.program) != set())

    @cached_property
    def decided(self) -> list[int] | None:
        """The draws that the given numbers alone decide; None if they also affect anything else."""
        circuit, given = self.session.circuit, set(self.holding.held)
        needs = [read_by(circuit, requirement.program) for requirement in circuit.requirements]
        mixed = any(read & given and read - given for read in (*self._reads, *needs))
        if mixed or any(read_by(circuit, loss.program) & given for loss in circuit.losses):
            return None
        return [i for i, read in enumerate(self._reads) if read & given]

    @cached_property
    def outputs(self) -> Outputs:
        """The outputs: outcomes, kinds, loss and failure."""
        return outputs(self.session.circuit, failure=True)

    def _means_at_corners(self, row: Floats) -> Floats:
        """Means (replicates, corners, outputs) at values of the decided draws, the last fastest.

        They depend on no value of the given numbers, but those of `row` (1, given) have to be valid.
        """
        assert self.decided is not None
        if not self._corners:
            before = self.holding.force
            means = [
                replace(
                    self.holding,
                    force=Force(
                        np.concatenate([before.coins, np.array(self.decided, np.int32)]),
                        np.concatenate([before.values, np.array(ends, np.float64)]),
                    ),
                )(row)
                for ends in product((0.0, 1.0), repeat=len(self.decided))
            ]
            self._corners.append(np.concatenate(means, axis=1) @ self.outputs.matrix)
        return self._corners[0]


def case_of(
    session: Session, paths: Sequence[str], assumptions: Mapping[str, bool], points: int = MAX_POINTS
) -> Case:
    """The case in which the numbers at these paths, all of them parameters, are given.

    Raises `EngineRefusal` if the story has no diagram.
    """
    engine = session.exact_ends
    if engine is None:
        raise EngineRefusal(
            "variants need a diagram, and this story has none within the budget: "
            "change the story with `with_value`, and run it"
        )
    place = {parameter.path: i for i, parameter in enumerate(session.circuit.parameters)}
    given = tuple(place[path] for path in paths if path in place)  # the others affect nothing
    force = held(session.circuit, dict(assumptions))
    return Case(session, engine, Holding(session, engine, given, points=points, force=force))


def _dataset(
    case: Case, rows: Floats, values: Mapping[str, Floats], *, several: bool, index: object
) -> xr.Dataset:
    estimate = spread(case.means(rows))
    dims = ("variant", "output") if several else ("output",)
    mean, error = ((one if several else one[0]) for one in (estimate.mean, estimate.error))
    coords: dict[str, Any] = {
        path: ("variant", value) if value.ndim else ((), float(value)) for path, value in values.items()
    }
    if several:
        variants = np.arange(len(rows)) if index is None else np.asarray(index)
        coords["variant"] = ("variant", variants)
    coords |= {"output": ("output", case.outputs.names), "of": ("output", case.outputs.of)}
    return xr.Dataset({"mean": (dims, mean), "error": (dims, error)}, coords=coords)


def _values(path: str, value: object) -> Floats:
    """One value, or one for each variant. Raises `TypeError` and `ValueError` for other values."""
    wanted = f"expected a number or an array of numbers for {quoted(path)}"
    other = f"{wanted}, got {quoted(value)}; `with_value` changes what else a story states"
    if isinstance(value, str | bytes):
        raise TypeError(other)
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise TypeError(other) from None
    if found.ndim > 1:
        raise ValueError(f"{wanted}, got one of {found.ndim} dimensions")
    if not np.isfinite(found).all():
        raise ValueError(f"{wanted}; not all of these are finite")
    return found


def _rows(values: Sequence[Floats]) -> tuple[Floats, bool]:
    """The values (variants, numbers), and whether they were given as arrays."""
    lengths = {len(value) for value in values if value.ndim}
    if len(lengths) > 1:
        raise ValueError(f"expected arrays of one length, got {listed(map(str, sorted(lengths)), 'and')}")
    if max(lengths, default=1) > MAX_VARIANTS:
        raise ValueError(f"at most {MAX_VARIANTS:,} variants at a time")
    rows = np.empty((next(iter(lengths), 1), len(values)))
    for column, value in enumerate(values):
        rows[:, column] = value
    return rows, bool(lengths)


def require_numbers(session: Session, paths: Collection[str]) -> frozenset[str]:
    """The paths of numbers that are not yet parameters. Raises `ValueError` for other paths."""
    parameters = {parameter.path for parameter in session.circuit.parameters}
    others = [path for path in paths if path not in parameters]
    if not others:
        return frozenset()
    stated = set(session.graph.numbers)
    for path in others:
        if path not in stated:
            raise ValueError(unknown("number", path, sorted(stated | parameters)))
    return frozenset(others)


def _set(session: Session, violated: Sequence[str], holds: Sequence[str]) -> dict[str, bool]:
    """The assumptions that are set, by name. Raises `ValueError` for unknown or contradictory names."""
    known = session.circuit.assumption_coins
    both = {**dict.fromkeys(violated, False), **dict.fromkeys(holds, True)}
    for name in both:
        if name not in known:
            raise ValueError(unknown("assumption", name, known))
    clash = set(violated) & set(holds)
    if clash:
        raise ValueError(f"{quoted(min(clash))} is to be violated and to hold")
    return both
