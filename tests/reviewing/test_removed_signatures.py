"""A signature that a change removes is reported, so that an edit cannot hide behind it."""

from datetime import date

from sensa.reviewing.pipeline import review
from sensa.stories.reading import parse
from tests.signed_stories import TEXT, signed

BASE = parse(signed(TEXT, "assumptions.a", "events.e"))
TODAY = date(2026, 11, 28)


def said(text: str) -> list[str]:
    found = review(parse(text), today=TODAY, base=BASE, base_name="main", attribution=0.0)
    return [problem.message for problem in found.problems if problem.code == "signature-removed"]


def test_a_signature_that_is_gone() -> None:
    edited = signed(TEXT, "events.e").replace("credence = 0.9", "credence = 0.8")
    assert said(edited) == ["`a` is no longer signed: Ana had signed it at main"]
    states = [
        review(parse(edited), today=TODAY, base=BASE, attribution=0.0, fail_on=level).state
        for level in ("inactive", "suspect")
    ]
    assert states == ["passed", "failed"]


def test_an_entry_that_is_gone_or_still_signed() -> None:
    assert said(signed(TEXT, "assumptions.a", "events.e")) == []
    gone = signed(TEXT, "assumptions.a").replace('[events.e]\nwhen = "not b"\nchance = 0.5\n', "")
    assert said(gone.replace('"e and not a"', '"not b and not a"')) == []
