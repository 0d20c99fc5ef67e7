"""Which of the two builders of diagrams is taken: they give the same, and one has to be compiled."""

import sys
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from sensa.engines.exact import order_search
from sensa.engines.exact.modules import Module
from sensa.engines.exact.network import Network
from sensa.engines.exact.order_search import (
    MAX_PYTHON_NODES,
    MIN_COMPILED_INSTRUCTIONS,
    Budget,
    builder,
    expect_much,
    plain,
    smallest,
)
from sensa.engines.exact.variable_orders import Terrain
from sensa.kernels.bdd import build_compiled as compiled
from sensa.kernels.bdd.build_python import DONE, Built

LOADED = "sensa.kernels.bdd.build_compiled"


@pytest.mark.parametrize(
    ("most", "orders", "instructions", "created", "loading", "wanted"),
    [
        (MAX_PYTHON_NODES, 1, MIN_COMPILED_INSTRUCTIONS, 0, 0.25, "plain"),
        (MAX_PYTHON_NODES, 1, MIN_COMPILED_INSTRUCTIONS - 1, 100_000, 0.0, "plain"),
        (MAX_PYTHON_NODES, 1, MIN_COMPILED_INSTRUCTIONS, 0, 0.0, "compiled"),
        (MAX_PYTHON_NODES, 1, MIN_COMPILED_INSTRUCTIONS, 100_000, 0.25, "compiled"),
        (MAX_PYTHON_NODES, 8, MIN_COMPILED_INSTRUCTIONS, 0, 0.25, "compiled"),
        (MAX_PYTHON_NODES, 8, MIN_COMPILED_INSTRUCTIONS, 100_000, 1.75, "plain"),
        (MAX_PYTHON_NODES + 1, 1, 1, 0, 1.75, "compiled"),
    ],
)
def test_little_work_loads_nothing(
    most: int, orders: int, instructions: int, created: int, loading: float, wanted: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(order_search, "seconds_to_load", lambda module: loading)
    monkeypatch.setattr(plain, "created", created)
    found = builder(most, orders, instructions)
    assert found == (plain.build if wanted == "plain" else compiled.build)


def test_what_plain_python_builds_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "created", 5)
    built = plain.build(2, [2], [4], [6], 100, inf)
    assert plain.created == 5 + built.created == 5 + 4  # the constant, two variables and their conjunction


def test_where_much_is_expected_compiled_code_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, LOADED)
    monkeypatch.delattr("sensa.kernels.bdd.build_compiled")
    expect_much()
    assert LOADED in sys.modules
    assert builder(MAX_PYTHON_NODES, 1, MIN_COMPILED_INSTRUCTIONS) is sys.modules[LOADED].build


def test_an_order_that_starts_slowly_may_go_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four orders get through 40 % with little and never further; the fifth starts with 1 %, and ends."""
    tried: list[tuple[int, int]] = []

    def build(
        order: int, left: list[int], right: list[int], heads: list[int], most: int, until: float
    ) -> Built:
        tried.append((order, most))
        enough, some = order == 4 and most > 3_000_000, 40 + most // 100_000 if order == 4 else 40
        stopped = DONE if enough else 1 if order == 4 and most < 100_000 else some
        return Built([0] * 9, [], [], [], most, stopped, False)

    def plan(network: Network, module: Module, leaves: list[int]) -> Any:
        return SimpleNamespace(variables=leaves[0], left=[0] * 100, right=[], heads=[], node=[0] * 100)

    monkeypatch.setattr(order_search, "orders", lambda *found: [(f"order {i}", [i]) for i in range(5)])
    monkeypatch.setattr(order_search, "plan_module", plan)
    monkeypatch.setattr(order_search, "builder", lambda most, orders, instructions: build)
    network = Network()
    found = smallest(
        network, Terrain(network, []), Module(0, (), tuple(range(99)), ()), Budget(16_000_000, inf)
    )
    assert found.order == "order 4"
    assert len({order for order, most in tried if most > 1_000_000}) == 2
