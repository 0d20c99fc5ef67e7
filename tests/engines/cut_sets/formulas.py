"""Boolean formulas for Hypothesis."""

from hypothesis import strategies as st

from sensa.kernels.program import Op
from tests.engines.circuits import Writer


@st.composite
def formulas(draw):
    """A gate over up to 8 draws: products of facts, added, several such joined; negations at will."""
    writer = Writer()
    coins = [writer.coin() for _ in range(draw(st.integers(1, 8)))]
    signed = draw(st.booleans())

    def fact(coin):
        return writer.gate(Op.NOT, coin) if signed and draw(st.booleans()) else coin

    def some(most):
        return draw(st.lists(st.sampled_from(coins), min_size=1, max_size=most, unique=True))

    def part():
        products = [writer.gate(Op.AND, *map(fact, some(4))) for _ in range(draw(st.integers(1, 5)))]
        return writer.gate(Op.OR, *products)

    parts = [part() for _ in range(draw(st.integers(1, 3)))]
    if signed and draw(st.booleans()):
        parts[0] = writer.gate(Op.NOT, parts[0])
    k = draw(st.integers(1, len(parts)))
    root = writer.gate(Op.AT_LEAST, *parts, k=k)
    return writer.gates(), root, len(coins)
