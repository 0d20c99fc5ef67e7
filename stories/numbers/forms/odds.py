"""`{ odds }`: a probability as odds."""

from pydantic import Field

from sensa.stories.model import Frozen, Pair
from sensa.stories.numbers.form import Form, Meaning
from sensa.stories.numbers.rules import Scale, require_positive


class Odds(Frozen):
    """A probability as odds, exactly."""

    odds: Pair = Field(description="[for, against], both above 0.")


def _canonical(model: Odds, scale: Scale) -> float:
    require_positive("odds", model.odds, ("the first number", "the second number"))
    on, against = model.odds
    return on / (on + against) if on + against < float("inf") else 1.0 / (1.0 + against / on)


ODDS = Form(
    "odds",
    "{ odds = [3, 1] }",
    _canonical,
    probability=Meaning(Odds, "exactly 3 to 1, which is 0.75; no parameter"),
    proposal="odds = [for, against]",
)
