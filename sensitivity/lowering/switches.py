"""What interventions can set in a circuit besides the draws of nodes: conditions, and leaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sensa.graph import Bool

EVERYWHERE = ""


@dataclass(frozen=True)
class Switches:
    """Conditions to set, and events whose leak can be set even where none is stated.

    `conditions`: by the name of the node that reads a condition (`EVERYWHERE`: whatever reads it), the name
    of its switch: two draws of probability 0, `on(name)` and `off(name)`, of which the first makes the
    condition true and the second false. A condition is recognised wherever it is written as such.
    """

    conditions: Mapping[tuple[str, Bool], str] = field(default_factory=dict)
    leaks: frozenset[str] = frozenset()


NO_SWITCHES = Switches()


def on(name: str) -> str:
    """The draw that makes the condition of a switch true."""
    return f"on({name})"


def off(name: str) -> str:
    """The draw that makes it false, whatever else."""
    return f"off({name})"
