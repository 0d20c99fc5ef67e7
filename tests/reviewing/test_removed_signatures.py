"""A signature that a change removes is reported, so that an edit cannot hide behind it."""

from datetime import date

import pytest

from sensa.reviewing.pipeline import review
from sensa.stories.codes import SIGN_OFFS
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION
from tests.signed_stories import TEXT, signed

TEXT_SIGNED = signed(TEXT, "assumptions.a", "events.e")
BASE = parse(TEXT_SIGNED)
TODAY = date(2026, 11, 28)
EVENT = '[events.e]\nwhen = "not b"\nchance = 0.5\n'
DOUBT = '[challenges.d]\nclaim = "c"\nagainst = "a"\nkind = "rebut"\nstands = 0.1\n'


def said(text: str) -> list[str]:
    found = review(parse(text), today=TODAY, base=BASE, base_name="main", attribution=0.0)
    return [problem.message for problem in found.problems if problem.code == "signature-removed"]


def gate(text: str) -> str:
    """The state if signatures count."""
    return review(parse(text), today=TODAY, base=BASE, attribution=0.0, fail_on="suspect").state


def test_a_signature_that_is_gone() -> None:
    edited = signed(TEXT, "events.e").replace("credence = 0.9", "credence = 0.8")
    assert said(edited) == ["`a` is no longer signed: Ana had signed it at main"]
    states = [
        review(parse(edited), today=TODAY, base=BASE, attribution=0.0, fail_on=level).state
        for level in ("inactive", "suspect")
    ]
    assert states == ["passed", "failed"]


def test_a_signature_that_is_still_there() -> None:
    assert said(signed(TEXT, "assumptions.a", "events.e")) == []


def test_an_entry_that_is_gone() -> None:
    gone = signed(TEXT, "assumptions.a").replace(EVENT, "").replace('"e and not a"', '"not b and not a"')
    assert said(gone) == ["`e` is gone: Ana had signed it at main"]
    assert gate(gone) == "failed"


def renaming(text: str) -> str:
    """The event `e` under the name `f`."""
    return text.replace("[events.e]", "[events.f]").replace('"e and not a"', '"f and not a"')


@pytest.mark.parametrize("edit", ["chance = 0.5", "chance = 0.01"])
def test_a_signature_is_not_lost_by_a_new_name(edit: str) -> None:
    """What the entry says, edited or not, half of it the same."""
    text = renaming(signed(TEXT, "assumptions.a")).replace("chance = 0.5", edit)
    assert said(text) == ["`f` is not signed: it seems to be `e`, which Ana had signed at main"]
    assert gate(text) == "failed"


def test_a_new_name_for_what_holds_is_nothing() -> None:
    """The signature is of what the entry says; edited it is suspect, and signed again it is not."""
    text = renaming(TEXT_SIGNED)
    assert (said(text), gate(text)) == ([], "passed")
    edited = text.replace("chance = 0.5", "chance = 0.01")
    assert (said(edited), gate(edited)) == ([], "failed")
    again = signed(renaming(TEXT).replace("chance = 0.5", "chance = 0.01"), "assumptions.a", "events.f")
    assert (said(again), gate(again)) == ([], "passed")


def test_where_two_entries_fit_the_signed_one_is_gone() -> None:
    copies = "".join(EVENT.replace("[events.e]", f"[events.{name}]") for name in "fg")
    text = (
        signed(TEXT, "assumptions.a").replace(EVENT, copies).replace('"e and not a"', '"f and g and not a"')
    )
    assert said(text) == ["`e` is gone: Ana had signed it at main"]


def test_an_assumption_that_is_an_event_now() -> None:
    text = signed(TEXT, "events.e").replace(ASSUMPTION.format(name="a", credence="0.9"), "")
    text = text.replace("[events.e]", '[events.a]\nclaim = "c"\nchance = 0.9\n[events.e]')
    text = text.replace(DOUBT, "")
    assert said(text) == ["`a` is not signed: it seems to be `assumptions.a`, which Ana had signed at main"]


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


def notes(text: str) -> tuple[str, ...]:
    return review(parse(text), today=TODAY, base=BASE, base_name="main", attribution=0.0).notes


def test_who_signed_an_edit_is_noted() -> None:
    """It holds, so no gate counts it; but nothing proves whose hand it was."""
    edited = TEXT.replace("credence = 0.9", "credence = 0.8")
    again = signed(edited, "assumptions.a", "events.e").replace('"Ana"', '"Ben"', 1)
    assert notes(again) == ("edited and signed again since main: `a` by Ben on 2026-11-20",)
    assert gate(again) == "passed"
    assert notes(TEXT_SIGNED) == ()
    assert notes(TEXT_SIGNED.replace("credence = 0.9", "credence = 0.8")) == (), "suspect, which is a warning"
    assert notes(signed(TEXT, "assumptions.a", "assumptions.c", "events.e")) == (), (
        "signed for the first time"
    )
