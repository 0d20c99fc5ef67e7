"""Errors of failed assertions, and their messages."""

from collections.abc import Callable
from functools import cache

from sensa.properties.replay import replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain.text import of_case
from sensa.reports.layout import SCROLL
from sensa.reports.review import verdict_lines as judged
from sensa.session import Session, World


class PropertyFailed(AssertionError):
    """A property does not hold; `verdict` has the details, `case` the counterexample, if any."""

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
    """The error for a counterexample, as `sensa explain` prints it, with how it was found and its replay."""

    def message() -> str:
        text = of_case(verdict, case, replay(session, case), session.story, SCROLL)
        how = [f"replay: {command}"] * bool(command)
        return "\n".join(["", text, found, *how])

    return PropertyFailed(cache(message), verdict, case)


def unclear(verdict: Verdict, more: str = "") -> str:
    """Why a property neither passes nor fails."""
    said = f"{verdict.status}: {verdict.require}{judged.at(verdict)}: {judged.sentence(verdict)}"
    return f"{said}; {more}" if more else said


def world_of(case: Counterexample) -> World:
    """The world of a case."""
    return World(violated=case.violated, credences={move.parameter: move.to for move in case.moves})
