"""Minimal sets of a truth table, by enumeration, and those of a family, listed."""

from itertools import combinations, product

import numpy as np

Fact = tuple[int, bool]


def implicants(table: np.ndarray, coins: int) -> set[frozenset[Fact]]:
    """Prime implicants of a truth table, by looking at every partial assignment."""
    worlds = np.arange(1 << coins)
    found: set[frozenset[Fact]] = set()
    for size in range(coins + 1):
        for chosen in combinations(range(coins), size):
            for values in product((False, True), repeat=size):
                facts = frozenset(zip(chosen, values, strict=True))
                if any(known <= facts for known in found):
                    continue
                within = np.ones(len(worlds), bool)
                for coin, value in facts:
                    within &= (worlds >> coin & 1 == 1) == value
                if table[within].all():
                    found.add(facts)
    return found


def least(table: np.ndarray, events: list[bool]) -> set[frozenset[Fact]]:
    """Minimal sets of events that make a truth table true where no other happens."""
    found: set[frozenset[Fact]] = set()
    for size in range(len(events) + 1):
        for chosen in combinations(range(len(events)), size):
            facts = frozenset((coin, events[coin]) for coin in chosen)
            world = sum(1 << i for i, way in enumerate(events) if way == (i in chosen))
            if not any(known <= facts for known in found) and table[world]:
                found.add(facts)
    return found


def listed(sets, coins: int) -> set[frozenset[Fact]]:
    every = [frozenset(facts) for _, facts in sets.likeliest([0.5] * coins)]
    assert len(every) == len(set(every)) == sets.count()
    return set(every)
