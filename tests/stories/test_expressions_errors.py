"""Texts that are no expressions: the message, the place and the fix, to the letter; and hostile ones."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NODES,
    ExpressionError,
    parse,
    show,
    type_problems,
)
from sensa.stories.syntax import Expression
from tests.stories.expression_trees import SCOPE, unhurried
from tests.stories.tokens import TOKENS, unplaced

FUNCTIONS = (
    "the functions are all, any, at_least, clip, exactly, exp, log, logistic, logit, "
    "max, min, periodic_test, race, sqrt, start_and_run, within"
)
FOREIGN = "is not part of the expression language"
AFTER_TEST = "cannot follow a test of an option or phase (join tests by `and` or `or`)"
WRONG = [
    # text, offset, message with the fix in parentheses
    ("", 0, "the expression is empty (write `true` or leave the key out)"),
    (" \n", 0, "the expression is empty (write `true` or leave the key out)"),
    # signs of other languages
    ("a && b", 2, f"`&&` {FOREIGN} (write `and`)"),
    ("a || b", 2, f"`||` {FOREIGN} (write `or`)"),
    ("!a", 0, f"`!` {FOREIGN} (write `not`)"),
    ("a & b", 2, f"`&` {FOREIGN} (write `and`)"),
    ("~a", 0, f"`~` {FOREIGN} (write `not`)"),
    ("x = 1", 2, "`=` does not compare (write `==`)"),
    ("x === 1", 2, f"`===` {FOREIGN} (write `==`)"),
    ("x := 1", 2, f"`:=` {FOREIGN} (write `==`)"),
    ("x <> 1", 2, f"`<>` {FOREIGN} (write `!=`)"),
    ("x => 1", 2, f"`=>` {FOREIGN} (write `>=`)"),
    ("x ≤ 1", 2, f"`≤` {FOREIGN} (write `<=`)"),
    ("x ^ 2", 2, f"`^` {FOREIGN} (write `**` for powers)"),
    ("x // 2", 2, f"`//` {FOREIGN} (write `/`)"),
    ("50%", 2, f"`%` {FOREIGN} (write a share as `0.5`)"),
    ("a -> b", 2, f"`->` {FOREIGN} (write `not a or b` for a implies b)"),
    ("a ? b : c", 2, f"`?` {FOREIGN} (write `a if c else b`)"),
    ("+x", 0, f"`+` {FOREIGN} (leave it out)"),
    ("x − 1", 2, f"`−` {FOREIGN} (write `-`)"),
    ("a\u00a0and b", 1, f"`\\xa0` {FOREIGN} (write a plain space)"),
    ("model == “a”", 9, f"`“` {FOREIGN} (write `\"`)"),
    ("[a, b]", 0, f"`[` {FOREIGN} (write `(` and `)`)"),
    ("{a}", 0, f"`{{` {FOREIGN} (write `(` and `)`)"),
    ("a; b", 1, f"`;` {FOREIGN}"),
    ("a # why", 2, f"`#` {FOREIGN}"),
    ("a\x00", 1, f"`\\x00` {FOREIGN}"),
    ("a \ud800", 2, f"`?` {FOREIGN}"),
    # words of other languages, and of Python
    ("True", 0, f"`True` {FOREIGN} (write `true`)"),
    ("a or False", 5, f"`False` {FOREIGN} (write `false`)"),
    ("None", 0, f"`None` {FOREIGN} (write `false` or `0`)"),
    ("a AND b", 2, f"`AND` {FOREIGN} (write `and`)"),
    ("a Or b", 2, f"`Or` {FOREIGN} (write `or`)"),
    ("NOT a", 0, f"`NOT` {FOREIGN} (write `not`)"),
    ("a xor b", 2, f"`xor` {FOREIGN} (write `exactly(1, a, b)`)"),
    ("a implies b", 2, f"`implies` {FOREIGN} (write `not a or b`)"),
    ("x is 1", 2, f"`is` {FOREIGN} (write `==`)"),
    ("lambda: a", 0, f"`lambda` {FOREIGN} (only the functions of the story format are known)"),
    ("any(x for x in y)", 6, f"`for` {FOREIGN} (list the arguments)"),
    ("await", 0, "expected a value before `await`"),
    # names
    ("Agentic", 0, "`Agentic` is not a name (write `agentic`)"),
    ("_a", 0, "`_a` is not a name (a name has a-z, 0-9 and _ and starts with a letter)"),
    ("café", 0, "`café` is not a name (a name has a-z, 0-9 and _ and starts with a letter)"),
    ("a or ＡＢ", 5, "`ＡＢ` is not a name (a name has a-z, 0-9 and _ and starts with a letter)"),
    ("model.Tag", 6, "`Tag` is not a name (write `tag`)"),
    # numbers
    ("1_000", 0, "`1_000` is not a plain decimal number (write `1000`)"),
    ("0x10", 0, "`0x10` is not a plain decimal number (write `16`)"),
    ("007", 0, "`007` is not a plain decimal number (write `7`)"),
    ("1 + 2j", 4, "`2j` is not a plain decimal number (write `2 * j`)"),
    ("3x", 0, "`3x` is not a plain decimal number (write `3 * x`)"),
    ("1if a else 0", 0, "`1if` is not a plain decimal number (put a space or an operator after `1`)"),
    ("1.2.3", 0, "`1.2.3` is not a plain decimal number"),
    ("1e", 0, "`1e` is not a plain decimal number (write `1 * e`)"),
    ("1e999", 0, "`1e999` is too large (at most about `1.8e308`)"),
    ("x < 1" + "0" * 400, 4, "`1" + "0" * 58 + "…` is too large (at most about `1.8e308`)"),
    ("1e-999", 0, "`1e-999` is too small to tell from 0 (write `0`)"),
    # what is missing
    ("a and", 5, "expected a value, got the end of the expression"),
    ("-", 1, "expected a value, got the end of the expression"),
    ("and a", 0, "expected a value before `and`"),
    ("a or or b", 5, "expected a value before `or`"),
    ("a b", 2, "expected an operator before `b`"),
    ("a 1", 2, "expected an operator before `1`"),
    ("2 (x)", 2, "expected an operator before `(`"),
    ("()", 1, "expected a value before `)`"),
    ("(a", 0, "`(` is not closed (add `)`)"),
    ("any(a, (b", 7, "`(` is not closed (add `)`)"),
    ("a)", 1, "`)` closes nothing (leave it out)"),
    ("a, b", 1, "`,` stands only in a function's arguments and after `in`"),
    ("(a, b)", 2, "`,` stands only in a function's arguments and after `in`"),
    ("x if a", 6, "expected `else`, got the end of the expression"),
    ("x if a, y", 6, "expected `else`, got `,`"),
    ("x else y", 2, "`else` without `if` (write `a if c else b`)"),
    ("if a else b", 0, "expected a value before `if`"),
    ("a == not b", 5, "`not` needs parentheses here (write `(not …)`)"),
    ("a not b", 2, "expected an operator before `not`"),
    # options
    ('model == "a', 9, 'a text in quotes is not closed (end it with `"`)'),
    ('model == "a\nb"', 9, 'a text in quotes is not closed (end it with `"`)'),
    (r'model == "a\""', 11, "a text in quotes may not have a backslash"),
    ('model == f"a"', 10, 'expected an operator before `"a"`'),
    ('model == "a" "b"', 13, 'expected an operator before `"b"` (write `in ("a", "b")` for two options)'),
    ('model == "a" or "b"', 16, 'the text `"b"` stands alone (write `choice in ("a", "b")`)'),
    ('"a" == model', 0, 'the text `"a"` stands alone (write `choice == "option"`, the choice first)'),
    (
        'any("a")',
        4,
        'the text `"a"` stands alone '
        '(texts stand only after `==`, `!=` and `in`, as in `choice == "option"`)',
    ),
    ('model < "a"', 6, "`<` does not compare options (write `==`, `!=` or `in`)"),
    ('model not in ("a", "b")', 6, "expected an operator before `not` (write `not x in (…)`)"),
    ("model in (a, b)", 10, 'expected options in parentheses, got `a` (write `in ("a", "b")`)'),
    ('model in ["a"]', 9, 'expected options in parentheses, got `[` (write `in ("a", "b")`)'),
    ('model in "a"', 9, 'expected options in parentheses, got `"a"` (write `in ("a", "b")`)'),
    ("model in", 8, 'expected options, got the end of the expression (write `in ("a", "b")`)'),
    ("model in ()", 9, '`in ()` names no option (write `in ("a", "b")`)'),
    ('model in ("a" "b")', 14, 'expected `,`, got `"b"`'),
    ('model in ("a", "a")', 15, "option `a` is named twice"),
    ('x + 1 == "a"', 6, 'only a choice can stand before `==` with options (as in `choice == "option"`)'),
    ('0 < model == "a"', 10, 'only a choice can stand before `==` with options (as in `choice == "option"`)'),
    ('model == "a" == b', 13, f"`==` {AFTER_TEST}"),
    ('model == "a" + 1', 13, f"`+` {AFTER_TEST}"),
    ('phase == "a" in ("b")', 13, f"`in` {AFTER_TEST}"),
    # tags, axes, phases, prev
    ("model.a.b", 7, "a tag has no parts (write `model.a`)"),
    ("model.", 6, "expected a tag, got the end of the expression"),
    ("model.1", 5, "expected an operator before `.1`"),
    ("model.if", 6, "`if` is a word of the language, not a name"),
    ("(model).tag", 7, "`.` stands only after a name"),
    ("model[0]", 5, "nothing is looked up by `[…]` (write `choice.tag` for a tag)"),
    ("axis", 0, "`axis` alone has no value (write `axis.NAME`)"),
    ("axis.", 5, "expected a name, got the end of the expression"),
    ("axis.in", 5, "`in` is a word of the language, not a name"),
    ("prev", 0, "`prev` alone has no value (write `prev.NAME`)"),
    ("prev.prev.a", 5, "`prev` reaches one step back only"),
    ("prev.min", 5, "`min` is a word of the language, not a name"),
    ("phase", 0, '`phase` can only be tested by `==` (write `phase == "NAME"`)'),
    ('phase != "a"', 0, '`phase` can only be tested by `==` (write `not phase == "NAME"`)'),
    (
        'phase in ("a", "b")',
        0,
        '`phase` can only be tested by `==` (write `phase == "a" or phase == "b"`)',
    ),
    ("phase == deploy", 9, 'the name of a phase stands in quotes (write `phase == "deploy"`)'),
    ('1 + phase == "a"', 4, 'a test of the phase needs parentheses here (write `(phase == "a")`)'),
    # functions
    ("atleast(2, a)", 0, "unknown function `atleast` (did you mean `at_least`?)"),
    ("abs(x)", 0, "unknown function `abs` (write `max(x, -x)`)"),
    ("frobnicate(x)", 0, f"unknown function `frobnicate` ({FUNCTIONS})"),
    ("min", 0, "`min` is a function (write `min(…)` with its arguments)"),
    ("min(a=1)", 5, "arguments have no names (write the values in order)"),
    ("any(*a)", 4, "`*` before an argument (list the arguments)"),
    ("any(,)", 4, "expected a value before `,`"),
    ("any(a b)", 6, "expected an operator before `b`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "message"), WRONG)
def test_wrong_texts(text: str, at: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (str(caught.value), caught.value.at) == (message, at)


def test_an_error_is_a_message_a_place_and_a_mend() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("a && b")
    error = caught.value
    assert (error.message, error.at, error.fix) == (f"`&&` {FOREIGN}", 2, "write `and`")


def refused(text: str) -> str:
    """The message that a text gets, within a second; Python's warnings are errors here."""
    start = time.process_time()
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert time.process_time() - start < 1
    assert 0 <= caught.value.at <= len(text)
    assert len(str(caught.value)) < 400
    return caught.value.message


TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
TOO_LARGE = f"more than {MAX_NODES} names, numbers and operators"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 9_999, TOO_DEEP),
        ("(" * 4_999 + "a" + ")" * 4_999, TOO_DEEP),
        ("-" * 9_999 + "1", TOO_DEEP),
        ("not " * 2_400 + "a", TOO_DEEP),
        ("min(" * 2_000 + "a", TOO_DEEP),
        ("2**" * 3_000 + "2", TOO_DEEP),
        ("x if a else " * 800 + "x", TOO_DEEP),
        ("x if " * 1_900 + "x", "expected `else`, got `if`"),
        ("1+" * 900 + "1", TOO_DEEP),
        ("1+" * 4_999 + "1", TOO_LARGE),
        ("a or " * 1_999 + "a", TOO_LARGE),
        ("0 <(1 if " * 15 + "a" + " else 0)< 1" * 15, TOO_LARGE),
        (
            f"0 < {'a' * 6_000} < 1",
            f"more than {MAX_LENGTH} characters once chains of comparisons are written out",
        ),
        ("a" * 10_001, "an expression of 10001 characters"),
        ("9" * 9_999, "`" + "9" * 59 + "…` is too large"),
        ("0." + "0" * 9_990 + "1", "`0." + "0" * 57 + "…` is too small to tell from 0"),
        ("0x" + "f" * 9_000, "`0x" + "f" * 57 + "…` is not a plain decimal number"),
        ("A" * 10_000, "`" + "A" * 59 + "…` is not a name"),
        ("a(" * 5_000, "unknown function `a`"),
        ('"' * 10_000, 'the text `""` stands alone'),
        ("a." * 5_000, "a tag has no parts"),
    ],
    ids=lambda value: value[:12],
)
def test_hostile_texts(text: str, message: str) -> None:
    assert refused(text) == message


