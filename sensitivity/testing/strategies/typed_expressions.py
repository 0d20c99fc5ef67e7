"""Typed expressions: reals are finite and probabilities within [0, 1], whatever the values of names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw(Protocol):
    """The `draw` argument of a composite strategy."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T:
        """A value of the strategy."""
        ...


@dataclass
class Scope:
    """The names that an expression may use; it grows from node to node."""

    bools: list[str] = field(default_factory=list)
    reals: list[str] = field(default_factory=list)
    options: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # choice: option: its tags
    counters: list[str] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)


def one_of(draw: Draw, *makers: Callable[[], T]) -> T:
    """The result of one of the makers; the first is the simplest."""
    return makers[draw(st.integers(0, len(makers) - 1))]()


def latest(draw: Draw, names: Sequence[str]) -> str:
    """One of the names, more often one of the last two, so that stories are connected."""
    return names[-1 - draw(st.integers(0, len(names) + 1)) % len(names)]


def constant(draw: Draw) -> str:
    """A number."""
    return one_of(
        draw,
        lambda: str(draw(st.integers(0, 3))),
        lambda: repr(draw(st.integers(-6, 12)) / 4),
        lambda: draw(st.sampled_from(["1e-2", "2.5e0", "0.35", ".5"])),
    )


def real(draw: Draw, scope: Scope, depth: int) -> str:
    """A real expression that is finite whatever the values of its names."""
    atoms = [lambda: constant(draw)]
    if scope.reals:
        atoms += [lambda: latest(draw, scope.reals)] * 3
    if depth == 0:
        return one_of(draw, *atoms)

    def x() -> str:
        return real(draw, scope, depth - 1)

    def positive() -> str:
        return one_of(draw, lambda: f"max({x()}, 0.125)", lambda: f"exp(clip({x()}, -2, 2))")

    def guarded() -> str:
        a, b = x(), x()
        return one_of(
            draw,
            lambda: f"(log({a}) if {a} > 0.05 else {b})",
            lambda: f"(sqrt({a}) if {a} >= 0 else {b})",
            lambda: f"({b} / {a} if {a} > 0.25 else 1)",
            lambda: f"(logit({a}) if 0.05 < {a} < 0.95 else {b})",
        )

    return one_of(
        draw,
        *atoms,
        lambda: f"({x()} {draw(st.sampled_from('+-*'))} {x()})",
        lambda: f"(-{x()})" if draw(st.booleans()) else f"{x()} - 1",
        lambda: f"({x()} if {truth(draw, scope, depth - 1)} else {x()})",
        guarded,
        lambda: f"{draw(st.sampled_from(['min', 'max']))}({x()}, {x()}, {x()})",
        lambda: f"clip({x()}, -1, {constant(draw)} + 4)",
        lambda: f"({x()} / {positive()})",
        lambda: f"(({x()}) ** 2)",
        lambda: f"({positive()} ** clip({x()}, -1, 2))",
        lambda: f"log({positive()})",
        lambda: f"sqrt({positive()})",
        lambda: f"logit(clip({x()}, 0.05, 0.95))",
        lambda: probability(draw, scope, depth - 1),
        positive,
    )


def probability(draw: Draw, scope: Scope, depth: int) -> str:
    """An expression within [0, 1]."""

    def x() -> str:
        return real(draw, scope, depth)

    return one_of(
        draw,
        lambda: f"clip({x()}, 0, 1)",
        lambda: f"logistic({x()})",
        lambda: f"within(clip({x()}, 0, 3), 0.5)",
        lambda: f"periodic_test(clip({x()}, 0, 3), 0.5)",
        lambda: f"start_and_run(0.25, clip({x()}, 0, 3), 0.5)",
        lambda: f"race(max({x()}, 0.125), exp(clip({x()}, -1, 1)))",
        lambda: f"0.9 - 0.2 * clip({x()}, 0.0, 1.0)",
        lambda: f"(0.25 if {truth(draw, scope, depth)} else clip({x()}, 0.5, 1))",
        lambda: f"min(max({x()}, 0), 1) ** 2",
    )


def truth(draw: Draw, scope: Scope, depth: int) -> str:
    """A bool expression."""
    atoms = [lambda: latest(draw, scope.bools)] * 6 if scope.bools else []
    if scope.options:
        atoms += [lambda: option_test(draw, scope)] * 2
    if scope.phases:
        atoms += [lambda: f'phase == "{draw(st.sampled_from(scope.phases))}"']
    if scope.counters:
        atoms += [lambda: f"{draw(st.sampled_from(scope.counters))} {draw(comparisons())} 1"]
    if scope.reals:
        atoms += [
            lambda: f"{latest(draw, scope.reals)} {draw(st.sampled_from(['>', '<=']))} {constant(draw)}"
        ]
    if depth == 0 or not atoms:
        atoms += [lambda: draw(st.sampled_from(["true", "false"]))]
    if depth == 0:
        return one_of(draw, *atoms)

    def b() -> str:
        return truth(draw, scope, depth - 1)

    def several() -> str:
        return ", ".join(b() for _ in range(draw(st.integers(2, 3))))

    def x() -> str:
        return real(draw, scope, depth - 1)

    return one_of(
        draw,
        *atoms,
        lambda: f"not {b()}" if draw(st.booleans()) else f"not ({b()} or {b()})",
        lambda: f"({b()} and {b()})",
        lambda: f"({b()} or {b()})",
        lambda: f"({b()} if {b()} else {b()})",
        lambda: f"{draw(st.sampled_from(['any', 'all']))}({several()})",
        lambda: f"at_least({draw(st.integers(1, 2))}, {several()})",
        lambda: f"exactly({draw(st.integers(0, 2))}, {several()})",
        lambda: f"{x()} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {x()}",
        lambda: f"({constant(draw)} < {x()} <= {constant(draw)})",
    )


def comparisons() -> st.SearchStrategy[str]:
    """Any comparison of numbers."""
    return st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def option_test(draw: Draw, scope: Scope) -> str:
    """A test of a choice, now or one step before."""
    choice = latest(draw, list(scope.options))
    options = scope.options[choice]
    tags = sorted({tag for own in options.values() for tag in own})
    a = draw(st.sampled_from(list(options)))
    several = ", ".join(
        f'"{o}"' for o in draw(st.lists(st.sampled_from(list(options)), min_size=1, unique=True))
    )
    tests = [
        lambda: f'{choice} == "{a}"',
        lambda: f'{choice} != "{a}"',
        lambda: f"{choice} in ({several},)",
    ]
    return one_of(draw, *tests, *([lambda: f"{choice}.{draw(st.sampled_from(tags))}"] * 2 if tags else []))
