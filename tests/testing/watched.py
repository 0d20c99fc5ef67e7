"""A story small enough for arithmetic: P(harm) = P(not narrow) P(plans) P(not seen) P(the watch fails)."""

STORY = """format = "training-story/1"
[story]
title = "Watched"
[goal]
class = ["narrow-agent"]
specification = "A narrow model."
desirability = "It cannot plan."
[rationale]
class = ["other"]
constraints = ["It fits."]
nudges = ["It is simple."]

[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = 0.8
[assumptions.seen]
claim = "A plan would be seen"
part = "goal.desirability"
credence = 0.5
[assumptions.idle]
claim = "Nothing depends on it"
part = "goal.desirability"
credence = { interval = [0.1, 0.6] }

[events.plans]
claim = "It plans"
when = "not narrow"
chance = { interval = [0.2, 0.8] }
[safeguards.watch]
claim = "Someone looks"
against = ["plans"]
power = { interval = [0.5, 1.0] }
action = "warn"

[outcomes.harm]
kind = "catastrophic"
when = "plans and not seen and not watch"
[outcomes.stopped]
kind = "fail_safe"
when = "plans"
[outcomes.works]
kind = "success"
otherwise = true
"""
