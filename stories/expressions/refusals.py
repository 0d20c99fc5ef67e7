"""What the parser says where something stands that the language does not have."""

import difflib

from sensa.stories.expressions.errors import ExpressionError, quoted
from sensa.stories.expressions.tokens import FUNCTIONS, NAME, RESERVED, Token, token_after

# What other languages write, and Python beyond the part of it that is ours.
_FOREIGN = {
    "&&": "write `and`", "&": "write `and`", "∧": "write `and`",
    "||": "write `or`", "|": "write `or`", "∨": "write `or`",
    "!": "write `not`", "~": "write `not`", "¬": "write `not`",
    "=": "write `==`", "===": "write `==`", ":=": "write `==`", "≡": "write `==`",
    "!==": "write `!=`", "<>": "write `!=`", "≠": "write `!=`",
    "=<": "write `<=`", "≤": "write `<=`", "=>": "write `>=`", "≥": "write `>=`",
    "×": "write `*`", "·": "write `*`", "÷": "write `/`", "−": "write `-`", "–": "write `-`",
    "^": "write `**` for powers", "//": "write `/`", "%": "write a share as `0.5`",
    "->": "write `not a or b` for a implies b", "?": "write `a if c else b`", ":": "write `a if c else b`",
    "[": "write `(` and `)`", "]": "write `(` and `)`", "{": "write `(` and `)`", "}": "write `(` and `)`",
    "“": 'write `"`', "”": 'write `"`', "„": 'write `"`', "‘": 'write `"`', "’": 'write `"`',
    "`": 'write `"`',
    "+": "leave it out", "\u00a0": "write a plain space",
}  # fmt: skip
_FOREIGN_WORDS = {
    "is": "write `==`", "xor": "write `exactly(1, a, b)`", "implies": "write `not a or b`",
    "for": "list the arguments", "then": "write `a if c else b`", "elif": "write `a if c else b if d else e`",
    "lambda": "only the functions of the story format are known", "None": "write `false` or `0`",
    "True": "write `true`", "False": "write `false`", "TRUE": "write `true`", "FALSE": "write `false`",
    "And": "write `and`", "AND": "write `and`", "Or": "write `or`", "OR": "write `or`",
    "Not": "write `not`", "NOT": "write `not`", "IF": "write `if`", "ELSE": "write `else`",
    "IN": "write `in`",
}  # fmt: skip
_FOREIGN_FUNCTIONS = {
    "abs": "max(x, -x)", "pow": "x ** y", "ln": "log(x)",
    "log10": "log(x) / log(10)", "log2": "log(x) / log(2)",
    "sigmoid": "logistic(x)", "expit": "logistic(x)", "sum": "a + b", "prod": "a * b",
    "none": "not any(a, b)", "at_most": "not at_least(k + 1, a, b)",
    "float": "1 if x else 0", "int": "1 if x else 0",
    "bool": "x > 0", "P": "the name alone",
}  # fmt: skip


def instead_of_value(text: str, token: Token) -> ExpressionError:
    """Something that cannot start a value stands where one is wanted."""
    if token.kind == "end":
        if not text.strip():
            return ExpressionError("the expression is empty", 0, "write `true` or leave the key out")
        return ExpressionError("the expression ends where a value is wanted", token.at)
    if token.kind == "text":
        return ExpressionError(
            f"text {quoted(token.text)} stands alone", token.at, _choice_first(text, token)
        )
    if token.text in ("*", "**") and _before(text, token) in ("(", ","):
        return ExpressionError(f"{quoted(token.text)} before an argument", token.at, "list the arguments")
    if fix := _foreign(token):
        return ExpressionError(f"{quoted(token.text)} is not of this language", token.at, fix)
    if token.kind == "symbol" and token.text not in _OURS:
        return ExpressionError(f"{quoted(token.text)} is not of this language", token.at)
    return ExpressionError(f"a value is wanted before {quoted(token.text)}", token.at)


