"""Numbers that are counted from the evidence beside them."""

from collections.abc import Iterable

from sensa.stories.numbers.form import Number
from sensa.stories.numbers.forms.beta import HeldTrials
from sensa.stories.numbers.forms.from_evidence import FromEvidence
from sensa.stories.schema.bookkeeping import Evidence
from sensa.stories.schema.nodes import Assumption, Challenge, Event, Safeguard

Evidenced = Assumption | Challenge | Event | Safeguard
COUNTED_KEYS = {"assumptions": "credence", "challenges": "stands", "events": "chance", "safeguards": "power"}
LOG_KINDS = (".eval", ".json", ".csv", ".jsonl")
TABLES = (".csv", ".jsonl")
_PLACEHOLDER = 0.5  # where the counts are wrong, which is an error of its own


def source_of(item: Evidence) -> str:
    """Where an entry of evidence can be found: its source, or its log."""
    return item.source.strip() or item.log


def is_counted(item: Evidence) -> bool:
    """Whether an entry of evidence has counts."""
    return item.held is not None and item.trials is not None


def is_possible(item: Evidence) -> bool:
    """Whether the counts of an entry are such that they can be counted."""
    return item.held is not None and item.trials is not None and 0 <= item.held <= item.trials


def from_evidence(number: Number | None, evidence: Iterable[Evidence]) -> Number | None:
    """The number; one that is counted from evidence as the counts of all entries, if there are any."""
    counted = [item for item in evidence if is_counted(item)]
    if not isinstance(number, FromEvidence) or not counted:
        return number
    if not all(map(is_possible, counted)):
        return _PLACEHOLDER
    held, trials = (sum(getattr(item, key) for item in counted) for key in ("held", "trials"))
    return HeldTrials(held=held, trials=trials, prior=number.prior)
