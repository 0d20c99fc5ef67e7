"""Facts about a name, in words: what the story states, what reads it, and what was computed."""

from collections.abc import Iterator
from typing import Any

from sensa.reports.explain import other_names
from sensa.reports.explain.subject import About, labels, sets
from sensa.reports.number_format import UNSEEN, between, count, defined, interval, percent, settled
from sensa.reports.result.from_tree import number
from sensa.reports.result.vulnerabilities import nearest
from sensa.reports.review import verdict_lines as judged
from sensa.stories import traversal
from sensa.stories.counts import source_of
from sensa.stories.dependencies import edges, halting_safeguards, reads
from sensa.stories.problems import path_text
from sensa.stories.schema.bookkeeping import Signature
from sensa.stories.sign_offs import sign_offs

STATED_KEYS = ("claim", "part", "criterion", "kind", "mode", "status", "because", "falsified_by", "owner")
DECLARED = ("assumption", "challenge", "choice", "event", "safeguard", "quantity", "outcome")
ENDS = ("catastrophic", "failure")
MAX_NAMES = 3
MAX_LABEL_COLUMNS = 12  # a longer one does not fit


def facts(about: About) -> Iterator[tuple[str, str]]:
    """Pairs of a label and a text."""
    yield from other_names.facts(about)
    yield from _written(about)
    yield from _claimed(about)
    yield from _around(about)
    yield from _computed(about)
    yield from _sets(about)
    yield from _properties(about)


def computed(about: About) -> Iterator[str]:
    """How the numbers were computed: for each method, the analyses that used it."""
    found = about.found
    where = f"{count(found.provenance.points)} points, seed {found.provenance.seed}"
    methods = {
        "exact": "exactly",
        "parameters-sampled": f"worlds exactly, uncertain numbers at {where}",
        "worlds-sampled": f"in sampled worlds, at {where}",
    }
    for method, text in methods.items():
        names = [name for name, how in found.how.items() if how == method]
        if names:
            yield f"{text}: {', '.join(names)}"


def _written(about: About) -> Iterator[tuple[str, str]]:
    """What the author states about it."""
    if about.kind in ("number", "numbers"):
        owners = {
            n.owner: None
            for n in traversal.numbers(about.story.document)
            if path_text(n.path) in about.numbers
        }
        yield "of", ", ".join(owners)
        return
    if about.kind not in DECLARED:
        return
    tables = "quantities" if about.kind == "quantity" else f"{about.kind}s"
    written: Any = getattr(about.story.document, tables)[about.name]
    for key in STATED_KEYS:
        value = getattr(written, key, None)
        if value:
            yield key.replace("_", " "), str(value)
    for evidence in getattr(written, "evidence", ()):
        yield "evidence", ": ".join(filter(None, (source_of(evidence), evidence.note)))
    if getattr(written, "signed", None):
        yield "signed", _signed(about, written.signed)
    if getattr(written, "expires", None):
        yield "expires", written.expires.isoformat()


def _signed(about: About, signature: Signature) -> str:
    """By whom and when, and whether it was edited since, or rests on what was."""
    said = f"by {signature.by} on {signature.day}"
    found = next(one for one in sign_offs(about.story.document, about.story.values) if one.name == about.name)
    if found.edited:
        return f"{said}; edited since, so suspect"
    return f"{said}; suspect, as it rests on {', '.join(found.rests_on)}" if found.rests_on else said


def _claimed(about: About) -> Iterator[tuple[str, str]]:
    """Its uncertain numbers with their spread; a number stated as a point is shown as it is."""
    data = about.dataset("numbers")
    if data is None:
        return
    uncertain = labels(data, "number")
    stated = {path_text(n.path): n.form for n in traversal.numbers(about.story.document)}
    further = []
    for path in about.numbers:
        form = stated[path]
        label = (
            "claimed" if path == about.name else path.removeprefix(f"{about.path}.").removesuffix(".value")
        )
        if path in uncertain:
            row = data.sel(number=path)
            low, high = (number(row["quantiles"].sel(quantile=q)) for q in (0.05, 0.95))
            ends = between(_plain(low), _plain(high))
            spread = f"mean {_plain(number(row['mean']))}{ends and f', 90 % within {ends}'}"
            text = f"{row['claimed'].item()}: {spread}"
        elif isinstance(form, int | float | str):
            text = form if isinstance(form, str) else f"{form:g}"
        else:
            continue
        if len(label) > MAX_LABEL_COLUMNS:
            further.append(f"{label} {text}")
        else:
            yield label.replace("_", " "), text
    if further:
        yield "numbers", "; ".join(further)


