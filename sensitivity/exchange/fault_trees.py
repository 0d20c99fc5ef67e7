"""A fault tree, as the reader of Open-PSA gives it and the writer takes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensa.exchange.errors import ExchangeError

ELSEWHERE = " here; put a model in several files into one"


@dataclass(frozen=True)
class Formula:
    """`operator` over formulas and names of gates and events; `least` and `most` count those that are true.

    Operators: `is` (one argument), `true`, `false`, `not`, `and`, `or`, `xor`, `nand`, `nor`, `iff`, `imply`,
    `atleast` and `cardinality`.
    """

    operator: str
    args: tuple["Formula | str", ...] = ()
    least: int = 0
    most: int = 0

    def names(self) -> Iterator[str]:
        """The names that it reads, in order."""
        for arg in self.args:
            if isinstance(arg, str):
                yield arg
            else:
                yield from arg.names()


@dataclass(frozen=True)
class FaultTree:
    """Gates, basic events with their numbers as a story writes them, and the parameters of those numbers."""

    name: str
    gates: Mapping[str, Formula]
    events: Mapping[str, Any]  # a number of the story, with the names of parameters
    parameters: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def tops(self) -> tuple[str, ...]:
        """The gates that no other gate reads."""
        read = {name for formula in self.gates.values() for name in formula.names()}
        return tuple(name for name in self.gates if name not in read)


def require_sound(tree: FaultTree) -> FaultTree:
    """The same tree; raises `ExchangeError` for names without a definition and gates that read themselves."""
    for name, formula in tree.gates.items():
        for read in formula.names():
            if read not in tree.gates and read not in tree.events:
                raise ExchangeError(f"gate `{name}` reads `{read}`, which is not defined{ELSEWHERE}")
    list(bottom_up(tree.gates))
    return tree


def bottom_up(gates: Mapping[str, Formula]) -> Iterator[str]:
    """Gates after those they read; raises `ExchangeError` for a gate that reads itself."""
    done: set[str] = set()
    entered: set[str] = set()
    waiting = list(gates)[::-1]
    while waiting:
        name = waiting[-1]
        missing = [arg for arg in gates[name].names() if arg in gates and arg not in done]
        if name in done:
            waiting.pop()
        elif not missing:
            done.add(name)
            waiting.pop()
            yield name
        elif name in entered:
            raise ExchangeError(f"gate `{name}` reads itself")
        else:
            entered.add(name)
            waiting.extend(reversed(missing))
