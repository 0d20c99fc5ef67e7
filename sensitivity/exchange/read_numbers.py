"""Numbers as other tools write them."""

import math
import re

NOT_ZERO = re.compile(r"[1-9]")


def read_number(text: str) -> float:
    """The number in a text; raises `ValueError`, in words for after the text, if a float cannot hold it."""
    try:
        value = float(text)
        if "_" in text or not text.isascii():  # which Python alone reads
            raise ValueError
    except ValueError:
        raise ValueError("is no number") from None
    if not math.isfinite(value):
        raise ValueError("is no finite number")
    if value == 0 and NOT_ZERO.search(text.lower().partition("e")[0]):
        raise ValueError("is too small to tell from 0")
    return value
