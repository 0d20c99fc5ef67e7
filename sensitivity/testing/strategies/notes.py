"""What a story states besides its nodes: sources, owners, tags, dates, signatures, findings, allowances."""

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st

from sensa.stories.codes import WARNINGS
from sensa.stories.schema.vocabulary import GoalClass, RationaleClass
from sensa.stories.sign_offs import digest
from sensa.testing.strategies import evidence
from sensa.testing.strategies.typed_expressions import Draw

TAGS = (["oversight"], ["oversight", "robust"])
DAYS = (date(2024, 2, 29), date(2026, 12, 31), date(2030, 1, 1))
KEPT = {  # in addition to a claim
    "because": "It was seen",
    "falsified_by": 'A <b>"counterexample"</b>,\nor | more of them \\ & `both`',
    "owner": "Ana O'Neill ☃",
    "expires": DAYS[2],
}
NOTES: dict[str, dict[str, Any]] = {
    "quantities": {"claim": "How much", "unit": "1/month"},
    "assumptions": KEPT,
    "challenges": KEPT,
    "events": {},
    "choices": {},
    "safeguards": {},
    "outcomes": {"claim": "How it ends"},
}
OTHER_DIGEST = "0" * 64  # of what an entry was before it was edited
MODES = ("games_tests", "leaks_key", "edits the clock")  # freely named
TAGGED = ("assumptions", "challenges", "events", "safeguards")
ORIGIN = {"summary": "What it is about", "sources": ["A paper"], "version": "2026-11"}


def annotate(draw: Draw, doc: dict[str, Any]) -> None:
    """Add notes to the tables, which change no probability."""
    doc["story"] |= _some(draw, ORIGIN)
    doc["goal"]["class"] = _classes(draw, get_args(GoalClass))
    doc["rationale"]["class"] = _classes(draw, get_args(RationaleClass))
    for kind, known in NOTES.items():
        for table in doc.get(kind, {}).values():
            table |= {k: v for k, v in _some(draw, known).items() if k not in table}
            evidence.annotate(draw, kind, table)
            if kind in TAGGED and draw(st.booleans()):
                table["tags"] = list(draw(st.sampled_from(TAGS)))
            if draw(st.integers(0, 3)) == 3:
                table["signed"] = _signature(draw, table)
    if draw(st.integers(0, 2)) == 2:
        doc["red_team"] = _findings(draw)
    if draw(st.integers(0, 2)) == 2:
        doc["allow"] = [_allowance(draw, doc)]


def _signature(draw: Draw, table: dict[str, Any]) -> dict[str, Any]:
    """The signature of an entry as it is, or of what it was before."""
    return {
        "by": "Ana",
        "date": draw(st.sampled_from(DAYS)),
        "digest": digest(table) if draw(st.booleans()) else OTHER_DIGEST,
    }


def _findings(draw: Draw) -> dict[str, Any]:
    """In how many trials each failure mode was seen."""
    trials = draw(st.integers(1, 400))
    modes = draw(st.lists(st.sampled_from(MODES), unique=True, max_size=3))
    return {"trials": trials, "findings": {mode: draw(st.integers(0, trials)) for mode in modes}}


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
