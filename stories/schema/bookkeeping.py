"""What stands beside a claim for its reviewers: evidence, reasons, signatures."""

from datetime import date
from typing import Any

from pydantic import Field

from sensa.stories.model import Finite, Frozen


class Signature(Frozen):
    """That somebody looked at an entry and stands by it, as it was."""

    by: str = Field(description="Who signed it.")
    day: date = Field(alias="date", description="When it was signed.")
    digest: str = Field(description="The SHA-256 of what the entry said then; `sensa sign` writes it.")


SIGNED: Any = Field(None, description="Who stands by it as it is; `sensa sign` writes it.")


class Evidence(Frozen):
    """What a credence rests on."""

    source: str = Field("", description="Where it can be found; needed where there is no `log`.")
    kind: str = Field("", description="What kind of evidence it is: paper, experiment, …")
    day: date | None = Field(None, alias="date", description="When it is from.")
    note: str = Field("", description="What it shows.")
    log: str = Field(
        "", description="An evaluation log (.eval, .json, .csv, .jsonl), as a path within the story's folder."
    )
    scorer: str = Field("", description="The scorer of the log, or the column of a table, that counts.")
    key: str = Field("", description="The value that counts, where a score is a table of values.")
    success: str | Finite | bool | None = Field(
        None, description='Which scores held: one of them, or a limit such as ">= 0.5"; 1 if left out.'
    )
    sample: str = Field("", description="The column that names the sample of a row, in a table.")
    where: dict[str, str] = Field(
        default_factory=dict, description="Only the rows of a table with these values, by column."
    )
    held: Finite | None = Field(None, description="In how many trials it held.")
    trials: Finite | None = Field(None, description="How many trials there were.")
    unscored: int | None = Field(None, ge=1, description="Samples without a score, which are left out.")
    subset: str = Field("", description="Which part of its dataset the log is limited to.")
    task: str = Field("", description="The task of the log.")
    model: str = Field("", description="The model of the log.")
    revision: str = Field("", description="The commit that the log was made at.")
    sha256: str = Field("", description="The SHA-256 of the log that was counted.")


class Bookkeeping(Frozen):
    """What is kept beside a claim so that a reviewer can judge it."""

    because: str = Field("", description="Why this credence.")
    falsified_by: str = Field("", description="What would show the claim to be false.")
    evidence: tuple[Evidence, ...] = Field((), description="What the credence rests on.")
    owner: str = Field("", description="Who answers for it.")
    expires: date | None = Field(None, description="Past this date the credence is stale.")
    signed: Signature | None = SIGNED
