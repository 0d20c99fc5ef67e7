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


class Deadline:
    """A stage's budget of time: a story that would take longer is refused, and never waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = monotonic() + seconds

    def check(self, path: str) -> None:
        """Raise `DefectiveStory`, naming what was being worked on, once the time is up."""
        if monotonic() > self._end:
            message = f"the story could not be compiled within {self._seconds:g} s"
            fix = "fewer steps, or fewer cases of each node"
            raise DefectiveStory((Defect("too-large", path, message, fix),))
