"""Circuits of a story whose deployment is like its training along some axes, or with independent axes."""

from collections.abc import Collection
from dataclasses import replace

from sensa.circuit import Circuit
from sensa.graph import Graph
from sensa.lowering import lower


def reference(graph: Graph) -> int | None:
    """The first step of training, whose axes are what deployment is compared with; None without one."""
    return next((step for step, training in enumerate(graph.training) if training), None)


def like_training(graph: Graph, axes: Collection[str]) -> Circuit:
    """The circuit with these axes, at every step of deployment, at their values of the first training step.

    `graph` is compiled with its axes apart. An uncertain value stays uncertain, and is the same number then.
    """
    at = reference(graph)
    quantities = list(graph.quantities)
    for axis in graph.axes:
        if axis.name not in axes or at is None:
            continue
        value = graph.quantities[axis.values[at]].value
        for index, training in zip(axis.values, graph.training, strict=True):
            if not training:
                quantities[index] = replace(quantities[index], value=value)
    return lower(replace(graph, quantities=tuple(quantities)))


def independent_axes(graph: Graph) -> tuple[Circuit, int]:
    """The circuit without the rank correlations between two numbers of axes, and how many these are."""
    owners = {f"phases[{i}].axes." for i in range(len(graph.steps))}

    def of_axis(parameter: int) -> bool:
        return any(graph.parameters[parameter].path.startswith(owner) for owner in owners)

    kept = tuple(tie for tie in graph.dependence if not (of_axis(tie.first) and of_axis(tie.second)))
    return lower(replace(graph, dependence=kept)), len(graph.dependence) - len(kept)
