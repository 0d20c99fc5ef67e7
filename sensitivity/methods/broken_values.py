"""Whether a value of an uncertain number breaks a number of the story."""

import numpy as np

from sensa.kernels.program import RealOp
from sensa.sampling.loss_values import loss_values
from sensa.sampling.parameters import require_mean
from sensa.session import Session

FEW_POINTS = 64  # parameter values of a story that none can break: to find distributions without quantiles
LARGEST_END = 1e150  # of a parameter's support: what is between two of these is finite


def require_values(session: Session) -> None:
    """Raise `RunError` if a parameter value breaks a number of the story, as a run would.

    A few values are enough where no value can break one.
    """
    circuit, points = session.circuit, session.points
    require_mean(circuit, np.array([loss.program for loss in circuit.losses], np.int32))
    if session.mean_p is not None and _never_broken(session):
        few = points.sampler.block(replicate=0, start=0, count=FEW_POINTS)
        loss_values(circuit, few.theta)
        return
    for block in points.blocks(session.budget.points_for(1, 1)):
        loss_values(circuit, block.theta)


def _never_broken(session: Session) -> bool:
    """Whether no value breaks a loss. None breaks a draw or a rule where means decide the draws."""
    reals, losses = session.circuit.reals, [loss.program for loss in session.circuit.losses]
    simple = np.isin(reals.op[losses], (RealOp.CONST, RealOp.PARAMETER)).all()
    ends = [end for one in session.points.sampler.marginals for end in one.support]
    return bool(simple and (np.abs(ends) <= LARGEST_END).all())
