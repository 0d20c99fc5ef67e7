"""Which of the two builders of diagrams is taken: they give the same, and one has to be compiled."""

import sys
from math import inf

import pytest

from sensa.engines.exact.order_search import (
    MAX_PYTHON_NODES,
    MAX_PYTHON_NODES_IN_ALL,
    MIN_COMPILED_INSTRUCTIONS,
    builder,
    expect_much,
    plain,
)
from sensa.kernels.bdd import build_compiled as compiled

LOADED = "sensa.kernels.bdd.build_compiled"


@pytest.mark.parametrize(
    ("most", "instructions", "created", "loaded", "wanted"),
    [
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS, 0, False, "plain"),
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS - 1, MAX_PYTHON_NODES_IN_ALL + 1, True, "plain"),
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS, 0, True, "compiled"),
        (MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS, MAX_PYTHON_NODES_IN_ALL + 1, False, "compiled"),
        (MAX_PYTHON_NODES + 1, 1, 0, False, "compiled"),
    ],
)
def test_little_work_loads_nothing(
    most: int, instructions: int, created: int, loaded: bool, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not loaded:
        monkeypatch.delitem(sys.modules, LOADED)
    monkeypatch.setattr(plain, "created", created)
    found = builder(most, instructions)
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
    assert builder(MAX_PYTHON_NODES, MIN_COMPILED_INSTRUCTIONS) is sys.modules[LOADED].build
