"""XDSL, the format of GeNIe and SMILE: networks of `cpt` nodes, with deterministic ones as tables."""

from xml.etree.ElementTree import Element

from sensa.exchange.errors import ExchangeError
from sensa.exchange.networks import Network, Variable, require_sound
from sensa.exchange.read_numbers import read_number
from sensa.exchange.xml import parsed


def read(data: bytes) -> Network:
    """The network in an XDSL file; raises `ExchangeError`."""
    root = parsed(data)
    if root.tag != "smile":
        raise ExchangeError(f"the root is `{root.tag}`, not `smile`")
    nodes = root.find("nodes")
    if nodes is None:
        raise ExchangeError("no `nodes`")
    labels = {node.get("id", ""): node.findtext("name") or "" for node in root.iter("node")}
    states: dict[str, tuple[str, ...]] = {}
    found: dict[str, Variable] = {}
    for node in nodes:
        name = node.get("id", "")
        if node.tag not in ("cpt", "deterministic"):
            raise ExchangeError(
                f"node `{name}` is a `{node.tag}`; only `cpt` and `deterministic` are carried"
            )
        if name in found:
            raise ExchangeError(f"node `{name}` is there twice")
        states[name] = tuple(state.get("id", "") for state in node.findall("state"))
        parents = tuple((node.findtext("parents") or "").split())
        found[name] = Variable(name, states[name], parents, _rows(node, states[name]), labels.get(name, ""))
    return require_sound(Network(root.get("id") or "network", found))


def _rows(node: Element, states: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    """A row for each case of the parents, of which the last runs fastest; own states run faster still."""
    name, size = node.get("id", ""), len(states)
    if not size:
        raise ExchangeError(f"node `{name}` has no states")
    if node.tag == "deterministic":
        chosen = (node.findtext("resultingstates") or "").split()
        unknown = [state for state in chosen if state not in states]
        if unknown:
            raise ExchangeError(f"node `{name}` results in `{unknown[0]}`, which is none of its states")
        return tuple(tuple(float(state == other) for other in states) for state in chosen)
    try:
        numbers = [read_number(text) for text in (node.findtext("probabilities") or "").split()]
    except ValueError as error:
        raise ExchangeError(f"node `{name}` has a probability that {error}") from None
    if len(numbers) % size:
        raise ExchangeError(f"node `{name}` has {len(numbers)} probabilities for {size} states")
    return tuple(tuple(numbers[i : i + size]) for i in range(0, len(numbers), size))
