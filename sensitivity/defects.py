"""What is wrong with a story that only compiling shows: named by path, placed in the file by the caller."""

from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class Defect:
    """One error or warning of a stage after the checks; `path` is the author's key path."""

    code: str
    path: str
    message: str
    fix: str | None = None


class DefectiveStory(Exception):
    """A story that cannot be compiled, with every reason that the stage found."""

    def __init__(self, defects: tuple[Defect, ...]) -> None:
        super().__init__("; ".join(f"{d.path}: {d.message}" for d in defects))
        self.defects = defects


class OutOfTime(Exception):
    """A stage was not done within the time it was given; names what was being worked on."""


class Deadline:
    """A stage's budget of time: what would take longer is left undone, and never waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = monotonic() + seconds

    def check(self, path: str) -> None:
        """Raise `OutOfTime`, naming what was being worked on, once the time is up."""
        if monotonic() > self._end:
            fix = "fewer steps, fewer cases of each node, or more time"
            raise OutOfTime(f"the story was not compiled within {self._seconds:g} s, at `{path}` ({fix})")
