"""Challenges, events and safeguards: keys that need or exclude each other."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem, did_you_mean, near, quoted
from sensa.stories.schema.nodes import Challenge


def problems(view: View) -> Iterator[Problem]:
    """Problems of challenges, events and safeguards, except in their expressions."""
    for name, challenge in view.document.challenges.items():
        yield from _challenge(view, name, challenge)
    for name in view.document.events:
        yield from _event(view, name)
    for name, safeguard in view.document.safeguards.items():
        seen: set[str] = set()
        for index, target in enumerate(safeguard.against):
            if target in seen:
                message = f"the target {quoted(target)} is listed twice, and each target has one draw"
                yield view.error("duplicate-name", ("safeguards", name, "against", index), message)
            seen.add(target)


def _challenge(view: View, name: str, challenge: Challenge) -> Iterator[Problem]:
    path: Path = ("challenges", name)
    known = {**view.document.assumptions, **view.document.challenges}
    if view.corrected.get(challenge.against, challenge.against) not in known:
        table = view.tables.get(challenge.against)
        if table is None:
            fix = did_you_mean(near(challenge.against, known))
            yield view.error(
                "unknown-name", (*path, "against"), f"unknown name {quoted(challenge.against)}", fix
            )
        else:
            wanted = "a challenge is against an assumption or another challenge"
            message = f"{quoted(challenge.against)} is in `{table}`; {wanted}"
            yield view.error("bad-challenge", (*path, "against"), message)
    if challenge.kind == "undercut" and challenge.leaves is None:
        message = "an undercut needs `leaves`: the credence that is left where it stands"
        yield view.error("bad-challenge", path, message)
    if challenge.kind == "rebut" and challenge.leaves is not None:
        message = "a rebuttal leaves nothing: the claim is false where it stands"
        yield view.error(
            "bad-challenge",
            (*path, "leaves"),
            message,
            'drop `leaves`, or write `kind = "undercut"`',
            key=True,
        )
    if challenge.status == "answered" and not challenge.answer.strip():
        yield view.error("bad-challenge", (*path, "status"), "an answered challenge needs an `answer`")


def _event(view: View, name: str) -> Iterator[Problem]:
    event = view.document.events[name]
    path: Path = ("events", name)
    if event.causes is None:
        return
    if not event.causes:
        yield view.error("bad-event", (*path, "causes"), "`causes` names no cause")
    for key in ("when", "chance", "given"):
        if getattr(event, key) not in (None, ()):
            message = f"an event with `causes` cannot have `{key}`: each cause brings its own chance"
            yield view.error("bad-event", (*path, key), message, key=True)
