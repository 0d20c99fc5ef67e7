"""The layout of the argument: boxes apart in their columns, edges from side to side, crossings counted."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.reports.page.layers import GAP_Y, RANKS, Layout, layout
from sensa.reports.page.wrapping import wrapped

KINDS = sorted(RANKS)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, str], list[tuple[str, str]], dict[str, float]]:
    n = draw(st.integers(1, 14))
    kinds = {f"n{i}": draw(st.sampled_from(KINDS)) for i in range(n)}
    names = list(kinds)
    couples = st.tuples(st.sampled_from(names), st.sampled_from(names))
    edges = draw(st.lists(couples, max_size=25))
    heights = {name: float(draw(st.integers(20, 90))) for name in names}
    return kinds, edges, heights


@given(graphs())
def test_boxes_are_apart_in_their_columns(
    graph: tuple[dict[str, str], list[tuple[str, str]], dict[str, float]],
) -> None:
    kinds, edges, heights = graph
    found = layout(kinds, edges, heights)
    for name, kind in kinds.items():
        assert found.columns[found.column[name]][0] == RANKS[kind]
        assert found.height[name] >= heights[name]
        assert found.y[name] >= -1e-9
    for one, other in combinations(found.y, 2):
        if found.column[one] == found.column[other]:
            low, high = sorted((one, other), key=lambda key: found.y[key])
            assert found.y[low] + found.height[low] + GAP_Y <= found.y[high] + 1e-6


@given(graphs())
def test_edges_run_from_side_to_side(
    graph: tuple[dict[str, str], list[tuple[str, str]], dict[str, float]],
) -> None:
    kinds, edges, heights = graph
    found = layout(kinds, edges, heights)
    assert set(found.chains) == {(a, b) for a, b in edges if a != b}
    for (a, b), chain in found.chains.items():
        assert (chain[0], chain[-1]) == (a, b)
        if found.column[a] < found.column[b]:
            assert [found.column[key] for key in chain] == list(range(found.column[a], found.column[b] + 1))
        if found.column[a] != found.column[b]:
            assert found.y[a] < found.leaves[a, b] < found.y[a] + found.height[a]
            assert found.y[b] < found.enters[a, b] < found.y[b] + found.height[b]
    assert found.crossings == _crossings(found)


def _crossings(found: Layout) -> int:
    """Pairs of steps between the same columns whose ends are in opposite order from top to bottom."""
    steps = [
        (a, b)
        for chain in found.chains.values()
        for a, b in pairwise(chain)
        if found.column[a] != found.column[b]
    ]
    return sum(
        (found.column[a], found.column[b]) == (found.column[c], found.column[d])
        and (found.y[a] - found.y[c]) * (found.y[b] - found.y[d]) < 0
        for (a, b), (c, d) in combinations(steps, 2)
    )


def test_a_crossing_that_need_not_be_is_undone() -> None:
    kinds = {"a": "assumption", "b": "assumption", "x": "event", "y": "event"}
    found = layout(kinds, [("a", "y"), ("b", "x")], dict.fromkeys(kinds, 40.0))
    assert found.crossings == 0


def test_events_that_follow_have_columns_of_their_own() -> None:
    kinds = {"a": "event", "b": "event", "c": "event", "end": "outcome"}
    found = layout(kinds, [("a", "b"), ("b", "c"), ("c", "b"), ("c", "end")], dict.fromkeys(kinds, 40.0))
    assert found.column["a"] < found.column["b"] or found.column["a"] < found.column["c"]
    assert found.column["end"] == len(found.columns) - 1


@given(st.text(st.sampled_from("ab cdefghij"), max_size=200), st.integers(6, 30), st.integers(1, 5))
def test_wrapped_lines_fit(text: str, width: int, lines: int) -> None:
    rows = wrapped(text, width, lines)
    assert len(rows) <= lines
    assert all(len(row) <= width for row in rows)
    whole = "".join(wrapped(text, width, 1000)).replace(" ", "")
    assert whole == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "rows"),
    [("tools find it", ["tools find", "it"]), ("", [""]), ("abcdefghijklm", ["abcdefghij", "klm"])],
)
def test_words_stay_whole_where_they_can(text: str, rows: list[str]) -> None:
    assert wrapped(text, 10) == rows
