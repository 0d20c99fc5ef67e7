"""A Bayesian network as the tables of a story.

A variable that is true or false becomes an event, any other a choice with the rows of its table.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from sensa.exchange.ends import OUTCOMES, Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.names import story_names
from sensa.exchange.networks import Network, Variable, above, in_order

TRUE_FALSE = {
    ("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"), ("present", "absent"),
    ("positive", "negative"), ("on", "off"), ("1", "0"),
}  # fmt: skip


class _Told:
    """A network in the words of the story."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.names = story_names(network.variables, OUTCOMES)
        self.options = {name: story_names(v.states) for name, v in network.variables.items()}

    def truth(self, name: str) -> str | None:
        """The state of a variable that counts as true, if it is true or false."""
        states = self.network.variables[name].states
        for one, other in (states, states[::-1]) if len(states) == 2 else ():
            if (one.casefold(), other.casefold()) in TRUE_FALSE:
                return one
        return None

    def condition(self, name: str, state: str) -> str:
        """That a variable has a state, as an expression."""
        truth = self.truth(name)
        if truth is None:
            return f'{self.names[name]} == "{self.options[name][state]}"'
        return self.names[name] if state == truth else f"not {self.names[name]}"

    def values(self, variable: Variable) -> Iterator[dict[str, bool | str]]:
        """Each case of the parents as the values of a row."""
        states = [self.network.variables[parent].states for parent in variable.parents]
        for case in itertools.product(*states):
            yield {
                self.names[parent]: self.options[parent][state] if truth is None else state == truth
                for parent, state in zip(variable.parents, case, strict=True)
                for truth in (self.truth(parent),)
            }

    def cases(self, variable: Variable) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Each case of the parents as an expression, with its row."""
        states = [self.network.variables[parent].states for parent in variable.parents]
        for case, row in zip(itertools.product(*states), variable.rows, strict=True):
            pairs = zip(variable.parents, case, strict=True)
            yield " and ".join(self.condition(*pair) for pair in pairs), row


def tables(network: Network, ends: Ends, *, prune: bool = False) -> dict[str, Any]:
    """The events, choices and outcomes of a network; pruned, of what its ends depend on."""
    ends, told = _stated(network, ends), _Told(network)
    if prune:
        ends.outcomes(lambda end: _end(told, end))  # refuses what the whole network does not have
        named = [end.partition("=")[0] for end in (ends.catastrophe, ends.fail_safe) if end is not None]
        told = _Told(above(network, named))
    events, choices = {}, {}
    for variable in in_order(told.network):
        name = told.names[variable.name]
        if told.truth(variable.name) is None:
            choices[name] = _choice(told, variable)
        else:
            events[name] = _event(told, variable)
    return {"choices": choices, "events": events, "outcomes": ends.outcomes(lambda end: _end(told, end))}


def _stated(network: Network, ends: Ends) -> Ends:
    """The ends with a catastrophe, which the network's names may say."""
    if ends.catastrophe is None and "catastrophic" in network.variables:  # written by ourselves
        own = "fail_safe" if "fail_safe" in network.variables else None
        return Ends("catastrophic", ends.fail_safe or own)
    return Ends(ends.catastrophe or _last(network), ends.fail_safe)


def _event(told: _Told, variable: Variable) -> dict[str, Any]:
    truth = told.truth(variable.name)
    assert truth is not None
    true = variable.states.index(truth)
    plain = variable.name if truth.casefold() == "true" else f"{variable.name}: {truth}"
    event: dict[str, Any] = {"claim": variable.label or plain}
    logic = _logic(told, variable, true)
    if logic is not None:
        return {**event, "when": logic}
    cases = [(condition, row[true]) for condition, row in told.cases(variable)]
    if len(cases) == 1:
        return {**event, "chance": cases[0][1]}
    *others, (_, last) = cases
    return {**event, "chance": last, "given": [{"if": condition, "chance": p} for condition, p in others]}


def _logic(told: _Told, variable: Variable, true: int) -> str | None:
    """What a variable that is the disjunction or conjunction of its parents' truths is."""
    if not variable.parents or any(told.truth(parent) is None for parent in variable.parents):
        return None
    states = [told.network.variables[parent].states for parent in variable.parents]
    truths = [told.truth(parent) for parent in variable.parents]
    cases = [
        [state == truth for state, truth in zip(case, truths, strict=True)]
        for case in itertools.product(*states)
    ]
    chances = [row[true] for row in variable.rows]
    names = [told.names[parent] for parent in variable.parents]
    for word, holds in (("or", any), ("and", all)):
        if chances == [float(holds(case)) for case in cases]:
            return f" {word} ".join(names)
    return None


def _choice(told: _Told, variable: Variable) -> dict[str, Any]:
    options = told.options[variable.name]
    claim = variable.label or variable.name
    if not variable.parents:
        (row,) = variable.rows
        weights = {options[s]: {"weight": p} for s, p in zip(variable.states, row, strict=True)}
        return {"claim": claim, "options": weights}
    return {
        "claim": claim,
        "options": {options[state]: {} for state in variable.states},
        "rows": [
            {"if": values, "chances": {options[s]: p for s, p in zip(variable.states, row, strict=True) if p}}
            for values, row in zip(told.values(variable), variable.rows, strict=True)
        ],
    }


def _last(network: Network) -> str:
    """The last variable that is nobody's parent: what a network is usually about."""
    return network.leaves()[-1]


def _end(told: _Told, end: str) -> str:
    """`NAME` or `NAME=STATE` in the words of the file, as an expression."""
    name, equals, state = end.partition("=")
    if name not in told.network.variables:
        known = ", ".join(f"`{other}`" for other in told.network.leaves()[:10])
        raise ExchangeError(f"no variable `{name}`; those that are nobody's parent are {known}")
    states = told.network.variables[name].states
    if not equals:
        truth = told.truth(name)
        if truth is None:
            raise ExchangeError(
                f"`{name}` is neither true nor false: say which state is meant, as `{name}={states[0]}`"
                f" (its states are {', '.join(states)})"
            )
        return told.condition(name, truth)
    if state not in states:
        raise ExchangeError(f"`{name}` has no state `{state}`; its states are {', '.join(states)}")
    return told.condition(name, state)
