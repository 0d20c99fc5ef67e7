"""What the text of a story decides alone: its errors and warnings. This loads no numeric stack."""

from dataclasses import dataclass, replace
from datetime import date
from time import monotonic

from sensa.interrupts import TimeUp
from sensa.reviewing.review import CODES, Review
from sensa.stories.policies import examined
from sensa.stories.problems import StoryError
from sensa.stories.reading import Contents, Written, read
from sensa.stories.story import Story


@dataclass(frozen=True)
class Readable:
    """A story without errors, its rules, and its review so far."""

    story: Story
    ruled: Story | None
    review: Review
    logs: bool  # whether logs may be beside its file
    start: float  # of `time.monotonic`, when reading began


def first_look(source: Written | Story, today: date, properties: Written | None) -> Readable | Review:
    """The story, or the whole review of one that is wrong, or that took too long to read."""
    start = monotonic()
    empty = Review(source.file if isinstance(source, Story) else str(source), "", "", "wrong", CODES["wrong"])
    try:
        story = source if isinstance(source, Story) else read(source)
        empty = replace(empty, title=story.document.story.title, digest=story.digest)
        _, ruled, problems = examined(story, today, properties)
    except StoryError as error:
        return replace(empty, problems=error.problems)
    except TimeUp as up:
        return out_of_time(empty, up)
    logs = not isinstance(source, Story | Contents)
    return Readable(story, ruled, replace(empty, problems=problems), logs, start)


def out_of_time(review: Review, up: TimeUp) -> Review:
    """The review if its time was up before there was an answer."""
    return replace(
        review,
        state="undecided",
        exit_code=CODES["undecided"],
        message=f"{up} before there was an answer",
    )
