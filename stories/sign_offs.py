"""Who signed what of a story, whether it was edited since, and what rests on it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sensa.stories.dependencies import edges, halting_safeguards, reads
from sensa.stories.schema.bookkeeping import Signature
from sensa.stories.schema.document import Document
from sensa.stories.traversal import NODE_TABLES, texts

SIGNED_TABLES = ("quantities", *NODE_TABLES, "outcomes")
UNSIGNED_KEYS = ("signed", "owner", "tags")  # bookkeeping: changing them needs no new signature


@dataclass(frozen=True)
class SignOff:
    """An entry that is signed, or that rests on what was edited since it was signed."""

    path: str  # such as `assumptions.a`
    name: str
    signature: Signature | None
    edited: bool = False  # since it was signed
    rests_on: tuple[str, ...] = ()  # edited entries, read directly or by way of others

    @property
    def suspect(self) -> bool:
        """Whether it, or what it rests on, was edited since it was signed."""
        return self.edited or bool(self.rests_on)


def digest(entry: Mapping[str, Any]) -> str:
    """The SHA-256 of what an entry says: claim, reasons, numbers and evidence, in whatever layout and order.

    It is a record of what somebody looked at, and no proof of who did.
    """
    said = {key: value for key, value in entry.items() if key not in UNSIGNED_KEYS}
    return hashlib.sha256(json.dumps(plain_values(said), sort_keys=True).encode()).hexdigest()


def sign_offs(document: Document, values: Mapping[str, Any]) -> tuple[SignOff, ...]:
    """Every entry that is signed or rests on an edited one, in the order of the tables.

    `values` are the story's TOML values. What is signed again is not edited, and neither is what rests on it.
    """
    signed = dict(_signed(document))
    tables = {name: table for table in SIGNED_TABLES for name in getattr(document, table)}
    edited = [name for name, one in signed.items() if digest(values[tables[name]][name]) != one.digest]
    resting = _resting(document, edited) if edited else {}
    found = dict.fromkeys(signed, ()) | resting
    return tuple(
        SignOff(f"{table}.{name}", name, signed.get(name), name in edited, tuple(found[name]))
        for name, table in tables.items()
        if name in found
    )


def _signed(document: Document) -> Iterator[tuple[str, Signature]]:
    for table in SIGNED_TABLES:
        for name, model in getattr(document, table).items():
            if model.signed is not None:
                yield name, model.signed


def _resting(document: Document, edited: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What rests on each edited entry, at any step, by name: the edited entries."""
    readers: dict[str, set[str]] = {}
    for reader, name in _reads(document):
        readers.setdefault(name, set()).add(reader)
    found: dict[str, tuple[str, ...]] = {}
    for start in edited:
        seen, waiting = {start}, [start]
        while waiting:
            new = readers.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        for name in seen - {start}:
            found[name] = (*found.get(name, ()), start)
    return found


def _reads(document: Document) -> Iterator[tuple[str, str]]:
    """Each entry with what it reads; an outcome reads those before it, and `otherwise` all others."""
    for reader, name, _, _ in edges(document):
        yield reader, name
    halting = halting_safeguards(document)
    for text in texts(document):
        if text.role in ("outcome", "loss"):
            for name, _ in reads(text):
                yield from ((text.owner, one) for one in (halting if name == "halted" else (name,)))
    names = list(document.outcomes)
    for index, name in enumerate(names):
        others = names if document.outcomes[name].otherwise else names[:index]
        yield from ((name, other) for other in others if other != name)


def plain_values(value: Any) -> Any:
    """TOML values as JSON, in which 1 and 1.0 are one number and a date is no text."""
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e300 else str(value)
    return value
