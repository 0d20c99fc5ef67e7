"""Error messages of the parser for what the language does not have."""

import difflib
import re

from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.tokens import FUNCTIONS, Token, snake_case, token_after
from sensa.stories.problems import quoted

# Syntax of other languages, and of Python beyond the part that we support.
_AND, _OR, _NOT, _EQUAL, _UNEQUAL = "write `and`", "write `or`", "write `not`", "write `==`", "write `!=`"
_PARENTHESES, _QUOTE, _IF_ELSE = "write `(` and `)`", 'write `"`', "write `a if c else b`"
_FOREIGN_SIGNS = {
    "&&": _AND, "&": _AND, "∧": _AND, "||": _OR, "|": _OR, "∨": _OR, "!": _NOT, "~": _NOT, "¬": _NOT,
    "=": _EQUAL, "===": _EQUAL, ":=": _EQUAL, "≡": _EQUAL, "!==": _UNEQUAL, "<>": _UNEQUAL, "≠": _UNEQUAL,
    "=<": "write `<=`", "≤": "write `<=`", "=>": "write `>=`", "≥": "write `>=`",
    "×": "write `*`", "·": "write `*`", "÷": "write `/`",
    "//": "write `/`", "−": "write `-`", "–": "write `-`",
    "^": "write `**` for powers", "%": "write a share as `0.5`", "+": "leave it out",
    "->": "write `not a or b` for a implies b", "?": _IF_ELSE, ":": _IF_ELSE,
    "[": _PARENTHESES, "]": _PARENTHESES, "{": _PARENTHESES, "}": _PARENTHESES,
    "“": _QUOTE, "”": _QUOTE, "„": _QUOTE, "‘": _QUOTE, "’": _QUOTE, "`": _QUOTE,
    "\u00a0": "write a plain space",
}  # fmt: skip
_FOREIGN_WORDS = {
    "is": _EQUAL, "xor": "write `exactly(1, a, b)`", "implies": "write `not a or b`", "then": _IF_ELSE,
    "elif": "write `a if c else b if d else e`", "for": "list the arguments",
    "lambda": "only the functions of the story format are known", "None": "write `false` or `0`",
    "True": "write `true`", "False": "write `false`", "TRUE": "write `true`", "FALSE": "write `false`",
    "And": _AND, "AND": _AND, "Or": _OR, "OR": _OR, "Not": _NOT, "NOT": _NOT,
    "If": "write `if`", "IF": "write `if`", "ELSE": "write `else`", "In": "write `in`", "IN": "write `in`",
}  # fmt: skip
_FOREIGN_FUNCTIONS = {
    "abs": "max(x, -x)", "pow": "x ** y", "ln": "log(x)", "log10": "log(x) / log(10)",
    "log2": "log(x) / log(2)", "sigmoid": "logistic(x)", "expit": "logistic(x)", "sum": "a + b",
    "prod": "a * b", "none": "not any(a, b)", "at_most": "not at_least(k + 1, a, b)",
    "xor": "exactly(1, a, b)",
    "float": "1 if x else 0", "int": "1 if x else 0", "bool": "x > 0",
}  # fmt: skip
_OUR_SIGNS = {"(", ")", ",", ".", "-", "+", "*", "/", "**", "<", "<=", ">", ">=", "==", "!="}


def instead_of_value(text: str, token: Token) -> ExpressionError:
    """The error for a token that cannot start a value."""
    if token.kind == "end":
        if not text.strip():
            return ExpressionError("the expression is empty", 0, "write `true` or leave the key out")
        return ExpressionError("expected a value, got the end of the expression", token.at)
    if token.kind == "text":
        return ExpressionError(f"the text {_shown(token)} stands alone", token.at, _lone_text(text, token))
    if token.text in ("*", "**") and text[: token.at].rstrip()[-1:] in ("(", ","):
        return ExpressionError(f"{quoted(token.text)} before an argument", token.at, "list the arguments")
    if token.text == "=":
        return ExpressionError("expected a value before `=`", token.at)
    return _foreign(token) or ExpressionError(f"expected a value before {_shown(token)}", token.at)


def _shown(token: Token) -> str:
    return quoted(f'"{token.text}"' if token.kind == "text" else token.text)


def _foreign(token: Token) -> ExpressionError | None:
    """The error for a sign or word of another language, or None."""
    if token.kind == "symbol":
        fix, known = _FOREIGN_SIGNS.get(token.text), token.text in _OUR_SIGNS
    else:
        fix, known = _FOREIGN_WORDS.get(token.text), True
    if fix is None and known:
        return None
    return ExpressionError(f"{quoted(token.text)} is not part of the expression language", token.at, fix)


def _lone_text(text: str, token: Token) -> str:
    following, _ = token_after(text, token.at + len(token.text) + 2)
    if following.text in ("==", "!="):
        return f'write `choice {following.text} "option"`, the choice first'
    if re.search(r"\bor\s*$", text[: token.at]):
        return 'write `choice in ("a", "b")`'
    return 'texts stand only after `==`, `!=` and `in`, as in `choice == "option"`'


