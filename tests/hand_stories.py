"""Tiny stories whose probabilities are worked out by hand, for the naive interpreter."""

import tomllib
from typing import Any

from tests import naive

OUTCOMES = """
[outcomes.lost]
kind = "catastrophic"
when = '{when}'
[outcomes.rest]
kind = "fail_safe"
otherwise = true
"""


def doc_of(text: str, when: str = "true") -> dict[str, Any]:
    return tomllib.loads(text + OUTCOMES.format(when=when))


def lost(text: str, when: str, theta: dict[str, float] | None = None, **do: bool) -> float:
    """P(the expression is true at some step of the story)."""
    chances = naive.outcome_probabilities(doc_of(text, when), theta or {}, do)
    return sum(chance for (outcome, _), chance in chances.items() if outcome == "lost")


def assumption(name: str, credence: str, rest: str = "") -> str:
    return f'[assumptions.{name}]\nclaim = ""\npart = "goal.desirability"\ncredence = {credence}\n{rest}\n'


def event(name: str, rest: str) -> str:
    return f'[events.{name}]\nclaim = ""\n{rest}\n'


def challenge(name: str, against: str, kind: str, stands: float, leaves: float | None = None) -> str:
    left = "" if leaves is None else f"leaves = {leaves}\n"
    head = f'[challenges.{name}]\nclaim = ""\nagainst = "{against}"\nkind = "{kind}"\n'
    return f"{head}stands = {stands}\n{left}"


HALF = "".join(assumption(name, "0.5") for name in ("a", "b", "r"))
A = assumption("a", "0.8")
THREE = '[[phases]]\nname = "training"\nrepeat = 3\n'
