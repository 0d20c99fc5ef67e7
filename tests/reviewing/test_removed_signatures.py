"""A signature that a change removes is reported, so that an edit cannot hide behind it."""

from datetime import date

from sensa.reviewing.pipeline import review
from sensa.stories.codes import SIGN_OFFS
from sensa.stories.reading import parse
from tests.signed_stories import TEXT, signed

TEXT_SIGNED = signed(TEXT, "assumptions.a", "events.e")
BASE = parse(TEXT_SIGNED)
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


def test_a_change_does_not_turn_off_the_warning_of_its_own_edit() -> None:
    """The edit alone is suspect; with an allowance it is not, but the allowance is said, until it is old."""
    edited = TEXT_SIGNED.replace("credence = 0.9", "credence = 0.8")
    allowed = edited + '[[allow]]\nwarning = "suspect"\nitem = "assumptions.a"\nreason = "later"\n'
    now, old = parse(allowed), parse(TEXT_SIGNED + allowed.removeprefix(edited))
    for base, codes, state in ((BASE, ["allowance-added"], "failed"), (old, [], "passed")):
        found = review(now, today=TODAY, base=base, base_name="main", attribution=0.0, fail_on="suspect")
        assert [one.code for one in found.problems if one.code in SIGN_OFFS] == codes
        assert found.state == state
    (said,) = [
        one.message
        for one in review(now, today=TODAY, base=BASE, base_name="main").problems
        if one.code == "allowance-added"
    ]
    assert said == "`suspect` is turned off at `assumptions.a`, and was not at main"
