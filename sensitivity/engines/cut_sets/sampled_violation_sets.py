"""Sufficient sets of violated assumptions, and of draws, from sampled worlds; some may be missed."""

from collections.abc import Collection

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.cut_sets.possible_ends import places
from sensa.engines.cut_sets.sampled_minimal_sets import TILT_POWERS, Literal, minimal_sets
from sensa.engines.cut_sets.set_family import chance_of
from sensa.engines.cut_sets.violation_sets import settled
from sensa.kernels.program import Floats, Gates
from sensa.kernels.ties import largest

MIN_DRAW_CHANCE = 1e-3  # of either value of a draw: possible values do not count as known
VIOLATION_WEIGHT = 1e-6  # times the chance of a violation: the rarest literals are dropped first
MAX_WORDS = 384  # words of 64 worlds for one gate
MAX_WORK = 4e7  # gates times literals times words
MAX_LITERAL_SETS = 2000  # sets of literals, before sets of violations are derived
Sets = list[tuple[tuple[int, bool], ...]]


def violation_sets(
    circuit: Circuit,
    root: int,
    violated: Floats,
    p: Floats,
    *,
    certain: bool,
    never: Collection[int] = (),
    seed: int = 0,
) -> Sets:
    """Sets of violated assumptions with which a gate is certainly, or possibly, true if the others hold.

    `violated` and `p` are probabilities of each assumption's violation and of each draw, and only guide the
    search. Facts have an assumption's index in `circuit.assumption_coins`. Each set is sufficient: in the
    world in which it was found no other violation was needed, though some assumptions may have to hold. No
    set contains another, but a subset may be sufficient and not found. Empty if it would take too much work.
    """
    names = list(circuit.assumption_coins.values())
    literals = [
        Literal(
            coins, (value,) * len(coins), 0.5 if value else VIOLATION_WEIGHT * max(float(q), MIN_DRAW_CHANCE)
        )
        for value in (False, True)
        for coins, q in zip(names, violated, strict=True)
    ]
    words = _words(circuit.gates, len(literals))
    if not words:
        return []
    chances = np.clip(p, MIN_DRAW_CHANCE, 1.0 - MIN_DRAW_CHANCE)
    gates = settled(circuit.gates, root, "certain" if certain else "possible", places(circuit), never)
    found = minimal_sets(
        gates, root, len(p), chances, literals, seed=seed, words=words, certain=certain, most=MAX_LITERAL_SETS
    )
    kept: list[frozenset[int]] = []
    for one in sorted({frozenset(i for i in chosen if i < len(names)) for chosen in found.sets}, key=len):
        if not any(other <= one for other in kept):
            kept.append(one)
    return _likeliest([tuple((i, False) for i in sorted(one)) for one in kept], 1.0 - np.asarray(violated))


def draw_sets(gates: Gates, root: int, p: Floats, *, seed: int = 0) -> Sets:
    """Sets of draws that make a gate true whatever the others are. Empty if it would take too much work."""
    chances = np.clip(p, MIN_DRAW_CHANCE, 1.0 - MIN_DRAW_CHANCE)
    literals = [
        Literal((coin,), (value,), float(q if value else 1.0 - q))
        for value in (True, False)
        for coin, q in enumerate(chances)
    ]
    words = _words(gates, len(literals))
    if not words:
        return []
    found = minimal_sets(
        gates, root, len(p), chances, literals, seed=seed, words=words, most=MAX_LITERAL_SETS
    )
    facts = [(literal.coins[0], literal.values[0]) for literal in literals]
    return _likeliest([tuple(sorted(facts[i] for i in chosen)) for chosen in found.sets], p)


def _likeliest(sets: Sets, p: Floats) -> Sets:
    in_order = sorted(sets)
    return [in_order[i] for i in largest([chance_of(facts, p) for facts in in_order], len(in_order))]


def _words(gates: Gates, literals: int) -> int:
    """The number of words within the work limit; 0 if it is less than one for each tilt."""
    words = min(int(MAX_WORK / (gates.size * max(literals, 1))), MAX_WORDS)
    return words if words >= len(TILT_POWERS) else 0
