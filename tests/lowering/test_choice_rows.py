"""Choices with a table: what the hand gives, and circuits that grow with the rows alone."""

import itertools

import pytest

from sensa.compiling import compile_story
from sensa.lowering import lower
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, model, story

TABLE = """
[choices.m]
options = { cues = { weight = 2 }, texture = { weight = 1 }, planner = { weight = 1 } }
[choices.answer]
options = { honest = {}, evasive = {}, misleading = {} }
[[choices.answer.rows]]
chances = { misleading = 1 }
[[choices.answer.rows]]
if = { m = ["texture", "planner"], watched = true }
chances = { honest = 0.5, evasive = 0.4, misleading = 0.1 }
[[choices.answer.rows]]
if = { m = "cues" }
chances = { honest = 0.9, evasive = 0.1 }
"""
WATCHED = ASSUMPTION.format(name="watched", credence=0.7)


def test_each_row_counts_in_its_cases() -> None:
    """Half of the models are cues; of the others 70 % are watched, and the rest mislead."""
    session = model(story(WATCHED + TABLE, "answer == 'misleading'", "answer == 'evasive'"))
    bad, poor, good = session.ended.mean
    assert bad == pytest.approx(0.5 * (0.7 * 0.1 + 0.3), abs=1e-15)
    assert poor == pytest.approx(0.5 * (0.1 + 0.7 * 0.4), abs=1e-15)
    assert good == pytest.approx(0.5 * (0.9 + 0.7 * 0.5), abs=1e-15)


def binary(rows: int, names: list[str]) -> str:
    """A table over all cases of these assumptions: o with the share of them that hold."""
    lines = ["[choices.c]", "options = { o = {}, p = {} }"]
    for case in itertools.islice(itertools.product((True, False), repeat=len(names)), rows):
        values = ", ".join(f"{name} = {str(value).lower()}" for name, value in zip(names, case, strict=True))
        share = sum(case) / len(names)
        lines += [
            "[[choices.c.rows]]",
            f"if = {{ {values} }}",
            f"chances = {{ o = {share!r}, p = {1 - share!r} }}",
        ]
    return "\n".join(lines) + "\n"


def test_a_table_of_more_rows_than_cases_are_followed() -> None:
    """Two choices of 33 options alike, and a row for each pair: o with i j / 32^2, of mean 1/4."""
    options = ", ".join(f"o{i} = {{ weight = 1 }}" for i in range(33))
    lines = [f"[choices.{name}]\noptions = {{ {options} }}" for name in "ab"]
    lines += ["[choices.c]", "options = { o = {}, p = {} }"]
    for i, j in itertools.product(range(33), repeat=2):
        chance = i * j / 32**2
        lines += [
            "[[choices.c.rows]]",
            f'if = {{ a = "o{i}", b = "o{j}" }}',
            f"chances = {{ o = {chance!r}, p = {1 - chance!r} }}",
        ]
    session = model(story("\n".join(lines) + "\n", "c == 'o'"))
    assert session.ended.mean[0] == pytest.approx(0.25, abs=1e-14)


def test_rows_share_what_they_begin_with() -> None:
    """A row of a full table has six operands, however many truths there are: three of the conjunction with
    its draw and of the disjunction above it, and as many in all levels above. A list has one for each truth.
    """
    names = [f"a{i}" for i in range(8)]
    body = "".join(ASSUMPTION.format(name=name, credence=0.5) for name in names)
    gates = lower(compile_story(load(parse(story(body + binary(2**8, names), "c == 'o'"))))).gates
    assert len(gates.args) < 6.5 * 2**8
