"""`{ extrapolate }`: trials at some scales, extrapolated to another."""

from pydantic import Field

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import UNIT, Form, Meaning
from sensa.stories.numbers.rules import MAX_ROWS, NumberError, Scale
from sensa.stories.problems import Path, quoted


class Extrapolation(Frozen):
    """Successes and trials at several scales, to be extrapolated."""

    scale: tuple[Finite, ...] = Field(description="The scales that were tried.")
    trials: tuple[Finite, ...] = Field(description="Trials at each scale.")
    held: tuple[Finite, ...] = Field(description="In how many of them it held.")
    at: Finite = Field(description="The scale it is wanted at.")


class Extrapolate(Frozen):
    """The posterior at `at` of a logistic regression of held/trials on log10(scale)."""

    extrapolate: Extrapolation = Field(description="What was tried, and where the answer is wanted.")


def _canonical(model: Extrapolate, scale: Scale) -> Distribution:
    tried = model.extrapolate
    here: Path = ("extrapolate",)
    if not len(tried.scale) == len(tried.trials) == len(tried.held):
        raise NumberError("`scale`, `trials` and `held` must be of equal length", here)
    if not 1 <= len(tried.scale) <= MAX_ROWS:
        raise NumberError(f"`extrapolate` needs 1 to {MAX_ROWS} scales, not {len(tried.scale)}", here)
    if tried.at <= 0:
        raise NumberError(f"`at` must be above 0, not {quoted(tried.at)}", (*here, "at"))
    rows: list[float] = []
    for index, (size, trials, held) in enumerate(zip(tried.scale, tried.trials, tried.held, strict=True)):
        if size <= 0:
            raise NumberError(f"a scale must be above 0, not {quoted(size)}", (*here, "scale", index))
        if not 0 <= held <= trials:
            raise NumberError(
                f"0 <= held <= trials must hold: {held:g} of {trials:g}", (*here, "held", index)
            )
        rows += [size, trials, held]
    if len(set(tried.scale)) < 2:
        raise NumberError("at least two different scales are needed to see a trend", (*here, "scale"))
    return Distribution("extrapolate", (tried.at, *rows))


EXTRAPOLATE = Form(
    "extrapolate",
    "{ extrapolate = { scale = [1e9, 1e10], trials = [100, 100], held = [99, 95], at = 1e12 } }",
    _canonical,
    probability=Meaning(
        Extrapolate,
        "posterior at `at` of a logistic regression of held among trials on log10(scale): what smaller "
        "models did, carried to a larger one",
    ),
    families={"extrapolate": UNIT},  # (at, then scale, trials, held of each row)
)
