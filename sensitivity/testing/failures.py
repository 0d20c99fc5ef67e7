"""What a failed assertion raises, and what it says."""

from collections.abc import Callable
from functools import cache

from sensa.properties.replay import replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain.properties import counterexample_text
from sensa.reports.layout import Paper
from sensa.reports.review import verdicts as judged
from sensa.session import Session, World

PAPER = Paper(width=100, colour=False)


class PropertyFailed(AssertionError):
    """A property does not hold; `verdict` is what was found, `case` what breaks it, if a case does."""

    def __init__(
        self, message: Callable[[], str], verdict: Verdict, case: Counterexample | None = None
    ) -> None:
        super().__init__()
        self._message, self.verdict, self.case = message, verdict, case

    def __str__(self) -> str:
        """The case and how it plays, worked out when it is read: Hypothesis drops most failures unread."""
        return self._message()


class PropertyUndecided(Exception):
    """Neither a proof nor a counterexample was found; `verdict` says why."""

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict


def failed(
    session: Session, verdict: Verdict, case: Counterexample, command: str, found: str
) -> PropertyFailed:
    """The counterexample as `sensa explain` prints it, how it was found, and how to see it again."""

    def message() -> str:
        told = counterexample_text(verdict, case, replay(session, case), session.story, PAPER)
        how = [f"replay: {command}"] * bool(command)
        return "\n".join(["", told, found, *how])

    return PropertyFailed(cache(message), verdict, case)


def unclear(verdict: Verdict, more: str = "") -> str:
    """Why a property that is not broken does not pass either."""
    said = f"{verdict.status}: {verdict.require}{judged.at(verdict)}: {judged.sentence(verdict)}"
    return f"{said}; {more}" if more else said


def world_of(case: Counterexample) -> World:
    """The world that a case is."""
    return World(violated=case.violated, credences={move.parameter: move.to for move in case.moves})
