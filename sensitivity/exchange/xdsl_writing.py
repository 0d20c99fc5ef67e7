"""Networks in XDSL, as GeNIe and SMILE read it."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sensa.exchange.names import story_names
from sensa.exchange.networks import Network, Variable, in_order

WIDTH, HEIGHT, GAP = 120, 60, 40  # of a node as GeNIe draws it, in its units
STYLE = (
    ("interior", {"color": "e5f6f7"}),
    ("outline", {"color": "000080"}),
    ("font", {"color": "000000", "name": "Arial", "size": "8"}),
)


def written(network: Network) -> str:
    """The file: a `cpt` for each variable, parents before children, with its name and place in GeNIe."""
    (name,) = story_names([network.name]).values()
    root = Element("smile", version="1.0", id=name, numsamples="10000", discsamples="10000")
    nodes = SubElement(root, "nodes")
    for variable in in_order(network):
        _add(nodes, variable)
    genie = SubElement(SubElement(root, "extensions"), "genie", version="1.0", name=network.name)
    for variable, place in _placed(network):
        node = SubElement(genie, "node", id=variable.name)
        SubElement(node, "name").text = variable.label or variable.name
        for tag, attributes in STYLE:
            SubElement(node, tag, attributes)
        SubElement(node, "position").text = " ".join(map(str, place))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n"


def _add(nodes: Element, variable: Variable) -> None:
    node = SubElement(nodes, "cpt", id=variable.name)
    for state in variable.states:
        SubElement(node, "state", id=state)
    if variable.parents:
        SubElement(node, "parents").text = " ".join(variable.parents)
    SubElement(node, "probabilities").text = " ".join(repr(p) for row in variable.rows for p in row)


def _placed(network: Network) -> Iterator[tuple[Variable, tuple[int, int, int, int]]]:
    """Each variable with its left, top, right and bottom edge: a row below those of its parents."""
    row: dict[str, int] = {}
    taken: Counter[int] = Counter()
    for variable in in_order(network):
        row[variable.name] = depth = 1 + max((row[parent] for parent in variable.parents), default=-1)
        left, top = GAP + taken[depth] * (WIDTH + GAP), GAP + depth * (HEIGHT + GAP)
        taken[depth] += 1
        yield variable, (left, top, left + WIDTH, top + HEIGHT)
