"""A small story with a log beside it, for tests."""

from pathlib import Path

from tests.evidence.written_logs import as_archive, sample
from tests.short_stories import story

BODY = """
[assumptions.refuses]   # what the probe is about
claim = "It refuses"
part = "goal.desirability"
credence = { from = "evidence" }
evidence = [
  { source = "A paper", kind = "paper" },   # keep this
  { log = "runs/probe.eval",  scorer = "match" },
]
because = "It was  seen."
[safeguards.monitor]
against = ["not refuses"]
power = { from = "evidence", prior = [1, 1] }
[[safeguards.monitor.evidence]]
log = "runs/monitor.csv" # by hand
scorer = "suspicion"
success = ">= 0.8"
"""
TEXT = story(BODY, "not refuses and not monitor", "not refuses")


def lab(folder: Path, held: int = 18, trials: int = 20, text: str = TEXT) -> Path:
    """The story in a folder, with its logs: so many of so many, and 3 of 4."""
    file = folder / "story.toml"
    file.write_text(text)
    as_archive(folder / "runs/probe.eval", [sample(i, "C" if i < held else "I") for i in range(trials)])
    (folder / "runs/monitor.csv").write_text("suspicion\n0.9\n0.8\n1\n0.1\n")
    return file
