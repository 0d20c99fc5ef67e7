"""P(X and Y) and P(Y) of a measure `P(X | Y)`, by following every world to its end.

What is known only at the end (how the story ends, and what `holds` and `violated` say) is guessed in every
possible way; at each step the expressions are read under each guess, and at the end the right guess counts.
"""

import ast
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from tests.naive.expressions import truth
from tests.naive.interpreter import Story, Theta, World, ending, follow

Guess = tuple[str, tuple[bool, ...]]  # how the story ends, and each `holds(…)` or `violated(…)`


class _Told:
    """A world at a step, with some names already known."""

    def __init__(self, world: World, known: Mapping[str, bool]) -> None:
        self.world, self.known = world, known

    def look(self, name: str) -> Any:
        return self.known[name] if name in self.known else self.world.look(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)


class _Parted(ast.NodeTransformer):
    """Puts a name in place of each `holds(x)` and `violated(x)`, inner ones first."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str, str]] = []  # name, word, what it is about

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id not in ("holds", "violated"):
            return node
        name = f"part_{len(self.parts)}"
        self.parts.append((name, node.func.id, ast.unparse(node.args[0])))
        return ast.Name(name)


def joint_and_given(doc: dict[str, Any], theta: Theta, measure: str) -> tuple[float, float]:
    """P(X and Y) and P(Y) of the measure `P(X | Y)`; without Y, P(X) and 1."""
    x, _, y = measure.removeprefix("P(").removesuffix(")").partition("|")
    parted = _Parted()
    sides = [ast.unparse(parted.visit(ast.parse(side.strip() or "true", mode="eval"))) for side in (x, y)]
    texts = [*sides, *(f"not ({about})" for _, _, about in parted.parts)]
    guesses = list(product(doc["outcomes"], product((False, True), repeat=len(parted.parts))))

    def notice(world: World) -> frozenset[tuple[Guess, str]]:
        """The texts that are true at this step, under each guess."""
        return frozenset(
            (guess, text)
            for guess in guesses
            for text in texts
            if truth(text, _Told(world, dict(_known(doc, parted, guess))))
        )

    joint = given = 0.0
    for (end, _, seen), probability in follow(Story(doc, theta), ending, notice, frozenset()).items():
        (right,) = [guess for guess in guesses if guess[0] == end and _right(parted, guess, seen)]
        given += probability * ((right, sides[1]) in seen)
        joint += probability * ((right, sides[0]) in seen and (right, sides[1]) in seen)
    return joint, given


def _known(doc: dict[str, Any], parted: _Parted, guess: Guess) -> Iterator[tuple[str, bool]]:
    end, held = guess
    for name in doc["outcomes"]:
        yield name, name == end
    kind = doc["outcomes"][end]["kind"]
    for word in ("success", "fail_safe", "catastrophic"):
        yield word, word == kind
    yield "failure", kind != "success"
    yield from zip((name for name, _, _ in parted.parts), held, strict=True)


def _right(parted: _Parted, guess: Guess, seen: frozenset[tuple[Guess, str]]) -> bool:
    """Whether `holds` and `violated` are what was seen if they are so."""
    for (_, word, about), guessed in zip(parted.parts, guess[1], strict=True):
        if guessed != (((guess, f"not ({about})") in seen) == (word == "violated")):
            return False
    return True
