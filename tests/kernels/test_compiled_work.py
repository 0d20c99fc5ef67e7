"""When compiled code is loaded: once plain work would take longer."""

import sys
from pathlib import Path

import pytest

from sensa.kernels import compiled_work
from sensa.kernels.compiled_work import (
    COMPILING_SECONDS,
    IMPORTING_SECONDS,
    LOADING_SECONDS,
    PATIENCE_SECONDS,
)

SWEEPS = "sensa.kernels.bdd.sweeps_compiled"
OTHER = "sensa.kernels.bdd.self_product_sweeps_compiled"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that has loaded neither Numba nor this module, with an empty cache."""
    for name in (SWEEPS, OTHER, "numba"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(compiled_work, "_spent", {})
    monkeypatch.setattr(compiled_work, "place", lambda folder: tmp_path)
    monkeypatch.setattr(compiled_work, "_cached", compiled_work._cached.__wrapped__)


def test_it_takes_what_is_not_there_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert compiled_work.seconds_to_load(SWEEPS) == IMPORTING_SECONDS + COMPILING_SECONDS
    (tmp_path / "build_compiled._advance-7.py311.nbi").touch()
    assert compiled_work.seconds_to_load(SWEEPS) == IMPORTING_SECONDS + COMPILING_SECONDS
    assert not compiled_work.ready(SWEEPS)
    (tmp_path / "sweeps_compiled._forward-7.py311.nbi").touch()
    assert compiled_work.ready(SWEEPS)
    assert compiled_work.seconds_to_load(SWEEPS) == IMPORTING_SECONDS + LOADING_SECONDS
    monkeypatch.setitem(sys.modules, "numba", sys)
    assert compiled_work.seconds_to_load(SWEEPS) == LOADING_SECONDS
    monkeypatch.setitem(sys.modules, SWEEPS, sys)
    assert compiled_work.seconds_to_load(SWEEPS) == 0


def test_where_no_place_is_safe_it_is_compiled_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_work, "place", lambda folder: None)
    assert compiled_work.seconds_to_load(SWEEPS) == IMPORTING_SECONDS + COMPILING_SECONDS


def test_it_pays_once_plain_work_takes_longer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not compiled_work.pays(SWEEPS, 0.6 * PATIENCE_SECONDS)
    assert not compiled_work.pays(OTHER, 0.6 * PATIENCE_SECONDS)
    assert compiled_work.pays(SWEEPS, 0.6 * PATIENCE_SECONDS)
    monkeypatch.setitem(sys.modules, "numba", sys)
    (tmp_path / "self_product_sweeps_compiled._forward-7.py311.nbi").touch()
    assert compiled_work.pays(OTHER, 0.0)


def test_much_work_ahead_pays_at_once() -> None:
    assert not compiled_work.pays(SWEEPS, 0.0, 0.9 * PATIENCE_SECONDS)
    assert not compiled_work.pays(SWEEPS, 0.5 * PATIENCE_SECONDS, 0.9 * PATIENCE_SECONDS)
    assert compiled_work.pays(SWEEPS, 0.0, 1.1 * PATIENCE_SECONDS)