def _plain(value: float | None) -> str:
    return f"{settled(value):.3g}" if defined(value) else "unbounded"


def _around(about: About) -> Iterator[tuple[str, str]]:
    """What reads it, what it reads, and what challenges it."""
    if about.kind not in DECLARED:
        return
    document, name = about.story.document, about.name
    halting = halting_safeguards(document)
    pairs = {(owner, read): None for owner, read, _, _ in edges(document)}
    for text in traversal.texts(document):
        if text.role in ("outcome", "loss", "criterion"):
            for read, _ in sorted(reads(text)):
                pairs |= {(text.owner, one): None for one in (halting if read == "halted" else (read,))}
    challenges = {c: written.against for c, written in document.challenges.items()}
    for label, these in (
        ("reads", [read for owner, read in pairs if owner == name and challenges.get(read) != name]),
        ("read by", [owner for owner, read in pairs if read == name and challenges.get(name) != owner]),
        ("against", [challenges[name]] if name in challenges else []),
    ):
        if these:
            yield label, ", ".join(these)
    for challenge, against in challenges.items():
        if against == name:
            written = document.challenges[challenge]
            yield "challenged", f"{challenge} ({written.kind}, {written.status}): {written.claim}"


def _computed(about: About) -> Iterator[tuple[str, str]]:
    found, name = about.found, about.name
    if about.kind not in DECLARED:
        return
    if found.violations is not None and name in found.violations.probability:
        chance = found.violations.probability[name]
        yield "violated", f"with probability {percent(chance)}" if defined(chance) else UNSEEN
    nodes = about.dataset("nodes")
    if nodes is not None and name in labels(nodes, "node"):
        word = {"challenge": "stands", "safeguard": "fires"}.get(about.kind, "happens")
        yield "likely", f"{word} with probability {percent(number(nodes['chance'].sel(node=name)))}"
    if about.kind == "outcome":
        outcome = found.outcomes[name].probability
        ends = interval(*outcome.between())
        yield "likely", percent(outcome.mean) + (f" (90 % interval {ends})" if ends else "")
    for one in nearest(found):
        if one.assumption == name:
            risk, limit = percent(found.risk), percent(one.limit)
            text = f"the catastrophic risk ({risk}) reaches {limit} at {percent(one.credence)}"
            yield "tips", f"{text}, from {percent(one.now)} now"


def _sets(about: About) -> Iterator[tuple[str, str]]:
    """The minimal sets that contain it; for an outcome, the sets that lead to it."""
    if about.kind == "assumption":
        yield from sets(about, ENDS, lambda members: about.name in members)
    if about.kind == "outcome":
        yield from sets(about, (about.name,), lambda members: True)


def _properties(about: About) -> Iterator[tuple[str, str]]:
    """The properties that it breaks, alone or together with others."""
    for verdict in about.verdicts:
        if verdict.status not in ("fail", "waived"):
            continue
        counterexamples = {
            w.name: w for w in (*verdict.minimal, verdict.nearest, verdict.worst) if w is not None
        }
        mine = [
            w
            for w in counterexamples.values()
            if about.name in (*w.violated, *w.omitted) or any(m.parameter in about.numbers for m in w.moves)
        ]
        if mine:
            word = "breaks" if verdict.status == "fail" else "waived"
            cases = "; ".join(f"{judged.parts(w)} ({w.name})" for w in mine[:MAX_NAMES])
            yield word, f"{verdict.name}, {verdict.require}: with {cases}"
