"""A chain of events whose outcomes are known."""

from tests.short_stories import beta, story

CHAIN = story(beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1), "a and b and c")  # .8 x .6 x .9 = .432
