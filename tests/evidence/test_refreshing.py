"""Counts written into a story: exactly those, and nothing else of its text."""

import hashlib
from pathlib import Path

import pytest
import tomli

from sensa.evidence.refreshing import added, refreshed
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse, read
from sensa.stories.schema.bookkeeping import Evidence
from tests.evidence.stories_with_logs import TEXT, lab
from tests.evidence.written_logs import as_archive, sample
from tests.short_stories import story as short_story


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_counts_are_written_and_all_else_stays_to_the_letter(tmp_path: Path) -> None:
    file = lab(tmp_path)
    story, found = refreshed(read(file))
    probe = (
        '{ log = "runs/probe.eval",  scorer = "match", held = 18, trials = 20, task = "probe", '
        f'model = "lab/model-1", revision = "abc123", date = 2026-11-20, '
        f'sha256 = "{sha(tmp_path / "runs/probe.eval")}" }}'
    )
    monitor = f'held = 3\ntrials = 4\nsha256 = "{sha(tmp_path / "runs/monitor.csv")}"\n'
    before = '{ log = "runs/probe.eval",  scorer = "match" }'
    wanted = TEXT.replace(before, probe).replace('success = ">= 0.8"\n', f'success = ">= 0.8"\n{monitor}')
    assert story.to_toml() == wanted
    assert [(one.count.held, one.count.trials) for one in found] == [(18, 20), (3, 4)]


def test_counting_again_changes_nothing(tmp_path: Path) -> None:
    file = lab(tmp_path)
    once = refreshed(read(file))[0].to_toml()
    file.write_text(once)
    assert refreshed(read(file))[0].to_toml() == once


def test_what_is_counted_already_stays_in_its_order(tmp_path: Path) -> None:
    """`unscored` may stand before the hash; a new count keeps it there, and an old one all to the letter."""
    file = lab(tmp_path)
    log = tmp_path / "runs/probe.eval"
    as_archive(log, [*(sample(i, "C") for i in range(3)), sample("x", None)])
    text = refreshed(read(file))[0].to_toml()
    first = text.replace(", unscored = 1", "").replace(", sha256", ", unscored = 1,  sha256")
    assert first != text
    file.write_text(first)
    assert refreshed(read(file))[0].to_toml() == first
    old = sha(log)
    as_archive(log, [*(sample(i, "C") for i in range(4)), sample("x", None), sample("y", None)])
    after = refreshed(read(file), ["refuses"])[0].to_toml()
    line = next(line for line in after.splitlines() if "probe.eval" in line)
    assert old not in after
    assert line.index("held = 4, trials = 4") < line.index("unscored = 2") < line.index(sha(log))


def test_a_new_log_changes_its_counts_and_no_more(tmp_path: Path) -> None:
    file = lab(tmp_path)
    before = refreshed(read(file))[0].to_toml()
    file.write_text(before)
    old = sha(tmp_path / "runs/probe.eval")
    samples = [sample(i, "C" if i < 8 else "I") for i in range(12)] + [sample("x", None)]
    as_archive(tmp_path / "runs/probe.eval", samples, config={"limit": 13})
    after = refreshed(read(file), ["refuses"])[0].to_toml()
    new = sha(tmp_path / "runs/probe.eval")
    assert after == (
        before.replace("held = 18, trials = 20", "held = 8, trials = 12")
        .replace(f'sha256 = "{old}"', f'sha256 = "{new}", unscored = 1, subset = "limit 13"')
    )  # fmt: skip
    file.write_text(after)
    as_archive(tmp_path / "runs/probe.eval", [sample(i, "C" if i < 18 else "I") for i in range(20)])
    assert refreshed(read(file))[0].to_toml() == before


