"""Which way each draw works on a gate, against truth tables."""

from hypothesis import HealthCheck, given, settings

from sensa.engines.cut_sets.monotone import directions
from tests.engines.circuits import truth
from tests.engines.cut_sets.formulas import formulas

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(formulas())
def test_directions_are_those_of_the_truth_table(made) -> None:
    gates, root, coins = made
    table = truth(gates, coins)[root]
    found = directions(gates, root, coins)
    for coin in range(coins):
        low = table.reshape(-1, 2, 1 << coin)[:, 0]
        high = table.reshape(-1, 2, 1 << coin)[:, 1]
        rises, falls = bool((high & ~low).any()), bool((low & ~high).any())
        want = {(False, False): None, (True, False): 1, (False, True): -1, (True, True): 0}[rises, falls]
        assert found.get(coin) == want
