"""Probabilities in a Bayesian network by adding up all its worlds, and what a story says of them."""

import itertools
from collections.abc import Callable, Mapping

from sensa.exchange.networks import Network
from sensa.pipeline import analyse, prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse

World = Mapping[str, str]


def probability(network: Network, holds: Callable[[World], bool]) -> float:
    """The sum over all worlds that satisfy a condition of the product of the rows' entries."""
    names = list(network.variables)
    total = 0.0
    for states in itertools.product(*(network.variables[name].states for name in names)):
        world = dict(zip(names, states, strict=True))
        if holds(world):
            total += weight(network, world)
    return total


def weight(network: Network, world: World) -> float:
    found = 1.0
    for variable in network.variables.values():
        row = 0
        for parent in variable.parents:
            states = network.variables[parent].states
            row = row * len(states) + states.index(world[parent])
        found *= variable.rows[row][variable.states.index(world[variable.name])]
    return found


def measured(text: str, *measures: str) -> list[float]:
    """What a story gives for some measures, with worlds exact."""
    lines = "".join(f'"{measure}" = {{ value = 0, within = 1 }}\n' for measure in measures)
    story = parse(f"{text}\n[expect]\n{lines}", "story")
    tree = analyse(prepare(story, Settings(engine="exact")), ["expectations"])
    return [float(value) for value in tree["expectations"]["value"].values]