def test_a_log_is_added(tmp_path: Path) -> None:
    plain = TEXT.replace('{ from = "evidence" }', "0.9   # a guess").replace(
        '  { log = "runs/probe.eval",  scorer = "match" },\n', ""
    )
    file = lab(tmp_path, text=plain.replace('{ from = "evidence", prior = [1, 1] }', "0.5"))
    item = Evidence(log="runs/probe.eval", success="I")
    story, one = added(read(file), "refuses", item, use=True)
    values = tomli.loads(story.to_toml())["assumptions"]["refuses"]
    assert values["credence"] == {"from": "evidence"}
    assert values["evidence"][1]["held"] == 2
    assert one.path == ("assumptions", "refuses", "evidence", 1)
    assert "  # keep this" in story.to_toml()
    kept, _ = added(read(file), "refuses", item, use=False)
    assert tomli.loads(kept.to_toml())["assumptions"]["refuses"]["credence"] == 0.9


def test_what_cannot_be_counted_is_told_at_its_place(tmp_path: Path) -> None:
    file = lab(tmp_path)
    (tmp_path / "runs/monitor.csv").unlink()
    as_archive(tmp_path / "runs/probe.eval", [sample("a", "C")], status="cancelled")
    with pytest.raises(StoryError) as caught:
        refreshed(read(file))
    assert [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems] == [
        "19:3: assumptions.refuses.evidence[1]: `runs/probe.eval` was cancelled",
        "25:22: safeguards.monitor.evidence[0]: `runs/monitor.csv` is not there",
    ]


def test_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^no node `refuse` with evidence \(did you mean `refuses`\?\)$"):
        refreshed(read(lab(tmp_path)), ["refuse"])


@pytest.mark.parametrize(
    ("name", "table"), [("rate", "quantities"), ("bad", "outcomes"), ("train", "phases"), ("way", "choices")]
)
def test_what_has_no_trials_of_its_own(name: str, table: str) -> None:
    body = '[quantities.rate]\nvalue = 1\n[[phases]]\nname = "train"\n'
    body += "[choices.way.options]\none = { weight = 1 }\ntwo = { weight = 1 }\n"
    found = parse(
        short_story(body + '[assumptions.a]\nclaim = "c"\npart = "goal.desirability"\n', "not a"), "s"
    )
    with pytest.raises(ValueError, match=f"^`{name}` is in `{table}`: logs are counted for `assumptions`, "):
        refreshed(found, [name])


ASSUMED = '[assumptions.a]\nclaim = "c" # x\npart = "goal.desirability"\n'
LAYOUTS = {
    "on one line": ASSUMED + 'credence = 0.5\nevidence = [{ source = "s" }] # tail\n',
    "on lines": ASSUMED + 'evidence = [\n  # first\n  { source = "s" },\n]\ncredence = 0.5\nbecause = "b"\n',
    "with headers": ASSUMED
    + 'credence = 0.5\n[[assumptions.a.evidence]] # h\nsource = "s"\n\n# then\n[events.e]\nchance = 0.1\n',
    "none yet": ASSUMED + "credence = 0.5\n\n# next\n[events.e]\nchance = 0.1\n",
    "before cases": ASSUMED + 'credence = 0.5\n[[assumptions.a.given]]\nif = "true"\ncredence = 0.4\n',
    "dotted": '[assumptions]\na.claim = "c"\na.part = "goal.desirability"\na.credence = 0.5 # z\n',
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("body", LAYOUTS.values(), ids=LAYOUTS)
def test_every_other_line_stays_in_any_layout(tmp_path: Path, body: str, end: str) -> None:
    """What is left of the lines before, in their order, without the two that change."""
    lab(tmp_path)
    before = short_story(body, "not a").replace("\n", end)
    story, _ = added(
        parse(before, str(tmp_path / "story.toml")), "a", Evidence(log="runs/probe.eval"), use=True
    )
    after = story.to_toml()
    assert after.count(end) == after.count("\n")
    changed = ("credence = 0.5", "evidence = [{")
    kept = [line for line in before.splitlines(keepends=True) if not any(part in line for part in changed)]
    rest = iter(after.splitlines(keepends=True))
    assert all(line in rest for line in kept)
    values = tomli.loads(after.replace("\r\n", "\n"))["assumptions"]["a"]
    assert values["credence"] == {"from": "evidence"}
    assert (values["evidence"][-1]["log"], values["evidence"][-1]["held"]) == ("runs/probe.eval", 18)
