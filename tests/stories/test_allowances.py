"""Warnings that are turned off, each for one item."""

from sensa.stories.checking.all_checks import check, turned_off
from sensa.stories.reading import parse
from tests.stories.quiet import HEAD, QUIET, TODAY, found, used


def test_a_warning_is_turned_off_for_one_item() -> None:
    """Beside it all is as before; those that are told as one are counted without it."""
    events = "".join(f"[events.e{i}]\nchance = 0.1\n" for i in range(5))

    def allow(item: str, more: str = "") -> str:
        return f'[[allow]]\nwarning = "idle-event"\nitem = "{item}"\nreason = "later"\n{more}'

    assert found(events, "idle-event") == ["events.e0: `e0`, `e1`, `e2` and 2 more reach no outcome"]
    assert found(events + allow("events.e0") + allow("events.e2"), "idle-event") == [
        f"events.e{i}: `e{i}` reaches no outcome" for i in (1, 3, 4)
    ]
    assert found(events + allow("events"), "idle-event") == []
    assert len(found(events + allow("events.e"), "idle-event")) == 1  # a path, and no beginning of a name
    past = allow("events", "expires = 2026-11-19\n")
    assert found(events + past, "idle-event") == []
    assert found(events + past, "allowance-lapsed") == [
        "allow[0].expires: expired on 2026-11-19: look at `events` again"
    ]
    assert found(events + past.replace("11-19", "11-20"), "allowance-lapsed") == []


def test_an_allowance_that_turns_nothing_off() -> None:
    event = "[events.e]\nchance = 0.1\n"
    allow = "[[allow]]\nwarning = '{}'\nitem = '{}'\nreason = 'later'\n"
    assert found(event + allow.format("idle-event", "events.e"), "idle-allowance") == []
    for item in ("events.f", "events.e.chance"):
        (told,) = found(event + allow.format("idle-event", item), "idle-allowance")
        assert told == f"allow[0]: turns nothing off: there is no warning `idle-event` at `{item}`"
    assert len(found(event + used("e") + allow.format("idle-event", "events"), "idle-allowance")) == 1
    assert len(found(event + allow.format("idle-choice", "events.e"), "idle-allowance")) == 1
    assert found(allow.format("impossible-outcome", "outcomes.rest"), "idle-allowance") == []
    lost = [found(allow.format(code, ""), "idle-allowance") for code in ("no-base", "story-removed")]
    assert [len(told) for told in lost] == [1, 1]  # only a base gives these
    misspelt = event + allow.format("idle-event", "events.e") + used("e_").replace("not (e_)", "e_")
    assert "idle-allowance" not in {p.code for p in check(parse(HEAD + QUIET + misspelt), TODAY)}


def test_warnings_that_are_turned_off_are_counted_one_by_one() -> None:
    """Not the allowances, of which one can be for many and two for the same."""
    events = "".join(f"[events.e{i}]\nchance = 0.1\n" for i in range(5))
    allow = "[[allow]]\nwarning = 'idle-event'\nitem = '{}'\nreason = 'later'\n"

    def off(*items: str) -> list[str]:
        return [p.path for p in turned_off(parse(HEAD + QUIET + events + "".join(map(allow.format, items))))]

    assert off() == []
    assert off("events.e1") == off("events.e1", "events.e1") == ["events.e1"]
    assert off("events") == off("events.e3", "events") == [f"events.e{i}" for i in range(5)]
    assert off("events.e9") == []
