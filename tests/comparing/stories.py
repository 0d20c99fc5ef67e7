"""A story whose answers are plain, and changed versions of it."""

from sensa.stories.reading import parse
from sensa.stories.story import Story

HEAD = """format = "training-story/1"

[story]
title = "Two ways"

[goal]
class = ["narrow-agent"]
specification = "A narrow model."
desirability = "It cannot plan."

[rationale]
class = ["other"]
constraints = ["It fits."]
nudges = ["It is simple."]
"""
PLAIN = (
    HEAD
    + """
[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = 0.8

[assumptions.seen]
claim = "A plan would be seen"
part = "goal.desirability"
credence = { beta = [5, 5] }

[outcomes.harm]
kind = "catastrophic"
when = "not narrow and not seen"
[outcomes.stopped]
kind = "fail_safe"
when = "not narrow"
[outcomes.works]
kind = "success"
otherwise = true
"""
)


def story(text: str = PLAIN, file: str = "story.toml") -> Story:
    return parse(text, file)


def changed(*pairs: tuple[str, str], text: str = PLAIN) -> Story:
    """The story with parts of its text replaced, each there exactly once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse(text, "head.toml")
