"""A waiver that comes with a change is said, and one that lets no more pass is not."""

from datetime import date

import pytest

from sensa.reviewing.pipeline import review
from sensa.reviewing.review import FailOn, Review
from sensa.stories.reading import parse
from tests.comparing.stories import PLAIN

FAILING = PLAIN + '\n[properties.budget]\nrequire = "P(harm) <= 0.05"\n'  # P(harm) is 0.1


def waiver(expires: str = "2027-03-01", more: str = "") -> str:
    return f'[[waivers]]\nproperty = "budget"\nreason = "soon"\nexpires = {expires}\n{more}\n'


def reviewed(text: str, base: str, fail_on: FailOn = "inactive") -> Review:
    return review(
        parse(text),
        today=date(2026, 11, 28),
        base=parse(base),
        base_name="main",
        attribution=0.0,
        fail_on=fail_on,
    )


def said(text: str, base: str) -> list[str]:
    return [one.message for one in reviewed(text, base).problems if one.code == "waiver-added"]


@pytest.mark.parametrize(
    ("fail_on", "state"),
    [("error", "passed"), ("inactive", "passed"), ("suspect", "failed"), ("warning", "failed")],
)
def test_a_waiver_of_its_own_failure(fail_on: FailOn, state: str) -> None:
    """Waived as it says; a gate may take that for no answer."""
    base, now = (
        FAILING.replace("0.05", "0.2"),
        FAILING.replace("0.05", "0.2").replace("0.8", "0.4") + waiver(),
    )
    found = reviewed(now, base, fail_on)
    assert [verdict.status for verdict in found.judgement.verdicts] == ["waived"]
    assert said(now, base) == ["`budget` is waived until 2027-03-01, and was not at main"]
    assert found.state == state


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        (waiver(), waiver("2027-04-01"),
         "`budget` is waived until 2027-04-01; at main it was until 2027-03-01"),
        (waiver(more="ceiling = 0.2"), waiver(more="ceiling = 0.3"),
         "`budget` is waived up to 0.3 until 2027-03-01; at main it was up to 0.2 until 2027-03-01"),
        (waiver(more="ceiling = 0.2"), waiver(),
         "`budget` is waived until 2027-03-01; at main it was up to 0.2 until 2027-03-01"),
        (waiver(more="witness = []"), waiver(), "`budget` is waived until 2027-03-01, and was not at main"),
        ("", waiver(more="witness = []"),
         "`budget`, for the story as it is, is waived until 2027-03-01, and was not at main"),
    ],
)  # fmt: skip
def test_a_waiver_that_lets_more_pass(before: str, now: str, message: str) -> None:
    assert said(FAILING + now, FAILING + before) == [message]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (waiver(), waiver()),
        (waiver(), waiver("2027-02-01", "ceiling = 0.2")),
        (waiver(), waiver(more="witness = []")),
        (waiver(), ""),
        ("", waiver("2026-11-01")),
        (waiver(), waiver().replace("soon", "later")),
    ],
)
def test_a_waiver_that_lets_no_more_pass(before: str, now: str) -> None:
    """The same, a lower or shorter one, one for fewer cases, none, one that lapsed, or other words."""
    assert said(FAILING + now, FAILING + before) == []
