"""The formats of other tools, as the command line and the documentation name them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format: its name, how its files are named, and what it is."""

    name: str
    suffixes: tuple[str, ...]
    about: str


WRITERS = (
    Format("open-psa", (".xml", ".opsa"), "a fault tree in Open-PSA's format"),
    Format("bif", (".bif",), "a Bayesian network in BIF"),
    Format("xdsl", (".xdsl",), "a Bayesian network of GeNIe in XDSL"),
    Format("gsn", (".gsn.yaml", ".gsn.yml"), "the argument as a goal structure, in the YAML of gsn2x"),
    Format("csv", (".csv",), "every number of the result as a table"),
    Format("samples", (".samples.csv",), "samples of the uncertain numbers, with the outcomes, as a table"),
)
READERS = (
    Format("bif", (".bif",), "a Bayesian network in BIF"),
    Format("xdsl", (".xdsl",), "a Bayesian network of GeNIe in XDSL"),
    Format("open-psa", (".xml", ".opsa"), "a fault tree in Open-PSA's format"),
    Format("gsn", (".gsn.yaml", ".gsn.yml"), "a goal structure in the YAML of gsn2x"),
    Format("bayesdown", (".bayesdown", ".bd.md"), "an argument in BayesDown"),
)
