"""Which entries of a story are those of another under a new name, or in another table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sensa.stories.sign_offs import SIGNED_TABLES, UNSIGNED_KEYS, plain_values

LEAST = 0.5  # of the keys of two entries that have the same value in both
MAX_PAIRS = 250_000  # of entries that are compared; beyond, only names are

_NAME = re.compile(r'"[^"]*"|\'[^\']*\'|(?<![\w.])[a-z]\w*')

Entry = tuple[str, str]  # the table and the name
Said = frozenset[tuple[str, str]]  # its keys, with their values


def renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[Entry, Entry]:
    """The entries of `before` (TOML values) that `after` has elsewhere, with where it has them.

    That is the new entry of the same name in another table, else the one most like it: the two share at least
    half of what they say, and neither shares as much with another. Where several fit as well, none is taken.
    """
    old, new = _entries(before), _entries(after)
    gone = {key: said for key, said in old.items() if key not in new}
    added = {key: said for key, said in new.items() if key not in old}
    tables = {name: table for table, name in added}
    found = {key: (tables[key[1]], key[1]) for key in gone if key[1] in tables}
    left = {key: said for key, said in gone.items() if key not in found}
    open_ones = {key: said for key, said in added.items() if key not in found.values()}
    if len(left) * len(open_ones) > MAX_PAIRS:
        return found
    likeness = {(one, other): _likeness(left[one], open_ones[other]) for one in left for other in open_ones}
    for one in left:
        best = _best({other: likeness[one, other] for other in open_ones})
        if best is not None and _best({each: likeness[each, best] for each in left}) == one:
            found[one] = best
    return found


def with_new_names(text: str, moved: Mapping[Entry, Entry]) -> str:
    """An expression or a measure of `before` by the names that `after` has; options and texts stay."""
    names = {old: new for (_, old), (_, new) in moved.items()}
    return _NAME.sub(lambda word: names.get(word[0], word[0]), text)


def _entries(values: Mapping[str, Any]) -> dict[Entry, Said]:
    return dict(_all_entries(values))


def _all_entries(values: Mapping[str, Any]) -> Iterator[tuple[Entry, Said]]:
    for table in SIGNED_TABLES:
        for name, entry in values.get(table, {}).items():
            said = {key: plain_values(one) for key, one in entry.items() if key not in UNSIGNED_KEYS}
            texts = {key: json.dumps(one, sort_keys=True) for key, one in said.items()}
            yield (table, name), frozenset(texts.items())


def _likeness(one: Said, other: Said) -> float:
    """The share of the keys of two entries that have the same value in both."""
    keys = {key for key, _ in one | other}
    return len(one & other) / len(keys) if keys else 0.0


def _best(likeness: Mapping[Entry, float]) -> Entry | None:
    """The one that is most alike; None if several are, or none is enough."""
    most = max(likeness.values(), default=0.0)
    fitting = [key for key, value in likeness.items() if value == most]
    return fitting[0] if most >= LEAST and len(fitting) == 1 else None
