"""Waivers that a change brings along, so that it cannot let its own failure pass without a word."""

from collections.abc import Iterator
from datetime import date

from sensa.stories.problems import Problem, listed, quoted
from sensa.stories.schema.properties import Waiver
from sensa.stories.story import Story


def newly_waived(story: Story, base: Story, name: str, today: date) -> Iterator[Problem]:
    """A warning for each waiver in force that no waiver of the base covers: new, higher, or for longer."""
    before = base.document.waivers
    for index, one in enumerate(story.document.waivers):
        if one.expires < today or any(_covers(other, one) for other in before):
            continue
        same = next((other for other in before if _case(other) == _case(one)), None)
        said = f"{_waived(one)} is waived {_terms(one)}"
        said += f", and was not at {name}" if same is None else f"; at {name} it was {_terms(same)}"
        path = f"waivers[{index}]"
        yield Problem("waiver-added", "warning", story.place(path), path, said)


def _covers(then: Waiver, now: Waiver) -> bool:
    """Whether whatever the later waiver lets pass, the former one did."""
    return (
        then.property == now.property
        and (then.witness is None or _case(then) == _case(now))
        and (then.ceiling is None or (now.ceiling is not None and now.ceiling <= then.ceiling))
        and then.expires >= now.expires
    )


def _case(one: Waiver) -> tuple[str, frozenset[str] | None]:
    return one.property, None if one.witness is None else frozenset(one.witness)


def _waived(one: Waiver) -> str:
    if one.witness is None:
        return quoted(one.property)
    case = f"where {listed(one.witness, 'and')} fail" if one.witness else "for the story as it is"
    return f"{quoted(one.property)}, {case},"


def _terms(one: Waiver) -> str:
    return ("" if one.ceiling is None else f"up to {one.ceiling:g} ") + f"until {one.expires}"
