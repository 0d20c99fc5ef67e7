"""`{ groups }`: trials in groups, such as the repeats of one question."""

from pydantic import Field

from sensa.stories.model import Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import UNIT, Form, Meaning
from sensa.stories.numbers.rules import MAX_ROWS, NumberError, Scale, require_positive
from sensa.stories.problems import quoted

MAX_TRIALS = 1e9


class Groups(Frozen):
    """The posterior of a probability after trials in groups that may be alike."""

    groups: tuple[Pair, ...] = Field(description="[[held, trials], …] of each group.")
    prior: Pair = Field((0.5, 0.5), description="The Beta prior; Jeffreys' [0.5, 0.5] if left out.")


def _canonical(model: Groups, scale: Scale) -> Distribution:
    if not 1 <= len(model.groups) <= MAX_ROWS:
        raise NumberError(f"`groups` needs 1 to {MAX_ROWS} groups, not {len(model.groups)}", ("groups",))
    for index, (held, trials) in enumerate(model.groups):
        if not 0 <= held <= trials:
            raise NumberError(f"0 <= held <= trials must hold: {held:g} of {trials:g}", ("groups", index))
        if trials > MAX_TRIALS or not (held.is_integer() and trials.is_integer()):
            raise NumberError(
                f"the counts of a group must be whole numbers of at most {MAX_TRIALS:,.0f}, "
                f"not {quoted([held, trials])}",
                ("groups", index),
            )
    require_positive("prior", model.prior, ("alpha", "beta"))
    return Distribution("grouped_trials", (*model.prior, *(count for row in model.groups for count in row)))


GROUPS = Form(
    "groups",
    "{ groups = [[7, 10], [9, 10]] }",
    _canonical,
    probability=Meaning(
        Groups,
        "posterior after 7 of 10 and 9 of 10 in groups of trials that may be alike, "
        "[see below](#trials-that-are-alike); `prior` as above",
    ),
    families={"grouped_trials": UNIT},  # (alpha, beta, then held, trials of each group)
)
