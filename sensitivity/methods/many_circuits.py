"""Outcomes of many circuits of one story, which share the work that an analysis may take."""

from dataclasses import replace

from sensa.engines.protocol import NO_FORCE, Draws
from sensa.kernels.program import Floats
from sensa.sampling.parameters import Block
from sensa.session import Session, under


def without_diagrams(session: Session) -> Session:
    """The session itself if worlds are exact; else one that tries no diagram for any of many circuits."""
    if session.ends.way == "exact":
        return session
    return replace(session, settings=replace(session.settings, engine="montecarlo"))


def outcomes_of(session: Session, passes: int) -> Floats:
    """The outcomes (replicates, outcomes) of one of so many circuits, which share the work allowed."""

    def summed(block: Block, draws: Draws) -> Floats:
        total: Floats = under(session.ends, block.p, session.by_outcome, [NO_FORCE], draws)[0].sum(axis=0)
        return total

    effort = session.budget.effort(session.ends, passes)
    return session.executor.means(summed, session.blocks(effort), effort)
