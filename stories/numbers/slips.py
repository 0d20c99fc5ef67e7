"""Suggestions for numbers that people write as strings."""

import re

from sensa.stories.numbers.forms.bounded import IPCC_RANGES
from sensa.stories.problems import near, quoted
from sensa.stories.toml_slips import share

_PERCENT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:%|percent)\s*")
_DECIMAL_COMMA = re.compile(r"\s*([+-]?\d+),(\d+)\s*")
_RANGE = re.compile(r"\s*(\d*\.\d+|\d+)\s*(?:-|–|—|to|\.\.)\s*(\d*\.\d+|\d+)\s*")


def number_meant(text: str) -> str | None:
    """What to write for a string that is not an expression but a number to people, or None.

    `"30%"` is `0.3`, `"0,3"` is `0.3`, `"very likely"` is `{ likelihood = "very likely" }`.
    """
    if percent := _PERCENT.fullmatch(text):
        return f"write {quoted(share(percent[1]))}"
    if comma := _DECIMAL_COMMA.fullmatch(text):
        return f"write {quoted(f'{comma[1]}.{comma[2]}')}"
    if between := _RANGE.fullmatch(text):
        return f"write {quoted(f'{{ low = {between[1]}, high = {between[2]} }}')}"
    words = re.sub(r"[\s_-]+", " ", text.strip().casefold())
    likelihood = near(words, IPCC_RANGES) if len(words) > 3 else None
    return None if likelihood is None else f'write `{{ likelihood = "{likelihood}" }}`'
