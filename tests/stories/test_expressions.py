"""Text to tree and back: printed forms, places, and the same grouping as Python's own grammar."""

import ast
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensa.stories.expressions import NAME, RESERVED, ExpressionError, names, parse, show, walk
from sensa.stories.syntax import (
    Arithmetic,
    Axis,
    Boolean,
    Call,
    Comparison,
    Expression,
    IfElse,
    Junction,
    Name,
    Negative,
    Not,
    Number,
    Option,
    Phase,
    Tag,
)
from tests.stories.expression_trees import any_trees, unhurried
from tests.stories.tokens import TOKENS, unplaced

PRINTED = [
    ("a", "a"),
    ("  a\n", "a"),
    ("((a))", "a"),
    ("true or false", "true or false"),
    ("a and b and c", "a and b and c"),
    ("a and (b and c)", "a and (b and c)"),
    ("(a or b) and c", "(a or b) and c"),
    ("(a and b) or c", "a and b or c"),
    ("not (a)", "not a"),
    ("not(a and b)", "not (a and b)"),
    ("not (not a)", "not not a"),
    ("not (x < 1)", "not x < 1"),
    ("(not a) and b", "not a and b"),
    ("(a if c else b) if d else e", "(a if c else b) if d else e"),
    ("a if c else (b if d else e)", "a if c else b if d else e"),
    ("a if (b if c else d) else e", "a if (b if c else d) else e"),
    ("(a or b) if (c or d) else (e or f)", "a or b if c or d else e or f"),
    ("1 if (a) else 0", "1 if a else 0"),
    ("x<1", "x < 1"),
    ("(x + 1) < (y * 2)", "x + 1 < y * 2"),
    ("0 < x < 1", "0 < x and x < 1"),
    ("a and 0 < x <= 1", "a and (0 < x and x <= 1)"),
    ("not 0 < x < 1", "not (0 < x and x < 1)"),
    ("1 < 2", "1 < 2"),
    ("x + y - z", "x + y - z"),
    ("x + (y - z)", "x + (y - z)"),
    ("(x * y) / z", "x * y / z"),
    ("x * (y / z)", "x * (y / z)"),
    ("(x + y) * z", "(x + y) * z"),
    ("x ** y ** z", "x ** y ** z"),
    ("(x ** y) ** z", "(x ** y) ** z"),
    ("x ** (y ** z)", "x ** y ** z"),
    ("-x ** 2", "-x ** 2"),
    ("(-x) ** 2", "(-x) ** 2"),
    ("-(x ** 2)", "-x ** 2"),
    ("2 ** -x", "2 ** -x"),
    ("2 ** (-x * y)", "2 ** (-x * y)"),
    ("(-x) * y", "-x * y"),
    ("-(x * y)", "-(x * y)"),
    ("x * -y", "x * -y"),
    ("x - -y", "x - -y"),
    ("--x", "--x"),
    ("1.0", "1"),
    ("1.", "1"),
    (".5", "0.5"),
    ("0.10", "0.1"),
    ("1e3", "1000"),
    ("1E-3", "0.001"),
    ("1e22", "1e+22"),
    ("0.0", "0"),
    ('model == "a"', 'model == "a"'),
    ("model == 'a'", 'model == "a"'),
    ('model != "a"', 'model != "a"'),
    ('model in ("a", "b")', 'model in ("a", "b")'),
    ('model in ("a", "b",)', 'model in ("a", "b")'),
    ('model in ("a",)', 'model == "a"'),
    ('model in ("a")', 'model == "a"'),
    ("model == 'say \"a\"'", "model == 'say \"a\"'"),
    ("model.agentic", "model.agentic"),
    ("not model.agentic", "not model.agentic"),
    ("prev.model.agentic", "prev.model.agentic"),
    ('prev.model in ("a", "b")', 'prev.model in ("a", "b")'),
    ("prev . drifted", "prev.drifted"),
    ("axis.shift * 2", "axis.shift * 2"),
    ("axis.exp", "axis.exp"),
    ('phase == "deploy"', 'phase == "deploy"'),
    ('not phase == "deploy"', 'not phase == "deploy"'),
    ("step + round", "step + round"),
    ("any(a, b or c)", "any(a, b or c)"),
    ("all(a,)", "all(a)"),
    ("at_least(2, a, b, c)", "at_least(2, a, b, c)"),
    ("min(x, (y))", "min(x, y)"),
    ("clip(x if a else y, 0, 1)", "clip(x if a else y, 0, 1)"),
    ("within(rate, 2 * time)", "within(rate, 2 * time)"),
    ("min()", "min()"),  # how many arguments a function takes is a question of types
]


