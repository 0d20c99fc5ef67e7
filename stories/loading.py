"""Read a story and check it: whatever is wrong is found before anything is computed."""

from datetime import date

from sensa.stories.arguments import require_day, require_kind
from sensa.stories.checking.all_checks import check
from sensa.stories.problems import Problem, StoryError
from sensa.stories.reading import Written, parse, read
from sensa.stories.story import Story

Source = Written | Story


def load(source: Source) -> Story:
    """Read and check the story in a file. Raises `StoryError` with all its errors."""
    return examine(source)[0]


def loads(text: str, file: str = "story.toml") -> Story:
    """Read and check a story in a text; `file` is the file name in problems. Raises `StoryError`."""
    require_kind("the text of a story", "`sensa.load(path)` reads a file", text, str)
    require_kind("a name for the file", "problems begin with it", file, str)
    return examine(parse(text, file))[0]


def require_story(story: object) -> None:
    """Raise `TypeError`, with a hint, unless the value is a loaded story."""
    require_kind("a loaded story", "`sensa.load(path)` loads one", story, Story)


def examine(source: Source, *, today: date | None = None) -> tuple[Story, tuple[Problem, ...]]:
    """A story and its warnings. Raises `StoryError` with all its errors and warnings."""
    if today is not None:
        require_day("today", today)
    story = source if isinstance(source, Story) else read(source)
    problems = check(story, today)
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problems)
    return story, problems
