"""Check the rest of a story whose shape is wrong somewhere.

Each broken value is replaced by a default, or its whole entry by a default of the same name, so that
the rest can be read and all errors are reported at once. Problems in a replaced part, or possibly caused by
its replacement, are not reported.
"""

import copy
import re
from collections.abc import Iterable
from typing import Any, get_args

from sensa.stories.counts import COUNTED_KEYS
from sensa.stories.problems import Path, Problem, path_of
from sensa.stories.schema.vocabulary import Kind

_HEADERS: dict[str, dict[str, Any]] = {
    "story": {"title": ""},
    "goal": {"class": ["other"], "specification": "", "desirability": ""},
    "rationale": {"class": ["other"], "constraints": [""], "nudges": [""]},
}
_SAID = ("dependence", "waivers")  # these refer to entries by path or name: not checked if some are broken
_DROPPED = ("criteria", "expect", "properties")
_UNKNOWN = {"normal": [0.0, 1.0]}
_MEANT = re.compile(r"did you mean `(\w+)`\?")
_PLAIN: dict[str, Any] = {  # a value that is valid wherever its key may be
    "credence": 0.5, "chance": 0.5, "stands": 0.5, "leaves": 0.5, "power": 0.5, "false_alarm": 0.5,
    "leak": 0.5, "loss": _UNKNOWN, "value": _UNKNOWN, "weight": 1.0, "bits": 0.0, "miss": 0.0, "if": "true",
    "when": "true", "claim": "", "mode": "other", "part": "goal.specification",
}  # fmt: skip
_OPTIONAL = {
    "because", "falsified_by", "evidence", "owner", "expires", "tags", "criterion", "status", "unit",
    "initial", "signed",
}  # fmt: skip
_NUMBERS_BY_NAME = ("causes", "odds")


class _BeyondRepairError(Exception):
    """A broken entry without which the rest cannot be read."""


def stubbed(raw: dict[str, Any], problems: Iterable[Problem]) -> tuple[dict[str, Any], set[Path]] | None:
    """The values with each broken part replaced, and the paths replaced; None if that is impossible."""
    found = copy.deepcopy(raw)
    replaced: set[Path] = set()
    try:
        for problem in problems:
            path = path_of(problem.path)
            part = _value_replaced(found, path, problem)
            if part is None:
                _replace_entry(found, raw, path[:2])
            replaced.add(part or path[:2])
    except _BeyondRepairError:
        return None
    for key in _SAID:
        found.pop(key, None)
    return found, replaced


def _value_replaced(found: dict[str, Any], path: Path, problem: Problem) -> Path | None:
    """The path of the value that was replaced, or of a misspelt key; None if the entry must be replaced."""
    if len(path) < 3 or path[0] not in _STUBS or path[2] == "rows":
        return None
    meant = _MEANT.fullmatch(problem.fix or "") if problem.code == "unknown-key" else None
    for end in range(3, len(path) + 1):
        table, key = _at(found, path[: end - 1]), path[end - 1]
        if not isinstance(table, dict):
            return None
        if meant is not None and end == len(path) and key in table:
            table.setdefault(meant[1], table.pop(key))
            return (*path[:-1], meant[1])
        if problem.code == "unknown-key" and end == len(path):
            table.pop(key, None)
            return path
        if key in _PLAIN or (end > 3 and path[end - 2] in _NUMBERS_BY_NAME):
            table[key] = _PLAIN.get(str(key), 0.5)
            return path[:end]
        if key in _OPTIONAL:
            table.pop(key, None)
            if key == "evidence":
                table.update(_uncounted(table))
            return path[:end]
        if isinstance(key, str) and end < len(path) and isinstance(path[end], int):
            return _value_replaced_in_array(found, path, end, problem)
    return None


def _uncounted(entry: dict[str, Any]) -> dict[str, Any]:
    """The numbers of an entry that come from its evidence, which is gone, as plain ones."""
    return {
        key: _PLAIN[key]
        for key in COUNTED_KEYS.values()
        if isinstance(entry.get(key), dict) and "from" in entry[key]
    }


def _value_replaced_in_array(found: dict[str, Any], path: Path, end: int, problem: Problem) -> Path | None:
    """The same within an element of `given`, `nudges` and the like."""
    element = _at(found, path[: end + 1])
    if not isinstance(element, dict) or len(path) <= end + 1:
        return None
    inner = _value_replaced({"events": {"": element}}, ("events", "", *path[end + 1 :]), problem)
    return None if inner is None else (*path[: end + 1], *inner[2:])


def _at(found: Any, path: Path) -> Any:
    for part in path:
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return None
    return found


def _replace_entry(found: dict[str, Any], raw: dict[str, Any], path: Path) -> None:
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


def beside(problems: Iterable[Problem], replaced: set[Path]) -> list[Problem]:
    """The errors that are neither in a replaced part nor about a table that contains one."""
    parts = replaced | {path[:1] for path in replaced if path[0] in _HEADERS}

    def reported(problem: Problem) -> bool:
        path = path_of(problem.path)
        inside = any(path[: len(part)] == part for part in parts)
        return not inside and not any(part[: len(path)] == path for part in parts)

    return [problem for problem in problems if problem.severity == "error" and reported(problem)]
