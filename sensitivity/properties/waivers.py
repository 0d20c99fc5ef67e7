"""Waivers on a given day: which breaking cases they let pass, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sensa.properties.case_search import Found
from sensa.properties.verdicts import Standing, WaiverUse
from sensa.stories.properties.requirements import Requirement
from sensa.stories.story import Story


def waivers(story: Story, today: date) -> tuple[WaiverUse, ...]:
    """All waivers of a story, including lapsed ones; the last day counts as valid."""
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
    """The result of applying waivers to breaking cases."""

    uses: tuple[WaiverUse, ...]
    left: tuple[Found, ...]  # cases that no waiver lets pass


def apply(uses: Sequence[WaiverUse], breaking: Sequence[Found], requirement: Requirement) -> Waived:
    """Let each breaking case pass to which a valid waiver applies, if it is within the ceiling.

    A waiver with a witness applies to that set, while it breaks the property on its own, and to sets that
    contain it; without a witness it applies to all cases, and with an empty one only to the story as it is.
    """
    sets = {found.case.names for found in breaking}
    standing: list[Standing] = [use.standing for use in uses]
    left = []
    for found in breaking:
        passed = False
        for index, use in enumerate(uses):
            if use.standing == "lapsed" or not _applies(use, found, sets):
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


def _applies(use: WaiverUse, found: Found, sets: set[frozenset[str]]) -> bool:
    if not use.witness:
        return use.witness is None or not found.case.names
    witness = frozenset(use.witness)
    return witness in sets and witness <= found.case.names


def _within(ceiling: float | None, found: Found, requirement: Requirement) -> bool:
    """Whether the left side is within the ceiling, which is a lower limit if the side must be large."""
    if ceiling is None:
        return True
    if requirement.sign in ("<", "<="):
        return found.left.high <= ceiling
    return found.left.low >= ceiling
