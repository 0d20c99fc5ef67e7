"""Networks in BIF: published marginals, and the sum over all worlds."""

import re

import pytest

from sensa.exchange import bif
from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from sensa.exchange.network_story import TRUE_FALSE
from tests.exchange.enumeration import measured, probability

# Lauritzen and Spiegelhalter 1988, 10.1111/j.2517-6161.1988.tb01721.x, as in bnlearn's repository.
ASIA = """
network unknown {
}
variable asia { type discrete [ 2 ] { yes, no }; }
variable tub { type discrete [ 2 ] { yes, no }; }
variable smoke { type discrete [ 2 ] { yes, no }; }
variable lung { type discrete [ 2 ] { yes, no }; }
variable bronc { type discrete [ 2 ] { yes, no }; }
variable either { type discrete [ 2 ] { yes, no }; }
variable xray { type discrete [ 2 ] { yes, no }; }
variable dysp { type discrete [ 2 ] { yes, no }; }
probability ( asia ) { table 0.01, 0.99; }
probability ( tub | asia ) { (yes) 0.05, 0.95; (no) 0.01, 0.99; }
probability ( smoke ) { table 0.5, 0.5; }
probability ( lung | smoke ) { (yes) 0.1, 0.9; (no) 0.01, 0.99; }
probability ( bronc | smoke ) { (yes) 0.6, 0.4; (no) 0.3, 0.7; }
probability ( either | lung, tub ) {
  (yes, yes) 1.0, 0.0; (no, yes) 1.0, 0.0; (yes, no) 1.0, 0.0; (no, no) 0.0, 1.0;
}
probability ( xray | either ) { (yes) 0.98, 0.02; (no) 0.05, 0.95; }
probability ( dysp | bronc, either ) {
  (yes, yes) 0.9, 0.1; (no, yes) 0.7, 0.3; (yes, no) 0.8, 0.2; (no, no) 0.1, 0.9;
}
"""
# Three and four states, a parent with states that are no words of ours, and a table without its rows.
WEATHER = """
// a comment
network "the weather" { property author = someone; }
variable Sky { type discrete [3] { "clear", cloudy, "not" }; property position = (1, 2); }
variable Wind { type discrete [2] { low, high }; }
variable Trip { type discrete [4] { walk, bus, 3, taxi }; }
/* rows in any order */
probability (Sky) { table 0.5 0.3 0.2; }
probability (Wind | Sky) { table 0.9 0.5 0.25 0.1 0.5 0.75; }
probability (Trip | Sky, Wind) {
  default 0.25, 0.25, 0.25, 0.25;
  (clear, low) 0.7, 0.1, 0.2, 0;
  ("not", high) 0, 0, 0.125, 0.875;
}
"""


def test_asia_is_as_published() -> None:
    """The marginals in Lauritzen and Spiegelhalter's table, and P(lung cancer | dyspnoea)."""
    text = imported(ASIA.encode(), "asia.bif")
    published = {
        "P(tub)": 0.0104,
        "P(lung)": 0.055,
        "P(bronc)": 0.45,
        "P(either)": 0.0648,
        "P(xray)": 0.1103,
        "P(dysp)": 0.4360,
        "P(catastrophic)": 0.4360,
    }
    assert measured(text, *published) == pytest.approx(list(published.values()), abs=5e-5)


def test_asia_is_the_sum_over_its_worlds() -> None:
    network = bif.read(ASIA)
    text = imported(ASIA.encode(), "asia.bif", ends=Ends("lung=yes", "dysp=no"))
    wanted = [
        probability(network, lambda world: world["lung"] == "yes"),
        probability(network, lambda world: world["lung"] == "no" and world["dysp"] == "no"),
        probability(network, lambda world: world["lung"] == "yes" and world["xray"] == "yes")
        / probability(network, lambda world: world["xray"] == "yes"),
    ]
    found = measured(text, "P(catastrophic)", "P(fail_safe)", "P(lung | xray)")
    assert found == pytest.approx(wanted, abs=1e-14)
    assert "no-fail-safe" not in text


def test_a_disjunction_reads_as_one() -> None:
    assert 'when = "lung or tub"' in imported(ASIA.encode(), "asia.bif")


