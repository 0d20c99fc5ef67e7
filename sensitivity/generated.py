"""Which of our types Hypothesis generates, and by which strategies; told to it where both are loaded.

Importing this imports neither Hypothesis nor a strategy. Every room may use it; it imports nothing of ours.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")
_STRATEGIES: dict[type, str] = {}  # the function that gives the strategy of a type, as `module:name`


def generated_by(strategy: str) -> Callable[[type[T]], type[T]]:
    """A class decorator: `st.from_type` of the class is what the function `module:name` returns."""

    def note(kind: type[T]) -> type[T]:
        _STRATEGIES[kind] = strategy
        _tell(kind)
        return kind

    return note


def tell() -> None:
    """Register the types that there are so far."""
    for kind in _STRATEGIES:
        _tell(kind)


def _tell(kind: type) -> None:
    """Register a type, if Hypothesis is loaded; its strategy is loaded when it is first used."""
    register = getattr(sys.modules.get("hypothesis.strategies"), "register_type_strategy", None)
    if register is not None:
        register(kind, _generate)


def _generate(kind: type) -> Any:
    """The strategy of a type."""
    module, _, name = _STRATEGIES[kind].partition(":")
    return getattr(import_module(module), name)()
