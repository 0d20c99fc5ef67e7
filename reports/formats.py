"""The formats of reviews by name; each is imported when it is asked for."""

from collections.abc import Callable, Sequence
from importlib import import_module

from sensa.reviewing import Review

MODULES = {
    "text": "review_text",
    "json": "review_json",
    "markdown": "markdown",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
}
SHORT = {"md": "markdown"}


def render(reviews: Sequence[Review], format: str) -> str:
    """Reviews in a format; nothing is computed anew."""
    module = import_module(f"sensa.reports.{MODULES[SHORT.get(format, format)]}")
    found: Callable[[Sequence[Review]], str] = module.render
    return found(reviews)
