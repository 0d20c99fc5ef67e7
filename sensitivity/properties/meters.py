"""What properties measure of one story: lowered once, with a meter for each set of measures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sensa.circuit import MeasureGates
from sensa.compiling import compile_measures
from sensa.lowering import lower
from sensa.methods.fixed_numbers import fixed
from sensa.properties.evaluate import Column, Meter
from sensa.session import Session
from sensa.stories.properties.measures import Measure


@dataclass(frozen=True, eq=False)
class Measures:
    """Everything that several properties measure of one story, lowered once, with shared meters."""

    session: Session
    gates: dict[Measure, MeasureGates]
    _meters: dict[tuple[Measure, ...], Meter] = field(default_factory=dict)

    @cached_property
    def _lossless(self) -> Session:
        circuit = replace(self.session.circuit, losses=())
        return replace(self.session, circuit=circuit)

    def at(self, values: Mapping[str, float]) -> "Measures":
        """The same with the parameters at these paths at given values."""
        circuit = self.session.circuit
        known = {i: values[one.path] for i, one in enumerate(circuit.parameters) if one.path in values}
        return Measures(replace(self.session, circuit=fixed(circuit, known)), self.gates)

    def meter(self, asked: Sequence[Measure]) -> Meter:
        """A meter for some of the measures; it leaves out the loss if none of them needs it."""
        wanted = tuple(dict.fromkeys(asked))
        if wanted not in self._meters:
            lossless = all(measure.of is not None for measure in wanted)
            self._meters[wanted] = self._made(wanted, self._lossless if lossless else self.session)
        return self._meters[wanted]

    def _made(self, wanted: tuple[Measure, ...], session: Session) -> Meter:
        gates: dict[int, int] = {}
        for measure in wanted:
            one = self.gates[measure]
            for gate in (one.joint, one.given):
                if gate is not None and one.joint is not None:
                    gates.setdefault(gate, len(gates))
        for loss in session.circuit.losses:
            gates.setdefault(loss.gate, len(gates))
        column: dict[Measure, Column] = {}
        for measure in wanted:
            one = self.gates[measure]
            if one.joint is None or one.given is None:
                column[measure] = (len(gates), None)
            else:
                column[measure] = (gates[one.joint], gates[one.given] if measure.given else None)
        return Meter(session, tuple(gates), column)


def measures(
    session: Session, asked: Sequence[Measure], *, opened: bool = False, free: Collection[str] = ()
) -> Measures:
    """Prepare measures of a story for evaluation.

    `opened` if events, challenges or safeguards are set, so that a stated 0 or 1 has a draw to set. The
    numbers at the paths in `free` are parameters, as they must be in the session.
    """
    wanted = list(dict.fromkeys(asked))
    first = [parameter.path for parameter in session.circuit.parameters] if free else ()
    named = {str(i): measure for i, measure in enumerate(wanted)}
    graph = compile_measures(session.story, named, free, first)
    circuit = lower(graph, opened=opened)
    own = replace(session, graph=graph, circuit=circuit)
    return Measures(own, dict(zip(wanted, circuit.measures.values(), strict=True)))
