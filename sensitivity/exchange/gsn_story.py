"""A goal structure in gsn2x's YAML as the tables of a story.

A goal that no other goal or strategy supports is an assumption; any other holds if all that supports it does.
The catastrophe is that the top goal does not hold.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_args

import tomli

from sensa.exchange.ends import OUTCOMES, Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.gsn_writing import NO_CREDENCE
from sensa.exchange.names import story_names
from sensa.stories.problems import listed, quoted
from sensa.stories.schema.nodes import Challenge

CARRIED = ("text", "nodeType", "supportedBy", "inContextOf", "challenges")
OF_GOALS = ("credence", "falsified_by")  # layers that a goal may have, and an assumption carries
FATES = get_args(Challenge.model_fields["status"].annotation)
MAX_YAML_BYTES = 1 << 21  # a story has at most half of that
MAX_EVENTS = 50_000  # keys, values, and ends of maps and lists: some 2 s of PyYAML
MAX_NODES = 10_000  # a story could not hold more
DRAWN = ("undeveloped", "classes", "rankIncrement", "horizontalIndex", "charWrap")  # only for the drawing
PREFIXES = ("CG", "G", "CSn", "Sn", "S", "C", "A", "J")  # in the order in which gsn2x tries them
KINDS = {
    "Goal": "G", "Strategy": "S", "Solution": "Sn", "Context": "C", "Assumption": "A", "Justification": "J",
    "CounterGoal": "CG", "CounterSolution": "CSn",
}  # fmt: skip
Node = Mapping[str, Any]


def tables(data: bytes, ends: Ends) -> dict[str, Any]:
    """The story's tables; raises `ExchangeError`, also where PyYAML is not installed."""
    nodes = _nodes(data)
    return _Structure(nodes).tables(ends)


def left_out(data: bytes) -> tuple[str, ...]:
    """The keys of each node that no story carries, and a credence that is none; raises `ExchangeError`."""
    structure = _Structure(_nodes(data))
    found = []
    for name, node in structure.nodes.items():
        is_claim = structure.goals.get(name) == []
        own = OF_GOALS if is_claim else _fate(node) if structure.kinds[name] == "CG" else ()
        known = (*CARRIED, *DRAWN, *own)
        keys = [str(key) for key in node if key not in known]
        if keys:
            found.append(f"{listed(keys, 'and')} of {quoted(name)}")
        stated = node.get("credence")
        if is_claim and stated not in (None, NO_CREDENCE) and _credence(stated) is None:
            found.append(f"`credence` of {quoted(name)}, which is no number: {quoted(str(stated))}")
        if is_claim and "falsified_by" in node and not isinstance(node["falsified_by"], str):
            found.append(f"`falsified_by` of {quoted(name)}, which is no text (put it in quotes)")
    return tuple(found)


