"""Whether more violations never help: then one case bounds all, and what contains a breaking case breaks."""

from sensa.engines import EngineRefusal
from sensa.engines.monotone import directions
from sensa.kernels.zero_suppressed import FamilyRefusal
from sensa.properties.cases import Case, Scope, force
from sensa.properties.over_parameters import linear
from sensa.properties.sides import Asked
from sensa.stories.requirements import Arithmetic, Constant, Measured, Negative, Term


def falling(asked: Asked, ranged: Scope) -> bool:
    """Whether it is proven that no violation of the scope ever raises the margin of what holds or not.

    The requirement must be linear (or compare one conditional), be about the story itself and move nothing,
    and each gate must be monotone in the draws that violations hold, as its diagram shows.
    """
    head = asked.head
    if ranged.changes != (None,) or asked.versions != {""} or not head.exact or not linear(asked.requirement):
        return False
    try:
        weights = _weights(asked)
        if weights is None:
            return False
        ways = {gate: directions(head.model.circuit.gates, gate, _coins(asked)) for gate in weights}
    except (EngineRefusal, FamilyRefusal):
        return False
    for name in ranged.names:
        held = force(head.model.circuit, head.kinds, Case((name,)))
        for coin, value in zip(held.coins.tolist(), held.values.tolist(), strict=True):
            for gate, weight in weights.items():
                way = ways[gate].get(coin)
                if way is not None and (way == 0 or weight * way * (1 if value else -1) > 0):
                    return False
    return True


def _coins(asked: Asked) -> int:
    return len(asked.head.model.circuit.coins)


def _weights(asked: Asked) -> dict[int, float] | None:
    """The margin, times what is given, as a sum of the gates' probabilities; none where the loss is in it."""
    requirement, head = asked.requirement, asked.head
    sign = 1.0 if requirement.sign in (">", ">=") else -1.0
    terms: list[tuple[float, Measured | None]] = []
    _spread(requirement.left, sign, terms)
    _spread(requirement.right, -sign, terms)
    given = next((head.column[one.measure][1] for _, one in terms if one is not None), None)  # type: ignore[index]
    weights: dict[int, float] = {}
    for weight, one in terms:
        column = given if one is None else head.column[one.measure][0]  # type: ignore[index]
        if column is None:
            continue  # a number by itself
        if column >= len(head.gates):
            return None
        gate = head.gates[column]
        weights[gate] = weights.get(gate, 0.0) + weight
    return weights


def _spread(term: Term, factor: float, into: list[tuple[float, Measured | None]]) -> None:
    """A linear term as measures with their factors; numbers alone with none."""
    match term:
        case Constant(value):
            into.append((factor * value, None))
        case Measured():
            into.append((factor, term))
        case Negative(arg):
            _spread(arg, -factor, into)
        case Arithmetic("+" | "-", left, right):
            _spread(left, factor, into)
            _spread(right, factor if term.operator == "+" else -factor, into)
        case Arithmetic("*", left, right):
            number, rest = (left, right) if _plain(left) is not None else (right, left)
            _spread(rest, factor * (_plain(number) or 0.0), into)
        case Arithmetic(_, left, right):
            divisor = _plain(right)
            _spread(left, factor / divisor if divisor else float("nan"), into)


def _plain(term: Term) -> float | None:
    """The value of a term without measures."""
    match term:
        case Constant(value):
            return value
        case Negative(arg):
            inside = _plain(arg)
            return None if inside is None else -inside
        case Arithmetic(operator, left, right):
            a, b = _plain(left), _plain(right)
            if a is None or b is None:
                return None
            if operator == "/":
                return a / b if b else float("nan")
            return a + b if operator == "+" else a - b if operator == "-" else a * b
    return None
