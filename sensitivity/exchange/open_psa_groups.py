"""Common-cause groups of Open-PSA as gates over independent events."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from sensa.exchange.common_cause import multipliers, subsets
from sensa.exchange.errors import ExchangeError
from sensa.exchange.fault_trees import Formula
from sensa.exchange.open_psa_numbers import WHOLE, number


class Groups:
    """All groups of a model: a gate for each member, the events that these read, and uncertain chances."""

    def __init__(self, groups: Mapping[str, Element], parameters: Mapping[str, Element]) -> None:
        self.gates: dict[str, Formula] = {}
        self.events: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}
        for name, group in groups.items():
            try:
                self._add(name, group, parameters)
            except ExchangeError as error:
                raise ExchangeError(f"common-cause group `{name}`: {error}") from None

    def _add(self, name: str, group: Element, parameters: Mapping[str, Element]) -> None:
        members = [event.get("name", "") for event in group.iterfind("members/basic-event")]
        distribution = group.find("distribution")
        if distribution is None:
            raise ExchangeError("no `distribution`")
        total = number(distribution, "real", parameters)
        if isinstance(total, dict):
            self.parameters[name] = total
            total = "{" + name + "}"
        found = multipliers(group.get("model", ""), len(members), _factors(group))
        reads: dict[str, list[str]] = {member: [] for member in members}
        for subset, multiplier in subsets(members, found):
            event = f"{name}: {', '.join(subset)}"
            self.events[event] = (
                multiplier * total if isinstance(total, float) else f"{multiplier!r} * ({total})"
            )
            for member in subset:
                reads[member].append(event)
        for member, events in reads.items():
            if member in self.gates or not events:
                raise ExchangeError(f"`{member}` is in two groups, or can never fail")
            self.gates[member] = Formula("or" if len(events) > 1 else "is", tuple(events))


def _factors(group: Element) -> list[float]:
    """The factors in the order of their levels."""
    found = {}
    for factor in group.iter("factor"):
        value = number(factor, "real", {})
        if not isinstance(value, float):
            raise ExchangeError("a factor that is no constant cannot be carried")
        level = factor.get("level", "")
        if not WHOLE.fullmatch(level):
            raise ExchangeError(f"the level `{level}` of a factor is no whole number")
        if int(level) in found:
            raise ExchangeError(f"the level `{level}` has two factors")
        found[int(level)] = value
    return [found[level] for level in sorted(found)]
