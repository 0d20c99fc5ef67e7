"""Credences counted from evidence: the posterior of all trials together, and where they are from."""

import numpy as np
import pytest
from scipy import stats

from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, result, story

ONE = (
    '{ log = "runs/a.eval", scorer = "match", held = 17.5, trials = 20, unscored = 2, subset = "limit 22",'
    ' task = "probe", model = "lab/m", revision = "abcdef0123456789", date = 2026-11-20, sha256 = "'
    + "0" * 64
    + '" }'
)
TWO = '{ source = "Lab 2024, table 3", held = 9, trials = 10 }'
EVIDENCE = f"evidence = [{ONE}, {TWO}, {{ source = 'A paper' }}]\n"
COUNTED = ASSUMPTION.format(name="a", credence='{ from = "evidence" }') + EVIDENCE


def test_the_counts_of_all_entries_add_up() -> None:
    """Beta(26.5 + 1/2, 3.5 + 1/2): E P(bad) = 4 / 31, and its quantiles are those of the beta."""
    found = result(story(COUNTED, "not a"))
    assert float(found["outcomes"]["mean"].sel(outcome="bad")) == pytest.approx(4 / 31, abs=1e-14)
    data = found["counted_evidence"]
    assert data["number"].values.tolist() == ["assumptions.a.credence"]
    levels = data["quantile"].values
    assert data["quantiles"].values[0] == pytest.approx(stats.beta(27, 4).ppf(levels), rel=1e-10)
    assert float(data["mean"][0]) == pytest.approx(27 / 31, abs=1e-14)


@pytest.mark.parametrize(
    ("body", "bad", "mean"),
    [
        (COUNTED.replace('"evidence" }', '"evidence", prior = [1, 1] }'), "not a", 4.5 / 32),
        (f'[events.e]\nchance = {{ from = "evidence" }}\n{EVIDENCE}', "e", 27 / 31),
        (f'[safeguards.s]\nagainst = ["true"]\npower = {{ from = "evidence" }}\n{EVIDENCE}', "not s", 4 / 31),
        (
            ASSUMPTION.format(name="a", credence="1.0") + '[challenges.c]\nclaim = "c"\nagainst = "a"\n'
            f'kind = "rebut"\nstands = {{ from = "evidence" }}\n{EVIDENCE}', "not a", 27 / 31,
        ),
    ],
)  # fmt: skip
def test_every_kind_of_node_may_be_counted(body: str, bad: str, mean: float) -> None:
    found = result(story(body, bad), "outcomes")["outcomes"]
    assert float(found["mean"].sel(outcome="bad")) == pytest.approx(mean, abs=1e-14)


def test_entries_say_where_they_are_from() -> None:
    data = result(story(COUNTED, "not a"), "counted_evidence")["counted_evidence"]
    assert data["entry"].values.tolist() == ["assumptions.a.evidence[0]", "assumptions.a.evidence[1]"]
    assert data["node"].values.tolist() == ["a", "a"]
    assert np.array_equal(data["held"], [17.5, 9])
    assert np.array_equal(data["unscored"], [2, 0])
    assert data["source"].values.tolist() == ["runs/a.eval", "Lab 2024, table 3"]
    assert data["model"].values.tolist() == ["lab/m", ""]
    assert data["date"].values.tolist() == ["2026-11-20", ""]


def test_the_report_says_what_was_counted() -> None:
    lines = render(answers(result(story(COUNTED, "not a"))), Paper(100)).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Counted"))
    assert lines[at : at + 3] == [
        "Counted     a 17.5 of 20, by runs/a.eval (probe, lab/m, abcdef0123, 2026-11-20); 2 unscored and "
        "left",
        "            out; of a part of its dataset: limit 22",
        "            a 9 of 10, by Lab 2024, table 3",
    ]


def test_a_number_that_does_not_come_from_it_is_said() -> None:
    text = story(COUNTED.replace('{ from = "evidence" }', "0.9"), "not a")
    assert "its number does not come from it" in render(answers(result(text)), Paper(100))
    assert "mean" not in result(text, "counted_evidence")["counted_evidence"]


def test_nothing_is_counted() -> None:
    found = result(story(ASSUMPTION.format(name="a", credence=0.5), "not a"), "counted_evidence")
    assert not found["counted_evidence"].data_vars
