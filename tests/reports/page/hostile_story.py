"""A story full of markup, quotes and bidirectional marks."""

MARKUP = "</bdi></style></script><script>alert(1)</script><img src=x onerror=alert(2)> \" ' & `"
BIDI = "\u202e evil \u2066"
HOSTILE = (MARKUP + BIDI).replace('"', "”")

STORY = f'''
format = "training-story/1"
[story]
title = """{HOSTILE}"""
summary = """{HOSTILE}"""
sources = ["""{HOSTILE}"""]
[goal]
class = ["narrow-agent"]
specification = """{HOSTILE}"""
desirability = """{HOSTILE}"""
[rationale]
class = ["inductive-bias-analysis"]
constraints = ["""{HOSTILE}"""]
nudges = ["""{HOSTILE}"""]
[assumptions.a]
claim = """{HOSTILE}"""
part = "rationale.nudges"
credence = {{ beta = [8, 2] }}
because = """{HOSTILE}"""
falsified_by = """{HOSTILE}"""
owner = """{HOSTILE}"""
expires = 2020-01-01
evidence = [{{ source = """{HOSTILE}""", kind = """{HOSTILE}""", note = """{HOSTILE}""", date = 2020-01-01 }}]
[challenges.c]
against = "a"
kind = "undercut"
claim = """{HOSTILE}"""
because = """{HOSTILE}"""
stands = 0.5
leaves = 0.5
status = "answered"
answer = """{HOSTILE}"""
[events.e]
claim = """{HOSTILE}"""
chance = 0.1
[safeguards.s]
claim = """{HOSTILE}"""
against = ["e"]
power = 0.5
[outcomes.harm]
claim = """{HOSTILE}"""
kind = "catastrophic"
when = "e and not halted and not a"
[outcomes.stopped]
kind = "fail_safe"
when = "halted"
[outcomes.works]
kind = "success"
otherwise = true
[properties.p]
claim = """{HOSTILE}"""
require = "P(catastrophic) <= 0.0001"
[[waivers]]
property = "p"
reason = """{HOSTILE}"""
owner = """{HOSTILE}"""
expires = 2027-01-01
'''
