"""Prove that more violations never help: then one case bounds all others."""

from sensa.engines.cut_sets.monotone import directions
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.bdd.zero_suppressed import FamilyRefusal
from sensa.properties.cases import Case, Scope, force
from sensa.properties.margins import MeteredRequirement
from sensa.properties.quantile_and_worst import linear
from sensa.stories.properties.requirements import SobolTotal


def falling(asked: MeteredRequirement, ranged: Scope) -> bool:
    """Whether it is proven that no violation in the scope ever raises the margin.

    The requirement must be linear (or compare one conditional), be about the story itself and move nothing,
    and each gate must be monotone in the draws that violations set, as its diagram shows.
    """
    head = asked.head
    if ranged.changes != (None,) or asked.versions != {""} or not head.exact or not linear(asked.requirement):
        return False
    try:
        weights = _weights(asked)
        if weights is None:
            return False
        ways = {gate: directions(head.session.circuit.gates, gate, _coins(asked)) for gate in weights}
    except (EngineRefusal, FamilyRefusal):
        return False
    for name in ranged.names:
        held = force(head.session.circuit, head.kinds, Case((name,)))
        for coin, value in zip(held.coins.tolist(), held.values.tolist(), strict=True):
            for gate, weight in weights.items():
                way = ways[gate].get(coin)
                if way is not None and (way == 0 or weight * way * (1 if value else -1) > 0):
                    return False
    return True


def _coins(asked: MeteredRequirement) -> int:
    return len(asked.head.session.circuit.coins)


def _weights(asked: MeteredRequirement) -> dict[int, float] | None:
    """The margin, times the condition, as a sum of the gates' probabilities; None if it has the loss."""
    head, measures = asked.head, [one.measure for one in asked.requirement.measured]
    given = next((head.column[one][1] for one in measures if not isinstance(one, SobolTotal)), None)
    weights: dict[int, float] = {}
    for factors, number in asked.polynomial.terms:
        column = given if not factors else head.column[factors[0].measure][0]  # type: ignore[union-attr,index]
        if column is None:
            continue  # a constant
        if column >= len(head.gates):
            return None
        gate = head.gates[column]
        weights[gate] = weights.get(gate, 0.0) + float(number)
    return weights
