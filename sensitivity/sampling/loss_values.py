"""What outcomes cost at values of the parameters."""

import numpy as np

from sensa.circuit import Circuit
from sensa.kernels.program import Floats
from sensa.sampling.parameters import RunError, evaluate
from sensa.stories.numbers.limits import LARGEST_LOSS, LOSS_TOO_LARGE


def loss_values(circuit: Circuit, theta: Floats) -> Floats:
    """Losses (samples, losses); raises `RunError` if one is too large to compute a spread."""
    losses = evaluate(circuit, np.array([loss.program for loss in circuit.losses], np.int32), theta)
    beyond = ~(np.abs(losses) <= LARGEST_LOSS)
    if beyond.any():
        wrong = circuit.losses[int(np.argmax(beyond.any(axis=0)))]
        raise RunError(LOSS_TOO_LARGE, f"outcomes.{wrong.outcome}.loss")
    return losses
