"""Fault trees to Open-PSA's model exchange format."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sensa.exchange.fault_trees import FaultTree, Formula


def written(tree: FaultTree) -> str:
    """The file, with labels."""
    root = Element("opsa-mef")
    gates = SubElement(root, "define-fault-tree", name=tree.name)
    for name, formula in tree.gates.items():
        gate = _defined(gates, "define-gate", name, tree)
        _add(gate, formula, tree)
    data = SubElement(root, "model-data")
    for name, chance in tree.events.items():
        SubElement(_defined(data, "define-basic-event", name, tree), "float", value=repr(chance))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n"


def _defined(parent: Element, tag: str, name: str, tree: FaultTree) -> Element:
    found = SubElement(parent, tag, name=name)
    if name in tree.labels:
        SubElement(found, "label").text = tree.labels[name]
    return found


def _add(parent: Element, formula: Formula | str, tree: FaultTree) -> None:
    if isinstance(formula, str):
        SubElement(parent, "gate" if formula in tree.gates else "basic-event", name=formula)
        return
    if formula.operator in ("true", "false"):
        SubElement(parent, "constant", value=formula.operator)
        return
    inside = parent if formula.operator == "is" else SubElement(parent, formula.operator)
    if formula.operator == "atleast":
        inside.set("min", str(formula.least))
    for arg in formula.args:
        _add(inside, arg, tree)
