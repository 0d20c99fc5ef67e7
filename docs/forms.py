"""Puts the program's own table of number forms into `story-format.md`: `python docs/forms.py`."""

import re
from collections.abc import Iterator
from pathlib import Path

from sensa.stories.numbers.form import Meaning
from sensa.stories.numbers.forms import FORMS
from sensa.stories.numbers.forms.bounded import IPCC_RANGES

PAGE = Path(__file__).parent / "story-format.md"
PLACE = re.compile(r"(?<=<!-- forms -->\n).*?(?=\n\n)", re.DOTALL)
WORDS = re.compile(r"(?<=<!-- words -->\n).*?(?=\n\n)", re.DOTALL)


def rows() -> Iterator[tuple[str, str, str]]:
    """What is written, and what it means for a probability and for a real number."""
    yield "0.8", "exactly 0.8, no parameter", "likewise"
    for form in FORMS.rows:
        yield form.example, told(form.probability), told(form.real)
    yield '"0.9 - 0.2 * opacity"', "an expression over quantities", "likewise"


def told(meaning: Meaning | None) -> str:
    """A meaning, or that there is none."""
    return "not allowed" if meaning is None else meaning.text


def table() -> str:
    """A row for each way to write a number."""
    lines = [f"| `{written}` | {probability} | {real} |" for written, probability, real in rows()]
    return "\n".join(
        ["| written | meaning, for a probability | for a real number |", "|---|---|---|", *lines]
    )


def words() -> str:
    """The calibrated words."""
    ranges = ", ".join(f"*{word}* {low:g} to {high:g}" for word, (low, high) in IPCC_RANGES.items())
    return f"The words: {ranges}."


def page() -> str:
    """The page with the table as it is now."""
    return WORDS.sub(lambda _: words(), PLACE.sub(lambda _: table(), PAGE.read_text("utf-8")))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
