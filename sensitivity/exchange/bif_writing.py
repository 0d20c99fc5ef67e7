"""Networks whose variables are true or false in BIF."""

import itertools
from collections.abc import Iterator

from sensa.exchange.names import story_names
from sensa.exchange.networks import Network, Variable


def written(network: Network) -> str:
    """The file."""
    (name,) = story_names([network.name]).values()
    lines = [f"network {name} {{", "}"]
    for variable in network.variables.values():
        kind = f"type discrete [ {len(variable.states)} ] {{ {', '.join(variable.states)} }};"
        lines += [f"variable {variable.name} {{", f"  {kind}", "}"]
    for variable in network.variables.values():
        lines += _table(variable, network)
    return "\n".join(lines) + "\n"


def _table(variable: Variable, network: Network) -> Iterator[str]:
    if not variable.parents:
        yield f"probability ( {variable.name} ) {{"
        yield f"  table {', '.join(map(repr, variable.rows[0]))};"
    else:
        yield f"probability ( {variable.name} | {', '.join(variable.parents)} ) {{"
        cases = itertools.product(*(network.variables[parent].states for parent in variable.parents))
        for case, row in zip(cases, variable.rows, strict=True):
            yield f"  ({', '.join(case)}) {', '.join(map(repr, row))};"
    yield "}"
