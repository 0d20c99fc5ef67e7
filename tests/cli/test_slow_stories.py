"""Stories that take too long to compile are undecided: how long it takes depends on the machine."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from typer.testing import Result

from sensa.engines.protocol import EngineRefusal
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

TEXT = story(ASSUMPTION.format(name="a", credence="{ beta = [8, 2] }"), "not a")
HOUR = 3600


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which an hour goes by whenever compiling looks at the clock."""
    monkeypatch.setattr("sensa.defects.monotonic", count(0, HOUR).__next__)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "story.toml"),
        ("check", "story.toml", "--no-cache"),
        ("explain", "story.toml", "a"),
        ("show", "story.toml", "--stage", "circuit"),
        ("diff", "story.toml", "story.toml"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_it_is_undecided_for_every_command(
    sensa_at: Callable[..., Result], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "story.toml").write_text(TEXT)
    done = sensa_at(*arguments)
    assert done.exit_code == 3
    assert "the story was not compiled within" in done.output


@pytest.mark.usefixtures("slow")
def test_in_python_it_is_a_refusal_and_no_error_of_the_story() -> None:
    with pytest.raises(EngineRefusal, match=r"^the story was not compiled within 2 s, at `assumptions\.a`"):
        prepare(load(parse(TEXT)), Settings(seconds=2.0))