def instead_of_operator(text: str, token: Token) -> ExpressionError:
    """The error for a token that cannot follow a value."""
    at = token.at
    wanted = f"expected an operator before {_shown(token)}"
    match token.kind, token.text:
        case "text", _:
            prefixed = text[at - 1].isalnum()
            return ExpressionError(wanted, at, None if prefixed else 'write `in ("a", "b")` for two options')
        case "symbol", ")":
            return ExpressionError("`)` closes nothing", at, "leave it out")
        case "symbol", ",":
            return ExpressionError("`,` stands only in a function's arguments and after `in`", at)
        case "symbol", "=":
            following, _ = token_after(text, at + 1)
            instead = {"true": "leave out `= true`", "false": "write `not …`"}.get(following.text, _EQUAL)
            return ExpressionError("`=` does not compare", at, instead)
        case "symbol", "[":
            return ExpressionError("nothing is looked up by `[…]`", at, "write `choice.tag` for a tag")
        case "symbol", ".":
            return ExpressionError("`.` stands only after a name", at)
        case "word", "not":
            following, _ = token_after(text, at + len("not"))
            fix = "write `not x in (…)`" if following.text == "in" else None
            return ExpressionError(wanted, at, fix)
        case "word", "else":
            return ExpressionError("`else` without `if`", at, _IF_ELSE)
    return _foreign(token) or ExpressionError(wanted, at)


def instead_of(token: Token, wanted: str) -> ExpressionError:
    """The error for a token where only one thing is allowed."""
    wanted = wanted if wanted.startswith("a ") else quoted(wanted)
    if token.kind == "end":
        return ExpressionError(f"expected {wanted}, got the end of the expression", token.at)
    return _foreign(token) or ExpressionError(f"expected {wanted}, got {_shown(token)}", token.at)


def instead_of_options(token: Token) -> ExpressionError:
    """The error for `in` without texts in parentheses."""
    fix = 'write `in ("a", "b")`'
    if token.kind == "end":
        return ExpressionError("expected options, got the end of the expression", token.at, fix)
    return ExpressionError(f"expected options in parentheses, got {_shown(token)}", token.at, fix)


def not_closed(text: str, token: Token, opening: Token) -> ExpressionError:
    """The error for a parenthesis that is not closed."""
    if token.kind == "end":
        return ExpressionError("`(` is not closed", opening.at, "add `)`")
    return instead_of_operator(text, token)


def unknown_function(token: Token) -> ExpressionError:
    """The error for a call of an unknown function."""
    if token.text in _FOREIGN_FUNCTIONS:
        fix = f"write `{_FOREIGN_FUNCTIONS[token.text]}`"
    elif near := difflib.get_close_matches(token.text[:100], sorted(FUNCTIONS), n=1, cutoff=0.7):
        fix = f"did you mean `{near[0]}`?"
    else:
        fix = "the functions are " + ", ".join(sorted(FUNCTIONS))
    return ExpressionError(f"unknown function {quoted(token.text)}", token.at, fix)


def not_a_name(token: Token) -> ExpressionError:
    """The error for a word that is not a valid name."""
    meant = snake_case(token.text) if token.text.isascii() and token.text[0].isalpha() else None
    fix = "a name has a-z, 0-9 and _ and starts with a letter" if meant is None else f"write {quoted(meant)}"
    return _foreign(token) or ExpressionError(f"{quoted(token.text)} is not a name", token.at, fix)


def reserved(token: Token, owner: Token) -> ExpressionError:
    """The error for a reserved word after a dot."""
    if owner.text == token.text == "prev":
        return ExpressionError("`prev` reaches one step back only", token.at)
    return ExpressionError(f"{quoted(token.text)} is a word of the language, not a name", token.at)


def alone(owner: Token) -> ExpressionError:
    """The error for `axis` or `prev` without a name."""
    return ExpressionError(f"`{owner.text}` alone has no value", owner.at, f"write `{owner.text}.NAME`")


def not_called(token: Token) -> ExpressionError:
    """The error for a function without arguments."""
    return ExpressionError(
        f"`{token.text}` is a function", token.at, f"write `{token.text}(…)` with its arguments"
    )


def not_for_options(sign: Token) -> ExpressionError:
    """The error for `<` and the like between options."""
    return ExpressionError(
        f"{quoted(sign.text)} does not compare options", sign.at, "write `==`, `!=` or `in`"
    )


def not_a_choice(sign: Token) -> ExpressionError:
    """The error for options compared with something other than a name."""
    message = f"only a choice can stand before {quoted(sign.text)} with options"
    return ExpressionError(message, sign.at, 'as in `choice == "option"`')


def wrong_phase(phase: Token, sign: Token) -> ExpressionError:
    """The error for `phase` without `== "NAME"`."""
    fixes = {"!=": 'write `not phase == "NAME"`', "in": 'write `phase == "a" or phase == "b"`'}
    fix = fixes.get(sign.text, 'write `phase == "NAME"`')
    return ExpressionError("`phase` can only be tested by `==`", phase.at, fix)


def phase_without_quotes(token: Token) -> ExpressionError:
    """The error for `phase == name` without quotes."""
    if token.kind == "end":
        return ExpressionError("expected the name of a phase, got the end of the expression", token.at)
    name = token.text if token.kind == "word" else "NAME"
    right = f'phase == "{name}"'
    return ExpressionError("the name of a phase stands in quotes", token.at, f"write {quoted(right)}")
