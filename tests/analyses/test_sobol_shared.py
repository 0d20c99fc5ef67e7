"""Indices of generated stories whose numbers move several draws: against quadrature of every world.

The oracle shares nothing with the package: all numbers are uniform, all worlds are enumerated, and seven
Gauss-Legendre nodes in each number are exact for the squares that occur (degree 13 in one number).
"""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sensa.analyses.second_order import second_order
from sensa.analyses.shapley import shapley
from sensa.analyses.sobol_credence import sobol_credence
from sensa.engines.exact import covariances
from sensa.kernels.program import Floats
from sensa.pipeline import analyse
from tests.engines.exact.closed_parts import shapley_of
from tests.short_stories import HEAD, losing, model, story

NODES = 7
UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much]
CHANCES = ("x", "1 - x", "x * y", "(x + y) / 2", "y", "y * z", "1 - z / 2", "0.3")


class Shared:
    """A random story, and its outcomes' probabilities and loss on a grid of its numbers."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        names = ["x", "y", "z"]
        ends = {name: np.sort(rng.choice(np.linspace(0.05, 0.95, 10), 2, replace=False)) for name in names}
        events = [f"e{i}" for i in range(rng.integers(2, 5))]
        chance = {name: str(rng.choice(CHANCES)) for name in events}
        if rng.random() < 0.3:  # each number moves one draw alone
            chance = dict(zip(events, ("x", "1 - y", "z", "0.3"), strict=False))
        targets = list(rng.choice(events, 2, replace=False)) if rng.random() < 0.6 else []
        if targets:
            ends["p"] = np.array([0.2, 0.5])
        if rng.random() < 0.5:
            ends["l"] = np.array([0.5, 3.0])
        self.loss = [1.0, float(rng.choice([-0.5, 0.25, 1.0])), 0.5, float(rng.choice([0.0, 0.1]))]
        when = [self._rule(rng, events, bool(targets)) for _ in range(3)]
        self.text = self._written(ends, events, chance, targets, when)
        self._tabulate(ends, events, chance, targets, when)

    @staticmethod
    def _rule(rng: np.random.Generator, events: list[str], guarded: bool) -> str:
        """One or two clauses of two literals."""
        names = [*events, "halted"] if guarded else events
        clauses = []
        for _ in range(rng.integers(1, 3)):
            some = rng.choice(names, 2, replace=False)
            clauses.append(" and ".join(("not " if rng.random() < 0.4 else "") + str(name) for name in some))
        return " or ".join(clauses)

    def _written(
        self,
        ends: dict[str, Floats],
        events: list[str],
        chance: dict[str, str],
        targets: list[str],
        when: list[str],
    ) -> str:
        text = HEAD + '[assumptions.idle]\nclaim = "c"\npart = "rationale.nudges"\ncredence = 0.5\n'
        for name in ("x", "y", "z"):
            text += f"[quantities.{name}]\nvalue = {{ uniform = {ends[name].tolist()} }}\n"
        for name in events:
            text += f'[events.{name}]\nchance = "{chance[name]}"\n'
        if targets:
            text += (
                f"[safeguards.s]\nagainst = {[str(t) for t in targets]}\npower = {{ uniform = [0.2, 0.5] }}\n"
            )
        first = f"{{ uniform = {ends['l'].tolist()} }}" if "l" in ends else self.loss[0]
        losses = [first, *self.loss[1:]]
        for name, kind, rule, loss in zip(
            ("harm", "worse", "safe"),
            ("catastrophic", "catastrophic", "fail_safe"),
            when,
            losses[:3],
            strict=True,
        ):
            text += f'[outcomes.{name}]\nkind = "{kind}"\nwhen = "{rule}"\nloss = {loss}\n'
        return text + f'[outcomes.fine]\nkind = "success"\notherwise = true\nloss = {losses[3]}\n'

    def _tabulate(
        self,
        ends: dict[str, Floats],
        events: list[str],
        chance: dict[str, str],
        targets: list[str],
        when: list[str],
    ) -> None:
        node, weight = np.polynomial.legendre.leggauss(NODES)
        self.weight = weight / 2
        self.names = list(ends)
        axes = [low + (high - low) * (node + 1) / 2 for low, high in ends.values()]
        at = dict(zip(ends, np.meshgrid(*axes, indexing="ij"), strict=True))
        chances = [eval(chance[name], {}, at) for name in events] + [at["p"] for _ in targets]
        self.values = np.zeros((5, *[NODES] * len(axes)))
        cost = [at.get("l", self.loss[0]), *self.loss[1:]]
        for world in itertools.product((True, False), repeat=len(chances)):
            truth = dict(zip(events, world, strict=False))
            fired = world[len(events) :]
            truth["halted"] = any(truth[t] and f for t, f in zip(targets, fired, strict=True))
            rules = [bool(eval(rule, {}, truth)) for rule in when]
            end = rules.index(True) if any(rules) else 3
            p: Floats = np.ones([NODES] * len(axes))
            for c, true in zip(chances, world, strict=True):
                p = p * (c if true else 1 - c)
            self.values[end] += p
            self.values[4] += p * cost[end]

    @property
    def kinds(self) -> Floats:
        """Probabilities of catastrophic, fail_safe, success."""
        v = self.values
        return np.stack([v[0] + v[1], v[2], v[3]])

    def closed(self, values: Floats) -> Floats:
        """Var E[output | set] (outputs, sets): the sets as bits, the numbers in order."""
        count = len(self.names)
        found = np.zeros((len(values), 1 << count))
        for row, table in enumerate(values):
            mean = self._over(table, set(range(count)))
            for known in range(1 << count):
                part = self._over(table, {i for i in range(count) if not known >> i & 1})
                found[row, known] = self._over((part - mean) ** 2, set(range(known.bit_count())))
        return found

    def _over(self, table: Floats, axes: set[int]) -> Floats:
        for axis in sorted(axes, reverse=True):
            table = np.tensordot(table, self.weight, axes=([axis], [0]))
        return table


PATHS = {
    "x": "quantities.x.value", "y": "quantities.y.value", "z": "quantities.z.value",
    "p": "safeguards.s.power", "l": "outcomes.harm.loss",
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=UNHURRIED)
@given(st.integers(0, 2**32))
def test_shared_numbers_have_the_indices_of_quadrature(seed: int) -> None:
    made = Shared(seed)
    found = model(made.text, points=64)
    data = sobol_credence(found)
    assume(data.attrs["how"] == "exact")  # not where a draw reads a shared number and another one
    of_sets, of_pairs = shapley(found), second_order(found)
    told = set(of_pairs["parameter"].values.tolist())
    rows = [PATHS[name] for name in made.names]
    full = (1 << len(rows)) - 1
    ours = {"": made.values[:4], "kind_": made.kinds, "loss_": made.values[4:]}
    for prefix, values in ours.items():
        if f"{prefix}total" not in data or data[f"{prefix}total"].attrs.get("how") == "parameters-sampled":
            assert prefix == "loss_"
            continue
        closed = made.closed(values)
        varies = closed[:, full] > 1e-12 * (values**2).max()
        part = data.sel(factor=rows)
        first, total = (
            part[f"{prefix}{name}"].values.reshape(len(rows), -1).T[varies] for name in ("first", "total")
        )
        scale = closed[varies][:, [full]]
        one = [1 << i for i in range(len(rows))]
        np.testing.assert_allclose(first, closed[varies][:, one] / scale, rtol=0, atol=1e-9, err_msg=prefix)
        rest = 1 - closed[varies][:, [full & ~i for i in one]] / scale
        np.testing.assert_allclose(total, rest, rtol=0, atol=1e-9, err_msg=prefix)
        if f"{prefix}credence" not in of_sets or of_sets.attrs["how"] != "exact":
            continue
        effects = of_sets.sel(parameter=rows)[f"{prefix}credence"].values.reshape(len(rows), -1).T[varies]
        wanted = shapley_of(closed, len(rows))[varies] / scale
        np.testing.assert_allclose(effects, wanted, rtol=0, atol=1e-9, err_msg=prefix)
        for i, j in itertools.combinations(range(len(rows)), 2):
            pair = closed[varies][:, 1 << i | 1 << j] - closed[varies][:, 1 << i] - closed[varies][:, 1 << j]
            if not {rows[i], rows[j]} <= told:  # those that interact alone
                assert np.allclose(pair, 0, rtol=0, atol=1e-9)
                continue
            got = of_pairs.sel(parameter=rows[i], other=rows[j])[f"{prefix}credence"].values.reshape(-1)
            np.testing.assert_allclose(got[varies], pair / scale[:, 0], rtol=0, atol=1e-9, err_msg=prefix)


def test_what_has_no_exact_indices_builds_no_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four numbers move two draws each, one more than are integrated over."""
    body = '[assumptions.idle]\nclaim = "c"\npart = "rationale.nudges"\ncredence = 0.5\n'
    for name in "wxyz":
        body += f"[quantities.{name}]\nvalue = {{ uniform = [0.2, 0.4] }}\n"
        body += "".join(f'[events.{name}{i}]\nchance = "{name}"\n' for i in (1, 2))
    text = losing(story(body, "(w1 and x1) or (y1 and z1)", "(w2 and x2) or (y2 and z2)"), bad="1", good="0")
    session = model(text, points=1024)
    monkeypatch.setattr(covariances, "self_product", None)
    made = analyse(session, ["outcomes", "sobol_credence"])["sobol_credence"]
    assert made.attrs["how"] == "parameters-sampled"
    assert "moves 2 draws at once, and 3 other parameters move several" in made.attrs["note"]
