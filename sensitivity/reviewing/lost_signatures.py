"""Signatures at the base of a review that the story does not have any more, so that no edit hides."""

from collections.abc import Iterator, Mapping

from sensa.comparing.renames import renamed
from sensa.stories.codes import LOGS, SIGN_OFFS
from sensa.stories.problems import Place, Problem, path_of, quoted
from sensa.stories.schema.bookkeeping import Signature
from sensa.stories.sign_offs import sign_offs
from sensa.stories.story import Story

MAX_AGAIN = 5


def unsigned(story: Story, base: Story, name: str) -> Iterator[Problem]:
    """A warning for each entry that was signed at the base, and is there without a signature, or is gone.

    An entry may have a new name, or be in another table: it is found by its signature, else by what it says.
    """
    now, then = _signatures(story), _signatures(base)
    kept = {one.digest for path, one in now.items() if path not in then}
    lost = {path: one for path, one in then.items() if path not in now}
    moved = renamed(base.values, story.values) if any(not _has(story, path) for path in lost) else {}
    for path, signature in lost.items():
        table, entry = _entry(path)
        if _has(story, path):
            message = f"{quoted(entry)} is no longer signed: {signature.by} had signed it at {name}"
            yield Problem("signature-removed", "warning", story.place(path), path, message)
        elif signature.digest in kept:
            continue  # if what it says was edited, that is a warning of its own
        elif (table, entry) not in moved:
            message = f"{quoted(entry)} is gone: {signature.by} had signed it at {name}"
            yield Problem("signature-removed", "warning", Place(story.file, 1, 1), path, message)
        elif (heir := ".".join(moved[table, entry])) not in now:
            was = path if moved[table, entry][1] == entry else entry
            message = (
                f"{quoted(moved[table, entry][1])} is not signed: it seems to be {quoted(was)}, which"
                f" {signature.by} had signed at {name}"
            )
            yield Problem("signature-removed", "warning", story.place(heir), heir, message)


def signed_again(story: Story, base: Story, name: str) -> str:
    """A note of the entries that were edited and signed again since the base; "" if there are none.

    Nothing says whose hand it was, so whoever reviews the change has to ask.
    """
    now = {one.path: one for one in sign_offs(story.document, story.values) if not one.edited}
    then = _signatures(base)
    again = [
        f"{quoted(one.name)} by {one.signature.by} on {one.signature.day}"
        for path, one in now.items()
        if one.signature is not None and path in then and one.signature.digest != then[path].digest
    ]
    more = f" and {len(again) - MAX_AGAIN} more" if len(again) > MAX_AGAIN else ""
    return f"edited and signed again since {name}: {', '.join(again[:MAX_AGAIN])}{more}" if again else ""


def newly_allowed(story: Story, base: Story, name: str) -> Iterator[Problem]:
    """A warning for each allowance of a warning of signatures or logs that the base does not have."""
    before = {(one.warning, one.item) for one in base.document.allow}
    for index, one in enumerate(story.document.allow):
        if one.warning in SIGN_OFFS | LOGS and (one.warning, one.item) not in before:
            message = f"{quoted(one.warning)} is turned off at {quoted(one.item)}, and was not at {name}"
            path = f"allow[{index}]"
            yield Problem("allowance-added", "warning", story.place(path), path, message)


def _signatures(story: Story) -> Mapping[str, Signature]:
    """The signature of each entry that has one, by path."""
    found = sign_offs(story.document, story.values)
    return {one.path: one.signature for one in found if one.signature is not None}


def _entry(path: str) -> tuple[str, str]:
    table, entry = path_of(path)
    return str(table), str(entry)


def _has(story: Story, path: str) -> bool:
    table, entry = _entry(path)
    return entry in getattr(story.document, table)
