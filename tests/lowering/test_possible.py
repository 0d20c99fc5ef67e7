"""Which gates can be true together: what is told of choices counts, however many options they have."""

from sensa.lowering.gate_builder import GateBuilder
from sensa.lowering.possible import Possible
from sensa.lowering.program_builder import RealBuilder
from sensa.lowering.splits import MAX_NODES


def test_two_of_many_options_are_never_taken() -> None:
    """More options than a diagram of their coins may have nodes."""
    gates = GateBuilder()
    possible = Possible(gates, RealBuilder())
    rest, options = GateBuilder.TRUE, []
    for coin in range(MAX_NODES + 50):
        taken = gates.coin(coin)
        options.append(gates.conjunction([rest, taken]))
        rest = gates.conjunction([rest, gates.negation(taken)])
    options.append(rest)
    possible.choice(0, options)
    first, late, last = options[0], options[MAX_NODES], options[-1]
    assert all(possible.can_be(option) for option in (first, late, last))
    assert not possible.can_be(gates.conjunction([late, last]))
    assert not possible.can_be(gates.conjunction([first, late]))
    assert possible.can_be(gates.disjunction([late, last]))
    assert not possible.can_be(gates.conjunction([gates.disjunction([late, last]), first]))
