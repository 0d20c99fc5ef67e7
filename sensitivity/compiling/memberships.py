"""The groups of a story's tables: parts, criteria, phases, tags and owners; and their evidence."""

from collections.abc import Iterator

from sensa.graph import EDITED, RESTING, SIGNED, CountedEvidence, Label, SignedEntry, SignedState
from sensa.stories.counts import COUNTED_KEYS, is_counted, source_of
from sensa.stories.numbers.forms.from_evidence import FromEvidence
from sensa.stories.schema.document import Document
from sensa.stories.sign_offs import sign_offs
from sensa.stories.story import Story
from sensa.stories.traversal import criterion_of


def memberships(document: Document) -> dict[str, tuple[Label, ...]]:
    """The groups of each table that has any, by the table's path, such as `assumptions.a`.

    An assumption belongs to its part and its criterion, a challenge to those of the assumption that it is
    ultimately against; each to its owner and its tags.
    """
    found: dict[str, set[Label]] = {}
    for path, label in _stated(document):
        found.setdefault(path, set()).add(label)
    return {path: tuple(sorted(labels)) for path, labels in found.items()}


def evidence(document: Document) -> dict[str, tuple[str, ...]]:
    """The sources of evidence of each node that has any, by its name."""
    claims = {name: model for table in COUNTED_KEYS for name, model in getattr(document, table).items()}
    found = {name: dict.fromkeys(map(source_of, claim.evidence)) for name, claim in claims.items()}
    return {name: tuple(sources) for name, sources in found.items() if sources}


def counted(document: Document) -> Iterator[CountedEvidence]:
    """The entries of evidence that have counts."""
    for table, key in COUNTED_KEYS.items():
        for name, model in getattr(document, table).items():
            used = isinstance(getattr(model, key), FromEvidence)
            for index, item in enumerate(model.evidence):
                if is_counted(item):
                    yield CountedEvidence(
                        f"{table}.{name}.evidence[{index}]",
                        name,
                        f"{table}.{name}.{key}",
                        used,
                        source_of(item),
                        item.scorer,
                        item.held,
                        item.trials,
                        item.unscored or 0,
                        item.subset,
                        item.task,
                        item.model,
                        item.revision,
                        "" if item.day is None else item.day.isoformat(),
                        item.sha256,
                    )


def signed_entries(story: Story) -> Iterator[SignedEntry]:
    """The entries that are signed, or rest on one that was edited since it was signed."""
    for one in sign_offs(story.document, story.values):
        signature = one.signature
        by, day = ("", "") if signature is None else (signature.by, signature.day.isoformat())
        state: SignedState = SIGNED if not one.suspect else EDITED if one.edited else RESTING
        yield SignedEntry(one.path, by, day, state, one.rests_on)


def _stated(document: Document) -> Iterator[tuple[str, Label]]:
    """Each group and the path of a table that is in it."""
    for name in document.assumptions:
        yield from _of_assumption(document, name, f"assumptions.{name}")
    for name in document.challenges:
        yield from _of_assumption(document, _against(document, name), f"challenges.{name}")
    for table in ("assumptions", "challenges"):
        for name, claim in getattr(document, table).items():
            if claim.owner:
                yield f"{table}.{name}", Label("owner", claim.owner)
    for table in ("assumptions", "challenges", "events", "safeguards"):
        for name, node in getattr(document, table).items():
            yield from ((f"{table}.{name}", Label("tag", tag)) for tag in node.tags)
    for name, choice in document.choices.items():
        for option, stated in choice.options.items():
            yield from ((f"choices.{name}.options.{option}", Label("tag", tag)) for tag in stated.tags)
        for index, nudge in enumerate(choice.nudges):
            if nudge.part:
                yield f"choices.{name}.nudges[{index}]", Label("part", nudge.part)
    for index, phase in enumerate(document.phases):
        yield f"phases[{index}]", Label("phase", phase.name)


def _of_assumption(document: Document, name: str, path: str) -> Iterator[tuple[str, Label]]:
    if name in document.assumptions:
        assumption = document.assumptions[name]
        yield path, Label("part", assumption.part)
        yield path, Label("criterion", criterion_of(assumption))


def _against(document: Document, challenge: str) -> str:
    """The assumption that a challenge is ultimately against, or a challenge if they form a cycle."""
    against, seen = document.challenges[challenge].against, {challenge}
    while against in document.challenges and against not in seen:
        seen.add(against)
        against = document.challenges[against].against
    return against
