"""Warnings about waivers by the day, and about waivers that are for nothing."""

import time
from datetime import date

import pytest

from sensa.cli.options import day_of
from sensa.stories.checking.all_checks import check
from sensa.stories.days import today
from sensa.stories.reading import parse
from tests.stories.quiet import HEAD, QUIET

PROPERTIES = """
[safeguards.monitor]
against = ["unknown"]
power = 0.5
[outcomes.stopped]
kind = "fail_safe"
when = "halted"
[properties.single]
require = "P(catastrophic) <= 0.1"
[properties.budget]
require = "P(catastrophic) <= 0.1"
forall = { violate = { max = 1 }, raise = ["assumptions.*"], omit = ["monitor"] }
"""
DAY = date(2026, 12, 31)


def waiver(more: str = "", property: str = "budget", expires: str = "2026-12-31") -> str:
    return f'[[waivers]]\nproperty = "{property}"\nreason = "drill"\nexpires = {expires}\n{more}\n'


def warnings(text: str, today: date) -> list[str]:
    problems = check(parse(HEAD + QUIET + PROPERTIES + text, "s.toml"), today)
    assert not [p for p in problems if p.severity == "error"]
    return [f"{p.code} {p.path}: {p.message}" for p in problems]


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-12-16", []),
        ("2026-12-17", ["waiver-lapses", "lapses in 14 days: its last day is 2026-12-31"]),
        ("2026-12-30", ["waiver-lapses", "lapses tomorrow: its last day is 2026-12-31"]),
        ("2026-12-31", ["waiver-lapses", "lapses today: its last day is 2026-12-31"]),
        ("2027-01-01", ["waiver-lapsed", "lapsed: it expired on 2026-12-31"]),
    ],
)
def test_a_waiver_lapses_by_itself_and_says_so_before(day: str, told: list[str]) -> None:
    expected = [f"{told[0]} waivers[0].expires: the waiver of `budget` {told[1]}"] if told else []
    assert warnings(waiver(), date.fromisoformat(day)) == expected


def test_the_place_is_that_of_the_day() -> None:
    text = HEAD + QUIET + PROPERTIES + waiver()
    (problem,) = check(parse(text, "s.toml"), DAY)
    line = text.split("\n")[problem.place.line - 1]
    assert line[problem.place.column - 1 :] == "2026-12-31"


@pytest.mark.parametrize(
    ("expires", "long"), [("2027-12-31", False), ("2028-01-01", False), ("2028-01-02", True)]
)
def test_a_waiver_of_more_than_a_year_is_worth_a_warning(expires: str, long: bool) -> None:
    """366 days from the last day of 2026 on is the first of January of 2028."""
    said = "the waiver of `budget` runs for more than a year: its last day is 2028-01-02"
    expected = [f"long-waiver waivers[0].expires: {said}"] if long else []
    assert warnings(waiver(expires=expires), DAY) == expected


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no time zones to set")
@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+12", "Etc/GMT-14"])
def test_the_day_is_that_of_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any time one of these zones has another day than UTC has."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before, found, after = time.gmtime(), today(), time.gmtime()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert date(*before[:3]) <= found <= date(*after[:3])
    assert day_of(None) == today()


def test_many_lapses_are_cut() -> None:
    found = warnings("".join(waiver(f'witness = ["simple"]\nceiling = 0.{n:02}') for n in range(1, 30)), DAY)
    assert len([one for one in found if one.startswith("waiver-lapses")]) == 21
    assert "9 more waivers have lapsed or soon will" in "\n".join(found)


def test_two_valid_waivers_of_one_case() -> None:
    case = 'witness = ["{}", "{}"]'
    twice = waiver(case.format("desired", "specified")) + waiver(case.format("specified", "desired"))
    assert (
        "duplicate-waiver waivers[1]: `budget` is waived for this case in `waivers[0]` already"
        in warnings(twice, DAY)
    )
    renewed = waiver(expires="2026-12-30") + waiver(expires="2027-12-30")
    assert [one.split()[0] for one in warnings(renewed, DAY)] == ["waiver-lapsed"]
    apart = waiver(property="single") + waiver() + waiver('witness = ["desired"]')
    assert "duplicate-waiver" not in {one.split()[0] for one in warnings(apart, date(2026, 1, 1))}


def test_a_witness_that_no_case_of_the_property_has() -> None:
    day = date(2026, 1, 1)
    fine = ['["desired"]', '["desired", "monitor"]', '["assumptions.simple.credence", "desired"]', "[]"]
    for case in fine:
        assert warnings(waiver(f"witness = {case}"), day) == []
    (idle,) = warnings(waiver('witness = ["desird"]'), day)
    assert idle == (
        "idle-waiver waivers[0].witness[0]: `desird` is nothing that `budget` ranges over: "
        "the waiver is for no case"
    )
    (single,) = warnings(waiver('witness = ["desired"]', "single"), day)
    assert single.startswith("idle-waiver waivers[0].witness[0]: `desired` is nothing that `single` ranges")


def test_an_owner_may_be_named() -> None:
    story = parse(HEAD + QUIET + PROPERTIES + waiver('owner = "Ana"'))
    assert story.document.waivers[0].owner == "Ana"
