"""Which ends a story has whose source names none: a catastrophe, perhaps a fail-safe end, and the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OUTCOMES = ("catastrophe", "safe_failure", "none_of_these")  # names that no part of the source can have


@dataclass(frozen=True)
class Ends:
    """What is the catastrophe and what the fail-safe end, in the words of the source; None: not said."""

    catastrophe: str | None = None
    fail_safe: str | None = None

    def outcomes(self, condition: Callable[[str], str]) -> dict[str, Any]:
        """The outcomes of the story; `condition` makes an expression of a part of the source."""
        catastrophe, safe_failure, rest = OUTCOMES
        found: dict[str, Any] = {}
        if self.catastrophe is not None:
            found[catastrophe] = {"kind": "catastrophic", "when": condition(self.catastrophe)}
        if self.fail_safe is not None:
            found[safe_failure] = {"kind": "fail_safe", "when": condition(self.fail_safe)}
        return {**found, rest: {"kind": "success", "otherwise": True}}
