"""Ranges contain what programs and diagrams take at points of the box."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.engines.exact.engine import compile_exact
from sensa.kernels.program import Ints, RealOp, Reals
from sensa.kernels.programs import interval_arithmetic
from sensa.kernels.programs.degrees import degrees
from sensa.kernels.programs.interpreter import evaluate
from sensa.lowering.program_builder import RealBuilder
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies

UNARY = [
    RealOp.NEG, RealOp.EXP, RealOp.EXPM1, RealOp.LOG, RealOp.SQRT, RealOp.LOGISTIC, RealOp.LOGIT, RealOp.NOT,
    RealOp.UNAVAILABILITY,
]  # fmt: skip
BINARY = [RealOp.ADD, RealOp.SUB, RealOp.MUL, RealOp.DIV, RealOp.POW, RealOp.MIN, RealOp.MAX]


@st.composite
def programs(draw: st.DrawFn) -> tuple[Reals, Ints]:
    """A few operators over two parameters and constants."""
    builder = RealBuilder()
    pool = [builder.parameter(0), builder.parameter(1), builder.constant(0.5), builder.constant(2.0)]
    for _ in range(draw(st.integers(1, 6))):
        one, two = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        kind = draw(st.integers(0, 2))
        if kind == 0:
            pool.append(builder.apply(draw(st.sampled_from(UNARY)), one))
        elif kind == 1:
            pool.append(builder.apply(draw(st.sampled_from(BINARY)), one, two))
        else:
            condition = builder.apply(RealOp.LT, one, two)
            pool.append(builder.select(condition, two, draw(st.sampled_from(pool))))
    return builder.to_arrays(), np.array(pool, np.int32)


BOXES = st.tuples(*[st.tuples(st.floats(-2, 2), st.floats(0, 2))] * 2)


@settings(deadline=None)
@given(programs(), BOXES)
def test_values_of_programs_lie_in_their_ranges(program, box) -> None:  # type: ignore[no-untyped-def]
    reals, wanted = program
    low = np.array([[start for start, _ in box]])
    high = low + np.array([[width for _, width in box]])
    found = interval_arithmetic.programs(reals, low, high, wanted)
    values = evaluate(reals, low + np.random.default_rng(0).random((50, 2)) * (high - low), wanted)
    slack = 1e-9 * (1 + np.abs(values))
    assert (np.isnan(values) | (found.low - slack <= values)).all()
    assert (np.isnan(values) | (values <= found.high + slack)).all()


@pytest.mark.parametrize(
    ("op", "args", "want"),
    [
        (RealOp.MUL, ((-1, 2), (3, 4)), (-4, 8)),
        (RealOp.DIV, ((1, 2), (4, 8)), (1 / 8, 1 / 2)),
        (RealOp.DIV, ((1, 2), (-1, 1)), (-np.inf, np.inf)),
        (RealOp.POW, ((-2, 1), (2, 2)), (0, 4)),
        (RealOp.SUB, ((0, 1), (0, 1)), (-1, 1)),
        (RealOp.LT, ((0, 1), (2, 3)), (1, 1)),
        (RealOp.LT, ((0, 2), (1, 3)), (0, 1)),
        (RealOp.EQ, ((0, 1), (2, 3)), (0, 0)),
    ],
)
def test_ranges_of_single_operators(op, args, want) -> None:  # type: ignore[no-untyped-def]
    builder = RealBuilder()
    program = builder.apply(op, builder.parameter(0), builder.parameter(1))
    low, high = (np.array([[float(arg[side]) for arg in args]]) for side in (0, 1))
    found = interval_arithmetic.programs(builder.to_arrays(), low, high, np.array([program], np.int32))
    assert (found.low.item(), found.high.item()) == want


def test_degrees_are_those_of_the_polynomial() -> None:
    b = RealBuilder()
    x, y = b.parameter(0), b.parameter(1)
    square = b.apply(RealOp.MUL, x, x)
    wanted = [
        x,
        b.apply(RealOp.MUL, square, y),
        b.apply(RealOp.POW, square, b.constant(3.0)),
        b.apply(RealOp.DIV, x, y),
        b.select(b.apply(RealOp.LT, x, b.ONE), y, b.ZERO),
        b.apply(RealOp.EXP, y),
        b.apply(RealOp.ADD, x, square),
    ]
    inf = np.inf
    found = degrees(b.to_arrays(), np.array(wanted, np.int32), [0, 1])
    assert found.tolist() == [[1, 0], [2, 1], [6, 0], [1, inf], [inf, 1], [0, inf], [2, 0]]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.stories(), st.integers(0, 100))
def test_probabilities_of_diagrams_lie_in_their_ranges(text: str, seed: int) -> None:
    circuit = prepare(parse(text), Settings(points=16, replicates=2)).circuit
    engine = compile_exact(circuit)
    random = np.random.default_rng(seed)
    ends = np.sort(random.random((2, 3, len(circuit.coins))), axis=0)
    found = interval_arithmetic.diagram(engine.diagram, ends[0], ends[1])
    for share in random.random((20, 1, len(circuit.coins))):
        q = engine.probabilities(ends[0] + share * (ends[1] - ends[0]))
        assert (found.low - 1e-12 <= q).all()
        assert (q <= found.high + 1e-12).all()
    points = interval_arithmetic.diagram(engine.diagram, ends[0], ends[0])
    np.testing.assert_allclose(points.low, engine.probabilities(ends[0]), rtol=0, atol=1e-12)
    np.testing.assert_allclose(points.high, points.low, rtol=0, atol=1e-12)
