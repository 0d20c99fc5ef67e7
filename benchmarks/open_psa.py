"""Fault trees of Open-PSA's files as gates and probabilities: what the engines are measured on."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sensa.exchange import open_psa
from sensa.exchange.fault_trees import FaultTree as Definitions
from sensa.exchange.fault_trees import Formula, bottom_up
from sensa.exchange.xml import parsed
from sensa.kernels.program import Floats, Gates, Op


@dataclass(frozen=True)
class FaultTree:
    """A fault tree; coin `i` is the basic event `events[i]`."""

    gates: Gates
    top: int
    events: tuple[str, ...]
    probabilities: Floats
    labels: dict[int, str]


@dataclass
class _Program:
    op: list[int] = field(default_factory=list)
    k: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=lambda: [0])
    args: list[int] = field(default_factory=list)

    def add(self, op: Op, args: list[int], k: int = 0) -> int:
        self.op.append(op)
        self.k.append(k)
        self.args.extend(args)
        self.start.append(len(self.args))
        return len(self.op) - 1

    def gates(self) -> Gates:
        return Gates(
            np.array(self.op, np.int8),
            np.array(self.k, np.int32),
            np.array(self.start, np.int32),
            np.array(self.args, np.int32),
        )


def read_fault_tree(path: Path, top: str | None = None) -> FaultTree:
    """The tree of a file under `top`, or under its only gate that no other gate reads."""
    return parse_fault_tree(parsed(path.read_bytes()), top)


def parse_fault_tree(model: ElementTree.Element, top: str | None = None) -> FaultTree:
    """The tree of an `opsa-mef` element with constant probabilities; raises ValueError for any other."""
    tree = open_psa.tree_of(model)
    if top is None and len(tree.tops()) != 1:
        raise ValueError(f"no single top gate: {tree.tops()}")
    program = _Program()
    place = {name: program.add(Op.COIN, [], coin) for coin, name in enumerate(tree.events)}
    for name in bottom_up(tree.gates):
        place[name] = _add(program, place, tree.gates[name])
    labels = {place[name]: name for name in tree.gates}
    return FaultTree(
        program.gates(), place[top or tree.tops()[0]], tuple(tree.events), _constants(tree), labels
    )


def _constants(tree: Definitions) -> Floats:
    for name, chance in tree.events.items():
        if not isinstance(chance, float):
            raise ValueError(f"basic event {name}: only a constant probability can be read")
    return np.array(list(tree.events.values()))


def _add(program: _Program, place: dict[str, int], formula: Formula | str) -> int:
    if isinstance(formula, str):
        return place[formula]
    args = [_add(program, place, child) for child in formula.args]

    def negated(op: Op, of: list[int]) -> int:
        return program.add(Op.NOT, [program.add(op, of)])

    match formula.operator:
        case "is":
            return args[0]
        case "true" | "false":
            return program.add(Op.TRUE if formula.operator == "true" else Op.FALSE, [])
        case "and" | "or" | "not":
            return program.add(Op[formula.operator.upper()], args)
        case "nand" | "nor":
            return negated(Op[formula.operator[1:].upper()], args)
        case "atleast":
            return program.add(Op.AT_LEAST, args, formula.least)
        case "xor":
            first, second = args
            one = program.add(Op.AND, [first, program.add(Op.NOT, [second])])
            other = program.add(Op.AND, [program.add(Op.NOT, [first]), second])
            return program.add(Op.OR, [one, other])
    raise ValueError(f"cannot read the formula `{formula.operator}`")
