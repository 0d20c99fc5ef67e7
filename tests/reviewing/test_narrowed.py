"""Ends that are no longer called catastrophic are said, and nothing else is.

By hand, with P(narrow) = 0.8 and P(seen) = 0.5: harm is 0.1 and stopped is 0.1.
"""

from datetime import date

import pytest

from sensa.reviewing.pipeline import review
from sensa.reviewing.review import Review
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.comparing.stories import PLAIN, changed

HARM = '[outcomes.harm]\nkind = "catastrophic"\nwhen = "not narrow and not seen"\n'
STOPPED = '[outcomes.stopped]\nkind = "fail_safe"\nwhen = "not narrow"\n'
RARER = ("credence = 0.8", "credence = 0.9")
NOT_NOW = "less counts as catastrophic than at main: P(catastrophic) is "


def reviewed(text: str, base: str = PLAIN, fail_on: str = "inactive", **settings: object) -> Review:
    return review(
        parse(text),
        today=date(2026, 11, 28),
        settings=Settings(**settings),  # type: ignore[arg-type]
        base=parse(base),
        base_name="main",
        attribution=0.0,
        fail_on=fail_on,  # type: ignore[arg-type]
    )


def said(text: str, base: str = PLAIN, **settings: object) -> list[str]:
    found = reviewed(text, base, **settings).problems
    return [one.message for one in found if one.code == "catastrophe-narrowed"]


def edited(*pairs: tuple[str, str]) -> str:
    return changed(*pairs).text


@pytest.mark.parametrize(
    ("fail_on", "state"), [("error", "passed"), ("inactive", "failed"), ("suspect", "failed")]
)
def test_an_end_that_is_called_safe(fail_on: str, state: str) -> None:
    """All else as it is; another end is catastrophic, as one must be."""
    base = PLAIN.replace('kind = "fail_safe"', 'kind = "catastrophic"')
    values = "P(catastrophic) is 0.1, and 0.2 by the outcomes there"
    message = f"`stopped` is not catastrophic, and was at main: {values}"
    assert said(PLAIN, base) == [message]
    (problem,) = [one for one in reviewed(PLAIN, base).problems if one.code == "catastrophe-narrowed"]
    assert (problem.path, problem.place.line) == (
        "outcomes.stopped",
        PLAIN[: PLAIN.index(STOPPED)].count("\n") + 1,
    )
    assert reviewed(PLAIN, base, fail_on).state == state


def test_a_part_of_a_catastrophe_is_moved_to_a_safe_end() -> None:
    """By the order, or by a new end before it; half of it, or what another end has anyway."""
    first = edited((STOPPED, ""), (HARM, STOPPED + HARM))
    assert said(first) == [NOT_NOW + "0, and 0.1 by the outcomes there"]
    new = '[outcomes.caught]\nkind = "fail_safe"\nwhen = "{}"\n'
    assert said(edited((HARM, new.format("not seen") + HARM)))[0].startswith(NOT_NOW)
    assert said(edited((HARM, new.format("not narrow and seen") + HARM))) == []


def test_a_catastrophe_with_one_more_condition() -> None:
    base = edited(("not narrow and not seen", "not narrow"))
    assert said(PLAIN, base) == [NOT_NOW + "0.1, and 0.2 by the outcomes there"]
    assert said(base, PLAIN) == [], "more is catastrophic"


def test_the_numbers_of_the_story_do_not_matter() -> None:
    """A credence hides nothing and is nothing: both are asked of the story as it is now, with 0.9."""
    assert said(edited(RARER)) == []
    base = edited(("not narrow and not seen", "not narrow"))
    assert said(edited(RARER), base) == [NOT_NOW + "0.05, and 0.1 by the outcomes there"]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("not narrow and not seen", "not (seen or narrow)"),
        PLAIN.replace("outcomes.harm", "outcomes.ruin"),
        PLAIN.replace("narrow]", "tight]").replace("not narrow", "not tight"),
        PLAIN.replace(STOPPED, STOPPED + "loss = 0.2\n"),
    ],
)
def test_other_words_for_the_same_are_nothing(text: str) -> None:
    assert text != PLAIN
    assert said(text) == []


def test_a_new_name_hides_nothing() -> None:
    base = PLAIN.replace("not narrow and not seen", "not narrow")
    head = PLAIN.replace("narrow]", "tight]").replace("not narrow", "not tight")
    assert said(head, base) == [NOT_NOW + "0.1, and 0.2 by the outcomes there"]


