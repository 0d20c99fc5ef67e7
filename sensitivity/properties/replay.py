"""Replay a case that breaks a property: how the story ends in it, and what would have helped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NO_FORCE, Engine, Force
from sensa.fact_circuit import facts
from sensa.kernels.program import Floats
from sensa.methods.settable_nodes import forced, opened
from sensa.properties.cases import Case, Change, force
from sensa.properties.verdicts import Counterexample, Move
from sensa.sampling.estimates import spread
from sensa.session import Session
from sensa.stories.numbers.distribution import Distribution

AS_IT_IS = Counterexample("", (), (), (), 0.0, 0.0, 0.0)
REPLICATE_POINTS = 1024  # points per replicate for the mean of a power
NUMBERS = "numbers as stated"  # the name of several moved numbers as one part


@dataclass(frozen=True)
class Safeguard:
    """The effect of a safeguard in a case: how likely it fires, and outcomes if it caught all, or nothing."""

    power: float | None  # its mean in the case; None if nothing depends on it
    fires_now: float | None  # None if this is not computed, in long stories
    fires: float | None
    perfect: Mapping[str, float]  # by outcome
    without: Mapping[str, float]


@dataclass(frozen=True)
class Replay:
    """Outcomes of a story as it is and in a case, and how they were computed."""

    now: Mapping[str, float]
    there: Mapping[str, float]
    change: Mapping[str, float]  # in the same worlds and at the same parameter values
    change_error: Mapping[str, float]  # 0 where exact
    by_step: Mapping[str, Sequence[tuple[float, float]]]  # (as it is, in the case)
    restored: Mapping[str, Mapping[str, float]]  # the case without one of its parts, by outcome
    safeguards: Mapping[str, Safeguard]
    how: str  # exact, parameters-sampled or worlds-sampled


def replay(session: Session, case: Counterexample) -> Replay:
    """Compare the story in a counterexample's case with the story as it is.

    Numbers that the case moves are fixed, and all others keep their distributions; violations are set, as in
    properties. A property at its `worst` fixes all numbers that matter.
    """
    roots = len(session.circuit.roots)
    now = _each(session, AS_IT_IS, session.ends)[..., :roots]
    there = _each(session, case, session.ends)[..., :roots]
    by_outcome = session.by_outcome[:roots]
    change = spread((there - now) @ by_outcome)
    steps = [_by_step(session, each.mean(axis=0)) for each in (now, there)]
    return Replay(
        now=_named(session, spread(now @ by_outcome).mean),
        there=_named(session, spread(there @ by_outcome).mean),
        change=_named(session, change.mean, low=-1.0),
        change_error=_named(session, change.error),
        by_step={
            name: list(zip(*(step[i].tolist() for step in steps), strict=True))
            for i, name in enumerate(session.outcomes)
        },
        restored={
            part: _named(session, spread(_each(session, rest, session.ends)[..., :roots] @ by_outcome).mean)
            for part, rest in _restored(case)
        },
        safeguards=_safeguards(session, case),
        how=session.how(session.ends),
    )


def _restored(case: Counterexample) -> list[tuple[str, Counterexample]]:
    """The case without each of its parts: violations, omitted safeguards, moved numbers."""
    rests = [
        (name, replace(case, violated=tuple(n for n in case.violated if n != name))) for name in case.violated
    ]
    rests += [
        (name, replace(case, omitted=tuple(n for n in case.omitted if n != name))) for name in case.omitted
    ]
    if case.moves:
        name = case.moves[0].parameter if len(case.moves) == 1 else NUMBERS
        rests.append((name, replace(case, moves=())))
    return rests


def _each(session: Session, case: Counterexample, engine: Engine, further: Force = NO_FORCE) -> Floats:
    """Means (replicates, roots) of an engine's roots in a case, under a further force."""
    held = holding(session, case.moves)
    forced_there = _together(_forced(session.circuit, _kinds(session), case), further)
    return held.replicated(engine, None, [forced_there])[:, 0]