def _nodes(data: bytes) -> dict[str, Node]:
    if len(data) > MAX_YAML_BYTES:
        raise ExchangeError(f"has more than {MAX_YAML_BYTES >> 20} MiB")
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise ExchangeError("needs PyYAML to be read: `pip install pyyaml`") from None
    try:
        loader = yaml.SafeLoader(data.decode("utf-8-sig"))
        loader.get_event = _counted(loader.get_event)
        top = loader.get_single_node()
        _require_once(top)
        found = None if top is None else loader.construct_document(top)
    except ExchangeError:
        raise
    except RecursionError:
        raise ExchangeError("nests too deep") from None
    except UnicodeDecodeError:
        raise ExchangeError("is not UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:  # a date that is none, say
        mark = getattr(error, "problem_mark", None)
        what = "no plain YAML" if isinstance(error, yaml.constructor.ConstructorError) else "no YAML"
        raise ExchangeError(f"line {mark.line + 1}: {what}" if mark else f"is {what}") from None
    if not isinstance(found, dict) or not found:
        raise ExchangeError("is no map from ids to nodes")
    if len(found) > MAX_NODES:
        raise ExchangeError(f"has more than {MAX_NODES:,} nodes")
    nodes = {str(name): node for name, node in found.items() if name != "module"}
    for name, node in nodes.items():
        if not isinstance(node, dict) or node.get("text") is None:
            raise ExchangeError(f"node `{name}` has no `text`")
        if not isinstance(node["text"], str):
            raise ExchangeError(f"`text` of node `{name}` is no text: put it in quotes")
        for key in ("nodeType", "challenges"):
            if not isinstance(node.get(key, ""), str):
                raise ExchangeError(f"`{key}` of node `{name}` is no text")
        for key in ("supportedBy", "inContextOf"):
            if not all(isinstance(part, (str, int)) for part in _parts(node.get(key, []))):
                raise ExchangeError(f"`{key}` of node `{name}` is no list of ids")
    return nodes


def _counted(get: Callable[[], Any]) -> Callable[[], Any]:
    """The same for so many calls only; raises `ExchangeError` after that."""
    left = iter(range(MAX_EVENTS))

    def counted() -> Any:
        if next(left, None) is None:
            raise ExchangeError(f"has more than {MAX_EVENTS:,} keys, values and brackets")
        return get()

    return counted


def _require_once(top: Any) -> None:
    """Refuse a map of YAML, or one within it, that has a key twice: PyYAML would keep the last."""
    maps = [top, *(value for _, value in top.value)] if _is_map(top) else []
    for found in filter(_is_map, maps):
        keys: set[str] = set()
        for key, _ in found.value:
            if isinstance(key.value, str) and key.value in keys:
                raise ExchangeError(f"line {key.start_mark.line + 1}: {quoted(key.value)} is there twice")
            if isinstance(key.value, str):
                keys.add(key.value)


def _is_map(node: Any) -> bool:
    return getattr(node, "id", None) == "mapping"


class _Structure:
    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.kinds = {name: self._kind(name) for name in nodes}
        for name in nodes:
            for other in [*self.below(name), *self.context(name)]:
                if other not in nodes:
                    raise ExchangeError(f"node `{name}` refers to `{other}`, which is not there")
        self.goals = self._supports()
        self.names = story_names((name.removeprefix("G_") for name in self.goals), OUTCOMES)
        self.names = {name: self.names[name.removeprefix("G_")] for name in self.goals}

    def _kind(self, name: str) -> str:
        stated = self.nodes[name].get("nodeType")
        if stated is not None and stated not in KINDS:
            raise ExchangeError(f"node `{name}` is of the type `{stated}`, which is not known")
        found = KINDS.get(str(stated)) or next((p for p in PREFIXES if name.startswith(p)), None)
        if found is None:
            raise ExchangeError(f"the id `{name}` says no type of node")
        return found

    def of(self, kind: str) -> list[str]:
        return [name for name in self.nodes if self.kinds[name] == kind]

    def below(self, name: str) -> list[str]:
        return _listed(self.nodes[name].get("supportedBy"))

    def context(self, name: str) -> list[str]:
        return _listed(self.nodes[name].get("inContextOf"))

    def _supports(self) -> dict[str, list[str]]:
        """The goals that support each goal, by way of strategies too."""
        steps = dict.fromkeys([*self.of("G"), *self.of("S")])
        below = {name: [other for other in self.below(name) if other in steps] for name in steps}
        found: dict[str, list[str]] = {}
        try:
            for name in TopologicalSorter(below).static_order():
                parts = (found[other] if self.kinds[other] == "S" else [other] for other in below[name])
                found[name] = list(dict.fromkeys(itertools.chain.from_iterable(parts)))
        except CycleError as error:
            raise ExchangeError(f"node `{error.args[1][0]}` supports itself") from None
        return {name: found[name] for name in self.of("G")}

    def texts(self, names: list[str], *kinds: str) -> list[str]:
        return [str(self.nodes[name]["text"]) for name in names if self.kinds[name] in kinds]

    def tables(self, ends: Ends) -> dict[str, Any]:
        supporting = {other for supports in self.goals.values() for other in supports}
        tops = [name for name in self.goals if name not in supporting]
        if len(tops) != 1 and ends.catastrophe is None:
            raise ExchangeError(f"{len(tops)} goals support no other; say which is the top")
        top = ends.catastrophe or tops[0]
        for end in (top, ends.fail_safe):
            if end is not None and end not in self.goals:
                raise ExchangeError(f"no goal `{end}`")
        assumptions = {self.names[name]: self._claim(name) for name, below in self.goals.items() if not below}
        events = {
            self.names[name]: {
                "claim": self.nodes[name]["text"],
                "when": " and ".join(self.names[other] for other in below),
            }
            for name, below in self.goals.items()
            if below
        }
        strategies = self.texts(self.of("S"), "S") or ["Not stated by the source."]
        contexts = self.texts(self.context(top), "C") or ["Not stated by the source."]
        return {
            "goal": {
                "class": ["other"],
                "specification": " ".join(contexts),
                "desirability": self.nodes[top]["text"],
            },
            "rationale": {"class": ["other"], "constraints": strategies, "nudges": strategies[-1:]},
            "assumptions": assumptions,
            "challenges": dict(self._challenges()),
            "events": events,
            "outcomes": Ends(top, ends.fail_safe).outcomes(lambda end: f"not {self.names[end]}"),
        }

    def _claim(self, name: str) -> dict[str, Any]:
        node = self.nodes[name]
        found: dict[str, Any] = {"claim": node["text"], "part": "goal.desirability"}
        credence = _credence(node.get("credence"))
        if credence is not None:
            found["credence"] = credence
        reasons = self.texts(self.context(name), "J", "A")
        if reasons:
            found["because"] = " ".join(reasons)
        if isinstance(node.get("falsified_by"), str):
            found["falsified_by"] = node["falsified_by"]
        sources = self.texts(self.below(name), "Sn")
        if sources:
            found["evidence"] = [{"source": source} for source in sources]
        return found

    def _challenges(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Counter goals against assumptions, or against other counter goals."""
        counters = self.of("CG")
        taken = (*OUTCOMES, *self.names.values())
        names = story_names([name.removeprefix("CG_") for name in counters], taken)
        for name in counters:
            against = str(self.nodes[name].get("challenges", "")).rpartition("->")[2].strip()
            target = self.names.get(against) or names.get(against.removeprefix("CG_"))
            if target is None or self.goals.get(against):
                raise ExchangeError(f"`{name}` challenges `{against}`, which is no goal without subgoals")
            yield (
                names[name.removeprefix("CG_")],
                {
                    "against": target,
                    "kind": "rebut",
                    "claim": self.nodes[name]["text"],
                    **_fate(self.nodes[name]),
                },
            )


def _fate(node: Node) -> dict[str, Any]:
    """The layers `status` and `answer` of a counter goal, if they are those of a challenge."""
    status, answer = node.get("status"), node.get("answer")
    if answer is not None and not (isinstance(answer, str) and answer):
        return {}
    if status not in FATES or (status == "answered" and answer is None):
        return {}
    return {"status": status, **({"answer": answer} if answer is not None else {})}


def _parts(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _listed(value: Any) -> list[str]:
    """The ids of a string or a list; never of lists in lists, which aliases can make endless to print."""
    return [str(part) for part in _parts(value)]


def _credence(stated: Any) -> Any:
    """The credence in a layer, as a story writes it; None if it is none."""
    if not isinstance(stated, str):
        return stated if isinstance(stated, (int, float)) and not isinstance(stated, bool) else None
    try:
        found = tomli.loads(f"it = {stated}")
    except (ValueError, RecursionError):
        return None
    return found["it"] if len(found) == 1 else None
