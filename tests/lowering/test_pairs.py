"""Source and circuit side by side: for each rule of the format, the formula over coins that it becomes."""

from math import log

import pytest

from sensa.circuit import Circuit
from sensa.compiling import compile_story
from sensa.kernels.program import Op
from sensa.lowering import lower
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from sensa.verify import verify_circuit, verify_graph
from tests.short_stories import ASSUMPTION, story

WORDS = {Op.AND: " and ", Op.OR: " or "}


def lowered(body: str, bad: str, poor: str = "false") -> Circuit:
    return verify_circuit(lower(verify_graph(compile_story(parse(story(body, bad, poor))))))


def formula(circuit: Circuit, gate: int, *, inner: bool = False) -> str:
    """A gate as a formula over the paths of coins; `@2` is a draw at the second step."""
    gates = circuit.gates
    op, k = Op(int(gates.op[gate])), int(gates.k[gate])
    args = gates.args[gates.start[gate] : gates.start[gate + 1]].tolist()
    if op == Op.COIN:
        coin = circuit.coins[k]
        return coin.path if coin.step is None else f"{coin.path}@{coin.step + 1}"
    if op in (Op.FALSE, Op.TRUE):
        return op.name.lower()
    parts = [formula(circuit, arg, inner=True) for arg in args]
    if op == Op.NOT:
        return f"not {parts[0]}"
    if op == Op.AT_LEAST:
        return f"at_least({k}, {', '.join(parts)})"
    text = WORDS[op].join(sorted(parts))
    return f"({text})" if inner else text


def roots(circuit: Circuit, outcome: str = "bad") -> list[str]:
    """The outcome's formula at each step."""
    return [formula(circuit, root.gate) for root in circuit.roots if root.outcome == outcome]


def assumption(name: str, more: str = "") -> str:
    return ASSUMPTION.format(name=name, credence=0.8) + more


A, B, C = (assumption(name) for name in "abc")
a, b, c = (f"assumptions.{name}.credence" for name in "abc")
STEPS = '[[phases]]\nname = "p"\nrepeat = {}\n'
GIVEN = '[[assumptions.a.given]]\nif = "{}"\ncredence = 0.{}\n'
CHALLENGE = '[challenges.x]\nagainst = "a"\nkind = "{}"\nclaim = "c"\nstands = 0.3\n'
EVENT = '[events.e]\nwhen = "not a"\nchance = 0.5\n'
CHOICE = "[choices.x.options]\nu = { weight = 1 }\nv = { weight = 2 }\nw = { weight = 1 }\n"


@pytest.mark.parametrize(
    ("body", "bad", "expected"),
    [
        pytest.param(A, "not a", f"not {a}", id="an assumption is a coin"),
        pytest.param(A, "not not a", a, id="two negations are none"),
        pytest.param(A + B, "a and not (a and not b)", f"{a} and not ({a} and not {b})", id="what is shared"),
        pytest.param(A, "a and not a", "false", id="a contradiction is false"),
        pytest.param(A, "a or not a", "true", id="a tautology is true"),
        pytest.param(A + B + C, "a and (b and c)", f"{a} and {b} and {c}", id="conjunctions are flat"),
        pytest.param(A + B, "a if b else not a", f"({a} and {b}) or (not {a} and not {b})", id="by b"),
        pytest.param(A + B + C, "at_least(2, a, b, c)", f"at_least(2, {a}, {b}, {c})", id="two of three"),
        pytest.param(A + B + C, "at_least(1, a, b, c)", f"{a} or {b} or {c}", id="one of three is any"),
        pytest.param(A + B + C, "at_least(3, a, b, c)", f"{a} and {b} and {c}", id="three of three is all"),
        pytest.param(
            A + GIVEN.format("b", 9) + B, "a",
            f"({a} and not {b}) or (assumptions.a.given[0].credence and {b})", id="given b, another coin",
        ),
        pytest.param(
            A + GIVEN.format("b", 9) + GIVEN.format("c", 7) + B + C, "a",
            f"((({a} and not {c}) or (assumptions.a.given[1].credence and {c})) and not {b})"
            f" or (assumptions.a.given[0].credence and {b})", id="the first case that applies",
        ),
        pytest.param(
            A + CHALLENGE.format("undercut") + "leaves = 0.1\n", "a",
            f"({a} and not challenges.x.stands) or (challenges.x.leaves and challenges.x.stands)",
            id="undercut, what is left",
        ),
        pytest.param(A + EVENT, "e", f"events.e.chance and not {a}", id="an event where it is active"),
        pytest.param(
            A + EVENT + "leak = 0.1\n", "e",
            f"({a} and events.e.leak) or (events.e.chance and not {a})", id="else it leaks",
        ),
        pytest.param(
            A + B + "[events.e]\ncauses = { a = 0.3, b = 0.2 }\nleak = 0.1\n", "e",
            f"({a} and events.e.causes.a) or ({b} and events.e.causes.b) or events.e.leak", id="noisy or",
        ),
        pytest.param(
            A + EVENT + '[safeguards.s]\nagainst = ["e"]\npower = 0.9\n', "e and not s",
            f"(events.e.chance and not {a}) and not ((events.e.chance and not {a}) and safeguards.s.power)",
            id="a safeguard catches what is there",
        ),
    ],
)  # fmt: skip
def test_each_rule_becomes_its_formula(body: str, bad: str, expected: str) -> None:
    assert roots(lowered(body, bad)) == [expected]


