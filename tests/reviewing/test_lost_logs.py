"""Counts that no log stands behind any more are said."""

from datetime import date

import pytest

from sensa.reviewing.pipeline import review
from sensa.reviewing.review import Review
from sensa.stories.reading import parse
from tests.comparing.stories import PLAIN

SHA = "ab" * 32
COUNTED = f'log = "runs.csv", scorer = "ok", sha256 = "{SHA}", held = 18, trials = 20'
OTHER = COUNTED.replace("runs", "more").replace(SHA, "cd" * 32)
CREDENCE = 'credence = {{ from = "evidence" }}\nevidence = [{}]\n'


def plan(*evidence: str, node: str = "seen") -> str:
    entries = ", ".join(f"{{ {one} }}" for one in evidence)
    text = PLAIN.replace("credence = { beta = [5, 5] }\n", CREDENCE.format(entries))
    return text.replace("[assumptions.seen]", f"[assumptions.{node}]").replace("not seen", f"not {node}")


def reviewed(text: str, base: str) -> Review:
    return review(
        parse(text), today=date(2026, 11, 28), base=parse(base), base_name="main", attribution=0.0,
        fail_on="suspect",
    )  # fmt: skip


def said(text: str, base: str) -> list[str]:
    return [one.message for one in reviewed(text, base).problems if one.code == "log-dropped"]


BY_HAND = 'source = "runs.csv", held = 198, trials = 200'
UNHASHED = 'log = "runs.csv", scorer = "ok", held = 198, trials = 200'


@pytest.mark.parametrize("now", [BY_HAND, UNHASHED, 'log = "runs.csv", scorer = "ok"'])
def test_a_log_that_is_not_counted_any_more(now: str) -> None:
    """Whatever is counted by hand, or without the hash of the log, or not at all beside another count."""
    head = plan(now) if "held" in now else plan(now, BY_HAND)
    assert said(head, plan(COUNTED)) == ["`runs.csv` was counted for `seen` at main, not any more"]
    assert reviewed(head, plan(COUNTED)).state == "failed"


def test_a_new_name_does_not_hide_it() -> None:
    assert said(plan(BY_HAND, node="found"), plan(COUNTED)) == [
        "`runs.csv` was counted for `seen` at main, not any more"
    ]


def test_one_of_two_logs() -> None:
    assert said(plan(COUNTED, BY_HAND), plan(COUNTED, OTHER)) == [
        "`more.csv` was counted for `seen` at main, not any more"
    ]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (plan(COUNTED), plan(COUNTED.replace("18", "17").replace(SHA, "ef" * 32))),
        (plan(COUNTED), plan(OTHER)),
        (plan(COUNTED), plan(COUNTED, BY_HAND)),
        (plan(BY_HAND), plan(UNHASHED)),
        (plan(COUNTED), plan(COUNTED, node="found")),
    ],
)
def test_logs_that_were_counted_again_or_replaced(before: str, now: str) -> None:
    """Counts of logs are compared with the logs themselves."""
    assert said(now, before) == []
