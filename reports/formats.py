"""The formats of reviews by name; each is imported when it is used."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from sensa.reviewing.review import Review

Renderer = Callable[[Sequence[Review]], str]
NAMES = ("text", "json", "markdown", "sarif", "junit", "github")  # each a file of `sensa.reports.review`
SHORT = {"md": "markdown"}


def render(reviews: Sequence[Review], format: str) -> str:
    """Reviews in a format; nothing is computed anew."""
    module = import_module(f"sensa.reports.review.{SHORT.get(format, format)}")
    found: Renderer = module.render
    return found(reviews)


FORMATS: dict[str, Renderer] = {name: partial(render, format=name) for name in NAMES}
