"""What a story states besides its nodes: sources, evidence, owners, tags, dates, allowances."""

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st

from sensa.stories.codes import WARNINGS
from sensa.stories.counts import COUNTED_KEYS
from sensa.stories.schema.vocabulary import GoalClass, RationaleClass
from sensa.testing.strategies.typed_expressions import Draw

TAGS = (["oversight"], ["oversight", "robust"])
DAYS = (date(2024, 2, 29), date(2026, 12, 31), date(2030, 1, 1))
KEPT = {  # in addition to a claim
    "because": "It was seen",
    "falsified_by": "A counterexample",
    "evidence": [{"source": "A paper", "kind": "paper", "date": DAYS[0], "note": "A note"}, {"source": "-"}],
    "owner": "Ana",
    "expires": DAYS[2],
}
SIGNED = {"signed": {"by": "Ana", "date": DAYS[0], "digest": "0" * 64}}
NOTES: dict[str, dict[str, Any]] = {
    "quantities": {"claim": "How much", "unit": "1/month", **SIGNED},
    "assumptions": {**KEPT, **SIGNED},
    "challenges": {**KEPT, **SIGNED},
    "choices": SIGNED,
    "outcomes": {"claim": "How it ends", **SIGNED},
}
TAGGED = ("assumptions", "challenges", "events", "safeguards")
ORIGIN = {"summary": "What it is about", "sources": ["A paper"], "version": "2026-11"}


def annotate(draw: Draw, doc: dict[str, Any]) -> None:
    """Add notes to the tables, which change no probability."""
    doc["story"] |= _some(draw, ORIGIN)
    doc["goal"]["class"] = _classes(draw, get_args(GoalClass))
    doc["rationale"]["class"] = _classes(draw, get_args(RationaleClass))
    for kind in (*NOTES, "events", "safeguards"):
        for table in doc.get(kind, {}).values():
            table |= {k: v for k, v in _some(draw, NOTES.get(kind, {})).items() if k not in table}
            _count(draw, kind, table)
            if kind in TAGGED and draw(st.booleans()):
                table["tags"] = list(draw(st.sampled_from(TAGS)))
    if draw(st.integers(0, 2)) == 2:
        doc["allow"] = [_allowance(draw, doc)]


def _count(draw: Draw, kind: str, table: dict[str, Any]) -> None:
    """Move the counts of a number to its evidence, now and then as those of two logs."""
    key = COUNTED_KEYS.get(kind, "")
    number = table.get(key)
    if isinstance(number, dict) and "held" in number and draw(st.booleans()):
        table[key] = {"from": "evidence", **{k: v for k, v in number.items() if k == "prior"}}
        counts = {"held": number["held"], "trials": number["trials"]}
        log = {"log": "runs/a.eval", "sha256": "0" * 64, "scorer": "match", "held": 1, "trials": 1}
        more = [log] if draw(st.booleans()) else []
        table["evidence"] = [{"source": "A count", **counts}, *more, {"source": "No count"}]


def _some(draw: Draw, known: dict[str, Any]) -> dict[str, Any]:
    """None of them, one or all."""
    if not known:
        return {}
    kept = draw(st.sampled_from([(), *((key,) for key in known), tuple(known)]))
    return {key: known[key] for key in kept}


def _classes(draw: Draw, known: tuple[str, ...]) -> list[str]:
    """A class, or `other` with free text."""
    chosen = draw(st.sampled_from(known))
    return [chosen, "a class of my own"] if chosen == "other" and draw(st.booleans()) else [chosen]


def _allowance(draw: Draw, doc: dict[str, Any]) -> dict[str, Any]:
    kind = draw(st.sampled_from([kind for kind in TAGGED if doc.get(kind)]))
    table = {
        "warning": draw(st.sampled_from(sorted(WARNINGS))),
        "item": f"{kind}.{draw(st.sampled_from(list(doc[kind])))}",
        "reason": "It is meant so",
    }
    return table | _some(draw, {"owner": "Ana", "expires": draw(st.sampled_from(DAYS))})
