"""Every string in the columns of names of the reports can be explained."""

import re
from pathlib import Path

import pytest

from sensa import pipeline
from sensa.analyses import DEFAULT
from sensa.properties.judge import judge
from sensa.reports.explain import names as explaining_names
from sensa.reports.explain import report
from sensa.reports.explain.text import of_name
from sensa.reports.layout import MARKS, Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import Context, render
from sensa.sampling.settings import Settings
from sensa.stories import traversal
from sensa.stories.days import today
from sensa.stories.loading import examine
from sensa.stories.problems import path_text

LIBRARY = sorted(Path("stories/library").glob("*.toml"))
HEADS = ("How it ends", "When it ends", "If violated")
NUMBERS = re.compile(r"(?:Which unknown number moves|Which number moves|What moves)")


def columns_of_names(text: str) -> set[str]:
    """What stands in the columns of names: outcomes, violations, numbers, criteria, properties."""
    found: set[str] = set()
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if not line.startswith(HEADS):
            continue
        second = NUMBERS.search(line)
        for row in lines[i + 1 :]:
            if not row.strip() or row.lstrip().startswith(("Note: ", "Breaks", "catastrophe by")):
                break
            left = row[: second.start()] if second else row
            cells = [left, row[second.start() :] if second else ""]
            for cell in cells:
                name = re.split(r"\s{2,}", cell.strip())[0]
                if (
                    name
                    and not name.startswith("and ")
                    and "…" not in name
                    and "no number is uncertain" not in cell
                ):
                    found.add(name)
    criteria = re.search(r"^Criteria +(.+?)(?=^\w)", text, re.M | re.S)
    if criteria:
        spelled = " ".join(criteria[1].split())
        found |= {re.split(r" (?=[\d<>])", part.strip())[0] for part in spelled.split(";")}
    warnings = re.search(r"^Warnings +(.+)$", text, re.M)
    if warnings:
        found |= set(re.findall(r"\d+ ([a-z-]+)(?=[,; (])", warnings[1])) - {"turned"}
    found |= set(re.findall(r"^[✗✓?~∅–] \w+ +(\w+):", text, re.M))
    return found


QUICK = {"approval", "cat_classifier", "mushrooms", "robot_arm", "small_models_first", "staged_release"}
SOME_SLOW = [pytest.param(f, marks=() if f.stem in QUICK else pytest.mark.slow) for f in LIBRARY]


@pytest.mark.parametrize("file", SOME_SLOW, ids=lambda file: file.stem)
def test_every_name_of_a_report_is_explained(file: Path) -> None:
    """Those of the text as printed, and all that the result has as coordinates."""
    story, warnings = examine(file)
    model = pipeline.prepare(story, Settings(points=256))
    tree = pipeline.analyse(model, [*DEFAULT, "nodes", "numbers"])
    found = answers(tree)
    judgement = judge(model, today=today(), seconds=5)
    printed: set[str] = set()
    for everything in (False, True):
        context = Context(warnings, judgement=judgement, everything=everything)
        printed |= columns_of_names(render(found, Paper(100, False), context))
    assert len(printed) > 5
    assert any(name.lstrip("".join(MARKS.values())).strip() in story.document.outcomes for name in printed)
    asked = printed | {*found.outcomes, *found.kinds, *found.criteria, *found.sobol_credence}
    asked |= {*found.expectations, *filter(None, found.phases), "failure"}
    asked |= {problem.code for problem in warnings}
    asked |= {event.mode for event in story.document.events.values() if event.mode}
    asked |= {path_text(number.path) for number in traversal.numbers(story.document)}
    asked |= {f"{choice}: {o}" for choice, of in story.document.choices.items() for o in of.options}
    known = explaining_names.names(story)
    for name in sorted(asked):
        named = explaining_names.find(known, name)
        assert named is not None, name
        if named.kind != "property":
            told = report.explanation(story, tree, named)
            written = [text for label, text in told.facts if label != "computed"]
            assert any(len(text) > 2 for text in written), name
            assert len(of_name(told, Paper(100, False)).splitlines()) > 3, name