_OURS = {"(", ")", ",", ".", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!="}


def _foreign(token: Token) -> str | None:
    table = _FOREIGN if token.kind == "symbol" else _FOREIGN_WORDS
    return table.get(token.text)


def _before(text: str, token: Token) -> str:
    return text[: token.at].rstrip()[-1:]


def _choice_first(text: str, token: Token) -> str:
    following, _ = token_after(text, token.at + len(token.text) + 2)
    if following.text in ("==", "!="):
        return f'write `choice {following.text} "option"`, the choice first'
    return 'texts stand only after `==`, `!=` and `in`, as in `choice == "option"`'


def instead_of_operator(text: str, token: Token) -> ExpressionError:
    """Something that cannot follow a value follows one."""
    if token.text == ")" and token.kind == "symbol":
        return ExpressionError("`)` closes nothing", token.at, "leave it out")
    if token.text == "," and token.kind == "symbol":
        return ExpressionError("`,` stands outside of a function's arguments", token.at)
    if token.text == "=" and token.kind == "symbol":
        return ExpressionError("`=` does not compare", token.at, "write `==`")
    if token.text == "[" and token.kind == "symbol":
        return ExpressionError("nothing is looked up by `[…]` here", token.at, "write `choice.tag` for a tag")
    if token.text == "." and token.kind == "symbol":
        return ExpressionError("`.` stands only after a name", token.at)
    if token.text == "not" and token.kind == "word":
        return ExpressionError("`not` cannot stand here", token.at, "write `not a in (…)` for a not in")
    if token.text == "else" and token.kind == "word":
        return ExpressionError("`else` without `if`", token.at, "write `a if c else b`")
    if fix := _foreign(token):
        return ExpressionError(f"{quoted(token.text)} is not of this language", token.at, fix)
    if token.kind == "symbol" and token.text not in _OURS | {"+"}:
        return ExpressionError(f"{quoted(token.text)} is not of this language", token.at)
    return ExpressionError(f"an operator is wanted before {quoted(token.text)}", token.at)


def instead_of(text: str, token: Token, wanted: str) -> ExpressionError:
    """Something else stands where exactly one thing could."""
    wanted = wanted if wanted.startswith("a ") else quoted(wanted)
    if token.kind == "end":
        return ExpressionError(f"the expression ends where {wanted} is wanted", token.at)
    if fix := _foreign(token):
        return ExpressionError(f"{quoted(token.text)} where {wanted} is wanted", token.at, fix)
    return ExpressionError(f"{quoted(token.text)} where {wanted} is wanted", token.at)


def instead_of_options(text: str, token: Token) -> ExpressionError:
    """Something else than texts in parentheses follows `in`."""
    fix = 'write `in ("a", "b")`'
    if token.kind == "end":
        return ExpressionError("the expression ends where options are wanted", token.at, fix)
    return ExpressionError(
        f"options in parentheses are wanted instead of {quoted(token.text)}", token.at, fix
    )


def not_closed(text: str, token: Token, opening: Token) -> ExpressionError:
    """A parenthesis is open where the text ends or something stands that does not fit."""
    if token.kind == "end":
        return ExpressionError("`(` is not closed", opening.at, "add `)`")
    if token.text == "," and token.kind == "symbol":
        return ExpressionError("a list stands only after `in` and in a function's arguments", token.at)
    return instead_of_operator(text, token)


def unknown_function(token: Token) -> ExpressionError:
    """A call of something that is no function."""
    if token.text in _FOREIGN_FUNCTIONS:
        fix = f"write `{_FOREIGN_FUNCTIONS[token.text]}`"
    elif near := difflib.get_close_matches(token.text[:100], sorted(FUNCTIONS), n=1):
        fix = f"did you mean `{near[0]}`?"
    else:
        fix = "the functions are " + ", ".join(sorted(FUNCTIONS))
    return ExpressionError(f"unknown function {quoted(token.text)}", token.at, fix)


def not_a_name(token: Token) -> ExpressionError:
    """A word that no node can have."""
    if fix := _FOREIGN_WORDS.get(token.text):
        return ExpressionError(f"{quoted(token.text)} is not of this language", token.at, fix)
    lower = token.text.lower()
    if NAME.fullmatch(lower) and lower not in RESERVED:
        fix = f"write {quoted(lower)}"
    else:
        fix = "a name has a-z, 0-9 and _ and starts with a letter"
    return ExpressionError(f"{quoted(token.text)} is not a name", token.at, fix)


def reserved(token: Token, owner: Token) -> ExpressionError:
    """A word of the language after `prev.` or `axis.`."""
    if owner.text == "prev" and token.text == "prev":
        return ExpressionError("`prev` reaches one step back only", token.at)
    return ExpressionError(f"{quoted(token.text)} is a word of the language, not a name", token.at)


def not_a_choice(sign: Token) -> ExpressionError:
    """Options compared with something that is not a bare name."""
    return ExpressionError(
        f"only a choice can stand before {quoted(sign.text)} with options",
        sign.at,
        'as in `choice == "option"`',
    )


def wrong_phase(token: Token, sign: Token) -> ExpressionError:
    """`phase` without `== "NAME"`."""
    fixes = {"!=": 'write `not phase == "NAME"`', "in": 'write `phase == "a" or phase == "b"`'}
    return ExpressionError(
        "`phase` can only be tested by `==`", token.at, fixes.get(sign.text, 'write `phase == "NAME"`')
    )


def phase_without_quotes(text: str, token: Token) -> ExpressionError:
    """`phase == name`."""
    if token.kind == "end":
        return ExpressionError("the expression ends where the name of a phase is wanted", token.at)
    fix = f'write `phase == "{token.text[:40]}"`' if token.kind == "word" else 'write `phase == "NAME"`'
    return ExpressionError("the name of a phase stands in quotes", token.at, fix)
