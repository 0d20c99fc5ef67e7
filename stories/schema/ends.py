"""Through which phases a story goes, and how it ends."""

from pydantic import Field

from sensa.stories.model import Frozen
from sensa.stories.numbers.forms import RealNumber
from sensa.stories.schema.bookkeeping import SIGNED, Signature
from sensa.stories.schema.fields import CLAIM, NAMED
from sensa.stories.schema.vocabulary import Kind, PhaseKind


class Outcome(Frozen):
    """How the story ends."""

    claim: str = CLAIM
    kind: Kind = Field(description="What kind of end it is.")
    when: str | None = Field(None, description="A bool expression, read at every step.")
    otherwise: bool = Field(False, description="True for the one outcome that remains after the last step.")
    loss: RealNumber | None = Field(None, description="What it costs; 0 if left out.")
    signed: Signature | None = SIGNED


class Phase(Frozen):
    """A stretch of training or deployment: one step, or `repeat` of them."""

    name: str = Field(description='The name that `phase == "NAME"` tests.')
    kind: PhaseKind | None = Field(
        None,
        description="What it is; if left out, the first phase is training and the others are deployment.",
    )
    repeat: int = Field(1, ge=1, description="How many steps it has.")
    axes: dict[str, RealNumber] = NAMED
