"""Whole stories for Hypothesis: valid by construction, over the whole story format, as TOML text.

`stories()` gives texts, `small_stories()` those of one step and few nodes, `thetas(doc)` values of the
parameters of one, `pointed_stories()` stories without parameters, and `cases()` a text, what it says, and
such values.
"""

from tests.strategies.whole import SMALL, Limits, cases, pointed_stories, small_stories, stories, thetas

__all__ = ["SMALL", "Limits", "cases", "pointed_stories", "small_stories", "stories", "thetas"]
