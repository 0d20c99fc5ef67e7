"""The diagram that a page carries, swept as its script does, in plain Python."""

from collections.abc import Mapping

from sensa.methods.what_if import WhatIf


def swept(found: WhatIf, values: Mapping[str, float]) -> dict[str, float]:
    """The outcomes' mean probabilities with these levers set, node by node in plain Python."""
    p = found.p.copy()
    for lever in found.levers:
        if lever.name in values:
            x = values[lever.name]
            if x == 0:
                p[:, list(lever.off)] = 0.0
            p[:, list(lever.coins)] = x
    means = dict.fromkeys(found.outcomes, 0.0)
    for row in p.tolist():
        slots = [0.0, 1.0, *row]
        for variable, low, high in zip(found.variable, found.low, found.high, strict=True):
            slots.append((1 - slots[variable]) * slots[low] + slots[variable] * slots[high])
        for root, outcome in zip(found.roots, found.outcome_of_root, strict=True):
            means[found.outcomes[outcome]] += slots[root] / len(p)
    return means
