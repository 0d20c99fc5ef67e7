"""Whatever is in a file, it is imported or refused with a reason: nothing else escapes."""

import contextlib
import random
import re

import pytest

from sensa.exchange.ends import Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
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
