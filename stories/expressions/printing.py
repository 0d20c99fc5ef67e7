"""Print expressions, with the fewest parentheses."""

from sensa.stories.syntax import (
    AllSteps,
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

# Precedence of each form, as in Python; the parser uses the same numbers.
IF_ELSE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
ARITHMETIC = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}


def show(expression: Expression) -> str:
    """The expression as text, such that `parse` gives the same tree (but for `at`)."""
    return _written(expression, IF_ELSE)


def _written(expression: Expression, least: int) -> str:
    """The text, in parentheses if its precedence is below `least`."""
    text, binding = _form(expression)
    return text if binding >= least else f"({text})"


def _form(expression: Expression) -> tuple[str, int]:
    match expression:
        case Number(value=value):
            return number(value), SIGN if value < 0 else ATOM
        case Boolean(value=truth):
            return "true" if truth else "false", ATOM
        case Name(name=name, prev=prev):
            return f"prev.{name}" if prev else name, ATOM
        case Axis(name=name):
            return f"axis.{name}", ATOM
        case Tag(of=of, tag=tag):
            return f"{_written(of, ATOM)}.{tag}", ATOM
        case Option():
            return _option(expression)
        case Phase(name=name):
            return f"phase == {text(name)}", COMPARISON
        case Not(arg=arg):
            return f"not {_written(arg, NOT)}", NOT
        case Junction(operator=operator, args=args):
            binding = OR if operator == "or" else AND
            return f" {operator} ".join(_written(arg, binding + 1) for arg in args), binding
        case Comparison(operator=sign, left=left, right=right):
            return f"{_written(left, SUM)} {sign} {_written(right, SUM)}", COMPARISON
        case Arithmetic():
            return _arithmetic(expression)
        case Negative(arg=arg):
            return f"-{_written(arg, SIGN)}", SIGN
        case Call(function=function, args=args):
            return f"{function}({', '.join(show(arg) for arg in args)})", ATOM
        case AllSteps(word=word, arg=arg):
            return f"{word}({show(arg)})", ATOM
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            return f"{_written(then, OR)} if {_written(condition, OR)} else {show(otherwise)}", IF_ELSE


def _arithmetic(expression: Arithmetic) -> tuple[str, int]:
    binding = ARITHMETIC[expression.operator]
    # Powers group to the right, and their exponent may have a sign; the others group to the left.
    left, right = (ATOM, SIGN) if binding == POWER else (binding, binding + 1)
    text = f"{_written(expression.left, left)} {expression.operator} {_written(expression.right, right)}"
    return text, binding


def _option(expression: Option) -> tuple[str, int]:
    of = _written(expression.of, ATOM)
    if len(expression.options) == 1:
        return f"{of} {'!=' if expression.negated else '=='} {text(expression.options[0])}", COMPARISON
    inside = f"{of} in ({', '.join(text(option) for option in expression.options)})"
    return (f"not {inside}", NOT) if expression.negated else (inside, COMPARISON)


def number(value: float) -> str:
    """A number as text; whole numbers without a decimal point."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def text(content: str) -> str:
    """A text in quotes: double ones unless it contains one."""
    return f"'{content}'" if '"' in content else f'"{content}"'
