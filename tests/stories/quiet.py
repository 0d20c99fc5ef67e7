"""A story without warnings."""

from pathlib import Path

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
