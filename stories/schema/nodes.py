"""What may be true or false: assumptions, challenges, events and safeguards."""

from typing import Literal

from pydantic import Field

from sensa.stories.model import Frozen
from sensa.stories.numbers.forms import UNCLAIMED, Probability
from sensa.stories.schema.bookkeeping import SIGNED, Bookkeeping, Evidence, Signature
from sensa.stories.schema.fields import CLAIM, EVERY_STEP, INITIAL, TAGS
from sensa.stories.schema.vocabulary import Criterion, Mode, Part


class GivenCredence(Frozen):
    """The credence of an assumption where a condition is true."""

    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    credence: Probability = Field(description="The credence where it is true.")


class GivenChance(Frozen):
    """The chance of an event where a condition is true."""

    condition: str | None = Field(None, alias="if", description="A bool expression; true if left out.")
    chance: Probability = Field(description="The chance where it is true.")


class Assumption(Bookkeeping):
    """A claim that holds or is violated."""

    claim: str = Field(description="What is assumed, in a sentence.")
    part: Part = Field(description="The part of the story it belongs to.")
    criterion: Criterion | None = Field(
        None, description="The evaluation criterion it answers to; by `part` if left out."
    )
    credence: Probability = Field(
        UNCLAIMED, description="The probability that it holds; if left out nothing is claimed."
    )
    given: tuple[GivenCredence, ...] = Field((), description="Cases; the first whose `if` is true counts.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL


class Challenge(Bookkeeping):
    """What speaks against an assumption or another challenge."""

    against: str = Field(description="The assumption or challenge it speaks against.")
    kind: Literal["undercut", "rebut"] = Field(
        description="undercut: the credence falls to `leaves`; rebut: the claim is false."
    )
    claim: str = Field(description="What it says, in a sentence.")
    stands: Probability = Field(UNCLAIMED, description="The probability that the challenge is right.")
    leaves: Probability | None = Field(None, description="The credence that an undercut leaves.")
    status: Literal["open", "answered", "accepted"] = Field("open", description="The fate of the challenge.")
    answer: str = Field("", description="What was answered; needed where `status` is answered.")
    tags: tuple[str, ...] = TAGS


class Event(Frozen):
    """Something that may happen."""

    claim: str = CLAIM
    mode: Mode | None = Field(None, description="The failure mode it is an instance of.")
    when: str | None = Field(None, description="A bool expression; true if left out.")
    requires: tuple[str, ...] = Field((), description="All of these must be true as well.")
    chance: Probability | None = Field(
        None, description="Its probability where `when` and `requires` hold; 1 if left out."
    )
    leak: Probability | None = Field(None, description="Its probability elsewhere; 0 if left out.")
    causes: dict[str, Probability] | None = Field(
        None, description="Independent causes, each with its chance (noisy-or)."
    )
    given: tuple[GivenChance, ...] = Field(
        (), description="Cases; the first whose `if` is true replaces `chance`."
    )
    evidence: tuple[Evidence, ...] = Field((), description="What the chance rests on.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL
    signed: Signature | None = SIGNED


class Safeguard(Frozen):
    """A check that may catch something."""

    claim: str = CLAIM
    against: tuple[str, ...] = Field(
        min_length=1, description="What it is against: bool names or expressions."
    )
    when: str | None = Field(None, description="A bool expression; true if left out.")
    power: Probability = Field(description="The probability that it fires where a target is there.")
    false_alarm: Probability | None = Field(
        None, description="The probability that it fires by itself; 0 if left out."
    )
    action: Literal["halt", "warn"] = Field("halt", description="What it does when it fires.")
    evidence: tuple[Evidence, ...] = Field((), description="What the power rests on.")
    tags: tuple[str, ...] = TAGS
    every_step: bool = EVERY_STEP
    initial: bool | None = INITIAL
    signed: Signature | None = SIGNED