def test_a_cause_that_is_gone() -> None:
    """Without the assumption the outcomes of the base are no story any more: its own nodes are asked."""
    start, end = PLAIN.index("[assumptions.seen]"), PLAIN.index("[outcomes.harm]")
    base = edited(("not narrow and not seen", "not narrow or not seen"))
    head = base.replace(PLAIN[start:end], "").replace(" or not seen", "")
    assert said(head, base) == [
        "less counts as catastrophic than at main: with all else as there, P(catastrophic) is 0.2, and was"
        " 0.6"
    ]


def test_what_cannot_be_asked_is_said() -> None:
    other = '[events.strays]\nclaim = "It strays"\nmode = "other"\nchance = 0.1\n\n'
    start, end = PLAIN.index("[assumptions.seen]"), PLAIN.index("[outcomes.harm]")
    head = PLAIN.replace(PLAIN[start:end], other).replace("and not seen", "and strays")
    assert said(head) == [
        "whether as much counts as catastrophic as at main is not known: its outcomes read what is gone"
    ]


def test_sampled_worlds_see_a_difference_or_leave_it_open() -> None:
    """0.1 of the worlds are many; that no world tells `a` from `b` is no proof that none does."""
    base = PLAIN.replace("not narrow and not seen", "not narrow")
    assert said(PLAIN, base, engine="montecarlo", samples=10_000)[0].startswith(NOT_NOW)
    same = PLAIN.replace("not narrow and not seen", "not (seen or narrow)")
    (open_one,) = said(same, engine="montecarlo", samples=10_000)
    assert open_one.startswith("whether as much counts as catastrophic as at main is not known: ")
    assert said(base, PLAIN, engine="montecarlo", samples=10_000) == [], "more is catastrophic"


LIMIT = '\n[properties.budget]\nrequire = "P(harm) <= 0.2"\n'
RUIN = HARM.replace("harm", "ruin")
SMALL = HARM.replace("not seen", "not seen and false")


def test_an_outcome_that_takes_the_name_of_the_one_that_is_limited() -> None:
    """As much is catastrophic, 0.1; but the property limits another outcome now, which is impossible."""
    head = edited((HARM, RUIN + SMALL)) + LIMIT
    message = "less counts as `harm` than at main: P(harm) is 0, and 0.1 by the outcomes there"
    assert said(head, PLAIN + LIMIT) == [message]
    assert reviewed(head, PLAIN + LIMIT).state == "failed"
    assert said(head, PLAIN) == [], "no property spoke of it"
    assert said(head, PLAIN + LIMIT + 'severity = "warning"\n') == [], "nor one that could fail"


def test_an_outcome_that_is_split() -> None:
    """A property limits one part of it only; both are catastrophic."""
    half = '[outcomes.ruin]\nkind = "catastrophic"\nwhen = "not narrow and not seen and odd"\n'
    odd = '[events.odd]\nclaim = "It is odd"\nmode = "other"\nchance = 0.25\n\n'
    base = PLAIN.replace("[outcomes.harm]", odd + "[outcomes.harm]") + LIMIT
    head = base.replace("[outcomes.harm]", half + "[outcomes.harm]")
    assert said(head, base) == [
        "less counts as `harm` than at main: P(harm) is 0.075, and 0.1 by the outcomes there"
    ]


def test_an_outcome_of_a_property_under_a_new_name() -> None:
    head = (PLAIN + LIMIT).replace("outcomes.harm", "outcomes.ruin").replace("P(harm)", "P(ruin)")
    assert said(head, PLAIN + LIMIT) == []


def test_a_success_that_is_called_a_safe_failure() -> None:
    """P(fail_safe | failure) is 0.5 with P(works) = 0.8; where `works` is a safe failure it is 0.9."""
    rule = '\n[properties.safely]\nrequire = "P(fail_safe | failure) >= 0.8"\n'
    head = PLAIN.replace('kind = "success"', 'kind = "fail_safe"') + rule
    base = PLAIN + rule
    assert loosened(head, base) == ["`safely` fails by the outcomes of main, and holds by those of now"]
    assert reviewed(head, base).state == "failed"
    assert loosened(base, head) == [], "it fails now"


def loosened(text: str, base: str) -> list[str]:
    return [one.message for one in reviewed(text, base).problems if one.code == "property-loosened"]
