"""What a reader needs to judge properties again with other credences: trees of measures, and cases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensa.circuit import read_by
from sensa.methods.what_if import MAX_NODES, WhatIf, what_if
from sensa.properties.cases import Case, Scope, force, scope
from sensa.properties.declared import DeclaredProperty, declared
from sensa.properties.meters import Measures
from sensa.properties.run_measures import measures_of, own_measures
from sensa.sampling.parameters import evaluate
from sensa.session import Session
from sensa.stories.properties.measures import Measure
from sensa.stories.properties.requirements import Arithmetic, Constant, Negative, SobolTotal, Term

TOO_LARGE = "its diagram is too large for the page"
MAX_CASES = 64
MAX_WORK = 20_000_000  # cases times nodes times parameter values
MAX_GATES = 40  # of all properties; more make the diagram of the page too large

Tree = float | tuple[Any, ...]
"""A side of a requirement: a number; an operation on two, or `-` of one; or `P` of two measured gates, the
second for a condition or None, of the case before its change if the first part is `before`."""


@dataclass(frozen=True)
class CaseCoins:
    """A case of a property: what is violated or left out, and the draws that it sets, each to 0 or 1."""

    names: tuple[str, ...]
    sets: tuple[tuple[int, float], ...]
    before: tuple[tuple[int, float], ...]  # before its change


@dataclass(frozen=True)
class Recomputed:
    """A property that can be judged again from the diagram, or why it cannot."""

    property: str
    require: str
    why_not: str = ""
    sign: str = ""
    left: Tree = 0.0
    right: Tree = 0.0
    quantile: float | None = None  # the share of the parameter values where it has to hold; None: at the mean
    cases: tuple[CaseCoins, ...] = ()


def recomputed(
    session: Session, found: Measures | None = None
) -> tuple[WhatIf | str | None, tuple[Recomputed, ...]]:
    """The diagram with the measures of the story's properties, and the properties.

    Judged from it, verdicts are those of `judge` where worlds are exact: of the mean, over every case.
    Where the diagram is beyond what a page carries with the measures, it is without them. `found` are the
    story's `own_measures`, if at hand.
    """
    every = declared(session.story)
    reasons = {one.name: reason for one in every if (reason := _why_not(session, one))}
    kept = [one for one in every if one.name not in reasons]
    if not kept:
        return what_if(session), tuple(_left_out(one, reasons[one.name]) for one in every)
    known = own_measures(session) if found is None else found
    asked = [measure for one in kept for measure in measures_of(one.requirement, base=False)]
    gates = list(dict.fromkeys(_gates(known, asked)))
    made = what_if(known.session, gates) if 0 < len(gates) <= MAX_GATES else ""
    if isinstance(made, str):
        return what_if(session), tuple(_left_out(one, reasons.get(one.name, TOO_LARGE)) for one in every)
    return made, tuple(
        _left_out(one, reasons[one.name]) if one.name in reasons else _built(one, known, gates, made)
        for one in every
    )


def _left_out(one: DeclaredProperty, why: str) -> Recomputed:
    return Recomputed(one.name, one.written.require, why)


def _why_not(session: Session, one: DeclaredProperty) -> str:
    """Why a property is judged by a run only; empty if the page can judge it."""
    if session.ends.way != "exact":
        return "worlds were sampled"
    if session.ends.size > MAX_NODES:
        return TOO_LARGE
    written, requirement = one.written, one.requirement
    if any(m.version == "base" for m in requirement.measured):
        return "it compares with a base"
    if any(isinstance(m.measure, SobolTotal) for m in requirement.measured):
        return "it is about a Sobol’ index"
    if one.at == "worst":
        return "it is about the worst values of the uncertain numbers"
    if written.forall is not None and (written.forall.raising or written.forall.lowering):
        return "it moves numbers of the story"
    if scope(session.story.document, written.forall).total > MAX_CASES:
        return f"it has more than {MAX_CASES} cases"
    if any(m.measure == Measure(None) for m in requirement.measured) and not _fixed_losses(session):
        return "its losses are uncertain"
    return ""


def _fixed_losses(session: Session) -> bool:
    """Whether no loss depends on an uncertain number."""
    return not any(read_by(session.circuit, loss.program) for loss in session.circuit.losses)


def _gates(found: Measures, asked: Sequence[Measure]) -> Iterator[int]:
    """The gates of the measures, those of losses for the expected loss."""
    for measure in asked:
        one = found.gates[measure]
        if one.joint is None:
            yield from (loss.gate for loss in found.session.circuit.losses)
        else:
            yield one.joint
            yield from (one.given,) if measure.given and one.given is not None else ()


def _built(one: DeclaredProperty, found: Measures, gates: Sequence[int], made: WhatIf) -> Recomputed:
    session, written, requirement = found.session, one.written, one.requirement
    ranged = scope(session.story.document, written.forall)
    if written.quantile is not None and made.exact and session.circuit.parameters:
        return _left_out(one, "it is about a share of what the uncertain numbers may be")
    if ranged.total * made.nodes * len(made.p) > MAX_WORK:
        return _left_out(one, f"it has {ranged.total} cases, too many for this page")
    place = {gate: i for i, gate in enumerate(gates)}
    return Recomputed(
        one.name,
        written.require,
        "",
        requirement.sign,
        _tree(requirement.left, found, place),
        _tree(requirement.right, found, place),
        written.quantile,
        tuple(_cases(session, ranged)),
    )


def _tree(term: Term, found: Measures, place: Mapping[int, int]) -> Tree:
    match term:
        case Constant(value):
            return value
        case Negative(arg):
            return ("-", _tree(arg, found, place))
        case Arithmetic(operator, left, right):
            return (operator, _tree(left, found, place), _tree(right, found, place))
    assert isinstance(term.measure, Measure)
    one = found.gates[term.measure]
    if one.joint is None:
        return _loss(found.session, place)
    when = "before" if term.version == "before" else "P"
    return (
        when,
        place[one.joint],
        place[one.given] if term.measure.given and one.given is not None else None,
    )


def _loss(session: Session, place: Mapping[int, int]) -> Tree:
    """The expected loss: a sum of amounts times probabilities."""
    circuit = session.circuit
    total: Tree = 0.0
    for loss in circuit.losses:
        amount = evaluate(circuit, np.array([loss.program], np.int32), np.zeros((1, len(circuit.parameters))))
        total = ("+", total, ("*", float(amount[0, 0]), ("P", place[loss.gate], None)))
    return total


def _cases(session: Session, ranged: Scope) -> Iterator[CaseCoins]:
    kinds = {node.name: node.kind for node in session.graph.nodes}

    def sets(case: Case) -> tuple[tuple[int, float], ...]:
        forced = force(session.circuit, kinds, case)
        return tuple(zip(forced.coins.tolist(), forced.values.tolist(), strict=True))

    for size in ranged.sizes:
        for case in ranged.of_size(size):
            yield CaseCoins(tuple(sorted(case.names)), sets(case), sets(case.unchanged))
