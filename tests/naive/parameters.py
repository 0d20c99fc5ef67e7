"""Where a story declares numbers, and which of them are parameters."""

from collections.abc import Iterator
from typing import Any, Literal

Scale = Literal["probability", "real"]


def declarations(doc: dict[str, Any]) -> Iterator[tuple[str, Scale, Any]]:
    """Every number that is drawn: its path, its scale, and what is written (none for what is left out).

    Of experts drawn together, each answer; and who of two is right, 1 for the first.
    """
    pools = []
    for path, scale, raw in numbers(doc):
        if not drawn_together(doc, raw):
            yield path, scale, raw
            continue
        pools.append(raw["experts"])
        for i, expert in enumerate(raw["experts"]):
            yield f"{path}.experts[{i}].credence", scale, expert["credence"]
    if pools:
        names = {expert["name"] for pool in pools for expert in pool}
        assert names == {"A", "B"}, "more than two are in tests/compiling/test_expert_draws.py"
        weights = {e["name"]: e.get("weight", 1.0) for pool in pools for e in pool}
        weights |= doc["experts"].get("weights", {})
        points = [("A", 1.0), ("B", 0.0)]
        raw = {"experts": [{"name": n, "weight": weights[n], "credence": v} for n, v in points]}
        yield "experts.draw", "probability", raw


def drawn_together(doc: dict[str, Any], raw: Any) -> bool:
    """Whether a number is that of the expert who is right about all."""
    together = doc.get("experts", {}).get("draw") == "together"
    mixed = isinstance(raw, dict) and len(raw.get("experts", ())) > 1 and raw.get("pool") != "odds"
    return together and mixed


def counted(table: dict[str, Any], raw: Any) -> Any:
    """What is written; counts in place of the evidence that they are in."""
    if not (isinstance(raw, dict) and "from" in raw):
        return raw
    entries = [entry for entry in table["evidence"] if "held" in entry]
    held, trials = sum(entry["held"] for entry in entries), sum(entry["trials"] for entry in entries)
    return {"held": held, "trials": trials, "prior": raw.get("prior", [0.5, 0.5])}


def numbers(doc: dict[str, Any]) -> Iterator[tuple[str, Scale, Any]]:
    """Every declared number: its path, its scale, and what is written."""
    for name, table in doc.get("quantities", {}).items():
        yield f"quantities.{name}.value", "real", table["value"]
    for name, table in doc.get("assumptions", {}).items():
        yield f"assumptions.{name}.credence", "probability", counted(table, table.get("credence"))
        for i, case in enumerate(table.get("given", [])):
            yield f"assumptions.{name}.given[{i}].credence", "probability", case["credence"]
    for name, table in doc.get("challenges", {}).items():
        yield f"challenges.{name}.stands", "probability", counted(table, table.get("stands"))
        if "leaves" in table:
            yield f"challenges.{name}.leaves", "probability", table["leaves"]
    for name, table in doc.get("events", {}).items():
        for key in ("chance", "leak"):
            if key in table:
                yield f"events.{name}.{key}", "probability", counted(table, table[key])
        for i, case in enumerate(table.get("given", [])):
            yield f"events.{name}.given[{i}].chance", "probability", case["chance"]
        for cause, number in table.get("causes", {}).items():
            yield f"events.{name}.causes.{cause}", "probability", number
    for name, table in doc.get("choices", {}).items():
        for option, fields in table["options"].items():
            for key in ("weight", "bits"):
                if key in fields:
                    yield f"choices.{name}.options.{option}.{key}", "real", fields[key]
            if "miss" in fields:
                yield f"choices.{name}.options.{option}.miss", "probability", fields["miss"]
        for i, row in enumerate(table.get("rows", [])):
            for option, number in row["chances"].items():
                yield f"choices.{name}.rows[{i}].chances.{option}", "probability", number
        for i, nudge in enumerate(table.get("nudges", [])):
            for option, number in nudge["odds"].items():
                yield f"choices.{name}.nudges[{i}].odds.{option}", "real", number
    for name, table in doc.get("safeguards", {}).items():
        yield f"safeguards.{name}.power", "probability", counted(table, table["power"])
        if "false_alarm" in table:
            yield f"safeguards.{name}.false_alarm", "probability", table["false_alarm"]
    for i, phase in enumerate(doc.get("phases", [])):
        for axis, number in phase.get("axes", {}).items():
            yield f"phases[{i}].axes.{axis}", "real", number
    for name, table in doc.get("outcomes", {}).items():
        if "loss" in table:
            yield f"outcomes.{name}.loss", "real", table["loss"]


def is_parameter(raw: Any) -> bool:
    """Written as a distribution, or a probability left out (which claims nothing: an interval)."""
    return raw is None or (isinstance(raw, dict) and "odds" not in raw)


def parameters(doc: dict[str, Any]) -> list[str]:
    """The paths of a story's parameters."""
    return [path for path, _, raw in declarations(doc) if is_parameter(raw)]
