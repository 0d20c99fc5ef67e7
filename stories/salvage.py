"""What can still be checked in a story whose shape is wrong somewhere.

Each broken entry is replaced by a plain one of the same name, so that the rest can be read and all
errors come in one go. What is then found in a broken entry, or could be due to its replacement, is
not reported.
"""

from collections.abc import Iterable
from typing import Any, get_args

from sensa.stories.problems import Path, Problem, path_of
from sensa.stories.schema import Kind

_HEADERS: dict[str, dict[str, Any]] = {
    "story": {"title": ""},
    "goal": {"class": ["other"], "specification": "", "desirability": ""},
    "rationale": {"class": ["other"], "constraints": [""], "nudges": [""]},
}
_SAID = ("dependence", "waivers")  # what refers to entries by path or name: not checked where some are broken
_DROPPED = ("criteria", "expect", "properties")
_UNKNOWN = {"normal": [0.0, 1.0]}


class _BeyondRepairError(Exception):
    """A broken entry that the rest cannot be read without."""


def stubbed(raw: dict[str, Any], paths: Iterable[Path]) -> dict[str, Any] | None:
    """The values with each broken entry replaced; None where that cannot be done."""
    found = {key: dict(value) if isinstance(value, dict) else value for key, value in raw.items()}
    try:
        for path in dict.fromkeys(path[:2] for path in paths):
            _mend(found, raw, path)
    except _BeyondRepairError:
        return None
    for key in _SAID:
        found.pop(key, None)
    return found


def _mend(found: dict[str, Any], raw: dict[str, Any], path: Path) -> None:
    table = str(path[0])
    if table in _HEADERS:
        found[table] = _HEADERS[table]
    elif table not in raw or table in _SAID:
        found.pop(table, None)
    elif len(path) == 1 or not isinstance(raw[table], dict):
        if table in (*_STUBS, "phases"):
            raise _BeyondRepairError
        found.pop(table, None)
    elif table in _STUBS:
        entry = raw[table].get(path[1])
        found[table][path[1]] = _STUBS[table](entry if isinstance(entry, dict) else {})
    elif table in _DROPPED:
        found[table].pop(path[1], None)
    else:
        found.pop(table, None)


def _each_step(entry: dict[str, Any]) -> dict[str, Any]:
    return {"every_step": True} if entry.get("every_step") is True else {}


def _challenge(entry: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(entry.get("against"), str):
        raise _BeyondRepairError
    return {"against": entry["against"], "kind": "rebut", "claim": ""}


def _choice(entry: dict[str, Any]) -> dict[str, Any]:
    options = entry.get("options")
    if not isinstance(options, dict) or not options:
        raise _BeyondRepairError
    return {
        "options": {name: {"weight": 1.0, "tags": _tags(option)} for name, option in options.items()}
    } | _each_step(entry)


def _tags(option: Any) -> list[str]:
    tags = option.get("tags") if isinstance(option, dict) else None
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _safeguard(entry: dict[str, Any]) -> dict[str, Any]:
    action = "warn" if entry.get("action") == "warn" else "halt"
    return {"against": ["true"], "power": 0.5, "action": action} | _each_step(entry)


def _outcome(entry: dict[str, Any]) -> dict[str, Any]:
    if entry.get("kind") not in get_args(Kind):
        raise _BeyondRepairError
    rule = {"otherwise": True} if entry.get("otherwise") is True else {"when": "true"}
    return {"kind": entry["kind"], **rule}


_STUBS = {
    "quantities": lambda entry: {"value": _UNKNOWN},
    "assumptions": lambda entry: {"claim": "", "part": "goal.specification"} | _each_step(entry),
    "challenges": _challenge,
    "choices": _choice,
    "events": _each_step,
    "safeguards": _safeguard,
    "outcomes": _outcome,
}


def beside(problems: Iterable[Problem], broken: Iterable[Path]) -> list[Problem]:
    """The errors that are not in a broken entry."""
    entries = {path[:2] for path in broken} | {path[:1] for path in broken if path[0] in _HEADERS}
    return [
        problem
        for problem in problems
        if problem.severity == "error"
        and path_of(problem.path)[:2] not in entries
        and path_of(problem.path)[:1] not in entries
    ]
