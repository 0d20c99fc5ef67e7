"""`{ quantiles }`: stated quantiles, interpolated and extrapolated."""

from pydantic import Field

from sensa.stories.model import Frozen, Pair
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import POSITIVE, REAL_LINE, UNIT, Form, Meaning
from sensa.stories.numbers.rules import MAX_ROWS, NumberError, Scale
from sensa.stories.problems import Path, quoted


class Quantiles(Frozen):
    """Stated quantiles, joined piecewise linearly in the probit of the level."""

    quantiles: tuple[Pair, ...] = Field(description="[[level, value], …], both increasing.")


class RealQuantiles(Quantiles):
    """Stated quantiles of a real number."""

    log: bool = Field(False, description="Linear in the logarithm of the value.")


def _canonical(model: Quantiles, scale: Scale) -> Distribution:
    rows = model.quantiles
    if not 2 <= len(rows) <= MAX_ROWS:
        raise NumberError(f"`quantiles` needs 2 to {MAX_ROWS} rows, not {len(rows)}", ("quantiles",))
    logarithmic = getattr(model, "log", False)
    for index, (level, value) in enumerate(rows):
        here: Path = ("quantiles", index)
        if not 0 < level < 1:
            raise NumberError(f"a level must be strictly within 0 and 1, not {quoted(level)}", (*here, 0))
        if index and not (rows[index - 1][0] < level and rows[index - 1][1] < value):
            raise NumberError("levels and values of `quantiles` must both increase from row to row", here)
        if scale == "probability" and not 0 < value < 1:
            message = f"a quantile of a probability must be strictly within 0 and 1, not {quoted(value)}"
            raise NumberError(message, (*here, 1), "bad-probability")
        if logarithmic and value <= 0:
            raise NumberError(f"values must be above 0 with `log = true`, not {quoted(value)}", (*here, 1))
    args = (*(level for level, _ in rows), *(value for _, value in rows))
    if scale == "probability":
        return Distribution("logit_quantiles", args)
    return Distribution("log_quantiles" if logarithmic else "quantiles", args)


QUANTILES = Form(
    "quantiles",
    "{ quantiles = [[0.05, 0.4], [0.5, 0.7], [0.95, 0.9]] }",
    _canonical,
    probability=Meaning(
        Quantiles, "log-odds piecewise linear in the probit of the level, straight on beyond the ends"
    ),
    real=Meaning(RealQuantiles, "the value likewise, or its logarithm with `log = true`"),
    families={  # (levels..., values...): piecewise linear in the probit of the level
        "quantiles": REAL_LINE,
        "log_quantiles": POSITIVE,  # the same of the value's log
        "logit_quantiles": UNIT,  # the same of the value's log-odds
    },
    common=True,
)