def holding(session: Session, moves: Sequence[Move]) -> Session:
    """The session with the uncertain numbers that a case moves fixed."""
    there = {move.parameter: move.to for move in moves}
    parameters = tuple(
        replace(one, distribution=Distribution("point", (there[one.path],))) if one.path in there else one
        for one in session.circuit.parameters
    )
    if parameters == session.circuit.parameters:
        return session
    return replace(session, circuit=replace(session.circuit, parameters=parameters))


def _forced(circuit: Circuit, kinds: Mapping[str, str], case: Counterexample) -> Force:
    """The interventions of a case: violations, omissions, and stated numbers moved to 0 or 1."""
    uncertain = {parameter.path for parameter in circuit.parameters}
    changes = [Change("omit", name) for name in case.omitted]
    changes += [
        Change("raise" if move.to else "lower", move.parameter)
        for move in case.moves
        if move.parameter not in uncertain
    ]
    found = force(circuit, kinds, Case(case.violated))
    for change in changes:
        found = _together(force(circuit, kinds, Case((), change)), found)
    return found


def _together(first: Force, second: Force) -> Force:
    """Both forces; the second wins for a draw that both set."""
    held = dict(zip(first.coins.tolist(), first.values.tolist(), strict=True))
    held |= dict(zip(second.coins.tolist(), second.values.tolist(), strict=True))
    coins = sorted(held)
    return Force(np.array(coins, np.int32), np.array([held[coin] for coin in coins], np.float64))


def _by_step(session: Session, roots: Floats) -> Floats:
    """The probability of each outcome at each step (outcomes, steps)."""
    found = np.zeros((len(session.outcomes), len(session.circuit.steps)))
    for root, value in zip(session.circuit.roots, roots, strict=True):
        found[session.outcomes.index(root.outcome), root.step] += value
    return found.clip(0.0, 1.0)


def _safeguards(session: Session, case: Counterexample) -> dict[str, Safeguard]:
    """The effect of each safeguard that the case does not omit."""
    names = [n for n in session.story.document.safeguards if n not in (*case.omitted, *case.violated)]
    if not names:
        return {}
    circuit, known = facts(session.graph)
    gates = {fact.name: fact.gates[0] for fact in known if fact.name in names}
    asking = replace(session, circuit=circuit)
    engine = asking.engine(list(gates.values()))
    now, there = (_each(asking, each, engine).mean(axis=0) for each in (AS_IT_IS, case))
    place = {name: i for i, name in enumerate(gates)}
    wide = opened(session)
    roots = len(wide.circuit.roots)
    powers = _powers(holding(wide, case.moves), _forced(wide.circuit, _kinds(session), case))
    ends: dict[str, list[dict[str, float]]] = {}
    for name in names:
        for value in (1.0, 0.0):
            each = _each(wide, case, wide.ends, forced(wide.circuit, [name], value))[..., :roots]
            ends.setdefault(name, []).append(_named(session, spread(each @ wide.by_outcome[:roots]).mean))
    return {
        name: Safeguard(
            powers.get(name),
            float(now[place[name]]) if name in place else None,
            float(there[place[name]]) if name in place else None,
            *ends[name],
        )
        for name in names
    }


def _powers(session: Session, force: Force) -> dict[str, float]:
    """The mean power of each safeguard that something depends on."""
    each = (
        [block.p for block in session.points.blocks(REPLICATE_POINTS)]
        if session.mean_p is None
        else [session.mean_p]
    )
    p = force.applied(np.concatenate(each)).mean(axis=0)
    found: dict[str, list[float]] = {}
    for coin, chance in zip(session.circuit.coins, p.tolist(), strict=True):
        if coin.path == f"safeguards.{coin.node}.power":
            found.setdefault(coin.node, []).append(chance)
    return {name: sum(values) / len(values) for name, values in found.items()}


def _kinds(session: Session) -> dict[str, str]:
    return {node.name: node.kind for node in session.graph.nodes}


def _named(session: Session, values: Floats, low: float = 0.0) -> dict[str, float]:
    """Values by outcome, clipped: sampled ones may exceed their limits by their error."""
    return dict(zip(session.outcomes, np.clip(values, low, 1.0).tolist(), strict=True))
