"""The vectorised interpreter of reals against arithmetic on one sample at a time."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.kernels.program import RealOp, Reals
from sensa.kernels.programs.interpreter import OPERATIONS, evaluate, reads
from tests.kernels.programs.real_programs import Row, reals_of

NAN = math.nan


def sound(f: Callable[[], float]) -> float:
    """A number that is finite, else NaN."""
    try:
        value = f()
    except (ArithmeticError, ValueError):
        return NAN
    return value if isinstance(value, float) and math.isfinite(value) else NAN


def obvious(op: RealOp, v: list[float], k: int) -> float:
    """One instruction on plain numbers."""
    if op == RealOp.SELECT:
        return NAN if math.isnan(v[0]) else v[1] if v[0] else v[2]
    if op == RealOp.AT_LEAST:
        ones, unknown = v.count(1.0), sum(map(math.isnan, v))
        return 1.0 if ones >= k else 0.0 if ones + unknown < k else NAN
    if any(map(math.isnan, v)):
        return NAN
    a, b = v[0], v[-1]
    table: dict[RealOp, Callable[[], Any]] = {
        RealOp.ADD: lambda: sum(v[1:], v[0]),
        RealOp.SUB: lambda: a - b,
        RealOp.MUL: lambda: math.prod(v),
        RealOp.DIV: lambda: a / b,
        RealOp.POW: lambda: a**b,
        RealOp.NEG: lambda: -a,
        RealOp.MIN: lambda: min(v),
        RealOp.MAX: lambda: max(v),
        RealOp.EXP: lambda: math.exp(a),
        RealOp.EXPM1: lambda: math.expm1(a),
        RealOp.LOG: lambda: math.log(a),
        RealOp.SQRT: lambda: math.sqrt(a),
        RealOp.LOGISTIC: lambda: 1 / (1 + math.exp(-a)) if a > -700 else 0.0,
        RealOp.LOGIT: lambda: math.log(a / (1 - a)),
        RealOp.LT: lambda: float(a < b),
        RealOp.EQ: lambda: float(a == b),
        RealOp.NOT: lambda: 1 - a,
        RealOp.SHARE: lambda: a / b if b else 0.0,
        RealOp.UNAVAILABILITY: lambda: (
            1 + math.expm1(-a) / a
            if abs(a) > 2e-3
            else a / 2 - a**2 / 6 + a**3 / 24 - a**4 / 120 + a**5 / 720
        ),
    }
    return sound(table[op])


def test_the_obvious_interpreter_knows_every_instruction() -> None:
    assert set(OPERATIONS) | {RealOp.CONST, RealOp.PARAMETER} == set(RealOp)
    for op in OPERATIONS:
        obvious(op, [0.5, 0.5, 0.5], 1)


TRUTHS = {RealOp.NOT, RealOp.AT_LEAST}
COMPARED = [RealOp.LT, RealOp.EQ]
ONE = {
    RealOp.NEG,
    RealOp.EXP,
    RealOp.EXPM1,
    RealOp.LOG,
    RealOp.SQRT,
    RealOp.LOGISTIC,
    RealOp.LOGIT,
    RealOp.NOT,
    RealOp.UNAVAILABILITY,
}
TWO = {RealOp.SUB, RealOp.DIV, RealOp.POW, RealOp.SHARE, *COMPARED}
VALUE = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1000.0]), st.floats(-5, 5))


@st.composite
def programs(draw: st.DrawFn) -> Reals:
    """Constants and parameters, then instructions over them; truth instructions over truths."""
    rows: list[Row] = [(RealOp.PARAMETER, k, 0.0, ()) for k in range(3)]
    rows += [(RealOp.CONST, 0, draw(VALUE), ()) for _ in range(2)]
    rows.append((RealOp.LT, 0, 0.0, (0, 3)))
    truths = [5]
    for _ in range(draw(st.integers(1, 12))):
        op = draw(st.sampled_from(sorted(OPERATIONS)))
        any_, truth = st.integers(0, len(rows) - 1), st.sampled_from(truths)
        if op == RealOp.SELECT:
            args = (draw(truth), draw(any_), draw(any_))
        else:
            count = 1 if op in ONE else 2 if op in TWO else draw(st.integers(1, 4))
            args = tuple(draw(truth if op in TRUTHS else any_) for _ in range(count))
        if op in TRUTHS or op in COMPARED:
            truths.append(len(rows))
        rows.append((op, draw(st.integers(0, 4)) if op == RealOp.AT_LEAST else 0, 0.0, args))
    return reals_of(rows)


@settings(max_examples=150, deadline=None)
@given(programs(), st.lists(st.tuples(VALUE, VALUE, VALUE), min_size=1, max_size=4))
def test_any_program_gives_what_plain_arithmetic_gives(
    reals: Reals, samples: list[tuple[float, ...]]
) -> None:
    theta = np.array(samples)
    got = evaluate(reals, theta, np.arange(reals.size))
    for sample, row in enumerate(samples):
        values: list[float] = []
        for i in range(reals.size):
            op, k = RealOp(int(reals.op[i])), int(reals.k[i])
            args = [float(got[sample, j]) for j in reals.args[reals.start[i] : reals.start[i + 1]]]
            if op == RealOp.CONST:
                values.append(float(reals.value[i]))
            elif op == RealOp.PARAMETER:
                values.append(row[k])
            else:
                values.append(obvious(op, args, k))
        want = np.array(values)
        # A logit near 0.5 is the difference of two logarithms: right to their last digit, not to its own.
        allowed = 1e-12 * np.abs(want) + np.where(reals.op == RealOp.LOGIT, 1e-15, 1e-300)
        both_undefined = np.isnan(want) & np.isnan(got[sample])
        assert (both_undefined | (np.abs(got[sample] - want) <= allowed)).all()


def test_what_is_not_finite_is_nan_and_no_warning_leaves() -> None:
    rows: list[Row] = [
        (RealOp.PARAMETER, 0, 0.0, ()),
        (RealOp.CONST, 0, 0.0, ()),
        (RealOp.LOG, 0, 0.0, (0,)),  # log 0
        (RealOp.EXP, 0, 0.0, (2,)),  # does not come back as 0
        (RealOp.DIV, 0, 0.0, (0, 1)),
        (RealOp.LT, 0, 0.0, (2, 0)),  # a comparison of what is no number is none
        (RealOp.EQ, 0, 0.0, (0, 1)),
        (RealOp.SELECT, 0, 0.0, (6, 1, 2)),  # 0 if x == 0 else log(x)
        (RealOp.MIN, 0, 0.0, (1, 2)),
        (RealOp.AT_LEAST, 2, 0.0, (1, 5)),  # false and no number
        (RealOp.POW, 0, 0.0, (2, 1)),  # no number to the power 0
        (RealOp.POW, 0, 0.0, (6, 2)),  # 1 to the power of no number
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = evaluate(reals_of(rows), np.array([[0.0]]), np.arange(12))
    np.testing.assert_array_equal(got[0], [0, 0, NAN, NAN, NAN, NAN, 1, 0, NAN, 0, NAN, NAN])


def test_only_what_is_asked_for_is_worked_out() -> None:
    rows: list[Row] = [
        (RealOp.PARAMETER, 0, 0.0, ()),
        (RealOp.CONST, 0, 2.0, ()),
        (RealOp.MUL, 0, 0.0, (0, 1)),
        (RealOp.ADD, 0, 0.0, (0, 0)),
        (RealOp.SQRT, 0, 0.0, (2,)),
    ]
    reals = reals_of(rows)
    assert reads(reals, np.array([4], np.int32)).tolist() == [0, 1, 2, 4]
    assert reads(reals, np.array([], np.int32)).tolist() == []
    got = evaluate(reals, np.array([[8.0], [2.0]]), np.array([4, 0, 1, 4]))
    np.testing.assert_array_equal(got, [[4, 8, 2, 4], [2, 2, 2, 2]])


def test_no_samples_and_nothing_wanted() -> None:
    reals = reals_of([(RealOp.PARAMETER, 0, 0.0, ()), (RealOp.NEG, 0, 0.0, (0,))])
    assert evaluate(reals, np.empty((0, 1)), np.array([1])).shape == (0, 1)
    assert evaluate(reals, np.ones((3, 1)), np.array([], np.int32)).shape == (3, 0)


@pytest.mark.parametrize("parts", [2, 5])
def test_a_sample_does_not_depend_on_its_block(parts: int) -> None:
    rows: list[Row] = [
        (RealOp.PARAMETER, 0, 0.0, ()),
        (RealOp.EXP, 0, 0.0, (0,)),
        (RealOp.LOGISTIC, 0, 0.0, (1,)),
        (RealOp.POW, 0, 0.0, (1, 2)),
    ]
    theta = np.random.default_rng(3).normal(size=(101, 1))
    wanted = np.array([1, 2, 3])
    whole = evaluate(reals_of(rows), theta, wanted)
    pieces = [evaluate(reals_of(rows), part, wanted) for part in np.array_split(theta, parts)]
    assert np.array_equal(np.concatenate(pieces), whole)