def test_states_of_any_name_and_number() -> None:
    network = bif.read(WEATHER)
    text = imported(WEATHER.encode(), "weather.bif", ends=Ends("Trip=taxi"))
    for state, option in (("walk", "walk"), ("bus", "bus"), ("3", "n_3"), ("taxi", "taxi")):
        (found,) = measured(text, f"P(trip == '{option}')")
        assert found == pytest.approx(probability(network, lambda w, s=state: w["Trip"] == s), abs=1e-14)
    (found,) = measured(text, "P(sky == 'n_not' | wind == 'high')")
    high = probability(network, lambda world: world["Wind"] == "high")
    both = probability(network, lambda world: world["Wind"] == "high" and world["Sky"] == "not")
    assert found == pytest.approx(both / high, abs=1e-14)


def test_a_rounded_row_is_scaled() -> None:
    text = ASIA.replace("table 0.01, 0.99", "table 0.01, 0.98")
    assert bif.read(text).variables["asia"].rows == ((0.01 / 0.99, 0.98 / 0.99),)


def test_no_pair_of_states_is_true_and_false_both_ways() -> None:
    assert not {(other, one) for one, other in TRUE_FALSE} & TRUE_FALSE


WRONG = [
    ("variable asia", "variable tub", "variable `tub` is there twice"),
    ("(yes) 0.05, 0.95;", "", "`tub` has no row for (yes)"),
    (
        "(yes) 0.05, 0.95;",
        "(maybe) 0.05, 0.95; (yes) 0.05, 0.95;",
        "(maybe) is no case of",
    ),
    ("(yes) 0.05, 0.95;", "(yes) 0.05, x;", "`x` is no number"),
    ("(yes) 0.05, 0.95;", "(yes) 0.5, 0.95;", "variable `tub` has a row that sums to 1.45, not to 1"),
    ("(yes) 0.05, 0.95;", "(yes) 0.05;", "2 states, and a row of 1 probabilities"),
    (
        "(yes) 0.05, 0.95;",
        "(yes) -0.05, 1.05;",
        "`tub` has a probability that is negative",
    ),
    ("tub | asia", "tub | nobody", "`nobody`, a parent of `tub`, is no variable"),
    ("( asia ) { table", "( asia | dysp ) { default", "variable `asia` is in a cycle of parents"),
    (
        "[ 2 ] { yes, no }; }\nvariable tub",
        "[ 3 ] { yes, no }; }\nvariable tub",
        "does not have as many states",
    ),
    (
        "type discrete [ 2 ] { yes, no }; }\nvariable tub",
        "type continuous; }\nvariable tub",
        "only `discrete`",
    ),
    ("probability ( asia ) { table 0.01, 0.99; }", "", "variable `asia` has no `probability`"),
    ("network unknown", "neural network", "line 2: expected `variable` or `probability`, not `neural`"),
    (" 0.9, 0.1; (no, yes) 0.7", " 0.9, 0.1; (no, yes) 0.7 \0", "cannot be carried|is no number"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_what_cannot_be_carried_is_said(old: str, new: str, message: str) -> None:
    assert old in ASIA
    pattern = message if "|is no" in message else re.escape(message)
    with pytest.raises(ExchangeError, match=pattern):
        imported(ASIA.replace(old, new, 1).encode(), "asia.bif")


def test_ends_that_are_not_there() -> None:
    with pytest.raises(ExchangeError, match="no variable `lungs`; those that are nobody's parent"):
        imported(ASIA.encode(), "asia.bif", ends=Ends("lungs"))
    with pytest.raises(ExchangeError, match="`lung` has no state `bad`; its states are yes, no"):
        imported(ASIA.encode(), "asia.bif", ends=Ends("lung=bad"))


def test_a_table_of_too_many_cases_is_refused_before_it_is_made() -> None:
    many = "".join(f"variable v{i} {{ type discrete [2] {{ a, b }}; }}\n" for i in range(60))
    roots = "".join(f"probability (v{i}) {{ table 0.5, 0.5; }}\n" for i in range(1, 60))
    parents = ", ".join(f"v{i}" for i in range(1, 60))
    text = f"{many}{roots}probability (v0 | {parents}) {{ default 0.5, 0.5; }}"
    with pytest.raises(ExchangeError, match=r"`v0` has .* cases"):
        imported(text.encode(), "many.bif")
