"""Testing assumptions: assertions about stories, and strategies of worlds and stories for Hypothesis.

Everything is loaded when it is first used; importing this imports neither numpy nor Hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sensa.testing.strategies.whole import SMALL, Limits, stories

_WHERE = {
    "SMALL": "sensa.testing.strategies.whole",
    "Limits": "sensa.testing.strategies.whole",
    "stories": "sensa.testing.strategies.whole",
}
__all__ = [
    "SMALL",
    "Limits",
    "stories",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sensa.testing' has no attribute '{name}'")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
