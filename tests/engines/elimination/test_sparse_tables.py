"""Joins and sums of sparse tables, of up to several words a row, in plain Python and in compiled code."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.kernels.elimination import sparse_tables, sparse_tables_compiled
from sensa.kernels.elimination.implications import Bits, as_bits, as_integers
from sensa.kernels.program import Ints

VARIABLES = 320  # whose literals fill ten words
Rows = list[dict[int, int]]  # the value of each variable
both = pytest.mark.parametrize("tables", [sparse_tables, sparse_tables_compiled])


@st.composite
def table(draw: st.DrawFn) -> tuple[Ints, Rows]:
    """Different rows of some variables: few of them differ, so that rows of two tables meet."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    size = draw(st.integers(1, 10) | st.integers(60, 70) | st.integers(120, 200))
    variables = np.sort(rng.choice(VARIABLES, size, replace=False)).astype(np.int32)
    common = np.arange(VARIABLES) % 3 == 0
    values = np.where(rng.random((draw(st.integers(1, 30)), size)) < 0.1, 1, common[variables])
    values = np.unique(values, axis=0)
    return variables, [dict(zip(variables.tolist(), row, strict=True)) for row in values.tolist()]


def coded(variables: Ints, rows: Rows) -> Bits:
    numbers = (sum(row[name] << i for i, name in enumerate(variables.tolist())) for row in rows)
    return as_bits(numbers, len(variables))


def decoded(variables: Ints, rows: Bits) -> Rows:
    return [
        {name: number >> i & 1 for i, name in enumerate(variables.tolist())} for number in as_integers(rows)
    ]


def allowed(row: dict[int, int], own: Ints, others: Ints, implied: npt.NDArray[np.bool_]) -> bool:
    """Whether a row keeps to all implications from what only one table has to what only the other has."""
    return not any(
        implied[2 * one + 1 - row[one], 2 * other + row[other]]
        for one in set(own.tolist()) - set(others.tolist())
        for other in set(others.tolist()) - set(own.tolist())
    )


@both
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table(), table(), st.integers(0, 1 << 32))
def test_a_join_has_the_rows_that_agree(
    tables: Any, one: tuple[Ints, Rows], other: tuple[Ints, Rows], seed: int
) -> None:
    """And that no implication rules out; each says where it comes from."""
    (a, rows_a), (b, rows_b) = one, other
    rng = np.random.default_rng(seed)
    implied = rng.random((2 * VARIABLES, 2 * VARIABLES)) < 1e-5 * rng.integers(0, 10)
    bits = np.packbits(implied, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    wanted = [
        (i, j)
        for i, left in enumerate(rows_a)
        for j, right in enumerate(rows_b)
        if all(right.get(name, value) == value for name, value in left.items())
        and allowed(left | right, a, b, implied)
        and allowed(left | right, b, a, implied)
    ]
    found = tables.joined(a, coded(a, rows_a), b, coded(b, rows_b), bits, len(wanted))
    assert found is not None
    variables, rows, from_a, from_b = found
    assert variables.tolist() == sorted({*a.tolist(), *b.tolist()})
    assert sorted(zip(from_a.tolist(), from_b.tolist(), strict=True)) == wanted
    origins = zip(from_a.tolist(), from_b.tolist(), strict=True)
    assert decoded(variables, rows) == [rows_a[i] | rows_b[j] for i, j in origins]
    if wanted:
        assert tables.joined(a, coded(a, rows_a), b, coded(b, rows_b), bits, len(wanted) - 1) is None


@both
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table(), st.data())
def test_rows_that_differ_in_one_variable_only_come_together(
    tables: Any, one: tuple[Ints, Rows], data: st.DataObject
) -> None:
    variables, rows = one
    gone = data.draw(st.sampled_from(variables.tolist()))
    rest, kept, order, start = tables.without(variables, coded(variables, rows), gone)
    assert rest.tolist() == [name for name in variables.tolist() if name != gone]
    assert sorted(order.tolist()) == list(range(len(rows)))
    groups = decoded(rest, kept)
    assert len({tuple(group.items()) for group in groups}) == len(groups)
    for group, begin, end in zip(groups, start[:-1].tolist(), start[1:].tolist(), strict=True):
        assert begin < end
        for row in order[begin:end].tolist():
            assert {name: value for name, value in rows[row].items() if name != gone} == group
