"""Waivers as they stand on a day: which breaking cases they let pass, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sensa.properties.case_search import Found
from sensa.properties.verdicts import Standing, WaiverUse
from sensa.stories.properties.requirements import Requirement
from sensa.stories.story import Story


def waivers(story: Story, today: date) -> tuple[WaiverUse, ...]:
    """All waivers of a story, those that have lapsed among them; the last day counts as valid."""
    return tuple(
        WaiverUse(
            property=waiver.property,
            witness=None if waiver.witness is None else tuple(waiver.witness),
            ceiling=waiver.ceiling,
            reason=waiver.reason,
            owner=getattr(waiver, "owner", ""),
            expires=waiver.expires,
            standing="lapsed" if waiver.expires < today else "unused",
            days_left=(waiver.expires - today).days,
            place=story.place(("waivers", index)),
        )
        for index, waiver in enumerate(story.document.waivers)
    )


@dataclass(frozen=True)
class Waived:
    """What waivers make of the breaking cases."""

    uses: tuple[WaiverUse, ...]
    left: tuple[Found, ...]  # cases that no waiver lets pass


def apply(uses: Sequence[WaiverUse], breaking: Sequence[Found], requirement: Requirement) -> Waived:
    """Each breaking case that a valid waiver is for is let pass, if it is no worse than the ceiling.

    A waiver with a witness is for that set while it breaks the property by itself, and for what contains
    it; one without is for all, and one with an empty one for the story as it is alone.
    """
    sets = {found.case.names for found in breaking}
    standing: list[Standing] = [use.standing for use in uses]
    left = []
    for found in breaking:
        passed = False
        for index, use in enumerate(uses):
            if use.standing == "lapsed" or not _meant(use, found, sets):
                continue
            if _within(use.ceiling, found, requirement):
                passed = True
                standing[index] = "used" if standing[index] != "exceeded" else "exceeded"
            else:
                standing[index] = "exceeded"
        if not passed:
            left.append(found)
    kept = tuple(replace(use, standing=stands) for use, stands in zip(uses, standing, strict=True))
    return Waived(kept, tuple(left))


def _meant(use: WaiverUse, found: Found, sets: set[frozenset[str]]) -> bool:
    if not use.witness:
        return use.witness is None or not found.case.names
    witness = frozenset(use.witness)
    return witness in sets and witness <= found.case.names


def _within(ceiling: float | None, found: Found, requirement: Requirement) -> bool:
    """Whether the left side has not passed the ceiling; from below where it must be large."""
    if ceiling is None:
        return True
    if requirement.sign in ("<", "<="):
        return found.left.high <= ceiling
    return found.left.low >= ceiling
