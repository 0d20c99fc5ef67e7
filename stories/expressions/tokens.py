"""The tokenizer of expressions."""

import keyword
import re
from typing import NamedTuple

from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.functions import SIGNATURES
from sensa.stories.problems import quoted

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)  # with fullmatch: a valid name
FUNCTIONS: frozenset[str] = frozenset(SIGNATURES)
KEYWORDS = frozenset(keyword.kwlist)  # Python's
RESERVED = frozenset(
    {"and", "or", "not", "if", "else", "in", "true", "false"}
    | FUNCTIONS
    | {"axis", "prev", "step", "round", "phase", "halted"}
    | KEYWORDS
)

_TOKEN = re.compile(
    r"""[ \t\r\n\f]*+ (?:
      (?P<number> \.?[0-9] (?: [eE][+-]? | [\w.] )* )
    | (?P<word> [^\W\d]\w* )
    | (?P<text> "[^"\\\n]*" | '[^'\\\n]*' )
    | (?P<symbol> \*\* | // | <= | >= | === | == | !== | != | <> | => | =< | := | && | \|\| | << | >> | ->
                  | . )
    )""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NUMBER = re.compile(r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def snake_case(text: str) -> str | None:
    """The name closest to a text, `does_harm` for `DoesHarm` and `does harm`; None if there is none."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text[:200])
    guess = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return guess if NAME.fullmatch(guess) and guess not in RESERVED else None


class Token(NamedTuple):
    """A word or sign; the text of a `text` is without its quotes."""

    kind: str  # number, word, text, symbol or end
    text: str
    at: int


def token_after(text: str, position: int) -> tuple[Token, int]:
    """The next token from `position` on, and the position after it."""
    match = _TOKEN.match(text, position)
    if match is None:
        return Token("end", "", len(text)), len(text)
    kind = match.lastgroup or "end"
    at, end = match.span(kind)
    written = match[kind]
    if kind == "text":
        written = written[1:-1]
    elif written in ("'", '"'):
        raise _open_quote(text, at)
    return Token(kind, written, at), end


def _open_quote(text: str, at: int) -> ExpressionError:
    rest = text[at + 1 :].split("\n", 1)[0]
    if "\\" in rest and text[at] in rest:
        return ExpressionError("a text in quotes may not have a backslash", at + 1 + rest.index("\\"))
    return ExpressionError("a text in quotes is not closed", at, f"end it with {quoted(text[at])}")


def number_of(token: Token) -> float:
    """The value of a number token; raises unless it is a plain decimal number."""
    written = token.text
    if not _PLAIN_NUMBER.fullmatch(written):
        raise ExpressionError(f"{quoted(written)} is not a plain decimal number", token.at, _plainly(written))
    value = float(written)
    if value == float("inf"):
        raise ExpressionError(f"{quoted(written)} is too large", token.at, "at most about `1.8e308`")
    if value == 0 and re.search("[1-9]", re.split("[eE]", written)[0]):
        raise ExpressionError(f"{quoted(written)} is too small to tell from 0", token.at, "write `0`")
    return value


def _plainly(written: str) -> str | None:
    if len(written) > 20:
        return None
    short = written.replace("_", "")
    if short != written and _PLAIN_NUMBER.fullmatch(short):
        return f"write `{short}`"
    if re.fullmatch("0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", short):
        return f"write `{int(short, 0)}`"
    stripped = short.lstrip("0")
    if stripped != short and _PLAIN_NUMBER.fullmatch(stripped):
        return f"write `{stripped}`"
    start = re.match(r"[0-9]+(?:\.[0-9]+)?(?=[^\W\d])", written)
    if start is None:
        return None
    factor, rest = start.group(), written[start.end() :]
    is_name = NAME.fullmatch(rest) and rest not in RESERVED
    return f"write `{factor} * {rest}`" if is_name else f"put a space or an operator after `{factor}`"
