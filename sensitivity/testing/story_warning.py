"""The category of warnings about stories."""


class StoryWarning(UserWarning):
    """What `sensa check` warns of, met while a property of the story is tested."""
