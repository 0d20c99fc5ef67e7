"""A story without warnings, and the warnings of what is added to it."""

from datetime import date
from pathlib import Path

from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse

RULES = Path(__file__).parent / "rules"


HEAD = (RULES / "credence_left_out.toml").read_text("utf-8")


QUIET = """
[events.unknown]
mode = "unmodelled"
chance = 0.01
[assumptions.specified]
claim = "As specified"
part = "goal.specification"
[assumptions.desired]
claim = "As desired"
part = "goal.desirability"
[assumptions.constrained]
claim = "As constrained"
part = "rationale.constraints"
[outcomes.rest]
kind = "fail_safe"
when = "unknown or not (specified and desired) or not constrained"
"""
TODAY = date(2026, 11, 20)


def found(more: str, code: str, text: str = HEAD + QUIET) -> list[str]:
    problems = check(parse(text + more), TODAY)
    assert not [str(p) for p in problems if p.severity == "error"]
    return [f"{p.path}: {p.message}" for p in problems if p.code == code]


def claim(name: str, more: str, part: str = "goal.desirability") -> str:
    return f'[assumptions.{name}]\nclaim = "{name}"\npart = "{part}"\n{more}\n'


def used(*names: str) -> str:
    return f'[outcomes.used]\nkind = "fail_safe"\nwhen = "not ({" or ".join(names)})"\n'
