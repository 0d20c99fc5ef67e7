"""What is wrong with a story that only compiling shows: named by path, placed in the file by the caller."""

from dataclasses import dataclass


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
