"""Explanations for programs."""

from collections.abc import Mapping
from typing import Any

from sensa.properties.replay import Replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain.case_tables import WAYS, tables
from sensa.reports.explain.report import Explanation
from sensa.reports.layout import Paper
from sensa.reports.result.json import dumps, finite
from sensa.reports.review import verdict_lines as judged
from sensa.reports.review.json import plain
from sensa.stories.story import Story


def of_name(found: Explanation, paper: Paper) -> str:
    """The facts and tables of a name; JSON needs no paper."""
    return dumps(_plain(found))


def of_verdict(verdict: Verdict, file: str, paper: Paper, asserted: str = "") -> str:
    """A property and its verdict."""
    found = {
        "format": "sensa-explanation/1",
        "name": verdict.name,
        "kind": "property",
        "file": verdict.place.file,
        "line": verdict.place.line,
        "verdict": plain(verdict),
    }
    return dumps(found)


def of_case(verdict: Verdict, case: Counterexample, played: Replay, story: Story, paper: Paper) -> str:
    """A case that breaks a property, and how the story ends in it."""
    facts = [
        ("property", verdict.name),
        ("requires", verdict.require),
        ("case", judged.parts(case)),
    ]
    facts.append(("computed", WAYS[played.how]))
    explanation = Explanation(
        case.name, "counterexample", verdict.place, facts, [*tables(played, story.document)]
    )
    return dumps({**_plain(explanation), "witness": plain(case)})


def _plain(found: Explanation) -> Mapping[str, Any]:
    """Facts and tables as plain values."""
    return {
        "format": "sensa-explanation/1",
        "name": found.name,
        "kind": found.kind,
        "file": found.place.file,
        "line": found.place.line if found.declared else None,
        "facts": [{"label": label, "text": text} for label, text in found.facts],
        "tables": [
            {
                "title": table.title,
                "columns": list(table.columns),
                "note": table.note,
                "rows": [{"name": name, "values": list(map(finite, values))} for name, values in table.rows],
            }
            for table in found.tables
        ],
    }
