"""Problems of a story that only compiling shows, by path; the caller adds their place in the file."""

from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class Defect:
    """An error or warning of a stage after the checks; `path` is the author's key path."""

    code: str
    path: str
    message: str
    fix: str | None = None


class DefectiveStory(Exception):
    """A story that cannot be compiled, with all the defects that the stage found."""

    def __init__(self, defects: tuple[Defect, ...]) -> None:
        super().__init__("; ".join(f"{d.path}: {d.message}" for d in defects))
        self.defects = defects


class OutOfTime(Exception):
    """A stage did not finish in time; the message names what it was working on."""


class Deadline:
    """The time limit of a stage, which must check it often."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = monotonic() + seconds

    def check(self, path: str) -> None:
        """Raise `OutOfTime`, with the path being worked on, once the time is up."""
        if monotonic() > self._end:
            fix = "fewer steps, fewer cases of each node, or more time"
            raise OutOfTime(f"the story was not compiled within {self._seconds:g} s, at `{path}` ({fix})")


class WrongObservation(ValueError):
    """What is given is no expression over the story, or impossible, or seen in no sampled world."""
