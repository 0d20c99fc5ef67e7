"""What a process of ours puts off behaves as if it had not been put off."""

import sys
from importlib import import_module
from types import ModuleType

import pytest

from sensa import quick_start


def test_a_rarely_used_module_runs_at_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    monkeypatch.delitem(sys.modules, "pydoc", raising=False)
    quick_start.import_later()
    module = import_module("pydoc")
    assert type(module) is not ModuleType
    assert module.plain("a\bab") == "ab"
    assert type(module) is ModuleType


def test_every_rarely_used_module_exists() -> None:
    """One that a library has moved would be imported at once again without anybody noticing."""
    for name in quick_start.RARELY_USED:
        assert import_module(name).__name__ == name
