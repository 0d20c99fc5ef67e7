"""Whatever is in a file, it is imported or refused with a reason: nothing else escapes."""

import contextlib
import random
import re
import time

import pytest

from sensa.exchange import bif
from sensa.exchange.ends import Ends
from sensa.exchange.errors import MAX_BYTES, ExchangeError
from sensa.exchange.importing import imported
from sensa.exchange.networks import Network, Variable, in_order
from sensa.exchange.xml import parsed
from tests.exchange.files import ASIA, GOALS, LAWN, NETWORK, TREE, WEATHER

FILES = {
    "asia.bif": ASIA, "weather.bif": WEATHER, "lawn.xdsl": NETWORK, "lawn.bayesdown": LAWN,
    "pumps.gsn.yaml": GOALS, "tree.xml": TREE,
}  # fmt: skip
STATED = {"weather.bif": Ends("Trip=taxi"), "lawn.xdsl": Ends("Wet=wet")}  # neither true nor false
ODD = ("", "nan", "inf", "-1", "1e999", "0", "\0", "é", "{", "[", "null", "9" * 20, "'", '"', "\ud800")


def spoilt(text: str, rng: random.Random) -> bytes:
    """A text with some words and signs left out, doubled, swapped or replaced."""
    words = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(rng.choice([1, 1, 2, 3])):
        i, j = rng.randrange(len(words)), rng.randrange(len(words))
        words[i] = rng.choice(["", words[i] * 2, words[j], rng.choice(ODD)])
    return "".join(words).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", FILES)
def test_spoilt_files_are_read_or_refused(name: str) -> None:
    """Some of each, and nothing else is raised."""
    rng = random.Random(name)  # a string seeds it alike in every run
    ends = STATED.get(name, Ends())
    imported(FILES[name].encode(), name, ends=ends)
    read = 0
    for _ in range(120):
        with contextlib.suppress(ExchangeError):
            imported(spoilt(FILES[name], rng), name, ends=ends)
            read += 1
    assert 0 < read < 120


def test_an_encoding_that_does_not_exist() -> None:
    with pytest.raises(ExchangeError, match="no XML: unknown encoding: UTF-9"):
        parsed(b'<?xml version="1.0" encoding="UTF-9"?><a/>')


def test_a_level_that_is_no_number() -> None:
    with pytest.raises(ExchangeError, match="the level `two` of a factor is no whole number"):
        imported(TREE.replace('level="2"', 'level="two"').encode(), "tree.xml")


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_too_large_or_empty(name: str) -> None:
    with pytest.raises(ExchangeError, match="has more than 8 MiB"):
        imported(b" " * (8 * 2**20 + 1), name)
    with pytest.raises(ExchangeError):
        imported(b"", name)


def test_aliases_do_not_multiply() -> None:
    """Nine lists, each of nine times the one before, would be 9^9 parts in print."""
    lists = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 10))
    bomb = f"l0: &l0 [a]\n{lists}G1: {{ text: a, supportedBy: *l9 }}\n"
    for data in (bomb, "G1: { text: a, supportedBy: [[a]] }", "G1: { text: a, nodeType: [a] }"):
        with pytest.raises(ExchangeError):
            imported(data.encode(), "bomb.gsn.yaml")


def test_goals_are_walked_once() -> None:
    """Each of 40 layers has two goals over both of the next: 2^40 ways down."""
    layers = "".join(
        f"G{i}{x}: {{ text: a, supportedBy: [G{i + 1}a, G{i + 1}b] }}\n" for i in range(40) for x in "ab"
    )
    text = f"G: {{ text: a, supportedBy: [G0a, G0b] }}\n{layers}G40a: {{ text: a }}\nG40b: {{ text: a }}\n"
    assert 'when = "g40a and g40b"' in imported(text.encode(), "layers.gsn.yaml")


def test_a_long_chain_of_goals() -> None:
    chain = "".join(f"G{i}: {{ text: a, supportedBy: G{i + 1} }}\n" for i in range(1100))
    assert 'when = "g1100"' in imported(f"{chain}G1100: {{ text: a }}\n".encode(), "chain.gsn.yaml")
    with pytest.raises(ExchangeError, match="supports itself"):
        imported(f"{chain}G1100: {{ text: a, supportedBy: G7 }}\n".encode(), "chain.gsn.yaml")


def test_spaces_in_a_term_are_read_once() -> None:
    """An expression that tries every way to part 100,000 spaces would not end."""
    term = "p(a|" + " " * 100_000 + "("
    text = f'[a]: x {{"instantiations": ["a_TRUE", "a_FALSE"], "priors": {{"{term}": 1}}}}'
    with pytest.raises(ExchangeError, match="is not of the form"):
        imported(text.encode(), "a.bayesdown")


def test_rows_by_default_do_not_multiply() -> None:
    """Forty variables of 65,536 cases each, in a line each."""
    names = [f"a{i}" for i in range(56)]
    variables = "".join(f"variable {name} {{ type discrete [2] {{ t, f }}; }}\n" for name in names)
    roots = "".join(f"probability ({name}) {{ table 0.5, 0.5; }}\n" for name in names[:16])
    wide = "".join(
        f"probability ({name} | {', '.join(names[:16])}) {{ default 0.5, 0.5; }}\n" for name in names[16:]
    )
    with pytest.raises(ExchangeError, match="the network has more than 200,000 cases"):
        imported(f"{variables}{roots}{wide}".encode(), "wide.bif")


COIN = """network n {} variable v { type discrete [ 2 ] { yes, no }; }
probability ( v ) { table 0.25, 0.75; } // a remark is no token
"""
COIN_TOKENS = 4 + 14 + 10  # of the network, the variable and its table; commas separate


def test_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bif, "MAX_TOKENS", COIN_TOKENS)
    assert list(bif.read(COIN).variables) == ["v"]
    monkeypatch.setattr(bif, "MAX_TOKENS", COIN_TOKENS - 1)
    with pytest.raises(ExchangeError, match=r"line 2: more than .* words, numbers and signs"):
        bif.read(COIN)


def test_what_is_wrong_at_the_start_is_found_before_the_rest_is_read() -> None:
    """8 MiB of brackets took 14 s of processor time."""
    begin = time.process_time()
    with pytest.raises(ExchangeError, match="expected `variable` or `probability`"):
        imported(b"{" * MAX_BYTES, "n.bif")
    assert time.process_time() - begin < 2


def test_large_yaml_is_refused_before_it_is_read() -> None:
    """8 MiB took 9 s of processor time and more."""
    begin = time.process_time()
    with pytest.raises(ExchangeError, match="has more than 2 MiB"):
        imported(b"a: b\n" * (MAX_BYTES // 5), "n.gsn.yaml")
    with pytest.raises(ExchangeError, match="has more than 50,000 keys, values and brackets"):
        imported(b"[" + b"a," * 60_000 + b"]", "n.gsn.yaml")
    assert time.process_time() - begin < 10


def test_the_order_of_variables_is_that_of_reading_again_and_again() -> None:
    rng = random.Random(5)
    for _ in range(50):
        rank = {f"v{i}": rng.random() for i in range(12)}
        names = list(rank)
        parents = {
            name: tuple(other for other in names if rank[other] < rank[name] and rng.random() < 0.3)
            for name in names
        }
        variables = {name: Variable(name, ("t", "f"), parents[name], ()) for name in names}
        wanted: list[str] = []
        while len(wanted) < len(names):
            for name in names:
                if name not in wanted and set(parents[name]) <= set(wanted):
                    wanted.append(name)
        assert [variable.name for variable in in_order(Network("n", variables))] == wanted
