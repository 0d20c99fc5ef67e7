"""Large arguments folded: what is within a box matters through that box only."""

from collections.abc import Mapping
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from sensa.reports.page import folding
from sensa.reports.page.layers import Edge


def leads_to_an_end(name: str, kinds: Mapping[str, str], edges: list[Edge], without: str | None) -> bool:
    """Whether a part leads to an outcome if another one is taken away, by following all edges."""
    reached, open_ = {name} - {without}, [name]
    while open_:
        at = open_.pop()
        for a, b in edges:
            if a == at and b not in reached and b != without:
                reached.add(b)
                open_.append(b)
    return any(kinds[one] == "outcome" for one in reached)


def folded(kinds: Mapping[str, str], edges: list[Edge], most: int, enough: int) -> folding.Folding:
    with patch.object(folding, "MAX_BOXES", most), patch.object(folding, "ENOUGH_BOXES", enough):
        return folding.folding(kinds, edges)


def test_a_part_that_serves_one_other_is_within_it() -> None:
    """`b` and `c` matter through `a` only; `d` through both `a` and `e`."""
    kinds = dict.fromkeys("abcde", "event") | {"x": "outcome"}
    edges = [("a", "x"), ("e", "x"), ("b", "a"), ("c", "b"), ("d", "b"), ("d", "e")]
    assert folded(kinds, edges, most=3, enough=1).boxes == ["x"]
    found = folded(kinds, edges, most=3, enough=4)
    assert found.boxes == ["a", "d", "e", "x"]
    assert found.within("a") == ["b", "c"]
    assert found.edges(dict.fromkeys(edges, False)).keys() == {("a", "x"), ("e", "x"), ("d", "a"), ("d", "e")}


def test_a_small_argument_has_all_its_boxes() -> None:
    kinds = dict.fromkeys("abc", "event")
    assert folded(kinds, [("a", "b")], most=3, enough=0).boxes == ["a", "b", "c"]


@st.composite
def arguments(draw: st.DrawFn) -> tuple[dict[str, str], list[Edge]]:
    names = [f"n{i}" for i in range(draw(st.integers(1, 12)))]
    kinds = {name: draw(st.sampled_from(["event", "event", "event", "outcome"])) for name in names}
    couples = st.tuples(st.sampled_from(names), st.sampled_from(names))
    edges = draw(st.lists(couples, max_size=24))
    return kinds, [(a, b) for a, b in edges if kinds[a] != "outcome"]


@given(arguments(), st.integers(1, 12))
def test_what_is_within_a_box_matters_through_it_only(
    argument: tuple[dict[str, str], list[Edge]], enough: int
) -> None:
    kinds, edges = argument
    found = folded(kinds, edges, most=0, enough=enough)
    assert list(found.box) == list(kinds)
    for name, box in found.box.items():
        assert found.box[box] == box
        if box != name:
            assert leads_to_an_end(name, kinds, edges, without=None)
            assert not leads_to_an_end(name, kinds, edges, without=box)
    joined = {(found.box[a], found.box[b]) for a, b in edges}
    assert found.edges(dict.fromkeys(edges, True)).keys() >= {(a, b) for a, b in joined if a != b}
