"""A probability counted from the evidence beside it."""

from typing import Literal

from pydantic import Field

from sensa.stories.model import Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form, Meaning
from sensa.stories.numbers.rules import NumberError, Scale

NOTHING_COUNTED = (
    "nothing to count: it is for the `credence`, `stands`, `chance` or `power` of an entry whose "
    "`evidence` has `held` and `trials`"
)


class FromEvidence(Frozen):
    """The posterior of a probability after the trials in the evidence beside it."""

    counted_from: Literal["evidence"] = Field(alias="from", description='Always "evidence".')
    prior: Pair = Field((0.5, 0.5), description="The Beta prior; Jeffreys' [0.5, 0.5] if left out.")


def _uncounted(model: FromEvidence, scale: Scale) -> Distribution:
    """No distribution: `sensa.stories.counts` replaces a number whose evidence has counts."""
    raise NumberError(NOTHING_COUNTED)


FROM_EVIDENCE = Form(
    "from_evidence",
    '{ from = "evidence" }',
    _uncounted,
    probability=Meaning(
        FromEvidence,
        "`held` and `trials` of all entries of `evidence` beside it, added up, as in "
        "`{ held, trials }`; for the `credence`, `stands`, `chance` or `power` of an entry, "
        "[see below](#evidence-that-is-counted)",
    ),
    proposal='from = "evidence"',
)