@pytest.mark.parametrize(("text", "printed"), PRINTED)
def test_printed_form(text: str, printed: str) -> None:
    assert show(parse(text)) == printed


@unhurried
@given(any_trees(3))
def test_what_is_shown_parses_to_the_same_tree(expression: Expression) -> None:
    assert unplaced(parse(show(expression))) == expression


@unhurried
@given(any_trees(3))
def test_no_parentheses_could_be_left_out(expression: Expression) -> None:
    text = show(expression)
    for at in (i for i, c in enumerate(text) if c == "("):
        close = _closing(text, at)
        without = text[:at] + " " + text[at + 1 : close] + " " + text[close + 1 :]
        with contextlib.suppress(ExpressionError):  # where the parentheses are those of a call
            assert unplaced(parse(without)) != expression


def _closing(text: str, opening: int) -> int:
    depth, quoted = 0, False
    for at in range(opening, len(text)):
        quoted ^= text[at] == '"'
        depth += 0 if quoted else {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise AssertionError(f"unbalanced: {text}")


@unhurried
@given(any_trees(3))
def test_leaves_stand_where_they_say(expression: Expression) -> None:
    text = show(expression)
    for node, _ in walk(parse(text)):
        if isinstance(node, Number | Boolean | Name | Axis | Tag | Option | Phase):
            assert text.startswith(show(node), node.at)


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("  a and b", Junction, 2),
        (" (a or b) and c", Junction, 1),
        ("a or not b", Not, 5),
        ("(x + 1) * y", Arithmetic, 0),
        ("x * -y", Negative, 4),
        ("a or x < 1", Comparison, 5),
        ("1 if a else 0", IfElse, 0),
        ("a or min(x, y) > 1", Call, 5),
        ("a or\n model.tag", Tag, 6),
    ],
)
def test_a_part_starts_where_its_text_does(text: str, kind: type, at: int) -> None:
    found = [node.at for node, _ in walk(parse(text)) if isinstance(node, kind)]
    assert found[0] == at


def test_chained_comparisons_share_their_middle() -> None:
    chain = parse("0 < x + 1 <= y")
    middle = Arithmetic("+", Name("x", at=4), Number(1.0, 8), 4)
    below, above = Comparison("<", Number(0.0), middle), Comparison("<=", middle, Name("y", at=13), 4)
    assert chain == Junction("and", (below, above))


