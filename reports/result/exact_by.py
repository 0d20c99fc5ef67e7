"""What computes the exact part of a result."""

from sensa.reports.number_format import count
from sensa.reports.result.answers import Provenance


def exact_by(provenance: Provenance, diagram: str = "a diagram") -> str:
    """The diagrams, or the circuits that variable elimination gave, or both, with their sizes."""
    nodes, products = provenance.diagram_nodes, provenance.circuit_products
    said = [f"{diagram} of {count(nodes)} nodes"] if nodes or not products else []
    if products:
        said.append(f"variable elimination to {count(products)} products")
    return " and ".join(said)
