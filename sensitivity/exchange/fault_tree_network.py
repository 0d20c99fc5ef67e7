"""A fault tree as a Bayesian network: a variable, true or false, for each event and each connective."""

import itertools
from collections.abc import Callable, Sequence

from sensa.exchange.fault_trees import FaultTree, Formula, bottom_up
from sensa.exchange.networks import Network, Variable

STATES = ("true", "false")
WIDEST = 6  # parents of a variable; wider connectives become several


def network_of(tree: FaultTree) -> Network:
    """The network of a fault tree, parents before their children; labels are those of the tree."""
    return _Network(tree).made()


class _Network:
    def __init__(self, tree: FaultTree) -> None:
        self.tree = tree
        self.variables: dict[str, Variable] = {}

    def made(self) -> Network:
        for name, chance in self.tree.events.items():
            self.variables[name] = self.variable(name, (), ((chance, 1.0 - chance),))
        for name in bottom_up(self.tree.gates):
            self.add(name, self.tree.gates[name])
        return Network(self.tree.name, self.variables)

    def add(self, name: str, formula: Formula) -> None:
        """A variable of this name for a formula, and those that it needs."""
        args = [arg if isinstance(arg, str) else self.inner(name, arg) for arg in formula.args]
        match formula.operator:
            case "true" | "false":
                self.define(name, [], lambda case: formula.operator == "true")
            case "is":
                self.define(name, args, all)
            case "not":
                self.define(name, args, lambda case: not case[0])
            case "and" | "or":
                self.junction(name, args, all if formula.operator == "and" else any)
            case "atleast":
                self.counted(name, args, formula.least)
            case other:
                raise AssertionError(other)  # circuits have no other connectives

    def inner(self, above: str, formula: Formula) -> str:
        name = self.free(above)
        self.add(name, formula)
        return name

    def free(self, above: str) -> str:
        for number in itertools.count(1):
            name = f"{above}_{number}"
            if name not in self.variables and name not in self.tree.gates:
                self.variables[name] = self.variable(name, (), ())  # taken
                return name
        raise AssertionError

    def variable(self, name: str, parents: Sequence[str], rows: Sequence[tuple[float, float]]) -> Variable:
        return Variable(name, STATES, tuple(parents), tuple(rows), self.tree.labels.get(name, ""))

    def define(self, name: str, parents: Sequence[str], holds: Callable[[Sequence[bool]], bool]) -> None:
        different = list(dict.fromkeys(parents))
        rows = []
        for case in itertools.product((True, False), repeat=len(different)):
            value = dict(zip(different, case, strict=True))
            true = float(holds([value[parent] for parent in parents]))
            rows.append((true, 1.0 - true))
        self.variables.pop(name, None)
        self.variables[name] = self.variable(name, different, rows)

    def junction(self, name: str, args: list[str], join: Callable[[Sequence[bool]], bool]) -> None:
        while len(args) > WIDEST:
            part = self.free(name)
            self.define(part, args[:WIDEST], join)
            args = [*args[WIDEST:], part]
        self.define(name, args, join)

    def counted(self, name: str, args: list[str], least: int) -> None:
        """At least so many of many: by the last one, of the ones before it."""
        if len(args) <= WIDEST:
            self.define(name, args, lambda case: sum(case) >= least)
            return
        made: dict[tuple[int, int], str] = {}

        def among(first: int, k: int) -> str:
            """A variable: at least k of the first so many."""
            if (first, k) not in made:
                made[first, k] = self.free(name)
                self.of_first(made[first, k], args, first, k, among)
            return made[first, k]

        self.of_first(name, args, len(args), least, among)

    def of_first(
        self, name: str, args: list[str], first: int, k: int, among: Callable[[int, int], str]
    ) -> None:
        if k <= 0 or first <= WIDEST:
            self.define(name, args[:first] if k > 0 else [], lambda case: sum(case) >= k)
            return
        enough, one_less = among(first - 1, k), among(first - 1, k - 1)
        self.define(name, [args[first - 1], enough, one_less], lambda c: c[1] or (c[0] and c[2]))
