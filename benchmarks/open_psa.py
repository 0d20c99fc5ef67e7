"""Reader of fault trees in Open-PSA's model exchange format: a tree becomes gates and probabilities.

What the Aralia set and trees like it use: `define-gate` with and, or, not, xor, nand, nor, atleast and
nested formulas, `define-basic-event` and `define-house-event` with a constant. Labels and attributes
are passed over; anything else is an error, not a guess.
"""

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sensa.kernels.program import Floats, Gates, Op

REFERENCES = ("gate", "basic-event", "house-event", "event")
SILENT = ("label", "attributes")


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
    return parse_fault_tree(ElementTree.parse(path).getroot(), top)


def parse_fault_tree(model: ElementTree.Element, top: str | None = None) -> FaultTree:
    """The tree of an `opsa-mef` element; raises ValueError for what this reader does not know."""
    definitions = {gate.attrib["name"]: _formula(gate) for gate in model.iter("define-gate")}
    chances = {event.attrib["name"]: _chance(event) for event in model.iter("define-basic-event")}
    houses = {event.attrib["name"]: _constant(event) for event in model.iter("define-house-event")}
    read = {name for formula in definitions.values() for name in _names(formula)}
    tops = [name for name in definitions if name not in read]
    if top is None and len(tops) != 1:
        raise ValueError(f"no single top gate: {tops}")
    program = _Program()
    place = {name: program.add(Op.COIN, [], coin) for coin, name in enumerate(chances)}
    place |= {name: program.add(Op.TRUE if value else Op.FALSE, []) for name, value in houses.items()}
    for name in _bottom_up(definitions):
        place[name] = _add(program, place, definitions[name])
    labels = {place[name]: name for name in definitions}
    return FaultTree(
        program.gates(), place[top or tops[0]], tuple(chances), np.array(list(chances.values())), labels
    )


def _formula(definition: ElementTree.Element) -> ElementTree.Element:
    (formula,) = [child for child in definition if child.tag not in SILENT]
    return formula


def _chance(event: ElementTree.Element) -> float:
    number = event.find("float")
    if number is None:
        raise ValueError(f"basic event {event.get('name')}: only a constant probability can be read")
    return float(number.attrib["value"])


def _constant(event: ElementTree.Element) -> bool:
    constant = event.find("constant")
    if constant is None:
        raise ValueError(f"house event {event.get('name')}: no constant")
    return constant.attrib["value"] == "true"


def _names(formula: ElementTree.Element) -> list[str]:
    return [part.attrib["name"] for part in formula.iter() if part.tag in REFERENCES]


def _bottom_up(definitions: dict[str, ElementTree.Element]) -> list[str]:
    """Gates after those they read; raises ValueError for a gate that reads itself."""
    done: dict[str, None] = {}
    open_gates: set[str] = set()
    waiting = list(definitions)
    while waiting:
        name = waiting[-1]
        missing = [arg for arg in _names(definitions[name]) if arg in definitions and arg not in done]
        if name in done or not missing:
            done[waiting.pop()] = None
            open_gates.discard(name)
        elif name in open_gates:
            raise ValueError(f"gate {name} reads itself")
        else:
            open_gates.add(name)
            waiting.extend(missing)
    return list(done)


def _add(program: _Program, place: dict[str, int], formula: ElementTree.Element) -> int:
    if formula.tag in REFERENCES:
        return place[formula.attrib["name"]]
    if formula.tag == "constant":
        return program.add(Op.TRUE if formula.attrib["value"] == "true" else Op.FALSE, [])
    args = [_add(program, place, child) for child in formula]
    match formula.tag:
        case "and":
            return program.add(Op.AND, args)
        case "or":
            return program.add(Op.OR, args)
        case "not":
            return program.add(Op.NOT, args)
        case "nand":
            return program.add(Op.NOT, [program.add(Op.AND, args)])
        case "nor":
            return program.add(Op.NOT, [program.add(Op.OR, args)])
        case "atleast":
            return program.add(Op.AT_LEAST, args, int(formula.attrib["min"]))
        case "xor":
            first, second = args
            one = program.add(Op.AND, [first, program.add(Op.NOT, [second])])
            other = program.add(Op.AND, [program.add(Op.NOT, [first]), second])
            return program.add(Op.OR, [one, other])
    raise ValueError(f"cannot read the formula `{formula.tag}`")
