"""Which of the two builders of diagrams is taken: they give the same, and one has to be compiled."""

import sys

import pytest

from sensa.engines.exact.order_search import (
    MAX_PYTHON_NODES,
    MIN_COMPILED_INSTRUCTIONS,
    build,
    builder,
    expect_much,
)
from sensa.kernels.bdd import build_compiled as compiled

LOADED = "sensa.kernels.bdd.build_compiled"


@pytest.mark.parametrize(
    ("most", "instructions", "loaded", "wanted"),
    [
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS, False, "plain"),
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS - 1, True, "plain"),
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS, True, "compiled"),
        (MAX_PYTHON_NODES + 1, 1, False, "compiled"),
    ],
)
def test_small_work_loads_nothing(
    most: int, instructions: int, loaded: bool, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not loaded:
        monkeypatch.delitem(sys.modules, LOADED)
    found = builder(most, instructions)
    assert found is (build if wanted == "plain" else compiled.build)


def test_where_much_is_expected_compiled_code_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, LOADED)
    monkeypatch.delattr("sensa.kernels.bdd.build_compiled")
    expect_much()
    assert LOADED in sys.modules
    assert builder(MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS) is sys.modules[LOADED].build
