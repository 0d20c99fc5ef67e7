"""The formats of other tools, as the command line and the documentation name them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format: its name, how its files are named, and what it is."""

    name: str
    suffixes: tuple[str, ...]
    about: str


READERS = (
    Format("bif", (".bif",), "a Bayesian network in BIF"),
    Format("xdsl", (".xdsl",), "a Bayesian network of GeNIe in XDSL"),
    Format("open-psa", (".xml", ".opsa"), "a fault tree in Open-PSA's format"),
)
