"""Fault trees in Open-PSA's model exchange format (MEF, version 2.0d).

Carried: `define-gate` with all connectives, `define-basic-event`, `define-house-event` and
`define-parameter` with constants, distributions and arithmetic (`open_psa_numbers`), and common-cause groups
(`open_psa_groups`), inside fault trees, components and model data. The format leaves the value of
`system-mission-time` to the tool; here it is a parameter. Event trees, substitutions, other files and the
like are refused, not passed over.
"""

import math
from collections.abc import Container, Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

from sensa.exchange.errors import ExchangeError
from sensa.exchange.fault_trees import FaultTree, Formula, require_sound
from sensa.exchange.open_psa_groups import Groups
from sensa.exchange.open_psa_numbers import MISSION_TIME, WHOLE, number
from sensa.exchange.xml import parsed

GROUP = "define-CCF-group"
REFERENCES = ("gate", "basic-event", "house-event", "event")
CONTAINERS = ("opsa-mef", "define-fault-tree", "define-component", "model-data")
DEFINED = ("define-gate", "define-basic-event", "define-house-event", "define-parameter", GROUP)
SILENT = ("label", "attributes")
CONNECTIVES = {"not": (1, 1), "and": (1, None), "or": (1, None), "xor": (2, 2), "nand": (1, None),
               "nor": (1, None), "iff": (2, 2), "imply": (2, 2), "atleast": (1, None),
               "cardinality": (1, None)}  # fmt: skip

COUNTED = {"atleast": ("min",), "cardinality": ("min", "max")}


def read(data: bytes, mission_time: float | None = None) -> FaultTree:
    """The fault tree in a file; raises `ExchangeError`."""
    return tree_of(parsed(data), mission_time)


def tree_of(root: Element, mission_time: float | None = None) -> FaultTree:
    """The fault tree of an `opsa-mef` element; raises `ExchangeError` for what cannot be carried."""
    if root.tag != "opsa-mef":
        raise ExchangeError(f"the root is `{root.tag}`, not `opsa-mef`")
    definitions = list(_definitions(root))
    if mission_time is not None:
        definitions.append(_mission_time(root, mission_time))
    by_tag: dict[str, dict[str, Element]] = {}
    for element in definitions:
        name = element.get("name", "")
        same = by_tag.setdefault(element.tag, {})
        if name in same:
            raise ExchangeError(f"`{element.tag}` of `{name}` is there twice")
        same[name] = element
    gates, events = by_tag.get("define-gate", {}), by_tag.get("define-basic-event", {})
    _require_apart("a gate", gates, "a basic event", events)
    groups = Groups(by_tag.get(GROUP, {}), by_tag.get("define-parameter", {}))
    parameters, houses = by_tag.get("define-parameter", {}), by_tag.get("define-house-event", {})
    _require_apart("a gate", gates, "a member of a common-cause group", groups.gates)
    _require_apart("a parameter", parameters, "a common-cause group", groups.parameters)
    known: dict[str, bool | None] = dict.fromkeys([*gates, *events, *groups.gates])
    _require_apart("a house event", houses, "a gate or a basic event", known)
    known |= {name: _constant(house) for name, house in houses.items()}
    braced = [name for name in parameters if "{" in name or "}" in name]
    if braced:
        raise ExchangeError(f"the name of parameter `{braced[0]}` has a brace")
    return require_sound(
        FaultTree(
            root.get("name") or next((e.get("name", "") for e in root.iter("define-fault-tree")), "model"),
            {name: _formula(_only(gate), known) for name, gate in gates.items()} | groups.gates,
            {
                name: number(event, "probability", parameters)
                for name, event in events.items()
                if name not in groups.gates
            }
            | groups.events,
            {name: number(parameter, "real", parameters) for name, parameter in parameters.items()}
            | groups.parameters,
            {e.get("name", ""): label for e in definitions if (label := _label(e))},
        )
    )


def _require_apart(kind: str, names: Iterable[str], other: str, others: Container[str]) -> None:
    """Raise `ExchangeError` for a name that is given to two things."""
    both = [name for name in names if name in others]
    if both:
        raise ExchangeError(f"`{both[0]}` is {kind} and {other}")


def _definitions(element: Element) -> Iterator[Element]:
    """The definitions in a container and those below."""
    for child in element:
        if child.tag in CONTAINERS:
            yield from _definitions(child)
        elif child.tag in DEFINED:
            yield child
        elif child.tag == "include":
            file = child.get("file", "")
            raise ExchangeError(f"it includes `{file}`: put the definitions of all files into one `opsa-mef`")
        elif child.tag not in SILENT:
            name = f" (`{child.get('name')}`)" if child.get("name") else ""
            raise ExchangeError(f"`{child.tag}`{name} cannot be carried")


def _mission_time(root: Element, value: float) -> Element:
    """The mission time as a parameter."""
    if not 0 < value < math.inf:
        raise ExchangeError(f"a mission time is a number above 0, not {value:g}")
    if next(root.iter(MISSION_TIME), None) is None:
        raise ExchangeError(f"no number reads `{MISSION_TIME}`, so a mission time changes nothing")
    made = Element("define-parameter", name=MISSION_TIME)
    SubElement(made, "label").text = "The mission time"
    SubElement(made, "float", value=repr(value))
    return made


def _only(definition: Element) -> Element:
    parts = [child for child in definition if child.tag not in SILENT]
    if len(parts) != 1:
        raise ExchangeError(f"gate `{definition.get('name')}` has {len(parts)} formulas, not one")
    return parts[0]


def _label(definition: Element) -> str:
    return " ".join((definition.findtext("label") or "").split())


def _constant(house: Element) -> bool:
    constant = house.find("constant")
    if constant is None:
        raise ExchangeError(f"house event `{house.get('name')}` has no constant")
    return _truth(constant)


def _truth(constant: Element) -> bool:
    value = constant.get("value")
    if value not in ("true", "false"):
        raise ExchangeError(f"a constant is `true` or `false`, not `{value}`")
    return value == "true"


def _formula(element: Element, known: dict[str, bool | None]) -> Formula:
    """A formula; `known` has each name that is defined, with the value of a house event."""
    if element.tag in REFERENCES:
        name = element.get("name", "")
        name = name if name in known else name.rpartition(".")[2]  # behind the name of its component
        value = known.get(name)
        return Formula("is", (name,)) if value is None else Formula(_word(value))
    if element.tag == "constant":
        return Formula(_word(_truth(element)))
    if element.tag not in CONNECTIVES:
        raise ExchangeError(f"the formula `{element.tag}` cannot be carried")
    args = tuple(_formula(child, known) for child in element)
    least, most = CONNECTIVES[element.tag]
    if len(args) < least or (most is not None and len(args) > most):
        raise ExchangeError(f"`{element.tag}` of {len(args)} arguments")
    low, high = (_count(element, key) for key in ("min", "max"))
    return Formula(element.tag, tuple(_plain(arg) for arg in args), low, high)


def _count(element: Element, key: str) -> int:
    """How many arguments a connective asks for; 0 for one that does not count."""
    if key not in COUNTED.get(element.tag, ()):
        return 0
    text = element.get(key)
    if text is None:
        raise ExchangeError(f"`{element.tag}` without `{key}`")
    if not WHOLE.fullmatch(text):
        raise ExchangeError(f"`{element.tag}` whose `{key}` is no whole number: `{text}`")
    return int(text)


def _plain(formula: Formula) -> Formula | str:
    return formula.args[0] if formula.operator == "is" else formula


def _word(value: bool) -> str:
    return "true" if value else "false"
