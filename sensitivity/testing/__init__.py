"""Testing assumptions: assertions about stories, and strategies of worlds and stories for Hypothesis.

Everything is loaded when it is first used; importing this imports neither numpy nor Hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sensa.session import World
    from sensa.testing.assertions import assert_holds, assert_monotone
    from sensa.testing.consistency import assert_consistent
    from sensa.testing.equivalence import StoriesDiffer, assert_equivalent
    from sensa.testing.failures import PropertyFailed, PropertyUndecided
    from sensa.testing.false_alarms import assert_probability, confidence_sequence, exact_interval
    from sensa.testing.machine import StoryMachine
    from sensa.testing.story_warning import StoryWarning
    from sensa.testing.strategies.circuits import circuits
    from sensa.testing.strategies.whole import SMALL, Limits, stories
    from sensa.testing.strategies.worlds import credences, worlds

_WHERE = {
    "PropertyFailed": "sensa.testing.failures",
    "PropertyUndecided": "sensa.testing.failures",
    "SMALL": "sensa.testing.strategies.whole",
    "Limits": "sensa.testing.strategies.whole",
    "StoriesDiffer": "sensa.testing.equivalence",
    "StoryMachine": "sensa.testing.machine",
    "StoryWarning": "sensa.testing.story_warning",
    "World": "sensa.session",
    "assert_consistent": "sensa.testing.consistency",
    "assert_equivalent": "sensa.testing.equivalence",
    "assert_holds": "sensa.testing.assertions",
    "assert_monotone": "sensa.testing.assertions",
    "assert_probability": "sensa.testing.false_alarms",
    "circuits": "sensa.testing.strategies.circuits",
    "confidence_sequence": "sensa.testing.false_alarms",
    "credences": "sensa.testing.strategies.worlds",
    "exact_interval": "sensa.testing.false_alarms",
    "stories": "sensa.testing.strategies.whole",
    "worlds": "sensa.testing.strategies.worlds",
}
__all__ = [
    "SMALL",
    "Limits",
    "PropertyFailed",
    "PropertyUndecided",
    "StoriesDiffer",
    "StoryMachine",
    "StoryWarning",
    "World",
    "assert_consistent",
    "assert_equivalent",
    "assert_holds",
    "assert_monotone",
    "assert_probability",
    "circuits",
    "confidence_sequence",
    "credences",
    "exact_interval",
    "stories",
    "worlds",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sensa.testing' has no attribute '{name}'")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
