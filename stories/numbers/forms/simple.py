"""The forms that an expert may use; a new distribution is a file in this folder and a row here.

docs/story-format.md and the JSON Schema keep their order.
"""

from sensa.stories.numbers.form import Table
from sensa.stories.numbers.forms import (
    beta,
    bounded,
    central_interval,
    error_factor,
    groups,
    moments,
    normal,
    odds,
    positive,
    quantiles,
)

SIMPLE = Table(
    (
        odds.ODDS,
        central_interval.LOW_HIGH,
        beta.BETA,
        beta.MEAN_CONCENTRATION,
        moments.MEAN_SD,
        error_factor.MEDIAN_ERROR_FACTOR,
        beta.HELD_TRIALS,
        groups.GROUPS,
        normal.LOGIT_NORMAL,
        normal.NORMAL,
        normal.LOGNORMAL,
        bounded.UNIFORM,
        bounded.TRIANGULAR,
        bounded.PERT,
        bounded.LOGUNIFORM,
        positive.GAMMA,
        positive.EXPONENTIAL,
        quantiles.QUANTILES,
        bounded.IN_WORDS,
        bounded.INTERVAL,
    )
)
