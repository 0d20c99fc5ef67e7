"""The measures of a story: `P(X)`, `P(X | Y)` and `loss`.

X and Y are expressions of the story's language over what `WORDS` adds to it: how the story ends, and the four
criteria. `holds(x)` and `violated(x)` are about all steps.
"""

from dataclasses import dataclass
from functools import cache
from typing import get_args

from sensa.stories.expressions import ExpressionError, parse, show
from sensa.stories.expressions.tokens import token_after
from sensa.stories.problems import quoted
from sensa.stories.schema.vocabulary import Criterion, Kind
from sensa.stories.syntax import Expression

FAILURE = "failure"  # all that is no success
ENDS = (*get_args(Kind), FAILURE)  # precede everything else of these names
CRITERIA: tuple[str, ...] = get_args(Criterion)
WAYS = "write `P(X)`, `P(X | Y)` or `loss`"


@dataclass(frozen=True, slots=True)
class Measure:
    """`P(of | given)`; `P(of)` if nothing is given; the expected loss without `of`.

    Both are expressions as `show` prints them, so that two ways to write the same are equal.
    """

    of: str | None
    given: str | None = None


def parse_measure(text: str) -> Measure:
    """The measure that a text states. Names are not looked up here.

    Raises `ExpressionError` if it is no measure; `at` is the offset in the text.
    """
    stripped = text.strip()
    if stripped == "loss":
        return Measure(None)
    if not (stripped.startswith("P") and stripped[1:].lstrip().startswith("(") and stripped.endswith(")")):
        raise ExpressionError(f"{quoted(text)} is not a measure", 0, WAYS)
    start, end = text.index("(") + 1, text.rindex(")")
    parts = _parted(text[start:end])
    if len(parts) > 2:
        message = f"{quoted(text)} has more than one `|`"
        raise ExpressionError(message, 0, "join conditions by `and`, as in `P(X | Y and Z)`")
    return Measure(*(_shown(part, start + at) for at, part in parts))


def parse_event(text: str) -> Expression:
    """The tree of what a measure is about: an expression with `holds` and `violated`."""
    return parse(text, about_all_steps=True)


@cache
def tree_of(text: str) -> Expression:
    """The tree of one side of a measure."""
    return parse_event(text)


def _parted(text: str) -> list[tuple[int, str]]:
    """The parts between bars, each with its offset."""
    bars, position = [-1], 0
    while True:
        token, position = token_after(text, position)
        if token.kind == "end":
            break
        if token.kind == "symbol" and token.text == "|":
            bars.append(token.at)
    ends = [*bars[1:], len(text)]
    return [(start + 1, text[start + 1 : end]) for start, end in zip(bars, ends, strict=True)]


def _shown(text: str, at: int) -> str:
    try:
        return show(parse_event(text))
    except ExpressionError as error:
        raise ExpressionError(error.message, at + error.at, error.fix) from None
