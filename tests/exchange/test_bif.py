"""Networks in BIF: published marginals, and the sum over all worlds."""

import itertools
import re
import tomllib

import pytest

from sensa.exchange import bif
from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from sensa.exchange.network_story import TRUE_FALSE
from tests.exchange.enumeration import measured, probability
from tests.exchange.files import ASIA, WEATHER


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


def test_what_neither_end_depends_on_is_pruned() -> None:
    text = imported(ASIA.encode(), "asia.bif", ends=Ends("xray=yes", "bronc=no"), prune=True)
    assert sorted(tomllib.loads(text)["events"]) == [
        "asia",
        "bronc",
        "either",
        "lung",
        "smoke",
        "tub",
        "xray",
    ]
    ends = "P(catastrophic)", "P(fail_safe)"
    whole = imported(ASIA.encode(), "asia.bif", ends=Ends("xray=yes", "bronc=no"))
    assert measured(text, *ends) == pytest.approx(measured(whole, *ends), abs=1e-14)
    with pytest.raises(ExchangeError, match="no variable `lungs`; those that are nobody's parent are `xray`"):
        imported(ASIA.encode(), "asia.bif", ends=Ends("lungs=yes"), prune=True)
    with pytest.raises(
        ExchangeError, match="no variable `broncs`; those that are nobody's parent are `xray`"
    ):
        imported(ASIA.encode(), "asia.bif", ends=Ends("lung=yes", "broncs=no"), prune=True)


@pytest.mark.parametrize(
    ("states", "row", "said"),
    [
        (
            "low, middle, high",
            "0.25, 0.25, 0.5",
            r"the story would have \d\.\d MiB; a story has at most 1 MiB",
        ),
        ("yes, no", "0.25, 0.75", r"the story would be wrong: \d+ characters of expressions, .* are allowed"),
    ],
)
def test_a_network_too_large_for_a_story_may_be_pruned(states: str, row: str, said: str) -> None:
    """A variable of 1,024 cases of long names, which the catastrophe does not depend on."""
    names = [f"x{i}{'_and_so_on' * 12}" for i in range(10)]
    lines = ["network large { }"]
    lines += [f"variable {name} {{ type discrete [ 2 ] {{ yes, no }}; }}" for name in names]
    lines += [f"variable all {{ type discrete [ {states.count(',') + 1} ] {{ {states} }}; }}"]
    lines += [f"probability ( {name} ) {{ table 0.25, 0.75; }}" for name in names]
    rows = (f"({', '.join(case)}) {row};" for case in itertools.product(("yes", "no"), repeat=10))
    data = "\n".join([*lines, f"probability ( all | {', '.join(names)} ) {{", *rows, "}"]).encode()
    ends = Ends(f"{names[3]}=yes")
    with pytest.raises(ExchangeError, match=f"^{said}; leave out what no end depends on with `prune`$"):
        imported(data, "large.bif", ends=ends)
    text = imported(data, "large.bif", ends=ends, prune=True)
    (event,) = tomllib.loads(text)["events"].values()
    assert event["claim"] == f"{names[3]}: yes"
    assert measured(text, "P(catastrophic)") == [0.25]


def test_only_networks_are_pruned() -> None:
    with pytest.raises(ExchangeError, match="is read whole; only networks are pruned"):
        imported(b"<opsa-mef/>", "tree.xml", prune=True)


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


def test_a_variable_of_several_states_keeps_its_table() -> None:
    choices = tomllib.loads(imported(WEATHER.encode(), "weather.bif", ends=Ends("Trip=taxi")))["choices"]
    variables = bif.read(WEATHER).variables
    for choice in choices.values():
        variable = variables[choice["claim"]]
        found = [tuple(row["chances"].values()) for row in choice.get("rows", ())]
        assert found == [tuple(p for p in row if p) for row in variable.rows if variable.parents]
    assert any("rows" in choice for choice in choices.values())


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
    ("(yes) 0.05, 0.95;", "(yes) 0.05, 0.95; (yes) 0.5, 0.5;", "`tub` has two rows for (yes)"),
    ("(yes) 0.05, 0.95;", "(yes) 1e-999, 1;", "`1e-999` is too small to tell from 0"),
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


def test_a_state_is_named_where_none_is_true_or_false() -> None:
    """Else the first would be the catastrophe, though a file may list the worst last."""
    levels = "variable c { type discrete [3] { lo, mid, hi }; }\nprobability (c) { table 0.7, 0.2, 0.1; }"
    with pytest.raises(ExchangeError, match=r"`c` is neither true nor false: .*, as `c=lo` .*lo, mid, hi"):
        imported(levels.encode(), "levels.bif")
    assert measured(imported(levels.encode(), "levels.bif", ends=Ends("c=hi")), "P(catastrophic)") == [
        pytest.approx(0.1, abs=1e-15)
    ]


def test_a_table_of_too_many_cases_is_refused_before_it_is_made() -> None:
    many = "".join(f"variable v{i} {{ type discrete [2] {{ a, b }}; }}\n" for i in range(60))
    roots = "".join(f"probability (v{i}) {{ table 0.5, 0.5; }}\n" for i in range(1, 60))
    parents = ", ".join(f"v{i}" for i in range(1, 60))
    text = f"{many}{roots}probability (v0 | {parents}) {{ default 0.5, 0.5; }}"
    with pytest.raises(ExchangeError, match=r"`v0` has .* cases"):
        imported(text.encode(), "many.bif")
