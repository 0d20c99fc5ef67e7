"""Pytest collection of stories: a file of tests, one for each property."""

import os
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NoReturn

import pytest

from sensa.cli.check import believed
from sensa.cli.check_story import reviewed_or_failed
from sensa.cli.failing import failure
from sensa.cli.options import rules_from
from sensa.properties.verdicts import Verdict
from sensa.reports.review import verdict_lines as judged
from sensa.reviewing.review import Review
from sensa.stories.policies import examined
from sensa.stories.problems import Place, escaped
from sensa.testing.check_settings import Settings, settings
from sensa.testing.story_warning import StoryWarning

CHANGED = "the story has changed since its tests were collected, and has no such property any more"
OPEN = ("undecided", "vacuous")  # neither pass nor fail


class StoryFile(pytest.File):
    """A story; its errors are collection errors."""

    def collect(self) -> Iterator[pytest.Item]:
        """Collect a test for each property of the story, then for each of the file of properties."""
        try:
            wanted = self.settings.wanted
            rules = rules_from(wanted.properties, wanted.config_from)
            story, ruled, _ = examined(self.file, wanted.today, rules)
        except pytest.UsageError as error:  # which pytest would show with a traceback
            raise self.CollectError(str(error)) from None
        except Exception as error:
            failed = failure(error)
            if failed.status == "internal":
                raise
            wrong = [str(problem) for problem in failed.problems if problem.severity == "error"]
            raise self.CollectError("\n".join(wrong or [f"{self.file}: {failed.message}"])) from None
        for source in (story,) if ruled is None else (story, ruled):
            for name, stated in source.document.properties.items():
                place = source.key_place(("properties", name))
                item: PropertyItem = PropertyItem.from_parent(self, name=name, place=place)
                marked = pytest.mark.sensa(story=self.file, property=name, severity=stated.severity)
                item.add_marker(marked)
                yield item

    @cached_property
    def file(self) -> str:
        """The story's path as on the command line."""
        try:
            return os.path.relpath(self.path)
        except ValueError:  # on another drive
            return str(self.path)

    @property
    def settings(self) -> Settings:
        """The settings for judging stories in this run."""
        return settings(self.config)

    @cached_property
    def review(self) -> Review:
        """The review of the story by `sensa check`, computed once for all its properties."""
        used = self.settings
        cached = used.cached and believed()
        return used.noted(
            reviewed_or_failed(self.file, used.wanted, cached=cached, report_failure=lambda failed: None)
        )


class PropertyItem(pytest.Item):
    """A property of a story as a test."""

    parent: StoryFile

    def __init__(self, *, place: Place, **more: Any) -> None:
        super().__init__(**more)
        self.place = place

    def reportinfo(self) -> tuple[str, int, str]:
        """The place of the property, in its story or in the file of properties."""
        return os.path.abspath(self.place.file), self.place.line - 1, self.name

    def setup(self) -> None:
        """Judge the story at its first property; a missing verdict is an error."""
        review = self.parent.review
        for place, words in _doubts(review):
            if _is_error(place, words):
                self._fail(f"{escaped(place.file)}:{place.line}: {words}")
        verdict = self._verdict
        if verdict is None:
            self._fail(review.message or CHANGED, *map(str, review.problems))
        if verdict.status in OPEN and self._counts(verdict):
            self._fail(*judged.of_verdict(verdict, self.parent.file))
        if review.exit_code and not any(map(self._is_red, review.judgement.verdicts)):
            self._fail(review.message, *map(str, review.problems))

    def runtest(self) -> None:
        """Pass, fail or skip by the verdict."""
        verdict = self._verdict
        assert verdict is not None, "setting it up has failed"
        if verdict.status == "pass":
            return
        if verdict.status == "inactive" and not self._is_red(verdict):
            skipped = pytest.skip.Exception(f"inactive: {verdict.reason}")
            skipped._use_item_location = True
            raise skipped
        if verdict.status == "waived":
            pytest.xfail("; ".join(judged.waiver(use) for use in verdict.waivers if use.standing == "used"))
        elif not self._counts(verdict):
            by = "severity" if verdict.severity == "warning" else "fail-on"
            value = "warning" if verdict.severity == "warning" else "never"
            pytest.xfail(f'{verdict.status}, and `{by} = "{value}"`: {judged.sentence(verdict)}')
        self._fail(*judged.of_verdict(verdict, self.parent.file))

    @property
    def _verdict(self) -> Verdict | None:
        every = self.parent.review.judgement.verdicts
        return next((verdict for verdict in every if verdict.name == self.name), None)

    def _counts(self, verdict: Verdict) -> bool:
        fail_on = self.parent.settings.wanted.fail_on
        return fail_on == "warning" or (fail_on != "never" and verdict.severity == "error")

    def _is_red(self, verdict: Verdict) -> bool:
        """Whether the test of a property fails."""
        red = ["fail", *OPEN]
        if self.parent.settings.wanted.fail_on in ("inactive", "suspect"):
            red.append("inactive")
        return verdict.status in red and self._counts(verdict)

    def _fail(self, *lines: str) -> NoReturn:
        where = f"{escaped(self.place.file)}:{self.place.line}: properties.{self.name}"
        pytest.fail("\n".join([*filter(None, lines), where]), pytrace=False)


def _doubts(review: Review) -> Iterator[tuple[Place, str]]:
    """The warnings of `sensa check`, and settings that loosen the verdicts."""
    for problem in review.problems:
        if problem.severity == "warning":
            said = str(problem).removeprefix(f"{problem.place}: ")
            yield problem.place, f"{said} [{problem.code}]"
    for words in review.notes:
        yield Place(review.file, 1, 1), words


def _is_error(place: Place, words: str) -> bool:
    """Issue a warning; returns whether the run's filters turn it into an error."""
    try:
        warnings.warn_explicit(StoryWarning(words), StoryWarning, escaped(place.file), place.line)
    except StoryWarning:
        return True
    return False