def test_what_remains_is_what_no_rule_took() -> None:
    circuit = lowered(A + B, "not a", "not b")
    assert roots(circuit) == [f"not {a}"]
    assert roots(circuit, "poor") == [f"{a} and not {b}"]
    assert roots(circuit, "good") == [f"{a} and {b}"]


def test_a_story_ends_once() -> None:
    """At the second step only what did not end at the first; what remains remains at the last."""
    circuit = lowered(STEPS.format(2) + "[events.e]\nchance = 0.5\nevery_step = true\n", "e")
    one, two = "events.e.chance@1", "events.e.chance@2"
    assert roots(circuit) == [one, f"{two} and not {one}"]
    assert roots(circuit, "good") == [f"not {one} and not {two}"]


def test_what_is_drawn_once_is_one_coin_at_all_steps() -> None:
    circuit = lowered(STEPS.format(3) + A, "not a and step == 2")
    assert roots(circuit) == ["false", "false", f"not {a}"]
    assert len(circuit.coins) == 1


def test_the_step_before_is_read_by_prev() -> None:
    body = STEPS.format(2) + assumption("a", "every_step = true\ninitial = true\n")
    assert roots(lowered(body, "not a and not prev.a")) == ["false", f"not {a}@1 and not {a}@2"]


def test_a_choice_is_taken_option_by_option() -> None:
    """The first with its share, the next with its share of what is left; the last needs no coin."""
    circuit = lowered(CHOICE, "x == 'u'", "x == 'w'")
    u, v = "choices.x.options.u", "choices.x.options.v"
    first, second = (coin.path for coin in circuit.coins)
    assert first.startswith(u)
    assert second.startswith(v)
    assert roots(circuit) == [first]
    assert roots(circuit, "poor") == [f"(not {first} and not {second}) and not {first}"]


def test_what_nothing_asks_for_has_no_coin() -> None:
    circuit = lowered(A + B + EVENT, "not b")
    assert [coin.path for coin in circuit.coins] == [a, b]  # assumptions can be set from outside


def test_constants_that_are_right_are_not_checked_at_each_parameter_value() -> None:
    assert lowered(CHOICE + A, "x == 'u'", "not a").requirements == ()


def test_a_last_option_may_weigh_nothing_at_times() -> None:
    """Only all weights together may not: P(y) = E[w / (1 + w)], w = max(q - 1/2, 0), is 1/2 - ln(3/2).

    Over q uniform on [0, 1], at 4 x 4096 Sobol' points; a kinked integrand is off by some 1e-6 there.
    """
    body = (
        "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
        '[choices.c.options]\nx = { weight = 1 }\ny = { weight = "max(q - 0.5, 0)" }\n'
    )
    model = prepare(parse(story(body + A, "c == 'y'")), Settings(points=4096, replicates=4))
    assert float(model.ended.mean[0]) == pytest.approx(0.5 - log(1.5), abs=1e-4)
