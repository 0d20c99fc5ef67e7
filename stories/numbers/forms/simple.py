"""The forms that an expert may use; a new distribution is a file in this folder and a row here.

docs/story-format.md and the JSON Schema keep their order.
"""

from sensa.stories.numbers.form import Table
from sensa.stories.numbers.forms import beta, bounded, central_interval, normal, positive, quantiles

SIMPLE = Table(
    (
        central_interval.LOW_HIGH,
        beta.BETA,
        beta.MEAN_CONCENTRATION,
        beta.HELD_TRIALS,
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
