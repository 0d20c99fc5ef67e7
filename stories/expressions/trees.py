"""Walking over expression trees."""

from collections.abc import Iterator

from sensa.stories.syntax import (
    AllSteps,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    IfElse,
    Junction,
    Name,
    Negative,
    Not,
    Option,
    Tag,
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct subexpressions, in order; they include the name in a tag or an option test."""
    match expression:
        case Tag(of=of) | Option(of=of):
            return (of,)
        case Not(arg=arg) | Negative(arg=arg) | AllSteps(arg=arg):
            return (arg,)
        case Junction(args=args) | Call(args=args):
            return args
        case Comparison(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
    return ()


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every node with its depth, the root at 1, parents first; without recursion."""
    waiting = [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in reversed(children(node)))


def names(expression: Expression) -> frozenset[tuple[str, bool]]:
    """The names an expression reads, and whether each is read one step before (`prev`).

    `step`, `round` and `halted` count as names; axes and phases do not.
    """
    return frozenset((node.name, node.prev) for node, _ in walk(expression) if isinstance(node, Name))


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The conditions that an expression joins by `and`; itself if it joins none."""
    if isinstance(expression, Junction) and expression.operator == "and":
        return tuple(part for arg in expression.args for part in conjuncts(arg))
    return (expression,)
