"""Entries that were edited since they were signed, and those that rest on them."""

import re
from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem, listed, quoted
from sensa.stories.sign_offs import SIGNED_TABLES, SignOff, sign_offs

_DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_NAMES = 4  # of what rests on an entry
FIX = "look at it, then `sensa sign` it again"


def problems(view: View) -> Iterator[Problem]:
    """Signatures that are none."""
    for table in SIGNED_TABLES:
        for name, model in getattr(view.document, table).items():
            if model.signed is not None and not _DIGEST.fullmatch(model.signed.digest):
                path: Path = (table, name, "signed", "digest")
                yield view.error(
                    "bad-signature", path, "expected 64 hex digits (0-9, a-f)", "`sensa sign` writes it"
                )


def doubts(view: View) -> Iterator[Problem]:
    """A warning for each entry that was edited since it was signed, and each signed one that rests on it."""
    found = sign_offs(view.document, view.story.values)
    for one in found:
        path = tuple(one.path.split("."))
        if one.edited and one.signature is not None:
            signed = f"since {one.signature.by} signed it on {one.signature.day}"
            message = f"{quoted(one.name)} is suspect: it was edited {signed}{_so_are(one, found)}"
            yield view.warning("suspect", (*path, "signed"), message, FIX)
        elif one.rests_on and one.signature is not None:
            message = (
                f"{quoted(one.name)} rests on what is suspect: {listed(one.rests_on, 'and', MOST_NAMES)}"
            )
            yield view.warning("rests-on-suspect", (*path, "signed"), message)


def _so_are(one: SignOff, found: tuple[SignOff, ...]) -> str:
    resting = [other.name for other in found if one.name in other.rests_on]
    return f", and so is what rests on it: {listed(resting, 'and', MOST_NAMES)}" if resting else ""
