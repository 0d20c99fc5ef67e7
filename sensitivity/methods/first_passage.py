"""First passage: by which step each option and each failure has occurred."""

from dataclasses import dataclass, replace

import numpy as np

from sensa.fact_circuit import joined
from sensa.kernels.program import Floats, Op
from sensa.path_circuit import Course
from sensa.results import UNDEFINED, How
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

MAX_GATES = 5000  # values of nodes, times steps


@dataclass(frozen=True)
class Passage:
    """P(it has occurred at a step that the story reached, up to each step): (values, steps)."""

    names: list[str]
    kinds: list[str]
    by_step: Estimate
    first: Estimate
    how: How

    @property
    def mean_step(self) -> Floats:
        """The mean step (from 1) of the first occurrence where it occurs; NaN where it never does."""
        first = self.first.mean
        ever = first.sum(axis=1)
        found = np.full(len(first), UNDEFINED)
        np.divide(first @ np.arange(1, first.shape[1] + 1), ever, out=found, where=ever > 0)
        return found


def first_passage(session: Session, course: Course) -> Passage | None:
    """First passages of what is drawn at every step; None where there is nothing, or too much.

    An assumption occurs where it is violated (`not NAME`), a safeguard where it fires.
    """
    steps = len(course.reached)
    values: dict[str, tuple[str, list[int]]] = {}  # kind, and the gate at each step
    for one in course.occurrences:
        if one.step is None:
            continue
        for gate, option in zip(one.gates, one.options or ("",), strict=True):
            name = f"{one.name}: {option}" if option else one.name
            name = f"not {name}" if one.kind == "assumption" else name
            values.setdefault(name, (one.kind, []))[1].append(gate)
    if not values or len(values) * steps > MAX_GATES:
        return None
    claims = [gate for kind, gates in values.values() for gate in gates if kind == "assumption"]
    circuit, negated = joined(course.circuit, Op.NOT, [(gate,) for gate in claims])
    violated = dict(zip(claims, map(int, negated), strict=True))
    pairs: list[tuple[int, ...]] = [
        (course.reached[step], violated[gate] if kind == "assumption" else gate)
        for kind, gates in values.values()
        for step, gate in enumerate(gates)
    ]
    circuit, here = joined(circuit, Op.AND, pairs)
    rows = here.reshape(len(values), steps)
    seen = [tuple(map(int, row[: step + 1])) for row in rows for step in range(steps)]
    circuit, asked = joined(circuit, Op.OR, seen)
    wider = replace(session, circuit=circuit)
    engine = wider.engine(asked)
    each = wider.replicated(engine)[:, 0].reshape(-1, len(values), steps)
    each = np.clip(each, 0.0, 1.0)
    first = np.diff(each, axis=2, prepend=0.0)
    kinds = [kind for kind, _ in values.values()]
    return Passage(list(values), kinds, spread(each), spread(first), wider.how(engine))