def from_python(node: ast.expr) -> Expression:
    """The tree that Python's own parser gives for the same text; its places are left out."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return Number(float(value))
        case ast.Name(id="true" | "false" as word):
            return Boolean(word == "true")
        case ast.Name(id=name):
            return Name(name)
        case ast.Attribute(value=ast.Name(id="axis"), attr=name):
            return Axis(name)
        case ast.Attribute(value=ast.Name(id="prev"), attr=name):
            return Name(name, prev=True)
        case ast.Attribute(value=of, attr=tag):
            owner = from_python(of)
            assert isinstance(owner, Name)
            return Tag(owner, tag)
        case ast.UnaryOp(op=ast.Not(), operand=arg):
            return Not(from_python(arg))
        case ast.UnaryOp(op=ast.USub(), operand=arg):
            return Negative(from_python(arg))
        case ast.BoolOp(op=op, values=values):
            return Junction("and" if isinstance(op, ast.And) else "or", tuple(map(from_python, values)))
        case ast.BinOp(left=left, op=op, right=right):
            signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
            return Arithmetic(signs[type(op)], from_python(left), from_python(right))  # type: ignore[arg-type]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return IfElse(from_python(test), from_python(body), from_python(orelse))
        case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
            return Call(function, tuple(map(from_python, args)))  # type: ignore[arg-type]
        case ast.Compare():
            return _compared_in_python(node)
    raise AssertionError(f"no expression of ours: {ast.dump(node)}")


def _compared_in_python(node: ast.Compare) -> Expression:
    signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
    right = node.comparators[0]
    listed = right.elts if isinstance(right, ast.Tuple) else [right]
    texts = [c.value for c in listed if isinstance(c, ast.Constant) and isinstance(c.value, str)]
    if texts:
        of = from_python(node.left)
        assert (len(node.ops), len(texts)) == (1, len(listed))
        assert isinstance(of, Name)
        if of == Name("phase"):
            return Phase(*texts)
        return Option(of, tuple(texts), isinstance(node.ops[0], ast.NotEq))
    sides = [from_python(side) for side in (node.left, *node.comparators)]
    pairs = [
        Comparison(signs[type(op)], left, right)  # type: ignore[arg-type]
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
    ]
    return pairs[0] if len(pairs) == 1 else Junction("and", tuple(pairs))


OPERATORS = [*"+ - * / ** < <= == != and or".split(), "if b else"]  # noqa: SIM905


def grouped_as_in_python(text: str) -> None:
    assert unplaced(parse(text)) == from_python(ast.parse(text, mode="eval").body)


@unhurried
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12))
def test_any_words_that_parse_group_as_in_python(words: list[str]) -> None:
    text = " ".join(words)
    try:
        parse(text)
    except ExpressionError:
        return
    grouped_as_in_python(text)


@st.composite
def flat_texts(draw: st.DrawFn, depth: int = 2) -> str:
    """Operands and operators in a row, a few parentheses among them: everything hangs on precedence."""
    operand = st.sampled_from(["a", "x", "1", "2.5", "m.t", "-x", "- - y", "prev.b", "axis.s"])
    if depth:
        operand = operand | flat_texts(depth - 1).map(lambda inner: f"({inner})")
    words = [draw(operand)]
    for _ in range(draw(st.integers(0, 5))):
        words.append(draw(st.sampled_from(OPERATORS)))
        words.append(draw(operand))
    negated = [f"not {w}" if i == 0 or words[i - 1] in ("and", "or") else w for i, w in enumerate(words)]
    return " ".join(draw(st.sampled_from([words, negated])))


@unhurried
@given(flat_texts())
def test_operators_in_a_row_group_as_in_python(text: str) -> None:
    grouped_as_in_python(text)


@unhurried
@given(any_trees(3))
def test_shown_trees_group_as_in_python(expression: Expression) -> None:
    assert from_python(ast.parse(show(expression), mode="eval").body) == expression


def test_names() -> None:
    text = 'a and prev.b or model == "x" and not prev.model.tag and axis.s * step > q and phase == "p"'
    expected = {("a", False), ("b", True), ("model", False), ("model", True), ("step", False), ("q", False)}
    assert names(parse(text)) == expected
    assert names(parse("1 < 2")) == frozenset()


def test_reserved_words_cannot_be_read_as_names() -> None:
    for word in RESERVED - {"step", "round", "halted", "true", "false"}:
        with pytest.raises(ExpressionError):
            parse(word)


def test_names_of_the_format() -> None:
    assert all(NAME.fullmatch(name) for name in ("a", "a1", "long_name_2"))
    assert not any(NAME.fullmatch(name) for name in ("", "A", "_a", "1a", "a-b", "é", "a\n"))
