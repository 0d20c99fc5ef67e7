"""A whole story."""

from typing import Literal

from pydantic import Field

from sensa.stories.model import Frozen
from sensa.stories.schema.choices import Choice
from sensa.stories.schema.ends import Outcome, Phase
from sensa.stories.schema.fields import NAMED
from sensa.stories.schema.nodes import Assumption, Challenge, Event, Safeguard
from sensa.stories.schema.numbers import Dependence, Experts, Quantity, RedTeam
from sensa.stories.schema.plan import Goal, Header, Rationale
from sensa.stories.schema.properties import Allowance, Expectation, Property, StatedResult, Waiver
from sensa.stories.schema.vocabulary import Criterion


class Document(Frozen):
    """A whole story, as written."""

    format: Literal["training-story/1"] = Field(description="The format and its version.")
    story: Header = Field(description="Title and origin.")
    goal: Goal = Field(description="What model is meant to come out.")
    rationale: Rationale = Field(description="Why training is expected to give it.")
    quantities: dict[str, Quantity] = NAMED
    assumptions: dict[str, Assumption] = NAMED
    challenges: dict[str, Challenge] = NAMED
    choices: dict[str, Choice] = NAMED
    events: dict[str, Event] = NAMED
    safeguards: dict[str, Safeguard] = NAMED
    outcomes: dict[str, Outcome] = NAMED
    experts: Experts = Field(
        Experts(draw="separately"), description="Whether the experts of several numbers are drawn together."
    )
    phases: tuple[Phase, ...] = Field((), description="In order; one step where there are none.")
    dependence: tuple[Dependence, ...] = Field((), description="Rank correlations between parameters.")
    criteria: dict[Criterion, str] = Field(
        default_factory=dict, description="Expressions in place of conjunctions."
    )
    expect: dict[str, Expectation] = Field(default_factory=dict, description="What the story must give.")
    stated: dict[str, StatedResult] = Field(
        default_factory=dict, description="Stated measures, shown beside what the parts give."
    )
    red_team: RedTeam | None = Field(
        None, description="How often red-teaming of smaller models saw each failure mode."
    )
    properties: dict[str, Property] = NAMED
    waivers: tuple[Waiver, ...] = Field((), description="Failing properties that are let pass.")
    allow: tuple[Allowance, ...] = Field((), description="Warnings that are turned off, each for one item.")