def test_the_bounds_are_met_exactly() -> None:
    assert parse("a" * MAX_LENGTH)
    nested = "-" * (MAX_DEPTH - 1) + "x"
    assert parse(nested)
    assert refused("-" + nested) == TOO_DEEP
    assert parse("(" * 2 * MAX_DEPTH + "x" + ")" * 2 * MAX_DEPTH)
    wide = f"any({', '.join(['a'] * (MAX_NODES - 1))})"
    assert parse(wide)
    assert refused(f"not {wide}") == TOO_LARGE


def test_the_deepest_expressions_show_and_type() -> None:
    for text in (
        "(" * 24 + "x" + " + x) ** 2" * 24,
        "not (a or " * 24 + "a" + ")" * 24,
        "x ** -" * 24 + "x",
        "1 if a else " * 49 + "1",
        "1 if (" * 24 + "a" + ") else 0 > 1" * 24,
    ):
        tree = parse(text)
        assert unplaced(parse(show(tree))) == unplaced(tree)
        type_problems(tree, SCOPE)


def test_many_unknown_names_are_reported_quickly() -> None:
    text = f"any({', '.join(f'wrong_name_{i}' for i in range(600))})"
    crowd = type(SCOPE)(types={f"right_name_{i}": "bool" for i in range(1_000)})
    start = time.process_time()
    assert len(type_problems(parse(text), crowd)) == 600
    assert time.process_time() - start < 2


def parsed(text: str) -> Expression | None:
    """The tree, or none with a checked refusal."""
    try:
        return parse(text)
    except ExpressionError as refusal:
        error = refusal
    assert 0 <= error.at <= len(text)
    assert error.message
    return None


@unhurried
@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda b: b.decode("latin-1")))
def test_any_text_parses_or_is_refused(text: str) -> None:
    tree = parsed(text)
    assert tree is None or unplaced(parse(show(tree))) == unplaced(tree)


@unhurried
@given(st.integers(0, 2**32), st.integers(1, 300))
def test_any_words_parse_or_are_refused(seed: int, size: int) -> None:
    text = " ".join(random.Random(seed).choices([*TOKENS, "=", "in", '("o", "p")', "&&", "1e9"], k=size))
    tree = parsed(text)
    for problem in type_problems(tree, SCOPE) if tree else ():
        assert 0 <= problem.at <= len(text)
