"""A discrete Bayesian network, as the readers of its formats give it and the writers take it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sensa.exchange.errors import ExchangeError

MAX_CASES = 100_000  # of the parents of a variable
MAX_ALL_CASES = 200_000  # of all variables
ROUNDING = 0.02  # how far the sum of a row may be from 1; published tables are rounded


@dataclass(frozen=True)
class Variable:
    """A variable with its states, and a row of probabilities for each case of its parents.

    The cases are in the order of `itertools.product` over the states of the parents: the last one fastest.
    """

    name: str
    states: tuple[str, ...]
    parents: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    label: str = ""


@dataclass(frozen=True)
class Network:
    """Variables by name; each knows its parents by name."""

    name: str
    variables: Mapping[str, Variable]

    def leaves(self) -> tuple[str, ...]:
        """The variables that are nobody's parent."""
        parents = {parent for variable in self.variables.values() for parent in variable.parents}
        return tuple(name for name in self.variables if name not in parents)


def require_sound(network: Network) -> Network:
    """The network with rows that sum to 1; raises `ExchangeError` for what makes it none."""
    if not network.variables:
        raise ExchangeError("the network has no variables")
    fixed = {name: _sound(variable, network) for name, variable in network.variables.items()}
    _require_no_cycle(network)
    return Network(network.name, fixed)


def _sound(variable: Variable, network: Network) -> Variable:
    of = f"variable `{variable.name}`"
    if len(variable.states) < 2 or len(set(variable.states)) < len(variable.states):
        raise ExchangeError(f"{of} needs at least two different states")
    cases = 1
    for parent in variable.parents:
        if parent not in network.variables:
            raise ExchangeError(f"{of} has the parent `{parent}`, which is no variable")
        cases *= len(network.variables[parent].states)
    if len(set(variable.parents)) < len(variable.parents):
        raise ExchangeError(f"{of} has a parent twice")
    if len(variable.rows) != cases:
        raise ExchangeError(
            f"{of} has {len(variable.rows)} rows of probabilities, and its parents {cases} cases"
        )
    rows = tuple(_row(row, variable) for row in variable.rows)
    return Variable(variable.name, variable.states, variable.parents, rows, variable.label)


def _row(row: tuple[float, ...], variable: Variable) -> tuple[float, ...]:
    """The row, scaled where it was rounded."""
    of = f"variable `{variable.name}`"
    if len(row) != len(variable.states):
        raise ExchangeError(f"{of} has {len(variable.states)} states, and a row of {len(row)} probabilities")
    if not all(math.isfinite(p) and p >= 0 for p in row):
        raise ExchangeError(f"{of} has a probability that is negative or no number")
    total = math.fsum(row)
    if abs(total - 1) > ROUNDING:
        raise ExchangeError(f"{of} has a row that sums to {total:g}, not to 1")
    return row if abs(total - 1) < 1e-12 else tuple(p / total for p in row)


def _require_no_cycle(network: Network) -> None:
    try:
        _sorter(network).prepare()
    except CycleError as error:
        raise ExchangeError(f"variable `{error.args[1][0]}` is in a cycle of parents") from None


def above(network: Network, names: Iterable[str]) -> Network:
    """The named variables and all that they depend on."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += network.variables[name].parents
    return Network(network.name, {name: one for name, one in network.variables.items() if name in found})


def in_order(network: Network) -> Iterator[Variable]:
    """The variables, parents first, otherwise in the order of the file.

    As if the file were read again and again, each time taking the variables whose parents are taken.
    """
    place = {name: at for at, name in enumerate(network.variables)}
    reading: dict[str, int] = {}
    for name in _sorter(network).static_order():
        parents = network.variables[name].parents
        reading[name] = max((reading[other] + (place[other] > place[name]) for other in parents), default=0)
    for name in sorted(place, key=lambda name: (reading[name], place[name])):
        yield network.variables[name]


def _sorter(network: Network) -> TopologicalSorter[str]:
    return TopologicalSorter({name: variable.parents for name, variable in network.variables.items()})
