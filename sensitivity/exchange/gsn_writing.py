"""The argument of a story as a goal structure, in the YAML of gsn2x.

The top goal is that the model is desirable; the rationale is its strategy; each assumption is a goal, with
its credence as a layer. Reasons are justifications, evidence is a solution, a challenge challenges.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sensa.stories.schema.document import Document
from sensa.stories.schema.nodes import Assumption, Challenge
from sensa.stories.writing import value_text

NO_CREDENCE = "nothing is claimed"
TOP, STRATEGY, SPECIFICATION = "G_desirability", "S_rationale", "C_specification"
Node = Mapping[str, Any]


def written(document: Document, values: Mapping[str, Any]) -> str:
    """The file; `values` has the story as written, for its numbers."""
    lines: list[str] = []
    for name, node in _nodes(document, values):
        lines.append(f"{name}:")
        lines += [f"  {key}: {_yaml(value)}" for key, value in node.items()]
    return "\n".join(lines) + "\n"


def _yaml(value: Any) -> str:
    """A value as YAML, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False)


def _nodes(document: Document, values: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    goal, rationale = document.goal, document.rationale
    yield (
        TOP,
        {
            "text": goal.desirability,
            "supportedBy": [STRATEGY],
            "inContextOf": [SPECIFICATION],
        },
    )
    yield SPECIFICATION, {"text": goal.specification}
    goals = [f"G_{name}" for name in document.assumptions]
    support: Node = {"supportedBy": goals} if goals else {"undeveloped": True}
    yield STRATEGY, {"text": " ".join([*rationale.constraints, *rationale.nudges]), **support}
    for name, assumption in document.assumptions.items():
        credence = values["assumptions"][name].get("credence")
        yield from _claim(f"G_{name}", name, assumption, credence)
    for name, challenge in document.challenges.items():
        yield from _challenge(document, name, challenge)


def _claim(node: str, name: str, of: Assumption, credence: Any) -> Iterator[tuple[str, Node]]:
    solutions = [f"Sn_{name}_{number}" for number in range(1, len(of.evidence) + 1)]
    found: dict[str, Any] = {"text": of.claim}
    found |= {"supportedBy": solutions} if solutions else {"undeveloped": True}
    if of.because:
        found["inContextOf"] = [f"J_{name}"]
    found["credence"] = NO_CREDENCE if credence is None else value_text(credence)
    if of.falsified_by:
        found["falsified_by"] = of.falsified_by
    yield node, found
    if of.because:
        yield f"J_{name}", {"text": of.because}
    for solution, evidence in zip(solutions, of.evidence, strict=True):
        yield solution, {"text": evidence.source or evidence.log}


def _challenge(document: Document, name: str, of: Challenge) -> Iterator[tuple[str, Node]]:
    challenged = f"G_{of.against}" if of.against in document.assumptions else f"CG_{of.against}"
    found = {"text": of.claim, "challenges": challenged, "status": of.status}
    if of.answer:
        found["answer"] = of.answer
    yield f"CG_{name}", found
