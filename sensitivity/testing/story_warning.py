"""The category of warnings about stories."""


class StoryWarning(UserWarning):
    """A warning of `sensa check`, issued while a property of the story is tested."""
