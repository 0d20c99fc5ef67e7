"""Rules of an organisation: a file of properties that many stories must satisfy."""

from dataclasses import replace
from datetime import date

from sensa.stories.checking import blanks, properties
from sensa.stories.checking.all_checks import check
from sensa.stories.checking.view import view_of
from sensa.stories.positions import scan
from sensa.stories.problems import Place, Problem, StoryError, in_order, path_of, quoted
from sensa.stories.reading import Written, read, text_of, values
from sensa.stories.shape import shaped
from sensa.stories.story import Story

KEYS = ("format", "properties")
ONLY = "a file of rules has `[properties]` and nothing else"


def rules(path: Written, story: Story) -> Story:
    """A story with the properties of a file instead of its own, each at its place in that file.

    Raises `StoryError` for errors in the file, by itself or for this story: a measure that names something
    the story does not have, or a property that the story has too.
    """
    file, text = str(path), text_of(path).removeprefix("\ufeff")
    positions = scan(text)
    written = values(text, file, positions)
    where = positions.where(file)
    wrong = [
        Problem("unknown-key", "error", where((key,), True), key, f"unknown key {quoted(key)}", ONLY)
        for key in written
        if key not in KEYS
    ]
    whole = {key: value for key, value in story.values.items() if key not in ("properties", "waivers")}
    stated = written.get("properties", {})
    raw = {**whole, "properties": stated}
    document, problems = shaped(raw, where)
    wrong += problems
    if not stated and not wrong:
        message = "no properties"
        fix = "a file of rules has a table `[properties.NAME]` for each; leave `--properties` out for none"
        wrong.append(Problem("too-few", "error", Place(file, 1, 1), "properties", message, fix))
    if document is None or wrong:
        raise StoryError(in_order(wrong))
    ruled = replace(story, file=file, text=text, document=document, values=raw, positions=positions)
    view = view_of(ruled)
    wrong += properties.problems(view)
    wrong += (problem for problem in blanks.problems(view) if path_of(problem.path)[0] == "properties")
    for name in document.properties:
        if name in story.document.properties:
            message = (
                f"{quoted(name)} is a property of {quoted(story.file)} too; a rule needs a name of its own"
            )
            wrong.append(
                Problem(
                    "duplicate-name",
                    "error",
                    where(("properties", name), True),
                    f"properties.{name}",
                    message,
                )
            )
    if wrong:
        raise StoryError(in_order(wrong))
    return ruled


def examined(
    source: Written | Story, today: date, properties: Written | None
) -> tuple[Story, Story | None, tuple[Problem, ...]]:
    """A story, its rules (as a story), and its warnings. Raises `StoryError`."""
    story = source if isinstance(source, Story) else read(source)
    ruled = None if properties is None else rules(properties, story)
    problems = check(story, today)
    if ruled is not None:
        problems = tuple(problem for problem in problems if not waives(problem, story, ruled))
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problems)
    return story, ruled, problems


def without_rules(source: Written | Story) -> Story:
    """A story without errors where its rules are not at hand: waivers may be of rules, which others have.

    Raises `StoryError` with all errors.
    """
    story = source if isinstance(source, Story) else read(source)
    wrong = [problem for problem in check(story) if problem.severity == "error" and not _of_waiver(problem)]
    if wrong:
        raise StoryError(wrong)
    return story


def _of_waiver(problem: Problem) -> bool:
    """Whether a problem is that a waiver is of no property of the story itself."""
    path = path_of(problem.path)
    return problem.code == "unknown-property" and len(path) > 1 and isinstance(path[1], int)


def waives(problem: Problem, story: Story, ruled: Story) -> bool:
    """Whether a problem is only about a waiver of one of the rules, which is allowed."""
    place = path_of(problem.path)[1:2]
    if not _of_waiver(problem) or not isinstance(place[0], int):
        return False
    return story.document.waivers[place[0]].property in ruled.document.properties
