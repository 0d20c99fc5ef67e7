"""The diagram that a page carries, swept in plain Python as its script does; stories that say the same."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sensa.methods.what_if import Lever, WhatIf
from sensa.properties.recomputed import CaseCoins, Recomputed, Tree


def changed(doc: dict[str, Any], levers: tuple[Lever, ...], values: Mapping[str, float]) -> dict[str, Any]:
    """The story that says of each lever what it is set to, and nothing else of it."""
    kinds = {lever.name: lever.kind for lever in levers}
    for name, x in values.items():
        if kinds[name] == "assumption":
            table = doc["assumptions"][name]
            table["credence"] = x
            table.pop("given", None)
            against = doc.get("challenges", {})
            doc["challenges"] = {key: one for key, one in against.items() if one["against"] != name}
        elif kinds[name] == "safeguard":
            doc["safeguards"][name]["power"] = x
            if x == 0:
                doc["safeguards"][name].pop("false_alarm", None)
        else:
            doc["events"][name]["chance"] = x
            if x == 0:
                doc["events"][name].pop("leak", None)
    return doc


def swept(found: WhatIf, values: Mapping[str, float]) -> dict[str, float]:
    """The outcomes' mean probabilities with these levers set, node by node in plain Python."""
    means = dict.fromkeys(found.outcomes, 0.0)
    for slots in _slots(found, values):
        for root, outcome in zip(found.roots, found.outcome_of_root, strict=True):
            means[found.outcomes[outcome]] += slots[root] / len(found.p)
    return means


def sides(
    one: Recomputed, found: WhatIf, values: Mapping[str, float], case: CaseCoins
) -> tuple[float, float]:
    """Both sides of a property in a case, with these levers set, each measure a mean over the points."""
    now, before = (_means(found, values, sets) for sets in (case.sets, case.before))
    return _value(one.left, now, before), _value(one.right, now, before)


def _slots(
    found: WhatIf, values: Mapping[str, float], sets: Iterable[tuple[int, float]] = ()
) -> Iterator[list[float]]:
    """The values of all slots, point by point."""
    p = found.p.copy()
    for lever in found.levers:
        if lever.name in values:
            x = values[lever.name]
            if x == 0:
                p[:, list(lever.off)] = 0.0
            p[:, list(lever.coins)] = x
    for coin, value in sets:
        p[:, coin] = value
    for row in p.tolist():
        slots = [0.0, 1.0, *row]
        for variable, low, high in zip(found.variable, found.low, found.high, strict=True):
            slots.append((1 - slots[variable]) * slots[low] + slots[variable] * slots[high])
        yield slots


def _means(found: WhatIf, values: Mapping[str, float], sets: Iterable[tuple[int, float]]) -> list[float]:
    totals = [0.0] * len(found.measured)
    for slots in _slots(found, values, sets):
        for i, slot in enumerate(found.measured):
            totals[i] += slots[slot] / len(found.p)
    return totals


def _value(tree: Tree, now: list[float], before: list[float]) -> float:
    match tree:
        case float() | int():
            return tree
        case ("P" | "before" as when, int(joint), given):
            means = now if when == "P" else before
            return means[joint] if given is None else means[joint] / means[given]
        case ("-", one):
            return -_value(one, now, before)
        case (operator, one, other):
            a, b = _value(one, now, before), _value(other, now, before)
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else float("nan")}[operator]
    raise AssertionError(tree)
